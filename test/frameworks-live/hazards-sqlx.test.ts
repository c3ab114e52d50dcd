/** What the bare sqlx does wrong while an applied file is missing, and what Tidemark does instead. */
import { expect, it } from 'vitest';
import { describeWith } from '../kit/available.ts';
import { builtCli, reconcileAgreed, tidemark } from '../kit/cli.ts';
import { buildFixture, type Fixture, fixtureTools } from '../kit/fixture.ts';
import { SQLITE } from '../kit/fixture-database.ts';
import { run } from '../kit/toolchains/recipe.ts';
import { benchCall, rustBench } from '../kit/toolchains/rust.ts';

const FIXTURE = 'sqlx/sparkles-and-rainbows';
const tools = await fixtureTools(FIXTURE);
const program = await rustBench();

const CHANGES = 'services/shop/changes';

const placeOf = (fixture: Fixture) => ({ cwd: fixture.story.root, env: fixture.env });

const versionsOf = async (fixture: Fixture): Promise<readonly number[]> =>
  (await fixture.database().query('SELECT version FROM shop_changes ORDER BY version')).map(row =>
    Number(row['version']),
  );

const tablesOf = async (fixture: Fixture): Promise<readonly string[]> =>
  (await fixture.database().query("SELECT name FROM sqlite_schema WHERE type = 'table'")).map(({ name }) =>
    String(name),
  );

/** 3 is reversed; 6 is applied by sqlx, then deleted in git: with both its files, or as one that has no down file. */
async function withSixthLost(fixture: Fixture, kind: 'reversible' | 'simple'): Promise<void> {
  const { story } = fixture;
  expect(await reconcileAgreed(placeOf(fixture))).toMatchObject({ code: 0 });
  const files =
    kind === 'simple'
      ? { '00006_songs.sql': 'CREATE TABLE songs (id INTEGER);\n' }
      : { '00006_songs.up.sql': 'CREATE TABLE songs (id INTEGER);\n', '00006_songs.down.sql': 'DROP TABLE songs;\n' };
  for (const [name, text] of Object.entries(files)) story.write(`${CHANGES}/${name}`, text);
  await story.commit('Sing');
  await fixture.apply();
  for (const name of Object.keys(files)) story.remove(`${CHANGES}/${name}`);
  await story.commit('Be quiet');
}

describeWith('the built command line', builtCli(), () => {
  describeWith('sqlx with an applied file missing', tools, runners => {
    describeWith('the bare library', program, sqlx => {
      const bare = (fixture: Fixture, ...words: readonly string[]) =>
        run(
          [...benchCall(sqlx, 'sqlx', fixture.database(), ['changes', 'shop_changes']), ...words],
          `${fixture.story.root}/services/shop`,
          fixture.env,
        );

      it('refuses everything, or reverses another migration and reports success; Tidemark reverses the right one', async () => {
        await using fixture = await buildFixture(FIXTURE, SQLITE, runners);
        await withSixthLost(fixture, 'reversible');
        for (const words of [['run'], ['undo', '5']]) {
          const refused = await bare(fixture, ...words);
          expect(refused).toMatchObject({
            code: 1,
            output: expect.stringMatching(/migration 6 was previously applied but is missing/),
          });
        }
        const status = await tidemark(placeOf(fixture), 'status');
        expect(status.stdout).toMatch(
          /refuse, as 6 is applied and missing here; with --ignore-missing, "revert" would reverse 5/,
        );

        const end = await reconcileAgreed(placeOf(fixture));
        expect(end, end.stdout + end.stderr).toMatchObject({ code: 0 });
        expect(await versionsOf(fixture)).toEqual([1, 2, 4, 5]);
        expect(await tablesOf(fixture)).not.toContain('songs');
        expect(await fixture.status()).toMatchObject({ clean: true });

        await withSixthLost(fixture, 'reversible');
        // What the hint of the refusal leads to: everything above 4 that has a file.
        expect(await bare(fixture, 'undo-ignoring-missing', '4')).toMatchObject({ code: 0 });
        expect(await versionsOf(fixture)).toEqual([1, 2, 4, 6]);
        expect(await tablesOf(fixture)).toContain('songs');
        expect(await tablesOf(fixture)).not.toContain('prizes');
      });

      it('passes over what has no down file and reverses an older one; Tidemark says that it cannot be reversed', async () => {
        await using fixture = await buildFixture(FIXTURE, SQLITE, runners);
        await withSixthLost(fixture, 'simple');
        const refused = await tidemark(placeOf(fixture), 'plan');
        expect(refused.stdout + refused.stderr).toMatch(/6 .*it has no \.down\.sql file/);
        expect(await versionsOf(fixture)).toContain(6);
        expect(await bare(fixture, 'undo-ignoring-missing', '4')).toMatchObject({ code: 0 });
        expect(await versionsOf(fixture)).toEqual([1, 2, 4, 6]);

        const end = await tidemark(placeOf(fixture), 'forget', '6', '--yes');
        expect(end, end.stdout + end.stderr).toMatchObject({ code: 0 });
        expect(await versionsOf(fixture)).toEqual([1, 2, 4]);
      });

      it('takes a row that Tidemark wrote for its own, and an edited file for an error that Tidemark explains', async () => {
        await using fixture = await buildFixture(FIXTURE, SQLITE, runners);
        expect(await reconcileAgreed(placeOf(fixture))).toMatchObject({ code: 0 });
        fixture.story.write(`${CHANGES}/00007_poems.up.sql`, '\ufeffCREATE TABLE poems (id INTEGER);\r\n');
        const applied = await tidemark(placeOf(fixture), 'reconcile', '--yes');
        expect(applied, applied.stdout + applied.stderr).toMatchObject({ code: 0 });
        expect(await fixture.status()).toMatchObject({ clean: true });
        expect(await bare(fixture, 'run')).toMatchObject({ code: 0 });

        fixture.story.write(`${CHANGES}/00007_poems.up.sql`, 'CREATE TABLE rhymes (id INTEGER);\n');
        expect(await bare(fixture, 'run')).toMatchObject({
          code: 1,
          output: expect.stringMatching(/7 was previously applied but has been modified/),
        });
        const status = await tidemark(placeOf(fixture), 'status');
        expect(status.stdout).toContain('7 was edited after it was applied.');
      });
    });
  });
});
