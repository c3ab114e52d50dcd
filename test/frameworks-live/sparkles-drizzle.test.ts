/** Sparkles and Rainbows with the real drizzle-kit, whose rows have no names and which has no way down: the reversal is written by hand. */
import { playSparkles } from './sparkles-story.ts';

const MOVES = 'packages/store/data/moves';

await playSparkles({
  framework: 'drizzle',
  ids: [
    '20240101080000_unicorns',
    '20240102080000_meadows',
    '20240103080000_glitter',
    '20240104080000_races',
    '20240105080000_prizes',
  ],
  third: `${MOVES}/20240103080000_glitter.sql`,
  ours: () => true,
  column: 'created_at',
  rowsAfter: ['1704096000000', '1704182400000', '1704355200000', '1704441600000'],
  needsThird: false,
  // They are told of frameworks that reverse by themselves.
  variations: [],
  byHand: {
    script: 'DROP TABLE glitter_sorts;\nALTER TABLE unicorns DROP COLUMN glitter;\n',
    refused: /Drizzle has no down migrations/,
  },
  untouched: [
    'SELECT id, name, speed FROM unicorns ORDER BY id',
    'SELECT * FROM meadows ORDER BY id',
    'SELECT * FROM races ORDER BY id',
    'SELECT * FROM prizes ORDER BY id',
  ],
  sixth: {
    id: '20240106080000_songs',
    path: `${MOVES}/20240106080000_songs.sql`,
    text: 'CREATE TABLE songs (id INTEGER PRIMARY KEY);\n',
  },
});
