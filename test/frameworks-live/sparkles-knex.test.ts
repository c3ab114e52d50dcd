/** Sparkles and Rainbows with the real Knex, which refuses to move while any applied file is missing. */
import { playSparkles } from './sparkles-story.ts';

await playSparkles({
  framework: 'knex',
  everywhere: ['one on top'],
  ids: ['001_unicorns.cjs', '002_meadows.cjs', '003_glitter.cjs', '004_races.cjs', '005_prizes.cjs'],
  third: 'apps/site/db/changes/003_glitter.cjs',
  ours: () => true,
  column: 'name',
  rowsAfter: ['001_unicorns.cjs', '002_meadows.cjs', '004_races.cjs', '005_prizes.cjs'],
  needsThird: true,
  untouched: [
    'SELECT id, name, speed FROM unicorns ORDER BY id',
    'SELECT * FROM meadows ORDER BY id',
    'SELECT * FROM races ORDER BY id',
    'SELECT * FROM prizes ORDER BY id',
  ],
  sixth: {
    id: '006_songs.cjs',
    path: 'apps/site/db/changes/006_songs.cjs',
    text: `exports.up = async knex => {
  await knex.schema.createTable('songs', table => {
    table.increments('id');
  });
};

exports.down = async knex => {
  await knex.schema.dropTable('songs');
};
`,
  },
});
