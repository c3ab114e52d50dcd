/** Switching with the database, with a framework's command, killed once in each phase: the same command again always arrives. */
import { it } from 'vitest';
import { describeWith } from '../kit/available.ts';
import { buildFixture, fixtureTools } from '../kit/fixture.ts';
import { SQLITE } from '../kit/fixture-database.ts';
import { killSwitchEverywhere } from './kill-switch.ts';

const MINUTES = 60_000;

const knex = await fixtureTools('knex/sparkles-and-rainbows');
const SONGS = 'apps/site/db/changes/006_songs.cjs';
const POEMS = 'apps/site/db/changes/007_poems.cjs';

describeWith('a switch with a command, killed', knex, tools => {
  it(
    'always arrives',
    async () => {
      await using fixture = await buildFixture('knex/sparkles-and-rainbows', SQLITE, tools);
      const { story, commits } = fixture;
      const third = 'apps/site/db/changes/003_glitter.cjs';
      const commitOnly = async (path: string, table: string) => {
        const up = `exports.up = knex => knex.schema.createTable('${table}', table => void table.increments('id'));`;
        story.write(path, `${up}\nexports.down = knex => knex.schema.dropTable('${table}');\n`);
        await story.git('add', '--', path);
        await story.git('commit', '--quiet', '-m', table, '--', path);
      };
      await story.git('switch', '--quiet', '-c', 'topic');
      await commitOnly(SONGS, 'songs');
      story.write(third, `${await story.git('show', `${commits['adds 3']}:${third}`)}\n`);
      await fixture.apply();
      story.remove(third);
      await story.git('switch', '--quiet', 'main');
      await commitOnly(POEMS, 'poems');
      await story.git('switch', '--quiet', 'topic');
      await killSwitchEverywhere(fixture, 'phases');
    },
    10 * MINUTES,
  );
});
