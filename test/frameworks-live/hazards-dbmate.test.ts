/** What the bare dbmate does at HEAD while an applied file is missing, and what Tidemark does on the same database. */
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeWith } from '../kit/available.ts';
import { builtCli, reconcileAgreed, tidemark } from '../kit/cli.ts';
import { buildFixture, fixtureTools } from '../kit/fixture.ts';
import { SQLITE } from '../kit/fixture-database.ts';
import { nodeToolchain } from '../kit/toolchains/node.ts';
import { run } from '../kit/toolchains/recipe.ts';

const NAME = 'dbmate/sparkles-and-rainbows';
const tools = await fixtureTools(NAME);
const program = await nodeToolchain();

describeWith('the built command line', builtCli(), () => {
  describeWith('dbmate', tools, runners => {
    describeWith('the bare program', program, ({ dbmate }) => {
      it('reverses another migration, or takes a row away and undoes nothing; Tidemark reverses the one, and names the other', async () => {
        await using fixture = await buildFixture(NAME, SQLITE, runners);
        const { story } = fixture;
        const [project] = fixture.projects;
        const place = { cwd: story.root, env: fixture.env };
        const database = fixture.database();
        const bare = (word: string) =>
          run(
            [dbmate, '--url', database.url, '--no-dump-schema', ...(project?.command ?? []), word],
            join(story.root, project?.root ?? ''),
            fixture.env,
          );
        const versions = async () =>
          (await database.query('SELECT version FROM shop_changes ORDER BY version')).map(({ version }) => version);
        const songs = 'services/shop/changes/0006_songs.sql';
        const lose = async (down: string) => {
          const text = `-- migrate:up\nCREATE TABLE songs (id INTEGER PRIMARY KEY);\n-- migrate:down\n${down}`;
          await story.commit('Sing', { files: { [songs]: text } });
          await fixture.apply();
          story.remove(songs);
          await story.commit('Be quiet');
          return text;
        };

        await lose('DROP TABLE songs;\n');
        const kept = join(story.outside, 'kept.db');
        copyFileSync(database.file ?? '', kept);
        expect((await tidemark(place, 'status')).stdout).toContain('would reverse 0005 instead');
        expect(await bare('rollback')).toMatchObject({ code: 0, output: expect.stringContaining('0005') });
        expect(await versions()).toEqual(['0001', '0002', '0003', '0004', '0006']);
        copyFileSync(kept, database.file ?? '');
        const end = await reconcileAgreed(place);
        expect(end, end.stdout + end.stderr).toMatchObject({ code: 0 });
        expect(await versions()).toEqual(['0001', '0002', '0004', '0005']);

        const text = await lose('-- nobody unsings a song\n');
        const refused = await tidemark(place, 'plan');
        expect(refused.stdout + refused.stderr).toMatch(/0006 .*down section is empty/);
        story.write(songs, text);
        expect(await bare('rollback')).toMatchObject({ code: 0, output: expect.stringContaining('Rolled back') });
        expect(await versions()).toEqual(['0001', '0002', '0004', '0005']);
        expect(await database.query("SELECT 1 FROM sqlite_schema WHERE name = 'songs'")).toHaveLength(1);
      });
    });
  });
});
