/** What South does that its exit code does not say, and names that are prefixes of others: the bare command, and Tidemark. */
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeWith } from '../kit/available.ts';
import { builtCli, tidemark, tidemarkJson } from '../kit/cli.ts';
import { buildFixture, type Fixture, fixtureTools } from '../kit/fixture.ts';
import { SQLITE } from '../kit/fixture-database.ts';
import { run } from '../kit/toolchains/recipe.ts';

const NAME = 'south/sparkles-and-rainbows';
const FOLDER = 'site/stable/changes';
const THIRD = `${FOLDER}/0003_glitter.py`;
const tools = await fixtureTools(NAME);

const place = (fixture: Fixture) => ({ cwd: fixture.story.root, env: fixture.env });
const bare = (fixture: Fixture, ...words: readonly string[]) =>
  run(['python', '-W', 'ignore', 'manage.py', 'migrate', ...words], join(fixture.story.root, 'site'), fixture.env);
const history = async (fixture: Fixture) =>
  (await fixture.database().query('SELECT migration FROM south_migrationhistory ORDER BY migration')).map(
    row => row['migration'],
  );

describeWith('the built command line', builtCli(), () => {
  describeWith('South', tools, runners => {
    it('is locked out by the missing file, takes what was applied later along, and stops at names that begin alike; Tidemark reverses the one', async () => {
      await using fixture = await buildFixture(NAME, SQLITE, runners);
      const locked = await bare(fixture, '--noinput', '--no-initial-data');
      expect(locked).toMatchObject({ code: 1, output: expect.stringContaining('GhostMigrations') });
      const text = await fixture.story.git('show', `${fixture.commits['adds 3']}:${THIRD}`);
      const other = text
        .replaceAll('sort', 'kind')
        .replaceAll('Sort', 'Kind')
        .replace(/ {8}db\.(add|delete)_column\('stable_unicorn'[\s\S]*?\n\n/g, '');
      fixture.story.write(`${FOLDER}/0003_glitter_kinds.py`, `${other}\n`);
      await fixture.story.commit('Have kinds of glitter');
      // It comes before 4 and 5, which are applied: South wants to be told that this is meant.
      const merged = await bare(fixture, '--noinput', '--ignore-ghost-migrations', '--merge');
      expect(merged, merged.output).toMatchObject({ code: 0 });
      // With its file back, South has two names that begin so, and would reverse 4 and 5 on the way.
      fixture.story.write(THIRD, `${text}\n`);
      const ambiguous = await bare(fixture, 'stable', '0003_glitter', '--noinput', '--no-initial-data');
      expect(ambiguous).toMatchObject({ code: 1, output: expect.stringContaining('MultiplePrefixMatches') });
      const dry = await bare(fixture, 'stable', '0002', '--noinput', '--no-initial-data', '--db-dry-run');
      expect(dry.output).toMatch(/< stable:0005_prize[\s\S]*< stable:0003_glitter/);
      fixture.story.remove(THIRD);

      const { document } = await tidemarkJson(place(fixture), 'plan');
      const end = await tidemark(place(fixture), 'reconcile', '--confirm', document.plans[0].plan.id);
      expect(end, end.stdout + end.stderr).toMatchObject({ code: 0 });
      expect(await history(fixture)).toEqual([
        '0001_unicorn',
        '0002_meadow',
        '0003_glitter_kinds',
        '0004_race',
        '0005_prize',
      ]);
      expect(await fixture.database().query('SELECT count(*) AS n FROM stable_prize')).toEqual([{ n: 1 }]);
    });

    it('calls an empty backwards() done; Tidemark does not run it, and reports one that did nothing', async () => {
      await using fixture = await buildFixture(NAME, SQLITE, runners);
      const text = await fixture.story.git('show', `${fixture.commits['adds 3']}:${THIRD}`);
      const withBackwards = (body: string) =>
        `${text.replace(/( {4}def backwards\(self, orm\):\n)[\s\S]*?(?=\n {4}models = )/, `$1${body}\n`)}\n`;
      const lose = async (subject: string, body: string) => {
        await fixture.story.commit(subject, { files: { [THIRD]: withBackwards(body) } });
        fixture.story.remove(THIRD);
        await fixture.story.commit(`${subject}, and drop it again`);
      };
      await lose('Leave glitter where it is', '        "Nothing to do."\n        pass\n');
      const refused = await tidemarkJson(place(fixture), 'plan');
      expect(refused.document.plans[0].refusals).toMatchObject([
        { reason: expect.stringContaining('its backwards() does nothing') },
      ]);

      await lose('Undo glitter by night only', "        if orm is None:\n            db.delete_table('stable_sort')\n");
      const { document } = await tidemarkJson(place(fixture), 'plan');
      const end = await tidemark(place(fixture), 'reconcile', '--confirm', document.plans[0].plan.id);
      expect(end, end.stdout + end.stderr).toMatchObject({ code: 4 });
      expect(end.stdout).toContain(
        'changed nothing, though its text says that it drops something. Its row was put back',
      );
      expect(await history(fixture)).toContain('0003_glitter');
    });
  });
});
