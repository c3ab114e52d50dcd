/** Rehearsals of SQL that Tidemark runs: what is wrong with a reversal is found on a copy, and the real database stays as it is. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeWith } from '../kit/available.ts';
import { builtCli, eventually, startTidemark, tidemark, tidemarkJson } from '../kit/cli.ts';
import { buildFixture, type Fixture, fixtureTools } from '../kit/fixture.ts';
import { fixtureEngines } from '../kit/fixture-database.ts';
import { waiting } from '../tui/tell.ts';
import { lose, placeOf, sql, versions } from './shop.ts';

const knex = await fixtureTools('knex/sparkles-and-rainbows');
const tools = await fixtureTools('dbmate/sparkles-and-rainbows');
const ALL = ['0001', '0002', '0003', '0004', '0005', '0006'];

/** Scratch databases that are recorded, and those the engine has. */
async function scratchLeft(fixture: Fixture, engine: string): Promise<readonly unknown[]> {
  const home = join(fixture.env['XDG_STATE_HOME'] ?? '', 'tidemark/scratch');
  const recorded = existsSync(home) ? readdirSync(home) : [];
  if (engine === 'sqlite') return recorded;
  const list =
    engine === 'postgres'
      ? "SELECT datname FROM pg_database WHERE datname LIKE 'tidemark\\_%'"
      : "SELECT SCHEMA_NAME FROM information_schema.SCHEMATA WHERE SCHEMA_NAME LIKE 'tidemark\\_%'";
  const found = await fixture.database().query(list);
  return [...recorded, ...found.filter(row => recorded.includes(String(Object.values(row)[0])))];
}

const rowsOf = async (fixture: Fixture, table: string): Promise<number> =>
  (await fixture.database().query(`SELECT * FROM ${table}`)).length;

/** SQL of a down that says one thing and does another, where the engine lets SQL be computed. */
const HIDDEN: Readonly<Record<string, string>> = {
  postgres: "DROP TABLE songs;\nDO $$ BEGIN EXECUTE 'DROP TABLE ' || 'prizes'; END $$;",
  mysql: "DROP TABLE songs;\nEXECUTE IMMEDIATE CONCAT('DROP TABLE ', 'prizes');",
};

describeWith('the built command line', builtCli(), () => {
  describeWith('a rehearsal', tools, runners => {
    for (const [label, engine] of fixtureEngines()) {
      describeWith(label, engine, on => {
        const build = () => buildFixture('dbmate/sparkles-and-rainbows', on, runners);

        it('shows what a plan does, and leaves nothing', async () => {
          await using fixture = await build();
          const place = placeOf(fixture);
          const { document } = await tidemarkJson(place, 'plan', '--rehearse=full');
          const [{ plan }] = document.plans;
          expect(plan.rehearsal).toMatchObject({ copy: 'full', failed: null });
          const [step] = plan.rehearsal.steps;
          expect(step.disappears).toContain('table glitter_sorts');
          expect(step.losses.tables).toEqual(plan.steps[0].losses.tables);
          expect(step).toMatchObject({ unannounced: [], rowsGone: [] });
          expect(await versions(fixture)).toEqual(ALL.slice(0, 5));
          expect(await scratchLeft(fixture, on.engine)).toEqual([]);

          const bare = await tidemarkJson(place, 'plan');
          expect(bare.document.plans[0].plan.id).toBe(plan.id);
          const said = await tidemark(place, 'plan', '--rehearse=schema');
          expect(said.stdout).toMatch(/rehearsed: .*- table glitter_sorts/);
          expect(said.stdout).toMatch(/Rehearsed on a copy without rows in \d+\.\d s: 1 step ran to the end/);
          const end = await tidemark(place, 'reconcile', '--rehearse=full', '--confirm', plan.id);
          expect(end, end.stderr).toMatchObject({ code: 0 });
          expect(await versions(fixture)).toEqual(['0001', '0002', '0004', '0005']);
        });

        it('finds a down that fails only with data, and stops the real run', async () => {
          await using fixture = await build();
          const place = placeOf(fixture);
          const down = 'CREATE UNIQUE INDEX prizes_once ON songs (title);\nDROP TABLE songs;';
          await lose(fixture, {
            name: '0006_songs.sql',
            text: sql(
              "CREATE TABLE songs (id INTEGER PRIMARY KEY, title VARCHAR(20));\nINSERT INTO songs VALUES (1, 'one'), (2, 'one');",
              down,
            ),
          });
          const end = await tidemark(place, 'reconcile', '0006', '--yes', '--rehearse=full');
          expect(end, end.stdout + end.stderr).toMatchObject({ code: 3 });
          expect(end.stdout).toContain('The rehearsal on a copy with all rows failed at step 1 of 1:');
          expect(end.stderr).toContain('Nothing was changed.');
          expect(await versions(fixture)).toEqual(ALL);
          expect(await rowsOf(fixture, 'songs')).toBe(2);
          expect((await tidemarkJson(place, 'runs')).document.runs).toEqual([]);
          // Without its rows the copy cannot know.
          const { document } = await tidemarkJson(place, 'plan', '0006', '--rehearse=schema');
          expect(document.plans[0].plan.rehearsal.failed).toBe(null);
          expect(await scratchLeft(fixture, on.engine)).toEqual([]);
        });

        it('tells rows that a down takes out of a table that stays', async () => {
          await using fixture = await build();
          const before = await rowsOf(fixture, 'prizes');
          await lose(fixture, {
            name: '0006_songs.sql',
            text: sql('CREATE TABLE songs (id INTEGER PRIMARY KEY);', 'DROP TABLE songs;\nDELETE FROM prizes;'),
          });
          const { document } = await tidemarkJson(placeOf(fixture), 'plan', '0006', '--rehearse');
          expect(document.plans[0].plan.rehearsal.steps[0].rowsGone).toEqual([{ table: 'prizes', rows: before }]);
          expect(await rowsOf(fixture, 'prizes')).toBe(before);
        });

        const hidden = HIDDEN[on.engine];
        // SQLite cannot compute SQL.
        if (hidden !== undefined)
          it('stops a down that drops more than it says, until a person confirms just that', async () => {
            await using fixture = await build();
            const place = placeOf(fixture);
            const prizes = await rowsOf(fixture, 'prizes');
            await lose(fixture, {
              name: '0006_songs.sql',
              text: sql('CREATE TABLE songs (id INTEGER PRIMARY KEY);', hidden),
            });
            const end = await tidemark(place, 'reconcile', '0006', '--yes', '--rehearse=full');
            expect(end, end.stdout + end.stderr).toMatchObject({ code: 3 });
            expect(end.stdout).toContain(`destroys also table prizes with ${prizes} row`);
            expect(end.stderr).toMatch(
              /Plan \w+ on \S+ destroys .*table prizes with \d+ rows? \(which its text does not announce\)/,
            );
            expect(await rowsOf(fixture, 'prizes')).toBe(prizes);

            // The plan that somebody saw without a rehearsal is not this one.
            const bare = (await tidemarkJson(place, 'plan', '0006')).document.plans[0].plan.id;
            const seen = (await tidemarkJson(place, 'plan', '0006', '--rehearse')).document.plans[0].plan.id;
            expect(seen).not.toBe(bare);
            const other = await tidemark(place, 'reconcile', '0006', '--rehearse=full', '--confirm', bare);
            expect(other, other.stderr).toMatchObject({ code: 3 });
            const agreed = await tidemark(place, 'reconcile', '0006', '--rehearse=full', '--confirm', seen);
            expect(agreed, agreed.stdout + agreed.stderr).toMatchObject({ code: 0 });
            await expect(rowsOf(fixture, 'prizes')).rejects.toThrow();
          });

        if (on.engine === 'sqlite')
          it('makes nothing beside a database that looks like production before it was named', async () => {
            await using fixture = await build();
            const env = { ...fixture.env, NODE_ENV: 'production', TIDEMARK_REHEARSE: 'full' };
            const { id } = (await tidemarkJson(placeOf(fixture), 'plan')).document.plans[0].plan;
            const end = await tidemark({ ...placeOf(fixture), env }, 'reconcile', '--confirm', id);
            expect(end, end.stdout + end.stderr).toMatchObject({ code: 3 });
            expect(end.stderr).not.toContain('Rehearsing');
            const name = /--target (\S+)/.exec(end.stderr)?.[1] ?? '';
            const named = await tidemark({ ...placeOf(fixture), env }, 'reconcile', '--confirm', id, '--target', name);
            expect(named, named.stdout + named.stderr).toMatchObject({ code: 0 });
            expect(named.stderr).toContain('Rehearsing on a copy');
          });

        if (on.engine === 'mysql')
          it('that cannot be made takes more than --yes before a reversal', async () => {
            await using fixture = await build();
            await lose(fixture, {
              name: '0006_songs.sql',
              text: sql('CREATE TABLE songs (id INT);', 'DROP TABLE songs;'),
            });
            const url = new URL(fixture.database().url);
            const name = url.pathname.slice(1);
            const user = `plain_${name.slice(-8)}`;
            await fixture.database().query(`CREATE USER ${user}@'%' IDENTIFIED BY 'plains-secret'`);
            await fixture.database().query(`GRANT ALL ON ${name}.* TO ${user}@'%'`);
            [url.username, url.password] = [user, 'plains-secret'];
            const env = { ...fixture.env, TIDEMARK_REHEARSE: 'auto', TIDEMARK_DATABASE_URL: url.href };
            const place = { ...placeOf(fixture), env };
            const refused = await tidemark(place, 'reconcile', '0006', '--yes');
            expect(refused, refused.stdout + refused.stderr).toMatchObject({ code: 3 });
            expect(refused.stderr).toMatch(/Plan \w+ could not be rehearsed on a copy of /);
            const [, id] = /--confirm ([0-9a-f]{12})/.exec(refused.stderr) ?? [];
            expect(await versions(fixture)).toEqual(ALL);
            const agreed = await tidemark(place, 'reconcile', '0006', '--confirm', id ?? '');
            expect(agreed, agreed.stdout + agreed.stderr).toMatchObject({ code: 0 });
            expect(await versions(fixture)).toEqual(ALL.slice(0, 5));
            await fixture.database().query(`DROP USER ${user}@'%'`);
          });

        it('is removed by the next command when it was killed', async () => {
          await using fixture = await build();
          const place = placeOf(fixture);
          const sleep =
            on.engine === 'postgres' ? 'SELECT pg_sleep(60);' : on.engine === 'mysql' ? 'SELECT SLEEP(60);' : SLOW;
          await lose(fixture, {
            name: '0006_songs.sql',
            text: sql('CREATE TABLE songs (id INTEGER PRIMARY KEY);', `${sleep}\nDROP TABLE songs;`),
          });
          const running = startTidemark(place, ['plan', '0006', '--rehearse=full']);
          await expect.poll(() => running.told(), { timeout: 20_000 }).toContain('rehearse: reverse 0006');
          running.child.kill('SIGKILL');
          await running.end;
          expect(await scratchLeft(fixture, on.engine)).not.toEqual([]);
          const doctor = await tidemark(place, 'doctor');
          expect(doctor.stdout).toMatch(/scratch databases +1 removed, left by a process that was killed/);
          expect(await scratchLeft(fixture, on.engine)).toEqual([]);
          expect(await versions(fixture)).toEqual(ALL);
        });
      });
    }
  });

  describeWith('a rehearsal of a command of Knex', knex, runners => {
    it('is ended by Ctrl-C at once, and leaves no copy, no process and no run', async () => {
      const { fixture, began } = await waiting(runners);
      await using _ = fixture;
      const place = placeOf(fixture);
      const run = startTidemark(place, ['plan', '--rehearse=full']);
      await eventually('the reversal began', began);
      expect(await scratchLeft(fixture, 'sqlite')).toHaveLength(1);
      run.child.kill('SIGINT');
      const end = await run.end;
      expect(end, end.stdout + end.stderr).toMatchObject({ code: 130, signal: null });
      expect(await scratchLeft(fixture, 'sqlite')).toEqual([]);
      expect(readdirSync(join(fixture.env['XDG_CACHE_HOME'] ?? '', 'tidemark/wt'))).toEqual([]);
      expect((await tidemarkJson(place, 'runs')).document.runs).toEqual([]);
    });
  });
});

/** Some ten seconds of SQLite's time. */
const SLOW =
  'CREATE TABLE slow AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60000000) SELECT max(i) FROM n;\nDROP TABLE slow;';
