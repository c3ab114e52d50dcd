/** Sparkles and Rainbows with the real Liquibase: the third changeset goes out of a file that stays, and nothing of Liquibase's sees its row. */
import { playSparkles } from './sparkles-story.ts';

await playSparkles({
  framework: 'liquibase',
  ids: [
    ...([
      'changes/begin.sql::1::rainbows',
      'changes/begin.sql::2::rainbows',
      'changes/begin.sql::3::sparkles',
    ] as const),
    ...(['changes/later.sql::4::sparkles', 'changes/later.sql::5::sparkles'] as const),
  ],
  third: 'services/shop/changes/begin.sql::3::sparkles',
  ours: () => true,
  column: 'ID',
  rowsAfter: ['1', '2', '4', '5'],
  needsThird: false,
  untouched: [
    'SELECT id, name, speed FROM unicorns ORDER BY id',
    'SELECT * FROM meadows ORDER BY id',
    'SELECT * FROM races ORDER BY id',
    'SELECT * FROM prizes ORDER BY id',
  ],
  everywhere: false,
  sixth: {
    id: 'changes/songs.sql::6::rainbows',
    path: 'services/shop/changes/songs.sql',
    partPath: 'services/shop/changes/songs.sql::6::rainbows',
    text: '--liquibase formatted sql\n--changeset rainbows:6\nCREATE TABLE songs (id INTEGER PRIMARY KEY);\n--rollback DROP TABLE songs;\n',
  },
});
