/** What the bare goose does wrong while an applied file is missing, and what Tidemark does instead. */
import { expect, it } from 'vitest';
import { describeWith } from '../kit/available.ts';
import { builtCli, reconcileAgreed, tidemark, tidemarkJson } from '../kit/cli.ts';
import { buildFixture, type Fixture, fixtureTools } from '../kit/fixture.ts';
import { SQLITE } from '../kit/fixture-database.ts';
import { gooseProgram } from '../kit/runners/goose.ts';
import { run } from '../kit/toolchains/recipe.ts';

const FIXTURE = 'goose/sparkles-and-rainbows';
const tools = await fixtureTools(FIXTURE);
const program = await gooseProgram();

const CHANGES = 'services/shop/changes';

const table = (name: string, down = `-- +goose Down\nDROP TABLE ${name};\n`): string =>
  `-- +goose Up\nCREATE TABLE ${name} (id INTEGER PRIMARY KEY);\n${down}`;

const versionsOf = async (fixture: Fixture): Promise<readonly number[]> =>
  (await fixture.database().query('SELECT version_id AS v FROM shop_changes ORDER BY id')).map(({ v }) => Number(v));

const hasTable = async (fixture: Fixture, name: string): Promise<boolean> =>
  (await fixture.database().query(`SELECT 1 FROM sqlite_schema WHERE name = '${name}'`)).length === 1;

/** Adds a migration, has goose apply it, and deletes it in git. */
async function lose(fixture: Fixture, name: string, text: string): Promise<void> {
  const { story } = fixture;
  story.write(`${CHANGES}/${name}`, text);
  await story.commit(`Add ${name}`);
  await fixture.apply();
  story.remove(`${CHANGES}/${name}`);
  await story.commit(`Delete ${name}`);
}

describeWith('the built command line', builtCli(), () => {
  describeWith('goose with an applied file missing', tools, runners => {
    describeWith('the bare program', program, goose => {
      const bare = (fixture: Fixture, ...words: readonly string[]) =>
        run(
          [goose, '-env', 'none', '-dir', 'changes', '-table', 'shop_changes', 'sqlite3', './shop.db', ...words],
          `${fixture.story.root}/services/shop`,
          fixture.env,
        );

      it('refuses to go down and up, where Tidemark does both', async () => {
        await using fixture = await buildFixture(FIXTURE, SQLITE, runners);
        const place = { cwd: fixture.story.root, env: fixture.env };
        await lose(fixture, '00009_dreams.sql', table('dreams'));
        fixture.story.write(`${CHANGES}/00007_poems.sql`, table('poems'));
        await fixture.story.commit('Write poems');

        const down = await bare(fixture, 'down');
        expect(down).toMatchObject({ code: 1, output: expect.stringMatching(/migration 9: no current version found/) });
        const up = await bare(fixture, 'up');
        expect(up).toMatchObject({ code: 1, output: expect.stringMatching(/found 1 missing migrations/) });
        expect(await hasTable(fixture, 'dreams')).toBe(true);
        const status = await tidemark(place, 'status');
        expect(status.stdout).toMatch(/"goose down" refuses/);

        const end = await reconcileAgreed(place);
        expect(end, end.stdout + end.stderr).toMatchObject({ code: 0 });
        expect(await versionsOf(fixture)).toEqual([0, 1, 2, 4, 5, 7]);
        expect(await hasTable(fixture, 'dreams')).toBe(false);
        expect(await hasTable(fixture, 'poems')).toBe(true);
        expect(await fixture.status()).toMatchObject({ clean: true });
      });

      it('takes a file without a Down section for reversed, where Tidemark says that nothing would be undone', async () => {
        await using fixture = await buildFixture(FIXTURE, SQLITE, runners);
        const place = { cwd: fixture.story.root, env: fixture.env };
        await lose(fixture, '00006_songs.sql', table('songs', ''));
        const refused = await tidemark(place, 'plan', '6');
        expect(refused.stdout + refused.stderr).toMatch(/it has no "-- \+goose Down" line/);
        expect(await versionsOf(fixture)).toContain(6);

        fixture.story.write(`${CHANGES}/00006_songs.sql`, table('songs', ''));
        expect(await bare(fixture, 'down')).toMatchObject({ code: 0, output: expect.stringMatching(/EMPTY/) });
        expect(await versionsOf(fixture)).not.toContain(6);
        expect(await hasTable(fixture, 'songs')).toBe(true);
      });

      it('names what it cannot run: a Go migration', async () => {
        await using fixture = await buildFixture(FIXTURE, SQLITE, runners);
        const place = { cwd: fixture.story.root, env: fixture.env };
        const go =
          'package changes\n\nimport "github.com/pressly/goose/v3"\n\nfunc init() { goose.AddMigrationContext(nil, nil) }\n';
        fixture.story.write(`${CHANGES}/00006_songs.go`, go);
        await fixture.story.commit('Sing in Go');
        await fixture.database().query('INSERT INTO shop_changes (version_id, is_applied) VALUES (6, 1)');
        fixture.story.remove(`${CHANGES}/00006_songs.go`);
        await fixture.story.commit('Do not sing');
        const { document } = await tidemarkJson(place, 'plan', '6');
        expect(document.plans[0]).toMatchObject({
          plan: null,
          refusals: [{ migration: '6', reason: expect.stringMatching(/Go migration/) }],
        });
      });
    });
  });
});
