/** Sparkles and Rainbows with the real diesel, whose `down.sql` Tidemark runs itself. */
import { playSparkles } from './sparkles-story.ts';

const folder = (number: number, name: string) => `services/shop/changes/2026-01-01-00000${number}_${name}`;

await playSparkles({
  framework: 'diesel',
  ids: ['20260101000001', '20260101000002', '20260101000003', '20260101000004', '20260101000005'],
  third: `${folder(3, 'glitter')}/up.sql`,
  thirdBeside: [`${folder(3, 'glitter')}/down.sql`],
  ours: () => true,
  column: 'version',
  rowsAfter: ['20260101000001', '20260101000002', '20260101000004', '20260101000005'],
  needsThird: false,
  everywhere: false,
  untouched: [
    'SELECT id, name, speed FROM unicorns ORDER BY id',
    'SELECT * FROM meadows ORDER BY id',
    'SELECT * FROM races ORDER BY id',
    'SELECT * FROM prizes ORDER BY id',
  ],
  sixth: {
    id: '20260101000006',
    path: `${folder(6, 'songs')}/up.sql`,
    text: 'CREATE TABLE songs (id INTEGER PRIMARY KEY);\n',
    beside: [{ path: `${folder(6, 'songs')}/down.sql`, text: 'DROP TABLE songs;\n' }],
  },
});
