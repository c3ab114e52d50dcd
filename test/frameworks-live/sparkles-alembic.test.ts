/** Sparkles and Rainbows with the real Alembic, which stores only heads and stops at every one it cannot find. */
import { playSparkles } from './sparkles-story.ts';

await playSparkles({
  framework: 'alembic',
  everywhere: ['one on top'],
  ids: ['5eed00000001', '5eed00000002', '5eed00000003', '5eed00000004', '5eed00000005'],
  third: 'api/schema/revisions/glitter.py',
  ours: () => true,
  column: 'version_num',
  // 5 follows 4, which follows 2 and 1: one head stands for all of them.
  rowsAfter: ['5eed00000005'],
  needsThird: true,
  untouched: [
    'SELECT id, name, speed FROM unicorns ORDER BY id',
    'SELECT * FROM meadows ORDER BY id',
    'SELECT * FROM races ORDER BY id',
    'SELECT * FROM prizes ORDER BY id',
  ],
  sixth: {
    id: '5eed00000006',
    path: 'api/schema/revisions/songs.py',
    text: `import sqlalchemy as sa
from alembic import op

revision = "5eed00000006"
down_revision = "5eed00000005"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table("songs", sa.Column("id", sa.Integer, primary_key=True))


def downgrade():
    op.drop_table("songs")
`,
  },
});
