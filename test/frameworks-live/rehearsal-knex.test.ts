/** Rehearsals of a framework's command, with the real Knex: code that goes elsewhere than it is pointed changes nothing, and is found. */
import { expect, it } from 'vitest';
import { describeWith } from '../kit/available.ts';
import { builtCli, type CliPlace, tidemark, tidemarkJson } from '../kit/cli.ts';
import { buildFixture, type Fixture, fixtureTools } from '../kit/fixture.ts';
import { fixtureEngines } from '../kit/fixture-database.ts';

const NAME = 'knex/sparkles-and-rainbows';
const SONGS = 'apps/site/db/changes/006_songs.cjs';
const THIRD = 'apps/site/db/changes/003_glitter.cjs';

const tools = await fixtureTools(NAME);
const placeOf = (fixture: Fixture): CliPlace => ({ cwd: fixture.story.root, env: fixture.env });

/** A sixth migration with this down, applied by Knex, which wants the third's file for that, and deleted again. */
async function loseSongs(fixture: Fixture, down: string): Promise<void> {
  const { story, commits } = fixture;
  const up = "exports.up = knex => knex.schema.createTable('songs', table => { table.increments('id'); });";
  story.write(SONGS, `${up}\nexports.down = async knex => {\n${down}\n};\n`);
  await story.commit('Add songs');
  story.write(THIRD, `${await story.git('show', `${commits['adds 3']}:${THIRD}`)}\n`);
  await fixture.apply();
  story.remove(THIRD);
  story.remove(SONGS);
  await story.commit('Delete songs');
}

const applied = async (fixture: Fixture): Promise<readonly string[]> =>
  (await fixture.database().query('SELECT name FROM site_changes ORDER BY id')).map(({ name }) => String(name));

describeWith('the built command line', builtCli(), () => {
  describeWith('a rehearsal with Knex', tools, runners => {
    for (const [label, engine] of fixtureEngines()) {
      describeWith(label, engine, on => {
        it('catches a down that goes to an address of its own, before it has changed anything there', async () => {
          await using fixture = await buildFixture(NAME, on, runners);
          const { url, file } = fixture.database();
          const settings = {
            sqlite: { client: 'better-sqlite3', connection: { filename: file }, useNullAsDefault: true },
            postgres: { client: 'pg', connection: url },
            mysql: { client: 'mysql2', connection: url },
          }[on.engine];
          await loseSongs(
            fixture,
            `const own = require('knex')(${JSON.stringify(settings)});
             try { await own.schema.dropTable('songs'); } finally { await own.destroy(); }`,
          );
          const before = [await applied(fixture), await fixture.database().dump()];
          const end = await tidemark(placeOf(fixture), 'reconcile', '006_songs.cjs', '--yes', '--rehearse=full');
          expect(end, end.stdout + end.stderr).toMatchObject({ code: 3 });
          expect(end.stderr).toContain('its code does not go where Tidemark points it');
          expect(end.stderr).toContain('Nothing was changed.');
          // A server does not do it later either.
          await new Promise(resolve => setTimeout(resolve, 500));
          expect([await applied(fixture), await fixture.database().dump()]).toEqual(before);
          expect(await fixture.database().query('SELECT * FROM songs')).toEqual([]);
        });

        // What does not depend on the engine is tried on the first one.
        if (on.engine === 'sqlite')
          it('finds a down that drops more than its text says', async () => {
            await using fixture = await buildFixture(NAME, on, runners);
            await loseSongs(
              fixture,
              "await knex.schema.dropTable('songs'); await knex.raw(`DROP TABLE ${['pri', 'zes'].join('')}`);",
            );
            const before = await applied(fixture);
            const prizes = await fixture.database().query('SELECT * FROM prizes');
            const { document } = await tidemarkJson(placeOf(fixture), 'plan', '006_songs.cjs', '--rehearse');
            const [step] = document.plans[0].plan.rehearsal.steps;
            expect(step.unannounced).toEqual(['table prizes']);
            expect(step.losses.tables).toContainEqual({ table: 'prizes', rows: prizes.length });
            const end = await tidemark(placeOf(fixture), 'reconcile', '006_songs.cjs', '--yes', '--rehearse=full');
            expect(end, end.stdout + end.stderr).toMatchObject({ code: 3 });
            expect(await applied(fixture)).toEqual(before);
            expect(await fixture.database().query('SELECT * FROM prizes')).toEqual(prizes);
          });
      });
    }
  });
});
