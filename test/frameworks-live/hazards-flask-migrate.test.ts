/** What Flask-Migrate does at HEAD while an applied file is missing, and downgrades whose exit code says nothing: the bare command, and Tidemark. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeWith } from '../kit/available.ts';
import { builtCli, reconcileAgreed, tidemark, tidemarkJson } from '../kit/cli.ts';
import { buildFixture, type Fixture, fixtureTools } from '../kit/fixture.ts';
import { SQLITE } from '../kit/fixture-database.ts';
import { run } from '../kit/toolchains/recipe.ts';

const NAME = 'flask-migrate/sparkles-and-rainbows';
const THIRD = 'web/history/steps/glitter.py';
const tools = await fixtureTools(NAME);

const place = (fixture: Fixture) => ({ cwd: fixture.story.root, env: fixture.env });
const heads = async (fixture: Fixture) =>
  (await fixture.database().query('SELECT version_num FROM herd_revisions'))
    .map(row => String(row['version_num']))
    .sort();
const flask = (fixture: Fixture, ...words: readonly string[]) =>
  run(['flask', 'herd-schema', ...words], join(fixture.story.root, 'web'), fixture.env);

describeWith('the built command line', builtCli(), () => {
  describeWith('Flask-Migrate', tools, runners => {
    it('is locked out by the missing file, and moves again afterwards', async () => {
      await using fixture = await buildFixture(NAME, SQLITE, runners);
      const bare = await flask(fixture, 'downgrade');
      expect(bare).toMatchObject({ code: 1, output: expect.stringContaining("Can't locate revision") });
      // An application that names another database, and makes it when it starts: neither is used nor made.
      const elsewhere = join(fixture.story.root, 'web/elsewhere.db');
      const app = 'web/herd/__init__.py';
      const text = (await fixture.story.git('show', `HEAD:${app}`)).replace(
        /os\.environ\.get\("DATABASE_URL"\) or "[^"]+"/,
        `"sqlite:///${elsewhere}"\n    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {"connect_args": {"timeout": 3}, "echo": False}`,
      );
      await fixture.story.commit('Move the herd', { files: { [app]: `${text}\n` } });
      const address = `sqlite:${fixture.database().file}`;
      const end = await reconcileAgreed(place(fixture), '--database', address);
      expect(end, end.stdout + end.stderr).toMatchObject({ code: 0 });
      expect(await heads(fixture)).toEqual(['f1a500000005']);
      expect(existsSync(elsewhere)).toBe(false);
    });

    it('says that it downgraded where nothing was undone; Tidemark says so, and puts the row back', async () => {
      await using fixture = await buildFixture(NAME, SQLITE, runners);
      const text = await fixture.story.git('show', `${fixture.commits['adds 3']}:${THIRD}`);
      const lazy = text.replace(
        /def downgrade\(\):[\s\S]*$/,
        'def downgrade():\n    if op.get_bind().dialect.name == "oracle":\n        op.drop_table("glitter_sorts")\n        op.drop_column("unicorns", "glitter")\n',
      );
      expect(lazy).not.toBe(text);
      await fixture.story.commit('Undo glitter on Oracle only', { files: { [THIRD]: lazy } });
      fixture.story.remove(THIRD);
      await fixture.story.commit('Drop glitter again');
      const { document } = await tidemarkJson(place(fixture), 'plan');
      const end = await tidemark(place(fixture), 'reconcile', '--confirm', document.plans[0].plan.id);
      expect(end, end.stdout + end.stderr).toMatchObject({ code: 4 });
      expect(end.stdout).toContain(
        'changed nothing, though its text says that it drops something. Its row was put back',
      );
      expect(await heads(fixture)).toEqual(['f1a500000003', 'f1a500000005']);
    });
  });
});
