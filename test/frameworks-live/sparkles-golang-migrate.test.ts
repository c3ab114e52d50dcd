/** Sparkles and Rainbows with the real golang-migrate, whose table holds the newest version alone. */
import { playSparkles } from './sparkles-story.ts';

await playSparkles({
  framework: 'golang-migrate',
  ids: ['1', '2', '3', '4', '5'],
  third: 'services/shop/changes/0003_glitter.up.sql',
  thirdBeside: ['services/shop/changes/0003_glitter.down.sql'],
  ours: () => true,
  column: 'version',
  rowsAfter: ['5'],
  needsThird: false,
  everywhere: false,
  untouched: [
    'SELECT id, name, speed FROM unicorns ORDER BY id',
    'SELECT * FROM meadows ORDER BY id',
    'SELECT * FROM races ORDER BY id',
    'SELECT * FROM prizes ORDER BY id',
  ],
  sixth: {
    id: '6',
    path: 'services/shop/changes/0006_songs.up.sql',
    text: 'CREATE TABLE songs (id INTEGER PRIMARY KEY);\n',
    beside: [{ path: 'services/shop/changes/0006_songs.down.sql', text: 'DROP TABLE songs;\n' }],
  },
});
