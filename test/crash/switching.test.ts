/** `reconcile --to main --switch`, killed at every point: before, in and after the reversal, the switch and the applying. The same command again always arrives. */
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { twoBranches } from '../cli/two-branches.ts';
import { describeWith } from '../kit/available.ts';
import { buildFixture, type Fixture, fixtureTools } from '../kit/fixture.ts';
import { SQLITE } from '../kit/fixture-database.ts';
import { type FreshCopies, forget, holds, play, sqliteCopies, worktreesLeft } from '../kit/kill-points.ts';

const MINUTES = 60_000;

const standsOn = ({ story }: Fixture) => story.git('symbolic-ref', '--short', 'HEAD');

/** Where a kill led, by one way of going on. Empty when all is as after a run nobody killed. */
async function goesOn(
  fixture: Fixture,
  copies: FreshCopies,
  table: string,
  point: number,
  way: 'resume' | 'abort',
  end: string,
): Promise<readonly string[]> {
  const { story } = fixture;
  forget(fixture);
  await story.git('switch', '--quiet', 'topic');
  const url = await copies.again();
  const killed = await play(fixture, 'switch-to-main', url, point);
  if (killed.signal !== 'SIGKILL') return [`was not killed but ended with ${killed.code}: ${killed.said}`];
  const went = await play(fixture, way, url, 0);
  // 2: there was no run to take up.
  if (went.code !== 0 && went.code !== 2) return [`${way} ended with ${went.code}: ${went.said}`];
  const again = await play(fixture, 'switch-to-main', url, 0);
  if (again.code !== 0) return [`${way}, then the command again, ended with ${again.code}: ${again.said}`];
  const wrong: string[] = [];
  // A run on main that is aborted has put back what main's own table held: the same command has no pending migration to agree on then.
  if ((await holds(url, table)) !== end) {
    const last = await play(fixture, 'reconcile', url, 0);
    if (last.code !== 0) wrong.push(`reconcile on main ended with ${last.code}: ${last.said}`);
  }
  if ((await standsOn(fixture)) !== 'main') wrong.push(`${way} led to ${await standsOn(fixture)}`);
  if ((await holds(url, table)) !== end) wrong.push(`${way} led to another database: ${await holds(url, table)}`);
  if (worktreesLeft(fixture) > 0) wrong.push(`${way} left worktrees`);
  return wrong;
}

/** `each`: every point both ways; `phases`: one point of each name, taken up only. */
async function killEverywhere(fixture: Fixture, which: 'each' | 'phases'): Promise<void> {
  const { story } = fixture;
  const table = fixture.projects[0]?.historyTable ?? '';
  const copies = sqliteCopies(fixture.database().file ?? '');
  const report = join(mkdtempSync(join(tmpdir(), 'tidemark-points-')), 'points.json');
  const url = await copies.again();
  const start = await holds(url, table);
  const whole = await play(fixture, 'switch-to-main', url, 0, report);
  expect(whole, whole.said).toMatchObject({ code: 0 });
  expect(await standsOn(fixture)).toBe('main');
  const end = await holds(url, table);
  expect(end).not.toBe(start);
  const names: readonly string[] = JSON.parse(readFileSync(report, 'utf8'));
  for (const phase of ['after step-done', 'before switch', 'after switch', 'after finished'])
    expect(names).toContain(phase);
  const wrong: string[] = [];
  let tried = 0;
  for (const [index, name] of names.entries()) {
    if (which === 'phases' && names.indexOf(name) !== index) continue;
    tried += 1;
    for (const way of which === 'each' ? (['resume', 'abort'] as const) : (['resume'] as const)) {
      const complaints = await goesOn(fixture, copies, table, index + 1, way, end);
      wrong.push(...complaints.map(complaint => `${index + 1} ${name}: ${complaint}`));
    }
  }
  await story.git('switch', '--quiet', 'topic');
  process.stdout.write(`switching, killed at ${tried} of ${names.length} points; ${wrong.length} went wrong\n`);
  expect(wrong).toEqual([]);
}

describeWith('a switch with SQL, killed', { here: true, it: SQLITE }, () => {
  it(
    'always arrives',
    async () => {
      await using fixture = await twoBranches();
      await killEverywhere(fixture, 'each');
    },
    10 * MINUTES,
  );
});

const knex = await fixtureTools('knex/sparkles-and-rainbows');
const SONGS = 'apps/site/db/changes/006_songs.cjs';
const POEMS = 'apps/site/db/changes/007_poems.cjs';

describeWith('a switch with a command, killed', knex, tools => {
  it(
    'always arrives',
    async () => {
      await using fixture = await buildFixture('knex/sparkles-and-rainbows', SQLITE, tools);
      const { story, commits } = fixture;
      const third = 'apps/site/db/changes/003_glitter.cjs';
      const commitOnly = async (path: string, table: string) => {
        const up = `exports.up = knex => knex.schema.createTable('${table}', table => void table.increments('id'));`;
        story.write(path, `${up}\nexports.down = knex => knex.schema.dropTable('${table}');\n`);
        await story.git('add', '--', path);
        await story.git('commit', '--quiet', '-m', table, '--', path);
      };
      await story.git('switch', '--quiet', '-c', 'topic');
      await commitOnly(SONGS, 'songs');
      story.write(third, `${await story.git('show', `${commits['adds 3']}:${third}`)}\n`);
      await fixture.apply();
      story.remove(third);
      await story.git('switch', '--quiet', 'main');
      await commitOnly(POEMS, 'poems');
      await story.git('switch', '--quiet', 'topic');
      await killEverywhere(fixture, 'phases');
    },
    10 * MINUTES,
  );
});
