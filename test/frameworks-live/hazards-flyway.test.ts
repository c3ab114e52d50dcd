/** What the bare Flyway does wrong while an applied file is missing or has failed, and what Tidemark does instead. */
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeWith } from '../kit/available.ts';
import { builtCli, reconcileAgreed, tidemark, tidemarkJson } from '../kit/cli.ts';
import { buildFixture, type Fixture, fixtureTools } from '../kit/fixture.ts';
import { fixtureEngines, SQLITE } from '../kit/fixture-database.ts';
import { flywayBench } from '../kit/runners/flyway.ts';
import { jdbcWords } from '../kit/toolchains/jvm.ts';

const FIXTURE = 'flyway/sparkles-and-rainbows';
const tools = await fixtureTools(FIXTURE);
const bench = await flywayBench();

const CHANGES = 'services/shop/changes';

const rowsOf = (fixture: Fixture) => fixture.database().query('SELECT * FROM shop_changes ORDER BY installed_rank');

/** All of a row but when and how long. */
const rowOf = async (from: Fixture | Awaited<ReturnType<Fixture['fresh']>>, description: string) => {
  const columns = 'version, description, type, script, checksum, installed_by, success';
  const database = 'story' in from ? from.database() : from;
  return database.query(`SELECT ${columns} FROM shop_changes WHERE description = '${description}'`);
};

const hasTable = async (fixture: Fixture, name: string): Promise<boolean> =>
  (await fixture.database().query(`SELECT 1 FROM sqlite_schema WHERE name = '${name}'`)).length === 1;

/** Adds a migration, has Flyway apply it, and deletes it in git. */
async function lose(fixture: Fixture, files: Readonly<Record<string, string>>): Promise<void> {
  const { story } = fixture;
  await story.commit('Add it', { files });
  await fixture.apply();
  for (const path of Object.keys(files)) story.remove(path);
  await story.commit('Delete it');
}

async function done(fixture: Fixture): Promise<void> {
  const end = await reconcileAgreed({ cwd: fixture.story.root, env: fixture.env });
  expect(end, end.stdout + end.stderr).toMatchObject({ code: 0 });
}

const mariadb = fixtureEngines().find(([label]) => label === 'MariaDB')?.[1] ?? {
  here: false,
  because: 'it is not known',
};

describeWith('the built command line', builtCli(), () => {
  describeWith('Flyway', tools, runners => {
    describeWith('the bare Flyway', bench, ({ act }) => {
      const bare = (fixture: Fixture, action: string) =>
        act(action, join(fixture.story.root, 'services/shop'), ...jdbcWords(fixture.database()));

      it('refuses an older orphan and passes a newer one by, where Tidemark reverses both, and writes the rows that Flyway writes', async () => {
        await using fixture = await buildFixture(FIXTURE, SQLITE, runners);
        const place = { cwd: fixture.story.root, env: fixture.env };
        expect(await bare(fixture, 'migrate')).toMatchObject({
          code: 1,
          output: expect.stringContaining('not resolved locally: 0003'),
        });
        expect(await bare(fixture, 'undo')).toMatchObject({
          code: 1,
          output: expect.stringMatching(/not supported by/i),
        });
        expect((await tidemark(place, 'status')).stdout).toMatch(/calls 0003 "Missing"/);
        // A repeatable migration, changed after it was applied, is applied again, as Flyway would.
        fixture.story.write(`${CHANGES}/R__tally.sql`, 'CREATE VIEW IF NOT EXISTS tally AS SELECT 1 AS n;\n');
        fixture.story.write(
          `${CHANGES}/M0005.5__hats.sql`,
          'CREATE TABLE hats (id INTEGER PRIMARY KEY);\nINSERT INTO hats VALUES (1);\n',
        );
        await done(fixture);
        fixture.story.write(
          `${CHANGES}/R__tally.sql`,
          "DROP VIEW IF EXISTS tally;\nCREATE VIEW tally AS SELECT '${first}' AS n;\n",
        );
        const { document } = await tidemarkJson(place, 'status');
        expect(document.projects[0].findings).toMatchObject([{ kind: 'pending', migration: 'tally' }]);
        await done(fixture);
        expect(await fixture.database().query('SELECT n FROM tally')).toEqual([{ n: 'pink' }]);
        expect(await fixture.status()).toMatchObject({ clean: true });
        const fresh = await fixture.fresh();
        expect(await rowOf(fixture, 'hats')).toEqual(await rowOf(fresh, 'hats'));
        expect((await rowOf(fixture, 'tally')).at(-1)).toMatchObject({
          version: null,
          type: 'SQL',
          script: 'R__tally.sql',
        });

        // The same version, written in another way: to Flyway and to Tidemark nothing has happened.
        await fixture.story.git('add', CHANGES);
        await fixture.story.git('commit', '-qm', 'Wear hats');
        await fixture.story.git('mv', `${CHANGES}/M0005.5__hats.sql`, `${CHANGES}/M05.005.0__hats.sql`);
        expect(await bare(fixture, 'validate')).toMatchObject({ code: 0 });
        expect((await tidemarkJson(place, 'status')).document.projects[0].findings).toEqual([]);
        await fixture.story.git('mv', `${CHANGES}/M05.005.0__hats.sql`, `${CHANGES}/M0005.5__hats.sql`);

        await lose(fixture, {
          [`${CHANGES}/M0009__dreams.sql`]: 'CREATE TABLE dreams (id INTEGER PRIMARY KEY);\n',
          [`${CHANGES}/U9.0__no_dreams.sql`]: 'DROP TABLE dreams;\n',
        });
        const passed = await bare(fixture, 'migrate');
        expect(passed).toMatchObject({
          code: 0,
          output: expect.stringMatching(/newer than the latest available migration/),
        });
        expect(await hasTable(fixture, 'dreams')).toBe(true);
        await done(fixture);
        expect(await hasTable(fixture, 'dreams')).toBe(false);
        expect(await fixture.status()).toMatchObject({ clean: true });
      });

      it('reports success for one that nothing can undo, where Tidemark changes nothing and says how to go on', async () => {
        await using fixture = await buildFixture(FIXTURE, SQLITE, runners);
        const place = { cwd: fixture.story.root, env: fixture.env };
        await done(fixture);
        await lose(fixture, { [`${CHANGES}/M0009__dreams.sql`]: 'CREATE TABLE dreams (id INTEGER PRIMARY KEY);\n' });
        const before = await rowsOf(fixture);
        expect(await bare(fixture, 'migrate')).toMatchObject({ code: 0 });
        const end = await tidemark(place, 'reconcile', '--yes');
        expect(end).toMatchObject({ code: 3 });
        expect(end.stdout + end.stderr).toMatch(/no undo script \(U0009__….sql\)[\s\S]*--with/);
        expect(await rowsOf(fixture)).toEqual(before);
        expect(await hasTable(fixture, 'dreams')).toBe(true);
      });
    });

    describeWith('MariaDB, which takes no schema change back', mariadb, engine => {
      it('has a failed row, and Tidemark says so', async () => {
        await using fixture = await buildFixture(FIXTURE, engine, runners);
        const place = { cwd: fixture.story.root, env: fixture.env };
        await done(fixture);
        fixture.story.write(
          `${CHANGES}/M0006__half.sql`,
          'CREATE TABLE half (id INTEGER);\nSELECT nonsense FROM nowhere;\n',
        );
        await expect(fixture.apply()).rejects.toThrow(/nowhere/);
        const { document } = await tidemarkJson(place, 'status');
        expect(document.projects[0].findings).toMatchObject([{ kind: 'failed', migration: '0006' }]);
        expect(document.projects[0].migrations.at(-1)).toMatchObject({ id: '0006', state: 'failed' });
      });
    });
  });
});
