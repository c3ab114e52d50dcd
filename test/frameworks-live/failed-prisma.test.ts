/** Migrations that Prisma began on PostgreSQL and could not finish, and their rows in all the states Prisma knows: taken back by a script of one's own. */
import { realpathSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { describeWith } from '../kit/available.ts';
import { builtCli, tidemarkJson } from '../kit/cli.ts';
import { fixtureTools } from '../kit/fixture.ts';
import { fixtureEngines } from '../kit/fixture-database.ts';
import { withoutNative } from '../kit/runners/prisma.ts';
import { inHazard } from './hazard-story.ts';

const SITUATION = 'prisma/sparkles-and-rainbows';
const tools = await fixtureTools(SITUATION);
const [, postgres] = fixtureEngines().find(([label]) => label === 'PostgreSQL') ?? [];
if (postgres === undefined) throw new Error('there is no PostgreSQL among the engines of fixtures');
const SONGS = '00006_songs';
const AT = `services/shop/changes/${SONGS}/migration.sql`;

/** Prisma is started six times, on a machine that may be busy. */
const LONGEST_MS = 180_000;

describeWith('the built command line', builtCli(), () => {
  describeWith('PostgreSQL', postgres, on => {
    describeWith('Prisma', tools, runners => {
      it(
        'takes back what a failed attempt left behind, with the rows of all attempts',
        () =>
          inHazard(
            SITUATION,
            runners,
            async ({ fixture, bare, tables, reconcile }) => {
              const { story } = fixture;
              const rows = async () => {
                const state =
                  "CASE WHEN rolled_back_at IS NOT NULL THEN 'rolled back' WHEN finished_at IS NULL THEN 'open' ELSE 'done' END";
                const own = `SELECT ${state} AS state FROM _prisma_migrations WHERE migration_name = '${SONGS}' ORDER BY started_at`;
                return (await fixture.database().query(own)).map(row => row['state']);
              };
              const modules = realpathSync(join(story.root, 'services/shop/node_modules'));
              const quiet = Object.entries(withoutNative(modules)).map(([name, value]) => `${name}=${value}`);
              const prisma = (...words: readonly string[]) =>
                bare('env', ...quiet, 'node', 'node_modules/prisma/build/index.js', 'migrate', ...words);
              const found = async () => {
                const { document } = await tidemarkJson({ cwd: story.root, env: fixture.env }, 'status');
                return document.projects[0].findings.filter((each: { migration: string }) => each.migration === SONGS);
              };
              const kinds = async () => (await found()).map(({ kind }: { kind: string }) => kind);

              story.write(AT, 'ALTER TABLE nothing ADD COLUMN song INTEGER;\n');
              await expect(fixture.apply()).rejects.toThrow('No such table: nothing');
              const resolved = await prisma('resolve', '--rolled-back', SONGS);
              expect(resolved, resolved.output).toMatchObject({ code: 0 });
              expect(await rows()).toEqual(['rolled back']);
              expect(await kinds()).toEqual(['pending']);

              // The first statement of the next attempt stays, as this engine of Prisma's runs each by itself.
              await story.commit('Sing', {
                files: {
                  [AT]: 'CREATE TABLE songs (id INTEGER PRIMARY KEY);\nALTER TABLE nothing ADD COLUMN song INTEGER;\n',
                },
              });
              await expect(fixture.apply()).rejects.toThrow('No such table: nothing');
              expect(await rows()).toEqual(['rolled back', 'open']);
              // As git does it: with the folder, in which Prisma would miss a file.
              rmSync(join(story.root, dirname(AT)), { recursive: true });
              await story.commit('Be silent');
              expect(await kinds()).toEqual(expect.arrayContaining(['failed', 'orphaned']));
              await expect(fixture.apply()).rejects.toThrow('P3009');

              const down = join(story.outside, 'down.sql');
              writeFileSync(down, 'DROP TABLE songs;\n');
              const end = await reconcile(SONGS, '--with', down);
              expect(end, end.stdout + end.stderr).toMatchObject({ code: 0 });
              expect(await rows()).toEqual([]);
              expect(await tables()).not.toContain('songs');
              await fixture.apply();
            },
            on,
          ),
        LONGEST_MS,
      );
    });
  });
});
