/** Sparkles and Rainbows with the real Flyway, whose free edition reverses nothing: Tidemark runs the project's undo scripts. */
import { playSparkles } from './sparkles-story.ts';

await playSparkles({
  framework: 'flyway',
  ids: ['0001', '0002', '0003', '0004', '0005'],
  third: 'services/shop/changes/M0003__glitter.sql',
  thirdBeside: ['services/shop/changes/U0003__undo_glitter.sql'],
  ours: () => true,
  column: 'version',
  rowsAfter: ['0001', '0002', '0004', '0005'],
  needsThird: true,
  untouched: [
    'SELECT id, name, speed FROM unicorns ORDER BY id',
    'SELECT * FROM meadows ORDER BY id',
    'SELECT * FROM races ORDER BY id',
    'SELECT * FROM prizes ORDER BY id',
  ],
  everywhere: false,
  sixth: {
    id: '0006',
    path: 'services/shop/changes/M0006__songs.sql',
    text: 'CREATE TABLE songs (id INTEGER PRIMARY KEY);\n',
    beside: [{ path: 'services/shop/changes/U0006__undo_songs.sql', text: 'DROP TABLE songs;\n' }],
  },
});
