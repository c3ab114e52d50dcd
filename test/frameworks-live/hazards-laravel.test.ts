/** What Laravel does at HEAD while a file is missing, and calls rolled back though nothing was: the bare command, and Tidemark. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeWith } from '../kit/available.ts';
import { builtCli, tidemark, tidemarkJson } from '../kit/cli.ts';
import { buildFixture, type Fixture, fixtureTools } from '../kit/fixture.ts';
import { SQLITE } from '../kit/fixture-database.ts';
import { run } from '../kit/toolchains/recipe.ts';

const NAME = 'laravel/sparkles-and-rainbows';
const FOLDER = 'site/database/migrations';
const THIRD = '2024_01_03_090000_create_glitter';
const tools = await fixtureTools(NAME);

const place = (fixture: Fixture) => ({ cwd: fixture.story.root, env: fixture.env });
const artisan = (fixture: Fixture, ...words: readonly string[]) =>
  run(['php', '-d', 'error_reporting=24575', 'artisan', ...words], join(fixture.story.root, 'site'), fixture.env);
const applied = async (fixture: Fixture) =>
  (await fixture.database().query('SELECT migration FROM farm_changes ORDER BY migration')).map(
    row => row['migration'],
  );

describeWith('the built command line', builtCli(), () => {
  describeWith('Laravel', tools, runners => {
    it('skips the missing file and succeeds; Tidemark reverses it on the database asked for, in production too', async () => {
      await using fixture = await buildFixture(NAME, SQLITE, runners);
      const bare = await artisan(fixture, 'migrate:rollback', '--pretend', '--force', '--step=3');
      expect(bare).toMatchObject({ code: 0, output: expect.stringContaining(`Migration not found: ${THIRD}`) });
      const config = await fixture.story.git('show', 'HEAD:site/config/database.php');
      const elsewhere = join(fixture.story.root, 'site/elsewhere.db');
      const moved = config.replace("env('DB_DATABASE', base_path('farm.db'))", `'${elsewhere}'`);
      expect(moved).not.toBe(config);
      await fixture.story.commit('Move the farm', { files: { 'site/config/database.php': `${moved}\n` } });
      const at = ['--database', `sqlite:${fixture.database().file}`];
      const { document } = await tidemarkJson(place(fixture), 'plan', ...at);
      const end = await tidemark(place(fixture), 'reconcile', '--confirm', document.plans[0].plan.id, ...at);
      expect(end, end.stdout + end.stderr).toMatchObject({ code: 0 });
      expect(await applied(fixture)).not.toContain(THIRD);
      expect(await applied(fixture)).toHaveLength(4);
      expect(existsSync(elsewhere)).toBe(false);
    });

    it('calls one without down() rolled back; Tidemark does not run it, and reports a down() that did nothing', async () => {
      await using fixture = await buildFixture(NAME, SQLITE, runners);
      const path = `${FOLDER}/${THIRD}.php`;
      const original = await fixture.story.git('show', `${fixture.commits['adds 3']}:${path}`);
      const lose = async (subject: string, text: string) => {
        await fixture.story.commit(subject, { files: { [path]: `${text}\n` } });
        fixture.story.remove(path);
        await fixture.story.commit(`${subject}, and drop it again`);
      };
      const without = original.replace(/\n {4}public function down\(\)[\s\S]*$/, '};');
      expect(without).not.toBe(original);
      await lose('Never look back', without);
      const refused = await tidemarkJson(place(fixture), 'plan');
      expect(refused.document.plans[0].refusals).toMatchObject([
        { reason: expect.stringContaining('it has no down()') },
      ]);

      await lose(
        'Look back by night only',
        original.replace(
          /(function down\(\)\n {4}\{\n)/,
          "$1        if (config('app.name') !== 'night') {\n            return;\n        }\n",
        ),
      );
      const { document } = await tidemarkJson(place(fixture), 'plan');
      const end = await tidemark(place(fixture), 'reconcile', '--confirm', document.plans[0].plan.id);
      expect(end, end.stdout + end.stderr).toMatchObject({ code: 4 });
      expect(end.stdout).toContain(
        'changed nothing, though its text says that it drops something. Its row was put back',
      );
      expect(await applied(fixture)).toContain(THIRD);

      // The bare command, last: it takes the row out, and the table stays.
      fixture.story.write(path, `${without}\n`);
      const bare = await artisan(fixture, 'migrate:reset', `--path=database/migrations/${THIRD}.php`, '--force');
      expect(bare).toMatchObject({ code: 0, output: expect.stringContaining('Rolled back') });
      expect(await applied(fixture)).not.toContain(THIRD);
      expect(await fixture.database().query('SELECT count(*) AS n FROM glitter_sorts')).toEqual([{ n: 1 }]);
    });

    it('prunes files into its schema dump, where Tidemark reverses none of them', async () => {
      await using fixture = await buildFixture(NAME, SQLITE, runners);
      const { document } = await tidemarkJson(place(fixture), 'plan');
      const reversed = await tidemark(place(fixture), 'reconcile', '--confirm', document.plans[0].plan.id);
      expect(reversed).toMatchObject({ code: 0 });
      const dump = await artisan(fixture, 'schema:dump', '--prune');
      expect(dump, dump.output).toMatchObject({ code: 0 });
      await fixture.story.commit('Squash all so far');
      const rows = await applied(fixture);
      const status = await tidemarkJson(place(fixture), 'status');
      expect(status.document.projects[0].findings).toMatchObject(
        rows.map(() => ({
          cause: 'squashed',
          remedy: 'ignore',
          renamedTo: expect.stringMatching(/^site\/database\/schema\/sqlite-schema\./),
        })),
      );
      const end = await tidemark(place(fixture), 'reconcile', '--yes');
      expect(end, end.stdout + end.stderr).toMatchObject({ code: 0 });
      const asked = await tidemark(place(fixture), 'plan', '2024_01_02_090000_create_meadows', '--remedy', 'reverse');
      expect(asked.stdout + asked.stderr).toMatch(/sqlite-schema\.\w+, a squash that .* stands for it/);
      expect(await applied(fixture)).toEqual(rows);

      // On an empty database the dump is loaded first.
      writeFileSync(fixture.database().file ?? '', '');
      const text = await fixture.story.git(
        'show',
        'HEAD~1:site/database/migrations/2024_01_05_090000_create_prizes.php',
      );
      const later = text.replaceAll('prizes', 'songs');
      fixture.story.write('site/database/migrations/2024_01_06_090000_create_songs.php', `${later}\n`);
      const filled = await tidemark(place(fixture), 'reconcile', '--yes');
      expect(filled, filled.stdout + filled.stderr).toMatchObject({ code: 0 });
      expect(await applied(fixture)).toEqual([...rows, '2024_01_06_090000_create_songs']);
    });
  });
});
