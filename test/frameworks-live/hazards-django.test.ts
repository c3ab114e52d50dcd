/** What Django does at HEAD while an applied file is missing, and unapplies that undo nothing: the bare command, and Tidemark. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeWith } from '../kit/available.ts';
import { builtCli, reconcileAgreed, tidemark, tidemarkJson } from '../kit/cli.ts';
import { buildFixture, type Fixture, fixtureTools } from '../kit/fixture.ts';
import { SQLITE } from '../kit/fixture-database.ts';
import { run } from '../kit/toolchains/recipe.ts';

const NAME = 'django/sparkles-and-rainbows';
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
    it('hides the orphan and succeeds, or takes its row away and undoes nothing; Tidemark says so, and reverses it where it was asked to', async () => {
      await using fixture = await buildFixture(NAME, SQLITE, runners);
      const applied = await ours(fixture);
      const migrated = await bare(fixture, 'migrate');
      expect(migrated).toMatchObject({ code: 0, output: expect.stringContaining('No migrations to apply.') });
      const shown = await bare(fixture, 'showmigrations', 'unicorn_stable');
      expect(shown).toMatchObject({ code: 0, output: expect.not.stringContaining('0003') });
      expect((await tidemark(place(fixture), 'status')).stdout).toContain('unicorn_stable.0003_glitter');

      // Settings that name another database by now, and a router that lets nothing happen to this app.
      const elsewhere = join(fixture.story.root, 'site/elsewhere.db');
      const settings = await fixture.story.git('show', 'HEAD:site/farm/settings.py');
      const moved = `${settings.replaceAll('farm.db', 'elsewhere.db')}\n`;
      const router =
        'class Lake:\n    def allow_migrate(self, db, app_label, **hints):\n        return app_label != "unicorn_stable"\n';
      const files = {
        'site/farm/settings.py': `${moved}DATABASE_ROUTERS = ["farm.routers.Lake"]\n`,
        'site/farm/routers.py': router,
      };
      await fixture.story.commit('Move the stable to the lake', { files });
      const at = ['--database', `sqlite:${fixture.database().file}`];
      const nothing = await reconcileAgreed(place(fixture), ...at);
      expect(nothing, nothing.stdout + nothing.stderr).toMatchObject({ code: 4 });
      expect(nothing.stdout).toContain(
        'changed nothing, though its text says that it drops something. Its row was put back',
      );
      expect(await ours(fixture)).toEqual(applied);
      expect(await tidemark(place(fixture), 'abort', ...at)).toMatchObject({ code: 0 });

      await fixture.story.commit('Move it back', { files: { 'site/farm/settings.py': moved } });
      const end = await reconcileAgreed(place(fixture), ...at);
      expect(end, end.stdout + end.stderr).toMatchObject({ code: 0 });
      expect(await ours(fixture)).toEqual(applied.filter(name => name !== '0003_glitter'));
      expect(existsSync(elsewhere)).toBe(false);
    });

    it('applies the migrations of packages too, to an empty database: they are told apart, and no fault', async () => {
      await using fixture = await buildFixture(NAME, SQLITE, runners);
      writeFileSync(fixture.database().file ?? '', '');
      const end = await tidemark(place(fixture), 'reconcile', '--yes');
      expect(end, end.stdout + end.stderr).toMatchObject({ code: 0 });
      expect(end.stdout).toMatch(/has the planned rows, 1\d more that the framework's own command added/);
      const { document } = await tidemarkJson(place(fixture), 'status');
      expect(document.projects[0]).toMatchObject({ counts: { applied: 4, pending: 0, orphaned: 0 }, findings: [] });
    });
  });
});
