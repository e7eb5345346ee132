"""Alembic's way in. The connection is handed over by shared/db/migrate.py."""

from alembic import context
from sqlalchemy import Connection

from shared.db.tables import Job

connection: Connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Job.metadata,
    transaction_per_migration=True,
    compare_server_default=True,
)
with context.begin_transaction():
    context.run_migrations()
