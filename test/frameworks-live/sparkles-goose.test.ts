/** Sparkles and Rainbows with the real goose, whose SQL Tidemark runs itself. */
import { playSparkles } from './sparkles-story.ts';

await playSparkles({
  framework: 'goose',
  ids: ['1', '2', '3', '4', '5'],
  third: 'services/shop/changes/00003_glitter.sql',
  ours: () => true,
  column: 'version_id',
  rowsAfter: ['0', '1', '2', '4', '5'],
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
    path: 'services/shop/changes/00006_songs.sql',
    text: '-- +goose Up\nCREATE TABLE songs (id INTEGER PRIMARY KEY);\n\n-- +goose Down\nDROP TABLE songs;\n',
  },
});
