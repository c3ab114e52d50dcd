/** What Django does at HEAD while an applied file is missing, and unapplies that undo nothing: the bare command, and Tidemark. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeWith } from '../kit/available.ts';
import { builtCli, reconcileAgreed, tidemark } from '../kit/cli.ts';
import { buildFixture, type Fixture, fixtureTools } from '../kit/fixture.ts';
import { SQLITE } from '../kit/fixture-database.ts';
import { run } from '../kit/toolchains/recipe.ts';

const NAME = 'django/sparkles-and-rainbows';
const FOLDER = 'site/stable/changes';
const THIRD = `${FOLDER}/0003_glitter.py`;
const tools = await fixtureTools(NAME);

const place = (fixture: Fixture) => ({ cwd: fixture.story.root, env: fixture.env });
const bare = (fixture: Fixture, ...words: readonly string[]) =>
  run(['python', 'manage.py', ...words], join(fixture.story.root, 'site'), fixture.env);
const ours = async (fixture: Fixture) => {
  const rows = await fixture.database().query("SELECT name FROM django_migrations WHERE app = 'unicorn_stable'");
  return rows.map(({ name }) => String(name)).sort();
};

describeWith('the built command line', builtCli(), () => {
  describeWith('Django', tools, runners => {
    it('hides the orphan and succeeds, and makes another database; Tidemark reverses it in the one asked for', async () => {
      await using fixture = await buildFixture(NAME, SQLITE, runners);
      const applied = await ours(fixture);
      const migrated = await bare(fixture, 'migrate');
      expect(migrated).toMatchObject({ code: 0, output: expect.stringContaining('No migrations to apply.') });
      const shown = await bare(fixture, 'showmigrations', 'unicorn_stable');
      expect(shown).toMatchObject({ code: 0, output: expect.not.stringContaining('0003') });
      expect(await ours(fixture)).toEqual(applied);
      const status = await tidemark(place(fixture), 'status');
      expect(status.stdout).toContain('unicorn_stable.0003_glitter');

      const elsewhere = join(fixture.story.root, 'site/elsewhere.db');
      const settings = await fixture.story.git('show', 'HEAD:site/farm/settings.py');
      const moved = settings.replaceAll('farm.db', 'elsewhere.db');
      expect(moved).not.toBe(settings);
      await fixture.story.commit('Move the farm', { files: { 'site/farm/settings.py': `${moved}\n` } });
      const end = await reconcileAgreed(place(fixture), '--database', `sqlite:${fixture.database().file}`);
      expect(end, end.stdout + end.stderr).toMatchObject({ code: 0 });
      expect(await ours(fixture)).toEqual(applied.filter(name => name !== '0003_glitter'));
      expect(existsSync(elsewhere)).toBe(false);
    });

    it('takes the row away where nothing was undone; Tidemark says so, and puts the row back', async () => {
      await using fixture = await buildFixture(NAME, SQLITE, runners);
      const text = await fixture.story.git('show', `${fixture.commits['adds 3']}:${THIRD}`);
      // What a reversal would do is left to a condition that does not hold here.
      const lazy = `${text.replace(
        /^class Migration/m,
        'class Quiet:\n    def database_backwards(self, app_label, schema_editor, from_state, to_state):\n        if schema_editor.connection.vendor == "oracle":\n            super().database_backwards(app_label, schema_editor, from_state, to_state)\n\n\nclass QuietModel(Quiet, migrations.CreateModel):\n    pass\n\n\nclass QuietField(Quiet, migrations.AddField):\n    pass\n\n\nclass Migration',
      )}\n`
        .replace(/(?<!, )migrations\.CreateModel\(/g, 'QuietModel(')
        .replace(/(?<!, )migrations\.AddField\(/g, 'QuietField(');
      await fixture.story.commit('Undo glitter on Oracle only', { files: { [THIRD]: lazy } });
      fixture.story.remove(THIRD);
      await fixture.story.commit('Drop glitter again');
      const end = await reconcileAgreed(place(fixture));
      console.log(end.stdout, end.stderr, lazy);
      expect(await ours(fixture)).toContain('0003_glitter');
    });
  });
});
