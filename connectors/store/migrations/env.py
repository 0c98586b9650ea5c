"""What Alembic runs: our connection, our tables, inside the transaction that is open already."""

from alembic import context

from connectors.store.tables import METADATA


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,
)
context.run_migrations()
