/** Sparkles and Rainbows with the real dbmate, whose SQL Tidemark runs itself. */
import { playSparkles } from './sparkles-story.ts';

await playSparkles({
  framework: 'dbmate',
  ids: ['0001', '0002', '0003', '0004', '0005'],
  third: 'services/shop/changes/0003_glitter.sql',
  ours: () => true,
  column: 'version',
  rowsAfter: ['0001', '0002', '0004', '0005'],
  needsThird: false,
  untouched: [
    'SELECT id, name, speed FROM unicorns ORDER BY id',
    'SELECT * FROM meadows ORDER BY id',
    'SELECT * FROM races ORDER BY id',
    'SELECT * FROM prizes ORDER BY id',
  ],
  sixth: {
    id: '0006',
    path: 'services/shop/changes/0006_songs.sql',
    text: '-- migrate:up\nCREATE TABLE songs (id INTEGER PRIMARY KEY);\n\n-- migrate:down\nDROP TABLE songs;\n',
  },
});
