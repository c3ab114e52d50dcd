/** Sparkles and Rainbows with the real Flask-Migrate, whose address is in a running application's settings. */
import { playSparkles } from './sparkles-story.ts';

await playSparkles({
  framework: 'flask-migrate',
  ids: ['f1a500000001', 'f1a500000002', 'f1a500000003', 'f1a500000004', 'f1a500000005'],
  third: 'web/history/steps/glitter.py',
  ours: () => true,
  column: 'version_num',
  rowsAfter: ['f1a500000005'],
  needsThird: true,
  everywhere: false,
  untouched: [
    'SELECT id, name, speed FROM unicorns ORDER BY id',
    'SELECT * FROM meadows ORDER BY id',
    'SELECT * FROM races ORDER BY id',
    'SELECT * FROM prizes ORDER BY id',
  ],
  sixth: {
    id: 'f1a500000006',
    path: 'web/history/steps/songs.py',
    text: `import sqlalchemy as sa
from alembic import op

revision = "f1a500000006"
down_revision = "f1a500000005"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table("songs", sa.Column("id", sa.Integer, primary_key=True))


def downgrade():
    op.drop_table("songs")
`,
  },
});
