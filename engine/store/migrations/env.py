"""What alembic runs: the caller hands over an open connection; the target is every table of the engine."""

from __future__ import annotations

from alembic import context

from engine.store.declared import all_tables

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=all_tables(),
    render_as_batch=False,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
