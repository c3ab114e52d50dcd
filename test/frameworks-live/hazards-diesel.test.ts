/** What the bare diesel does wrong while an applied file is missing, and what Tidemark does instead. */
import { expect, it } from 'vitest';
import { describeWith } from '../kit/available.ts';
import { builtCli, reconcileAgreed, tidemark } from '../kit/cli.ts';
import { buildFixture, type Fixture, fixtureTools } from '../kit/fixture.ts';
import { SQLITE } from '../kit/fixture-database.ts';
import { run } from '../kit/toolchains/recipe.ts';
import { benchCall, rustBench } from '../kit/toolchains/rust.ts';

const FIXTURE = 'diesel/sparkles-and-rainbows';
const tools = await fixtureTools(FIXTURE);
const program = await rustBench();

const SIXTH = 'services/shop/changes/2026-01-01-000006_songs';

const placeOf = (fixture: Fixture) => ({ cwd: fixture.story.root, env: fixture.env });

const versionsOf = async (fixture: Fixture): Promise<readonly string[]> =>
  (await fixture.database().query('SELECT version FROM __diesel_schema_migrations ORDER BY version')).map(row =>
    String(row['version']).slice(-1),
  );

describeWith('the built command line', builtCli(), () => {
  describeWith('diesel with an applied file missing', tools, runners => {
    describeWith('the bare library', program, diesel => {
      const bare = (fixture: Fixture, word: string) =>
        run(
          [...benchCall(diesel, 'diesel', fixture.database(), ['changes', '-']), word],
          `${fixture.story.root}/services/shop`,
          fixture.env,
        );

      it('refuses, or takes away a row and undoes nothing; Tidemark reverses the one, and names the other', async () => {
        await using fixture = await buildFixture(FIXTURE, SQLITE, runners);
        const { story } = fixture;
        expect(await reconcileAgreed(placeOf(fixture))).toMatchObject({ code: 0 });
        story.write(`${SIXTH}/up.sql`, 'CREATE TABLE songs (id INTEGER);\n');
        story.write(`${SIXTH}/down.sql`, 'DROP TABLE songs;\n');
        await story.commit('Sing');
        await fixture.apply();
        for (const name of ['up.sql', 'down.sql']) story.remove(`${SIXTH}/${name}`);
        await story.commit('Be quiet');
        expect(await fixture.status()).toMatchObject({ clean: false });
        expect(await bare(fixture, 'run')).toMatchObject({ code: 0, output: '' });
        const refused = await bare(fixture, 'revert');
        expect(refused).toMatchObject({
          code: 1,
          output: expect.stringMatching(/Unable to find migration version 20260101000006/),
        });
        const status = await tidemark(placeOf(fixture), 'status');
        expect(status.stdout).toMatch(/revert" refuses, as it has no file for 20260101000006/);
        const end = await reconcileAgreed(placeOf(fixture));
        expect(end, end.stdout + end.stderr).toMatchObject({ code: 0 });
        expect(await versionsOf(fixture)).toEqual(['1', '2', '4', '5']);
        expect(await fixture.status()).toMatchObject({ clean: true });

        story.write(`${SIXTH}/up.sql`, 'CREATE TABLE songs (id INTEGER);\n');
        story.write(`${SIXTH}/down.sql`, '-- This file should undo anything in `up.sql`\n');
        await fixture.apply();
        await story.commit('Sing for ever');
        for (const name of ['up.sql', 'down.sql']) story.remove(`${SIXTH}/${name}`);
        await story.commit('Be quiet again');
        const plan = await tidemark(placeOf(fixture), 'plan');
        expect(plan.stdout + plan.stderr).toMatch(/20260101000006 .*its down\.sql is empty/);
        expect(await versionsOf(fixture)).toContain('6');
        await story.git('revert', '--no-edit', 'HEAD');
        expect(await bare(fixture, 'revert')).toMatchObject({ code: 0 });
        expect(await versionsOf(fixture)).not.toContain('6');
        expect(await fixture.database().query("SELECT 1 FROM sqlite_schema WHERE name = 'songs'")).toHaveLength(1);
      });
    });
  });
});
