/** Sparkles and Rainbows with the real sequelize-cli, which applies 4 and 5 without a word about 3. */
import { playSparkles } from './sparkles-story.ts';

const [first, second, third, fourth, fifth] = [
  '20240301-1-unicorns.js',
  '20240301-2-meadows.js',
  '20240302-3-glitter.js',
  '20240303-4-races.js',
  '20240304-5-prizes.js',
];

await playSparkles({
  framework: 'sequelize',
  ids: [first, second, third, fourth, fifth],
  third: `apps/site/db/changes/${third}`,
  ours: () => true,
  column: 'name',
  rowsAfter: [first, second, fourth, fifth],
  needsThird: false,
  everywhere: false,
  untouched: [
    'SELECT id, name, speed FROM unicorns ORDER BY id',
    'SELECT * FROM meadows ORDER BY id',
    'SELECT * FROM races ORDER BY id',
    'SELECT * FROM prizes ORDER BY id',
  ],
  sixth: {
    id: '20240305-6-songs.js',
    path: 'apps/site/db/changes/20240305-6-songs.js',
    text: `module.exports = {
  async up(queryInterface, Sequelize) {
    await queryInterface.createTable('songs', { id: { type: Sequelize.INTEGER, primaryKey: true, autoIncrement: true } });
  },

  async down(queryInterface) {
    await queryInterface.dropTable('songs');
  },
};
`,
  },
});
