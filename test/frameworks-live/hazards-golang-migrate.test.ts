/** What the bare golang-migrate does wrong while an applied file is missing, and what Tidemark does instead. */
import { expect, it } from 'vitest';
import { describeWith } from '../kit/available.ts';
import { builtCli, reconcileAgreed, tidemark, tidemarkJson } from '../kit/cli.ts';
import { buildFixture, type Fixture, fixtureTools } from '../kit/fixture.ts';
import { SQLITE } from '../kit/fixture-database.ts';
import { migrateAddress, migrateProgram } from '../kit/runners/golang-migrate.ts';
import { run } from '../kit/toolchains/recipe.ts';

const FIXTURE = 'golang-migrate/sparkles-and-rainbows';
const tools = await fixtureTools(FIXTURE);
const program = await migrateProgram();

const SONGS = 'services/shop/changes/0006_songs';
const UP = 'CREATE TABLE songs (id INTEGER PRIMARY KEY);\n';

const rowsOf = (fixture: Fixture) => fixture.database().query('SELECT version, dirty FROM shop_version');

const hasTable = async (fixture: Fixture, name: string): Promise<boolean> =>
  (await fixture.database().query(`SELECT 1 FROM sqlite_schema WHERE name = '${name}'`)).length === 1;

const placeOf = (fixture: Fixture) => ({ cwd: fixture.story.root, env: fixture.env });

/** Adds the sixth, has golang-migrate apply it, and deletes it in git. */
async function loseSongs({ story, apply }: Fixture, down: string | null): Promise<void> {
  story.write(`${SONGS}.up.sql`, UP);
  if (down !== null) story.write(`${SONGS}.down.sql`, down);
  await story.commit('Sing');
  await apply();
  story.remove(`${SONGS}.up.sql`);
  if (down !== null) story.remove(`${SONGS}.down.sql`);
  await story.commit('Do not sing');
}

describeWith('the built command line', builtCli(), () => {
  describeWith('golang-migrate with an applied file missing', tools, runners => {
    describeWith('the bare program', program, migrate => {
      const bare = (fixture: Fixture, ...words: readonly string[]) => {
        const database = migrateAddress(fixture.database(), 'shop_version');
        const folder = `${fixture.story.root}/services/shop`;
        return run([migrate, '-path', 'changes', '-database', database, ...words], folder, fixture.env);
      };

      it('refuses every command, where Tidemark goes back to the version before', async () => {
        await using fixture = await buildFixture(FIXTURE, SQLITE, runners);
        await loseSongs(fixture, 'DROP TABLE songs;\n');
        for (const words of [['up'], ['down', '1'], ['goto', '5']]) {
          const refused = await bare(fixture, ...words);
          expect(refused).toMatchObject({
            code: 1,
            output: expect.stringContaining('no migration found for version 6'),
          });
        }
        const status = await tidemark(placeOf(fixture), 'status');
        expect(status.stdout).toContain('Every command of golang-migrate refuses, as it has no file for 6.');
        expect(status.stdout).toMatch(/that 3 was applied is told by the schema/);

        const end = await reconcileAgreed(placeOf(fixture));
        expect(end, end.stdout + end.stderr).toMatchObject({ code: 0 });
        expect(await rowsOf(fixture)).toEqual([{ version: 5, dirty: 0 }]);
        expect(await hasTable(fixture, 'songs')).toBe(false);
        expect(await hasTable(fixture, 'glitter_sorts')).toBe(false);
        expect(await fixture.status()).toMatchObject({ clean: true });
      });

      it('moves its version and undoes nothing where there is no .down. file, where Tidemark refuses', async () => {
        await using fixture = await buildFixture(FIXTURE, SQLITE, runners);
        await loseSongs(fixture, null);
        const { document } = await tidemarkJson(placeOf(fixture), 'plan', '6');
        expect(document.plans[0]).toMatchObject({
          plan: null,
          refusals: [{ migration: '6', reason: expect.stringMatching(/no \.down\. file, so nothing would be undone/) }],
        });
        fixture.story.write(`${SONGS}.up.sql`, UP);
        expect(await bare(fixture, 'down', '1')).toMatchObject({ code: 0, output: expect.stringContaining('<empty>') });
        expect(await rowsOf(fixture)).toEqual([{ version: 5, dirty: 0 }]);
        expect(await hasTable(fixture, 'songs')).toBe(true);
      });

      it('leaves a dirty version behind, which Tidemark does not take for applied', async () => {
        await using fixture = await buildFixture(FIXTURE, SQLITE, runners);
        fixture.story.write(`${SONGS}.up.sql`, 'CREATE TABLE unicorns (id INTEGER);\n');
        expect(await bare(fixture, 'up')).toMatchObject({ code: 1 });
        expect(await rowsOf(fixture)).toEqual([{ version: 6, dirty: 1 }]);
        const { document } = await tidemarkJson(placeOf(fixture), 'status');
        expect(document.projects[0].findings).toContainEqual(
          expect.objectContaining({ kind: 'failed', migration: '6' }),
        );
        const plan = await tidemark(placeOf(fixture), 'plan');
        expect(plan.stdout + plan.stderr).toMatch(/dirty at 6.*\n(.*\n)*.*force 6/);
        const end = await tidemark(placeOf(fixture), 'reconcile', '--yes');
        expect(end.code).not.toBe(0);
        expect(await rowsOf(fixture)).toEqual([{ version: 6, dirty: 1 }]);
      });

      it('cannot tell whether one below its version was applied, and never applies it: what it made tells', async () => {
        await using fixture = await buildFixture(FIXTURE, SQLITE, runners);
        await fixture.database().query('DROP TABLE glitter_sorts');
        const still = await tidemarkJson(placeOf(fixture), 'status');
        expect(still.document.projects[0].counts).toMatchObject({ applied: 5, orphaned: 1 });
        await fixture.database().query('ALTER TABLE unicorns DROP COLUMN glitter');
        const { document } = await tidemarkJson(placeOf(fixture), 'status');
        expect(document.projects[0].findings).toEqual([]);
        expect(document.projects[0].counts).toMatchObject({ applied: 4, orphaned: 0 });

        // One that came late is passed by with success; one whose table somebody dropped was applied all the same.
        fixture.story.write(
          'services/shop/changes/0003_lakes.up.sql',
          'CREATE TABLE lakes (id INTEGER PRIMARY KEY);\n',
        );
        fixture.story.write('services/shop/changes/0003_lakes.down.sql', 'DROP TABLE lakes;\n');
        await fixture.story.commit('Have lakes');
        await fixture.database().query('DROP TABLE races');
        expect(await bare(fixture, 'up')).toMatchObject({ code: 0, output: expect.stringContaining('no change') });
        const late = await tidemarkJson(placeOf(fixture), 'status');
        expect(late.document.projects[0]).toMatchObject({
          counts: { applied: 4, pending: 1, orphaned: 0 },
          findings: [{ kind: 'out-of-order', migration: '3' }],
        });
        const end = await reconcileAgreed(placeOf(fixture));
        expect(end, end.stdout + end.stderr).toMatchObject({ code: 0 });
        expect(await hasTable(fixture, 'lakes')).toBe(true);
        expect(await rowsOf(fixture)).toEqual([{ version: 5, dirty: 0 }]);
        const after = await tidemarkJson(placeOf(fixture), 'status');
        expect(after.document.projects[0].counts).toMatchObject({ applied: 5, pending: 0, orphaned: 0 });
      });
    });
  });
});
