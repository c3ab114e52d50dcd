/**
 * Each screen as plain text, beside this file in `screens/`. What differs from run to run is replaced: see `steady`. Made where
 * temporary folders lie in `/tmp`: longer paths break lines elsewhere.
 */
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { sparkles, sql } from '../cli/shop.ts';
import { describeWith } from '../kit/available.ts';
import { builtCli, eventually } from '../kit/cli.ts';
import { buildFixture, type Fixture, fixtureTools } from '../kit/fixture.ts';
import { KEY, type Terminal } from '../kit/terminal.ts';
import { sqliteDatabase } from '../kit/toolchains/recipe.ts';
import { failing, harmless, open, PLANNED, waiting } from './tell.ts';

const knex = await fixtureTools('knex/sparkles-and-rainbows');

/** Places, ids that are made of places or of the clock, ages, times and versions, each as something of its own; the cursor's spaces at line ends. */
function steady({ story }: Fixture, screen: readonly string[]): string {
  return `${screen
    .map(line => line.trimEnd())
    .join('\n')
    .replace(/\S*\/tidemark\/backups\/[\w/]*(?:\n *[\w./-]+)?/g, '<backup>')
    .replace(/kept: [\s\S]*?\.jsonl/g, 'kept: <journal>')
    .replaceAll(story.root, '<root>')
    .replace(/\S*\/cache\/tidemark\/wt\/\S*/g, '<worktree>')
    .replace(/\d{8}T\d{6}Z-[0-9a-f]{6}/g, '<run>')
    .replace(/(Plan|plan|--confirm) [0-9a-f]{12}/g, '$1 <plan>')
    .replace(/\d+ (year|month|week|day|hour|minute)s? ago/g, '<age>')
    .replace(/\d+\.\d s(?=[ :]|$)/gm, '<time>')
    .replace(/SQLite \d[\d.]*|\d+\.\d kB/g, '<figure>')
    .trimEnd()}\n`;
}

const DRAWN = join(import.meta.dirname, 'screens');

async function isDrawn(fixture: Fixture, terminal: Terminal, name: string): Promise<void> {
  await expect(steady(fixture, terminal.screen())).toMatchFileSnapshot(join(DRAWN, `${name}.txt`));
}

/** Presses keys, waits, and compares, screen by screen. */
async function walk(
  fixture: Fixture,
  terminal: Terminal,
  stops: readonly (readonly [keys: string, shows: RegExp | string, name: string | null])[],
): Promise<void> {
  for (const [keys, shows, name] of stops) {
    terminal.press(keys);
    await terminal.until(shows);
    if (name !== null) await isDrawn(fixture, terminal, name);
  }
}

/** A second project in the same repository, with a database of its own. */
async function withTickets(fixture: Fixture): Promise<Fixture> {
  const { story } = fixture;
  story.write('services/tickets/.env', 'DATABASE_URL=sqlite:tickets.db\n');
  story.write(
    'services/tickets/db/migrations/0001_tickets.sql',
    sql('CREATE TABLE tickets (id INTEGER PRIMARY KEY);', 'DROP TABLE tickets;'),
  );
  await story.commit('Sell tickets');
  const database = sqliteDatabase(join(story.root, 'services/tickets/tickets.db'));
  await database.query('CREATE TABLE schema_migrations (version VARCHAR(128) PRIMARY KEY)');
  return fixture;
}

describeWith('screens of the terminal UI', builtCli(), () => {
  it('before anything is changed', async () => {
    await using fixture = await sparkles();
    await using terminal = open(fixture);
    await walk(fixture, terminal, [
      ['', '1 orphaned', 'overview'],
      ['/races', /^ \/races ?$/m, 'overview-filter'],
      [KEY.escape, '0001_unicorns', null],
      ['f', 'only findings', 'overview-findings'],
      [KEY.escape, '0001_unicorns', null],
      [KEY.enter, '── text, ', 'story-text'],
      ['Gd', '── diff, from ', 'story-diff'],
      ['?', /^Life story$/m, 'help-story'],
      ['q', '── diff, from ', null],
      ['q', '0001_unicorns', null],
      ['?', /^Overview$/m, 'help-overview'],
      ['q', '0001_unicorns', null],
      ['R', 'There was no run', 'runs-none'],
      ['q', '0001_unicorns', null],
      ['p', PLANNED, 'plan'],
      ['j', /^▸ step 1/m, 'plan-step'],
      ['kx', 'keep it out of this plan', 'plan-remedies'],
      ['q', '── tidemark reconcile', null],
      [KEY.enter, 'It destroys data', 'confirm-destructive'],
    ]);
  });

  it('on a large terminal', async () => {
    await using fixture = await sparkles();
    await using terminal = open(fixture, [], { columns: 200, rows: 50 });
    await walk(fixture, terminal, [
      ['', '1 orphaned', 'overview-200x50'],
      ['p', PLANNED, 'plan-200x50'],
    ]);
  });

  it('of a plan that is rehearsed, and of the proof', async () => {
    await using fixture = await sparkles();
    await using terminal = open(fixture, ['reconcile'], { env: { TIDEMARK_REHEARSE: 'full', TIDEMARK_PROOF: 'on' } });
    await walk(fixture, terminal, [
      ['', /^ {2}rehearsed /m, null],
      ['jj', /^▸ rehearsed /m, 'plan-rehearsed'],
      [KEY.enter, 'It destroys data', 'confirm-rehearsed'],
      [`shop.db${KEY.enter}`, /0 orphaned[\s\S]*The schema is exactly/, 'result-proved'],
    ]);
  });

  it('of several projects', async () => {
    await using fixture = await withTickets(await sparkles());
    await using terminal = open(fixture);
    await walk(fixture, terminal, [
      ['', '[dbmate:services/shop 1]', 'overview-projects'],
      [KEY.tab, '[dbmate:services/tickets', 'overview-other-project'],
    ]);
  });

  it('of a plan that is refused', async () => {
    await using fixture = await buildFixture('dbmate/irreversible');
    await using terminal = open(fixture, ['reconcile']);
    await walk(fixture, terminal, [
      ['', /refused /, 'plan-refused'],
      ['j', /^▸ refused /m, 'plan-refusal'],
    ]);
  });

  it('of a run that ends well', async () => {
    await using fixture = await harmless();
    await using terminal = open(fixture, ['reconcile']);
    await walk(fixture, terminal, [
      ['', PLANNED, null],
      [KEY.enter, '▸ no', 'confirm-harmless'],
      ['y', /^Proved: [\s\S]*0 orphaned|0 orphaned[\s\S]*^Proved: /m, 'result-done'],
      ['q', 'rows in shop.db', null],
      ['R', /^▸ finished/m, 'runs-finished'],
    ]);
  });

  it('of a run that fails', async () => {
    await using fixture = await failing();
    await using terminal = open(fixture, ['reconcile']);
    await walk(fixture, terminal, [
      ['', PLANNED, null],
      [KEY.enter, '▸ no', null],
      ['y', /5 applied[\s\S]*Stopped after 1 of 2 steps/, 'result-failed'],
      ['q', 'rows in shop.db', null],
      ['R', /^▸ unfinished/m, 'runs-unfinished'],
    ]);
  });

  describeWith('with Knex', knex, runners => {
    it('of a run under way', async () => {
      const { fixture, began, goOn } = await waiting(runners);
      await using _ = fixture;
      await using terminal = open(fixture, ['reconcile']);
      await terminal.until(PLANNED);
      terminal.press(KEY.enter);
      await terminal.until('It destroys data');
      terminal.press(`site.db${KEY.enter}`);
      await eventually('the reversal began', began);
      await walk(fixture, terminal, [
        ['', 'Taking the songs down.', 'run'],
        [KEY.interrupt, /tidemark resume/, 'run-stopping'],
      ]);
      goOn();
      await terminal.until('Stopped on request');
      await isDrawn(fixture, terminal, 'result-stopped');
    });
  });
});
