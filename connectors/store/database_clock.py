"""The database's own clock, where it has one: what several machines can compare theirs with."""

from sqlalchemy import Connection, extract, func, select

from reconciliation.quantities import Instant


def database_now(connection: Connection) -> Instant | None:
    """Return the moment at the database's machine; None for SQLite, which uses ours."""
    if connection.dialect.name != "postgresql":
        return None
    return Instant(
        float(connection.execute(select(extract("epoch", func.clock_timestamp()))).scalar_one())
    )
