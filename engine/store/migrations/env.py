"""What alembic runs: the caller hands over an open connection and, to write a migration, the tables to reach."""

from __future__ import annotations

from alembic import context

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=context.config.attributes.get("tables"),
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
