/** Reversals that go wrong: half-way, not at all, or never possible. What was done is named, what was not is named, and there is a way on. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeWith } from '../kit/available.ts';
import { abortAgreed, builtCli, reconcileAgreed, tidemark, tidemarkJson } from '../kit/cli.ts';
import { buildFixture, type Fixture, fixtureTools } from '../kit/fixture.ts';
import { fixtureEngines, SQLITE } from '../kit/fixture-database.ts';
import { changesNothing, lose, placeOf, sparkles, sql, versions } from './shop.ts';

const SONGS = {
  name: '0006_songs.sql',
  text: sql(
    'CREATE TABLE songs (id INTEGER PRIMARY KEY);\nCREATE TABLE verses (id INTEGER PRIMARY KEY);',
    'DROP TABLE songs;\nDROP TABLE no_such_table;\nDROP TABLE verses;',
  ),
};

const tools = await fixtureTools('dbmate/sparkles-and-rainbows');

/** Tables of the shop, as the engine lists them. */
async function hasTable(fixture: Fixture, table: string): Promise<boolean> {
  return fixture
    .database()
    .query(`SELECT count(*) AS n FROM ${table}`)
    .then(
      () => true,
      () => false,
    );
}

describeWith('the built command line', builtCli(), () => {
  describeWith('a down that fails half-way', tools, runners => {
    for (const [label, engine] of fixtureEngines()) {
      describeWith(label, engine, on => {
        it('stops there, says what stayed, and can be aborted', async () => {
          await using fixture = await buildFixture('dbmate/sparkles-and-rainbows', on, runners);
          const place = placeOf(fixture);
          await lose(fixture, SONGS);
          const end = await reconcileAgreed(place);
          expect(end, end.stdout + end.stderr).toMatchObject({ code: 4 });
          expect(end.stdout).toMatch(/^failed +reverse 0006/m);
          expect(end.stdout).toMatch(/^not run +reverse 0003/m);
          expect(end.stdout).toContain('no_such_table');
          expect(end.stdout).toMatch(/^next +tidemark resume \S+\nor +tidemark abort \S+$/m);
          expect(await versions(fixture)).toEqual(['0001', '0002', '0003', '0004', '0005', '0006']);
          if (on.engine === 'mysql') {
            // Schema changes commit by themselves there: the first statement is done, and that is said.
            expect(end.stdout).toContain('It left something behind');
            expect(await hasTable(fixture, 'songs')).toBe(false);
          } else {
            expect(end.stdout).toContain('It left the database as it was before this step.');
            expect(await hasTable(fixture, 'songs')).toBe(true);
          }
          await blocksOthers(fixture);
          const runs = await tidemarkJson(place, 'runs');
          expect(runs.document.runs).toMatchObject([{ status: 'open', underWay: false }]);

          const aborted = await abortAgreed(place);
          expect(aborted, aborted.stderr).toMatchObject({ code: 0 });
          expect(await versions(fixture)).toEqual(['0001', '0002', '0003', '0004', '0005', '0006']);
          expect(await hasTable(fixture, 'songs')).toBe(true);
          expect(await hasTable(fixture, 'verses')).toBe(true);
          expect((await tidemark(place, 'plan')).code).toBe(0);
        });

        it('does not call rows that are gone "as before", and abort brings them back', async () => {
          await using fixture = await buildFixture('dbmate/sparkles-and-rainbows', on, runners);
          const place = placeOf(fixture);
          const prizes = async () => (await fixture.database().query('SELECT id FROM prizes')).length;
          const before = await prizes();
          const down = 'DELETE FROM prizes;\nDROP TABLE no_such_table;\nDROP TABLE songs;';
          await lose(fixture, { name: SONGS.name, text: sql('CREATE TABLE songs (id INTEGER PRIMARY KEY);', down) });
          const end = await reconcileAgreed(place);
          expect(end, end.stdout + end.stderr).toMatchObject({ code: 4 });
          // Neither the history table nor the schema shows it: a failed DROP TABLE commits what came before it on MariaDB.
          expect(await prizes()).toBe(on.engine === 'mysql' ? 0 : before);
          expect(end.stdout.includes('It left the database as it was before this step.')).toBe(on.engine !== 'mysql');
          const aborted = await abortAgreed(place);
          expect(aborted, aborted.stderr).toMatchObject({ code: 0 });
          expect(await prizes()).toBe(before);
          expect(before).toBeGreaterThan(0);
        });

        it('goes on with resume once what was in the way is gone', async () => {
          await using fixture = await buildFixture('dbmate/sparkles-and-rainbows', on, runners);
          const place = placeOf(fixture);
          await lose(fixture, SONGS);
          expect((await reconcileAgreed(place)).code).toBe(4);
          if (on.engine === 'mysql') {
            const refused = await tidemark(place, 'resume');
            expect(refused, refused.stdout + refused.stderr).toMatchObject({ code: 3 });
            expect(refused.stderr).toMatch(/0006 was left half done/);
            expect(refused.stderr).toContain('tidemark abort');
            return;
          }
          await fixture.database().query('CREATE TABLE no_such_table (id INTEGER)');
          const resumed = await tidemark(place, 'resume');
          expect(resumed, resumed.stdout + resumed.stderr).toMatchObject({ code: 0 });
          expect(await versions(fixture)).toEqual(['0001', '0002', '0004', '0005']);
          expect(await hasTable(fixture, 'verses')).toBe(false);
          expect((await tidemark(place, 'status', '--exit-code')).code).toBe(0);
        });
      });
    }
  });

  it('a down that does nothing is not trusted, and its row stays', async () => {
    await using fixture = await sparkles();
    await lose(fixture, {
      name: '0006_songs.sql',
      text: sql('CREATE TABLE songs (id INTEGER PRIMARY KEY);', 'DROP TABLE IF EXISTS song;'),
    });
    const end = await reconcileAgreed(placeOf(fixture), '0006');
    expect(end, end.stderr).toMatchObject({ code: 4 });
    expect(end.stdout).toContain('changed nothing, though its text says that it drops something');
    expect(end.stdout).toContain('It left the database as it was before this step.');
    expect(await versions(fixture)).toContain('0006');
    expect(await hasTable(fixture, 'songs')).toBe(true);
    expect((await tidemark(placeOf(fixture), 'abort')).code).toBe(0);
  });

  it.each([
    ['an empty down', sql('CREATE TABLE songs (id INTEGER);', ''), /down section is empty/],
    ['only a comment', sql('CREATE TABLE songs (id INTEGER);', '-- we cannot'), /down section is empty/],
    ['two pairs of sections', `${SONGS.text}\n${SONGS.text}`, /2 pairs of up and down sections/],
  ])('%s: refused before anything is touched', async (_what, text, reason) => {
    await using fixture = await sparkles();
    const { story, database } = fixture;
    story.write('services/shop/changes/0006_songs.sql', text);
    await story.commit('Add songs');
    await database().query("INSERT INTO shop_changes (version) VALUES ('0006')");
    story.remove('services/shop/changes/0006_songs.sql');
    await story.commit('Delete songs');
    const end = await changesNothing(fixture, () => tidemark(placeOf(fixture), 'reconcile', '0006', '--yes'));
    expect(end.code, end.stderr).toBe(3);
    expect(end.stdout).toMatch(reason);
    expect(end.stdout).toContain('tidemark forget 0006');
  });

  it('a down that ends our transaction by itself', async () => {
    await using fixture = await sparkles();
    await lose(fixture, {
      name: '0006_songs.sql',
      text: sql(
        'CREATE TABLE songs (id INTEGER PRIMARY KEY);',
        'DROP TABLE songs;\nCOMMIT;\nDROP TABLE no_such_table;',
      ),
    });
    const end = await reconcileAgreed(placeOf(fixture), '0006');
    expect([3, 4], end.stdout + end.stderr).toContain(end.code);
    expect(end.stdout + end.stderr).not.toContain('bug in Tidemark');
    expect(await versions(fixture)).toContain('0006');
    if (end.code === 3) return;
    // What was written since goes with the backup: no --yes covers that, and no other name.
    for (const args of [['--yes'], ['--target', 'other.db']]) {
      const refused = await changesNothing(fixture, () => tidemark(placeOf(fixture), 'abort', ...args));
      expect(refused, refused.stderr).toMatchObject({ code: 3 });
      expect(refused.stderr).toMatch(/What anybody wrote to it since is lost\.[\s\S]*abort \S+ --target shop\.db/);
    }
    const aborted = await abortAgreed(placeOf(fixture));
    expect(aborted, aborted.stderr).toMatchObject({ code: 0 });
    expect(await hasTable(fixture, 'songs')).toBe(true);
  });

  it('another orphan can be reversed while an irreversible one is left', async () => {
    await using fixture = await buildFixture('dbmate/irreversible', SQLITE);
    await lose(fixture, { name: '0009_songs.sql', text: sql('CREATE TABLE songs (id INTEGER);', 'DROP TABLE songs;') });
    const end = await tidemark(placeOf(fixture), 'reconcile', '--yes');
    expect(end, end.stdout + end.stderr).toMatchObject({ code: 0 });
    expect(end.stdout).toContain('0002 is left as it is');
    expect(await versions(fixture)).not.toContain('0009');
    expect(await versions(fixture)).toContain('0002');
  });
});

/** While a run is unfinished no other begins; looking is still possible. */
async function blocksOthers(fixture: Fixture): Promise<void> {
  const place = placeOf(fixture);
  const end = await changesNothing(fixture, () => reconcileAgreed(place));
  expect(end.code, end.stderr).toBe(3);
  expect(end.stderr).toMatch(/is unfinished; another cannot begin before it is resumed or aborted\.$/m);
  expect(end.stderr).toContain('Nothing was changed.');
  expect((await tidemark(place, 'status')).code).toBe(0);
  const worktrees = join(fixture.env['XDG_CACHE_HOME'] ?? '', 'tidemark/wt');
  expect(existsSync(worktrees) ? readdirSync(worktrees) : []).toEqual([]);
}
