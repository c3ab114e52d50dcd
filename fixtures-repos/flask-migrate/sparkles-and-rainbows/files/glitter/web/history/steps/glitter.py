"""glitter"""
import sqlalchemy as sa
from alembic import op

revision = "f1a500000003"
down_revision = "f1a500000002"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("unicorns", sa.Column("glitter", sa.String(20)))
    op.create_table("glitter_sorts", sa.Column("id", sa.Integer, primary_key=True), sa.Column("colour", sa.String(20)))


def downgrade():
    op.drop_table("glitter_sorts")
    op.drop_column("unicorns", "glitter")
