"""unicorns"""
import sqlalchemy as sa
from alembic import op

revision = "f1a500000001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade():
    op.create_table("unicorns", sa.Column("id", sa.Integer, primary_key=True), sa.Column("name", sa.String(50), nullable=False))


def downgrade():
    op.drop_table("unicorns")
