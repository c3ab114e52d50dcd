/** Sparkles and Rainbows with a migration runner of the shop's own, which Tidemark knows from its settings only. */
import { playSparkles } from './sparkles-story.ts';

await playSparkles({
  framework: 'custom',
  ids: ['0001-unicorns', '0002-meadows', '0003-glitter', '0004-races', '0005-prizes'],
  third: 'services/shop/changes/0003-glitter.do.sql',
  thirdBeside: ['services/shop/changes/0003-glitter.undo.sql'],
  ours: () => true,
  column: 'name',
  rowsAfter: ['0001-unicorns', '0002-meadows', '0004-races', '0005-prizes'],
  needsThird: false,
  everywhere: false,
  untouched: [
    'SELECT id, name, speed FROM unicorns ORDER BY id',
    'SELECT * FROM meadows ORDER BY id',
    'SELECT * FROM races ORDER BY id',
    'SELECT * FROM prizes ORDER BY id',
  ],
  sixth: {
    id: '0006-songs',
    path: 'services/shop/changes/0006-songs.do.sql',
    text: 'CREATE TABLE songs (id INTEGER PRIMARY KEY);\n',
    beside: [{ path: 'services/shop/changes/0006-songs.undo.sql', text: 'DROP TABLE songs;\n' }],
  },
});
