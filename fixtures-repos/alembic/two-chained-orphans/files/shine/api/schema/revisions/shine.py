"""shine"""
import sqlalchemy as sa
from alembic import op

revision = "5eed00000006"
down_revision = "5eed00000003"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("glitter_sorts", sa.Column("shine", sa.Integer))


def downgrade():
    op.drop_column("glitter_sorts", "shine")
