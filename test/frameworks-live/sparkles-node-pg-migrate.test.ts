/** Sparkles and Rainbows with the real node-pg-migrate, which refuses to move while an applied file is missing; 3 has no way down of its own. */
import { playSparkles } from './sparkles-story.ts';

const [first, second, third, fourth, fifth] = [
  '1709251200001_unicorns',
  '1709251200002_meadows',
  '1709337600003_glitter',
  '1709424000004_races',
  '1709510400005_prizes',
];

await playSparkles({
  framework: 'node-pg-migrate',
  ids: [first, second, third, fourth, fifth],
  third: `apps/site/db/changes/${third}.ts`,
  ours: () => true,
  column: 'name',
  rowsAfter: [first, second, fourth, fifth],
  needsThird: true,
  everywhere: false,
  untouched: [
    'SELECT id, name, speed FROM unicorns ORDER BY id',
    'SELECT * FROM meadows ORDER BY id',
    'SELECT * FROM races ORDER BY id',
    'SELECT * FROM prizes ORDER BY id',
  ],
  sixth: {
    id: '1709596800006_songs',
    path: 'apps/site/db/changes/1709596800006_songs.sql',
    text: `-- Up Migration
CREATE TABLE songs (id serial PRIMARY KEY);

-- Down Migration
DROP TABLE songs;
`,
  },
});
