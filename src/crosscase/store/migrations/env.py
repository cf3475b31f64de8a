"""Run by Alembic: migrations of a study file, inside the transaction that the caller opened."""

from __future__ import annotations

from alembic import context

from crosscase.store.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transaction_per_migration=False,
)
context.run_migrations()
