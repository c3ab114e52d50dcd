/** Sparkles and Rainbows with the real Prisma, which applies 4 and 5 without a word about 3, and has no way down: the reversal is written by hand. */
import { playSparkles } from './sparkles-story.ts';

await playSparkles({
  framework: 'prisma',
  ids: ['00001_unicorns', '00002_meadows', '00003_glitter', '00004_races', '00005_prizes'],
  third: 'services/shop/changes/00003_glitter/migration.sql',
  ours: () => true,
  column: 'migration_name',
  rowsAfter: ['00001_unicorns', '00002_meadows', '00004_races', '00005_prizes'],
  needsThird: false,
  // They are told of frameworks that reverse by themselves.
  variations: [],
  byHand: {
    script: 'DROP TABLE glitter_sorts;\nALTER TABLE unicorns DROP COLUMN glitter;\n',
    refused: /Prisma has no down migrations, and no down\.sql lies beside it/,
  },
  untouched: [
    'SELECT id, name, speed FROM unicorns ORDER BY id',
    'SELECT * FROM meadows ORDER BY id',
    'SELECT * FROM races ORDER BY id',
    'SELECT * FROM prizes ORDER BY id',
  ],
  sixth: {
    id: '00006_songs',
    path: 'services/shop/changes/00006_songs/migration.sql',
    text: 'CREATE TABLE songs (id INTEGER PRIMARY KEY);\n',
  },
});
