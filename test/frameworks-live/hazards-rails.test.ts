/** What Rails does at HEAD while a file is missing, and calls reverted though nothing was: the bare command, and Tidemark. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeWith } from '../kit/available.ts';
import { builtCli, tidemark, tidemarkJson } from '../kit/cli.ts';
import { buildFixture, type Fixture, fixtureTools } from '../kit/fixture.ts';
import { SQLITE } from '../kit/fixture-database.ts';
import { run, sqliteDatabase } from '../kit/toolchains/recipe.ts';

const NAME = 'rails/sparkles-and-rainbows';
const FOLDER = 'site/db/changes';
const THIRD = '20240103090000';
const tools = await fixtureTools(NAME);

const place = (fixture: Fixture) => ({ cwd: fixture.story.root, env: fixture.env });
const bare = (fixture: Fixture, ...words: readonly string[]) =>
  run(['ruby', '-W0', 'bin/rails', ...words], join(fixture.story.root, 'site'), {
    ...fixture.env,
    SCHEMA: '/dev/null',
  });
const versions = async (fixture: Fixture) =>
  (await fixture.database().query('SELECT version FROM farm_versions ORDER BY length(version), version')).map(
    row => row['version'],
  );

describeWith('the built command line', builtCli(), () => {
  describeWith('Rails', tools, runners => {
    it('reverses another migration, or none; Tidemark reverses the one, beside a file of the same class', async () => {
      await using fixture = await buildFixture(NAME, SQLITE, runners);
      const named = await bare(fixture, 'db:migrate:down', `VERSION=${THIRD}`);
      expect(named).toMatchObject({ code: 1, output: expect.stringContaining('No migration with version number') });
      const rolled = await bare(fixture, 'db:rollback');
      expect(rolled.code).toBe(0);
      expect(await versions(fixture)).not.toContain('20240105090000');
      // 5 is pending now. The schema file is Rainbows' own, and another migration has the class by now.
      fixture.story.write('site/db/schema.rb', '# mine\n');
      const again = (
        await fixture.story.git('show', `${fixture.commits['adds 3']}:${FOLDER}/${THIRD}_create_glitter.rb`)
      )
        .replace('glitter_sorts', 'glitter_kinds')
        .replace(/.*add_column.*\n/, '');
      await fixture.story.commit('Have kinds of glitter', {
        files: { [`${FOLDER}/20240107090000_create_glitter.rb`]: `${again}\n` },
      });

      const { document } = await tidemarkJson(place(fixture), 'plan');
      const end = await tidemark(place(fixture), 'reconcile', '--confirm', document.plans[0].plan.id);
      expect(end, end.stdout + end.stderr).toMatchObject({ code: 0 });
      expect(await versions(fixture)).toEqual([
        '1',
        '20240102090000',
        '20240104090000',
        '20240105090000',
        '20240107090000',
      ]);
      expect(fixture.story.snapshot()['site/db/schema.rb']).toBeDefined();
      expect(await fixture.story.git('hash-object', 'site/db/schema.rb')).toBe(
        await fixture.story.git('rev-parse', 'HEAD:site/db/schema.rb'),
      );
    });

    it('calls one without down reverted; Tidemark does not run it, and reports a down that did nothing', async () => {
      await using fixture = await buildFixture(NAME, SQLITE, runners);
      const path = `${FOLDER}/${THIRD}_create_glitter.rb`;
      const lose = async (subject: string, body: string) => {
        const text = `class CreateGlitter < ActiveRecord::Migration[6.1]\n${body}\nend\n`;
        await fixture.story.commit(subject, { files: { [path]: text } });
        fixture.story.remove(path);
        await fixture.story.commit(`${subject}, and drop it again`);
        return text;
      };
      const text = await lose('Never look back', '  def up\n    create_table :glitter_sorts\n  end');
      const refused = await tidemarkJson(place(fixture), 'plan');
      expect(refused.document.plans[0].refusals).toMatchObject([{ reason: expect.stringContaining('it has no down') }]);

      await lose(
        'Look back on Oracle only',
        '  def up\n    create_table :glitter_sorts\n  end\n\n  def down\n    if connection.adapter_name == "Oracle"\n      drop_table :glitter_sorts\n    end\n  end',
      );
      const { document } = await tidemarkJson(place(fixture), 'plan');
      const end = await tidemark(place(fixture), 'reconcile', '--confirm', document.plans[0].plan.id);
      expect(end, end.stdout + end.stderr).toMatchObject({ code: 4 });
      expect(end.stdout).toContain(
        'changed nothing, though its text says that it drops something. Its row was put back',
      );
      expect(await versions(fixture)).toContain(THIRD);

      // The bare command, last: it takes the row out, and the table stays.
      fixture.story.write(path, text);
      const down = await bare(fixture, 'db:migrate:down', `VERSION=${THIRD}`);
      expect(down).toMatchObject({ code: 0, output: expect.stringContaining('reverted') });
      expect(await versions(fixture)).not.toContain(THIRD);
      expect(await fixture.database().query('SELECT count(*) AS n FROM glitter_sorts')).toEqual([{ n: 1 }]);
    });

    it('makes a new database where its configuration says so; Tidemark keeps to the one asked for', async () => {
      await using fixture = await buildFixture(NAME, SQLITE, runners);
      const elsewhere = join(fixture.story.root, 'site/elsewhere.db');
      const yaml = `development:\n  url: sqlite3:${elsewhere}\n  migrations_paths: db/changes\n`;
      await fixture.story.commit('Move the farm', { files: { 'site/config/database.yml': yaml } });
      const at = ['--database', `sqlite:${fixture.database().file}`];
      const { document } = await tidemarkJson(place(fixture), 'plan', ...at);
      const end = await tidemark(place(fixture), 'reconcile', '--confirm', document.plans[0].plan.id, ...at);
      expect(end, end.stdout + end.stderr).toMatchObject({ code: 0 });
      expect(await versions(fixture)).not.toContain(THIRD);
      expect(existsSync(elsewhere)).toBe(false);
    });

    it('has further databases, each a project of its own with its address', async () => {
      await using fixture = await buildFixture(NAME, SQLITE, runners);
      const entry = (file: string, folder: string) =>
        `adapter: sqlite3, database: ${file}, migrations_paths: ${folder}`;
      const yaml = [
        'development:',
        ...Object.entries({ primary: entry('farm.db', 'db/changes'), zoo: entry('zoo.db', 'db/zoo_migrate') }).flatMap(
          ([name, values]) => [`  ${name}:`, ...values.split(', ').map(each => `    ${each}`)],
        ),
        '  cache:',
        '    adapter: sqlite3',
        '    database: cache.db',
        '    migrations_paths: db/cache_migrate',
        '',
      ].join('\n');
      const animal = (name: string) =>
        `class Create${name} < ActiveRecord::Migration[6.1]\n  def change\n    create_table :${name.toLowerCase()}\n  end\nend\n`;
      const files = {
        'site/config/database.yml': yaml,
        'site/db/zoo_migrate/20240201090000_create_lions.rb': animal('Lions'),
        'site/db/zoo_migrate/20240202090000_create_bears.rb': animal('Bears'),
      };
      await fixture.story.commit('Have a zoo', { files });
      const migrated = await bare(fixture, 'db:migrate:zoo');
      expect(migrated, migrated.output).toMatchObject({ code: 0 });
      fixture.story.remove('site/db/zoo_migrate/20240202090000_create_bears.rb');
      await fixture.story.commit('No bears');

      const { document } = await tidemarkJson(place(fixture), 'status');
      expect(document.projects).toMatchObject([
        { root: 'site', counts: { applied: 5, orphaned: 1 } },
        {
          root: 'site',
          databaseName: 'zoo',
          counts: { applied: 2, orphaned: 1 },
          findings: [{ migration: '20240202090000' }],
        },
      ]);
      // What is said of the application's database is said of its first one.
      const first = { ...fixture.env, TIDEMARK_DATABASE_URL: `sqlite:${fixture.database().file}` };
      const told = await tidemark({ cwd: fixture.story.root, env: first }, 'status');
      expect(told.stdout).toMatch(/rails:site {2}sqlite:site\/farm\.db[\s\S]*rails:site@zoo {2}sqlite:site\/zoo\.db/);
      const at = ['--database', `sqlite:${join(fixture.story.root, 'site/zoo.db')}`];
      expect((await tidemark(place(fixture), 'status', ...at)).stderr).toContain('say which with --project');
      const zooAlone = await tidemarkJson(place(fixture), 'status', '--project', 'rails:site@zoo', ...at);
      expect(zooAlone.document.projects).toMatchObject([{ databaseName: 'zoo', counts: { applied: 2 } }]);
      const planned = await tidemarkJson(place(fixture), 'plan');
      const ids = planned.document.plans.flatMap(({ plan }: { plan: { id: string } }) => ['--confirm', plan.id]);
      const end = await tidemark(place(fixture), 'reconcile', ...ids);
      expect(end, end.stdout + end.stderr).toMatchObject({ code: 0 });
      expect(await versions(fixture)).toEqual(['1', '20240102090000', '20240104090000', '20240105090000']);
      const zoo = sqliteDatabase(join(fixture.story.root, 'site/zoo.db'));
      expect(await zoo.query('SELECT version FROM farm_versions')).toEqual([{ version: '20240201090000' }]);
      expect(await zoo.query("SELECT name FROM sqlite_schema WHERE name IN ('lions', 'bears')")).toEqual([
        { name: 'lions' },
      ]);
      const undo = await tidemark(place(fixture), 'undo', '--yes');
      expect(undo, undo.stdout + undo.stderr).toMatchObject({ code: 0 });
      expect(await zoo.query('SELECT count(*) AS n FROM farm_versions')).toEqual([{ n: 2 }]);
    });
  });
});
