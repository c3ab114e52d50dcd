"""prizes"""
import sqlalchemy as sa
from alembic import op

revision = "f1a500000005"
down_revision = "f1a500000004"
branch_labels = None
depends_on = None


def upgrade():
    op.create_table("prizes", sa.Column("id", sa.Integer, primary_key=True), sa.Column("race", sa.Integer))
    op.create_index("prizes_by_race", "prizes", ["race"])


def downgrade():
    op.drop_index("prizes_by_race", "prizes")
    op.drop_table("prizes")
