/** Several worktrees, one database: what another worktree still has is said to be so, and is left alone until it is named. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { both, describeWith } from '../kit/available.ts';
import { builtCli, type CliPlace, reconcileAgreed, tidemark, tidemarkJson } from '../kit/cli.ts';
import { buildFixture, type Fixture, fixtureTools } from '../kit/fixture.ts';
import { fixtureEngines } from '../kit/fixture-database.ts';
import { CHANGES, changesNothing, placeOf, versions } from './shop.ts';
import { commitOne, stepsOf, TABLE, twoBranches } from './two-branches.ts';

const NAME = '0006_songs.sql';

/** Where a second worktree lies. */
const second = ({ story }: Fixture) => join(story.outside, 'second');

function writeIn(folder: string, path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
}

/** One stands on `main`, where 6 is an orphan; the second worktree has it. Its database is `url`; undefined: what its files say, its own. */
async function withSecond(fixture: Fixture, url?: string, ...how: readonly string[]): Promise<void> {
  const { story } = fixture;
  await story.git('switch', '--quiet', 'main');
  await story.git('worktree', 'add', '--quiet', ...how, second(fixture), 'topic');
  if (url !== undefined) writeIn(second(fixture), 'services/shop/.env', `DATABASE_URL=${url}\n`);
}

// biome-ignore lint/suspicious/noExplicitAny: documents are checked by what tests expect of them
async function orphan(place: CliPlace, id: string): Promise<any> {
  const { document } = await tidemarkJson(place, 'status');
  const { findings } = document.projects[0];
  return findings.find(
    (each: { kind: string; migration: string }) => each.kind === 'orphaned' && each.migration === id,
  );
}

const tools = await fixtureTools('dbmate/sparkles-and-rainbows');

describeWith('the built command line', builtCli(), () => {
  it('spares what another worktree of this database has, and reverses it when it is named', async () => {
    await using fixture = await twoBranches();
    await withSecond(fixture, fixture.database().url);
    const path = second(fixture);
    const head = await fixture.story.git('rev-parse', 'topic');
    expect(await orphan(placeOf(fixture), '0006')).toMatchObject({
      cause: 'other-worktree',
      worktrees: [path],
      elsewhere: [{ path, branch: 'topic', head, locked: false, database: 'same' }],
      remedy: 'ignore',
      remedies: ['ignore', 'reverse', 'adopt', 'forget'],
    });
    const status = await tidemark(placeOf(fixture), 'status');
    expect(status.stdout).toMatch(/why +another worktree still has it: .*\/second \(on topic\)$/m);
    const left = await tidemark(placeOf(fixture), 'reconcile', '--yes');
    expect(left, left.stderr).toMatchObject({ code: 0 });
    expect(left.stdout).toMatch(/0006 is left alone: another worktree still has it: .*\/second \(on topic\)\./);
    expect(await versions(fixture)).toContain('0006');
    const named = await reconcileAgreed(placeOf(fixture), '0006');
    expect(named, named.stderr).toMatchObject({ code: 0 });
    expect(await versions(fixture)).toEqual(['0001', '0002', '0004', '0005', '0007']);
  });

  it('does so the other way round, from the second worktree', async () => {
    await using fixture = await twoBranches();
    const url = fixture.database().url;
    await withSecond(fixture, url);
    await fixture.apply();
    const there = { cwd: second(fixture), env: fixture.env };
    expect(await orphan(there, '0007')).toMatchObject({
      cause: 'other-worktree',
      worktrees: [fixture.story.root],
      elsewhere: [{ branch: 'main', database: 'same' }],
    });
    const left = await reconcileAgreed(there);
    expect(left, left.stderr).toMatchObject({ code: 0 });
    expect(await versions(fixture)).toContain('0007');
    const named = await reconcileAgreed(there, '0007');
    expect(named, named.stderr).toMatchObject({ code: 0 });
    expect(await versions(fixture)).not.toContain('0007');
  });

  it('finds the text of what was never committed in the other worktree', async () => {
    await using fixture = await twoBranches();
    await withSecond(fixture, fixture.database().url);
    const path = `${CHANGES}/0008_loose.sql`;
    fixture.story.write(path, TABLE('0008'));
    await fixture.apply();
    fixture.story.remove(path);
    expect(await orphan(placeOf(fixture), '0008')).toMatchObject({ cause: 'unknown', source: null });
    writeIn(second(fixture), path, TABLE('0008'));
    expect(await orphan(placeOf(fixture), '0008')).toMatchObject({
      cause: 'other-worktree',
      source: { path, working: second(fixture) },
      trusted: true,
      remedy: 'ignore',
      remedies: ['ignore', 'reverse', 'forget'],
    });
    const shown = await tidemarkJson(placeOf(fixture), 'show', '0008');
    expect(shown.document.text).toBe(TABLE('0008'));
    const adopted = await changesNothing(fixture, () => tidemark(placeOf(fixture), 'adopt', '0008'));
    expect(adopted.code).toBe(3);
    expect(adopted.stderr).toMatch(/next +cp .*second\/services\/shop\/changes\/0008_loose\.sql/);
    const end = await tidemark(placeOf(fixture), 'reconcile', '0008', '--yes');
    expect(end, end.stdout + end.stderr).toMatchObject({ code: 0 });
    expect(end.stdout).toContain('No commit has 0008: its text in');
    expect(await versions(fixture)).not.toContain('0008');
    await expect(fixture.database().query('SELECT * FROM t0008')).rejects.toThrow();
  });

  it('does not spare what a worktree with another database has', async () => {
    await using fixture = await twoBranches();
    // Its configuration names a file beside it: its own.
    await withSecond(fixture);
    expect(await orphan(placeOf(fixture), '0006')).toMatchObject({
      cause: 'other-branch',
      worktrees: [],
      elsewhere: [{ path: second(fixture), database: 'other' }],
      remedy: 'reverse',
    });
    const { document } = await tidemarkJson(placeOf(fixture), 'plan');
    expect(stepsOf(document)).toEqual(['reverse 0006', 'apply 0007']);
    // Its text serves all the same, where git has none.
    const path = `${CHANGES}/0008_loose.sql`;
    fixture.story.write(path, TABLE('0008'));
    await fixture.apply();
    fixture.story.remove(path);
    writeIn(second(fixture), path, TABLE('0008'));
    expect(await orphan(placeOf(fixture), '0008')).toMatchObject({ cause: 'uncommitted', remedy: 'reverse' });
  });

  it.each([
    ['name a variable', '{"projects":[{"framework":"dbmate","root":"services/shop","database":"$NOBODY_SET_THIS"}]}'],
    ['cannot be read', '{'],
  ])('stays careful, and says so, where its settings %s', async (_, text) => {
    await using fixture = await twoBranches();
    await withSecond(fixture);
    writeIn(second(fixture), 'tidemark.config.json', text);
    expect(await orphan(placeOf(fixture), '0006')).toMatchObject({
      cause: 'other-worktree',
      elsewhere: [{ database: 'unknown' }],
      remedy: 'ignore',
    });
    const { stdout } = await tidemark(placeOf(fixture), 'status');
    expect(stdout).toContain('whether it uses this database too cannot be told from its configuration');
  });

  it('stays careful where a variable of this shell says which database', async () => {
    await using fixture = await twoBranches();
    await withSecond(fixture);
    const place = { ...placeOf(fixture), env: { ...fixture.env, DATABASE_URL: fixture.database().url } };
    expect(await orphan(place, '0006')).toMatchObject({
      cause: 'other-worktree',
      elsewhere: [{ database: 'unknown' }],
    });
  });

  it('knows a detached worktree, a locked one whose folder is away, and forgets one that is gone', async () => {
    await using fixture = await twoBranches();
    const { story } = fixture;
    await withSecond(fixture, fixture.database().url, '--detach');
    expect(await orphan(placeOf(fixture), '0006')).toMatchObject({ elsewhere: [{ branch: null, database: 'same' }] });
    expect((await tidemark(placeOf(fixture), 'status')).stdout).toMatch(/second \(detached at [0-9a-f]{10}\)/);
    await story.git('worktree', 'lock', second(fixture));
    rmSync(second(fixture), { recursive: true });
    expect(await orphan(placeOf(fixture), '0006')).toMatchObject({
      cause: 'other-worktree',
      elsewhere: [{ locked: true, database: 'unknown' }],
    });
    expect((await tidemark(placeOf(fixture), 'status')).stdout).toMatch(/\(detached at [0-9a-f]{10}, locked\)/);
    await story.git('worktree', 'unlock', second(fixture));
    expect(await orphan(placeOf(fixture), '0006')).toMatchObject({ cause: 'other-branch', elsewhere: [] });
  });

  it('goes by what lies on disk there, not by what is checked out', async () => {
    await using fixture = await twoBranches();
    await withSecond(fixture, fixture.database().url);
    rmSync(join(second(fixture), CHANGES, NAME));
    expect(await orphan(placeOf(fixture), '0006')).toMatchObject({ cause: 'other-branch', elsewhere: [] });
  });

  it('looks into the worktrees of a bare repository', async () => {
    await using fixture = await twoBranches();
    const { story } = fixture;
    const url = fixture.database().url;
    const bare = join(story.outside, 'shop.git');
    await story.git('clone', '--quiet', '--bare', story.root, bare);
    const at = (name: string) => join(story.outside, name);
    await story.git('-C', bare, 'worktree', 'add', '--quiet', at('one'), 'main');
    await story.git('-C', bare, 'worktree', 'add', '--quiet', at('two'), 'topic');
    for (const name of ['one', 'two']) writeIn(at(name), 'services/shop/.env', `DATABASE_URL=${url}\n`);
    const place = { cwd: at('one'), env: fixture.env };
    expect(await orphan(place, '0006')).toMatchObject({
      cause: 'other-worktree',
      elsewhere: [{ path: at('two'), branch: 'topic', database: 'same' }],
    });
  });

  it('looks into the worktrees of a submodule, its main one too', async () => {
    await using fixture = await twoBranches();
    const { story } = fixture;
    const url = fixture.database().url;
    const outer = join(story.outside, 'outer');
    await story.git('init', '--quiet', '--initial-branch=main', outer);
    const file = ['-c', 'protocol.file.allow=always'];
    await story.git('-C', outer, ...file, 'submodule', '--quiet', 'add', '-b', 'topic', story.root, 'shop');
    const sub = join(outer, 'shop');
    writeIn(sub, 'services/shop/.env', `DATABASE_URL=${url}\n`);
    const linked = join(story.outside, 'linked');
    await story.git('-C', sub, 'worktree', 'add', '--quiet', '--detach', linked, 'origin/main');
    writeIn(linked, 'services/shop/.env', `DATABASE_URL=${url}\n`);
    expect(await orphan({ cwd: linked, env: fixture.env }, '0006')).toMatchObject({
      cause: 'other-worktree',
      elsewhere: [{ path: sub, branch: 'topic', database: 'same' }],
    });
    await fixture.database().query("INSERT INTO shop_changes (version) VALUES ('0007')");
    expect(await orphan({ cwd: sub, env: fixture.env }, '0007')).toMatchObject({
      cause: 'other-worktree',
      elsewhere: [{ path: linked, branch: null, database: 'same' }],
    });
  });

  it('asks the same of another branch before switching there', async () => {
    await using fixture = await twoBranches();
    const { story } = fixture;
    await story.git('worktree', 'add', '--quiet', '--detach', second(fixture), 'topic');
    writeIn(second(fixture), 'services/shop/.env', `DATABASE_URL=${fixture.database().url}\n`);
    const { document } = await tidemarkJson(placeOf(fixture), 'plan', '--to', 'main');
    expect(document.plans[0].plan).toBe(null);
    const left = await tidemark(placeOf(fixture), 'reconcile', '--to', 'main', '--switch', '--yes');
    expect(left, left.stderr).toMatchObject({ code: 0 });
    expect(left.stdout).toContain('0006 is left alone: another worktree still has it');
    expect(await versions(fixture)).toEqual(['0001', '0002', '0004', '0005', '0006', '0007']);
  });

  for (const [label, engine] of fixtureEngines()) {
    describeWith(label, both(engine, tools), ([on, runners]) => {
      it('compares addresses: the same database, and another one', async () => {
        await using fixture = await buildFixture('dbmate/sparkles-and-rainbows', on, runners);
        const { story, database } = fixture;
        await story.git('switch', '--quiet', '-c', 'topic');
        await commitOne(fixture, NAME, TABLE('0006'), 'Sing');
        await fixture.apply();
        // Not by a variable of the shell: by a file, as each worktree has its own.
        const env = Object.fromEntries(Object.entries(fixture.env).filter(([name]) => name !== 'DATABASE_URL'));
        story.write('services/shop/.env', `DATABASE_URL=${database().url}\n`);
        await withSecond(fixture, database().url);
        const place = { cwd: story.root, env };
        expect(await orphan(place, '0006')).toMatchObject({ elsewhere: [{ database: 'same' }], remedy: 'ignore' });
        const other = database().url.replace(/(\/[^/?]*?)(\.db)?(\?.*)?$/, '$1_other$2$3');
        expect(other).not.toBe(database().url);
        writeIn(second(fixture), 'services/shop/.env', `DATABASE_URL=${other}\n`);
        expect(await orphan(place, '0006')).toMatchObject({ elsewhere: [{ database: 'other' }], remedy: 'reverse' });
        const end = await reconcileAgreed(place);
        expect(end, end.stdout + end.stderr).toMatchObject({ code: 0 });
        await expect(database().query('SELECT * FROM t0006')).rejects.toThrow();
      });
    });
  }
});
