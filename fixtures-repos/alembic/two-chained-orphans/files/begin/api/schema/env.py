import os

from alembic import context
from sqlalchemy import create_engine, pool

DRIVERS = {"postgres:": "postgresql+psycopg2:", "mysql:": "mysql+pymysql:"}


def url():
    said = os.environ.get("DATABASE_URL") or context.config.get_main_option("sqlalchemy.url")
    for scheme, driver in DRIVERS.items():
        if said.startswith(scheme):
            said = driver + said[len(scheme) :]
    return said


engine = create_engine(url(), poolclass=pool.NullPool)
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=None, version_table="api_revisions")
    with context.begin_transaction():
        context.run_migrations()
