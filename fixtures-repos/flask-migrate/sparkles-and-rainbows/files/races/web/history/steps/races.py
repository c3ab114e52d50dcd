"""races"""
import sqlalchemy as sa
from alembic import op

revision = "f1a500000004"
down_revision = "f1a500000002"
branch_labels = None
depends_on = None


def upgrade():
    op.add_column("unicorns", sa.Column("speed", sa.Integer))
    op.create_table("races", sa.Column("id", sa.Integer, primary_key=True), sa.Column("meadow", sa.Integer))


def downgrade():
    op.drop_table("races")
    op.drop_column("unicorns", "speed")
