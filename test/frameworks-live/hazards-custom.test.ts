/** What a runner of the shop's own does wrong while an applied file is missing, and what Tidemark makes of a success that was none. */
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeWith } from '../kit/available.ts';
import { builtCli, reconcileAgreed, tidemark } from '../kit/cli.ts';
import { buildFixture, type Fixture, fixtureTools } from '../kit/fixture.ts';
import { SQLITE } from '../kit/fixture-database.ts';
import { run } from '../kit/toolchains/recipe.ts';

const NAME = 'custom/sparkles-and-rainbows';
const FOLDER = 'services/shop/changes';
const tools = await fixtureTools(NAME);

const place = (fixture: Fixture) => ({ cwd: fixture.story.root, env: fixture.env });
const bare = (fixture: Fixture, ...words: readonly string[]) =>
  run(['python3', 'tools/migrate.py', ...words], join(fixture.story.root, 'services/shop'), fixture.env);
const names = async (fixture: Fixture) =>
  (await fixture.database().query('SELECT name FROM shop_done ORDER BY name')).map(({ name }) => String(name));
const hasTable = async (fixture: Fixture, name: string) =>
  (await fixture.database().query(`SELECT 1 FROM sqlite_schema WHERE name = '${name}'`)).length === 1;

describeWith('the built command line', builtCli(), () => {
  describeWith('a declared tool', tools, runners => {
    it('is locked out by the missing file, or takes a row away and undoes nothing; Tidemark does neither', async () => {
      await using fixture = await buildFixture(NAME, SQLITE, runners);
      const { story } = fixture;
      expect(await bare(fixture, 'down', '0003-glitter')).toMatchObject({
        code: 1,
        output: expect.stringContaining('FileNotFoundError'),
      });
      expect(await reconcileAgreed(place(fixture))).toMatchObject({ code: 0 });
      expect(await names(fixture)).toEqual(['0001-unicorns', '0002-meadows', '0004-races', '0005-prizes']);

      const files = (undo: string) => ({
        [`${FOLDER}/0006-songs.do.sql`]: 'CREATE TABLE songs (id INTEGER PRIMARY KEY);\n',
        [`${FOLDER}/0006-songs.undo.sql`]: undo,
      });
      const lose = async (undo: string) => {
        await story.commit('Sing', { files: files(undo) });
        await fixture.apply();
        for (const path of Object.keys(files(''))) story.remove(path);
        await story.commit('Be quiet');
      };
      await lose('-- nobody unsings a song\n');
      const refused = await tidemark(place(fixture), 'plan', '0006-songs');
      expect(refused.stdout + refused.stderr).toMatch(/0006-songs .*the SQL that undoes it is empty/);

      await lose('DROP TABLE IF EXISTS song;\n');
      const end = await reconcileAgreed(place(fixture));
      expect(end, end.stdout + end.stderr).toMatchObject({ code: 4 });
      expect(end.stdout).toContain('changed nothing, though its text says that it drops something');
      expect(await names(fixture)).toContain('0006-songs');
      expect(await tidemark(place(fixture), 'abort')).toMatchObject({ code: 0 });

      // The bare runner, last: it takes the row out, and the table stays.
      for (const [path, text] of Object.entries(files('-- nobody unsings a song\n'))) story.write(path, text);
      expect(await bare(fixture, 'down', '0006-songs')).toMatchObject({ code: 0, output: 'undone 0006-songs\n' });
      expect(await names(fixture)).not.toContain('0006-songs');
      expect(await hasTable(fixture, 'songs')).toBe(true);
    });
  });
});
