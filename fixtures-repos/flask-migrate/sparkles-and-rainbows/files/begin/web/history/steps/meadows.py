"""meadows"""
import sqlalchemy as sa
from alembic import op

revision = "f1a500000002"
down_revision = "f1a500000001"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table("meadows", sa.Column("id", sa.Integer, primary_key=True), sa.Column("name", sa.String(50)))


def downgrade():
    op.drop_table("meadows")
