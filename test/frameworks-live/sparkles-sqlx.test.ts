/** Sparkles and Rainbows with the real sqlx, whose down files Tidemark runs itself. */
import { playSparkles } from './sparkles-story.ts';

await playSparkles({
  framework: 'sqlx',
  ids: ['1', '2', '3', '4', '5'],
  third: 'services/shop/changes/00003_glitter.up.sql',
  thirdBeside: ['services/shop/changes/00003_glitter.down.sql'],
  ours: () => true,
  column: 'version',
  rowsAfter: ['1', '2', '4', '5'],
  needsThird: true,
  everywhere: false,
  untouched: [
    'SELECT id, name, speed FROM unicorns ORDER BY id',
    'SELECT * FROM meadows ORDER BY id',
    'SELECT * FROM races ORDER BY id',
    'SELECT * FROM prizes ORDER BY id',
  ],
  sixth: {
    id: '6',
    path: 'services/shop/changes/00006_songs.up.sql',
    text: 'CREATE TABLE songs (id INTEGER PRIMARY KEY);\n',
    beside: [{ path: 'services/shop/changes/00006_songs.down.sql', text: 'DROP TABLE songs;\n' }],
  },
});
