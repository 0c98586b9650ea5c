"""Who waits for whom: the locks under which transactions change what others decide from.

Theory of operation
-------------------
On SQLite one transaction writes at a time, and nothing here does anything. On PostgreSQL many do,
each of their statements seeing the newest state, so whoever changes what a decision rests on
takes these locks first, always in this order, and keeps them until its end:

1. the catalogue, shared by all and exclusive to those who join listings to goods anew: while it
   is held, what shares goods with what stands still;
2. a ledger: of a shop's orders, or of a warehouse's snapshots;
3. pools, all that a transaction needs at once, in the order of their numbers.

Under its pool's lock a listing's book, its orders, writes, restocks and decisions do not move but
by the holder's hand; that is design W4. Rows of the queue of record come last of all, at the
very end of a transaction (`engine.at_the_end`). So no two transactions ever wait for each other
in a circle.

Pools are spread over a fixed number of locks: a poll may touch thousands, and PostgreSQL's table
of locks is finite. Two pools that share one only wait a little more often than they must.

Whoever looks for something to decide first takes a turn at it (`take_turns`), which is no lock
to wait for: what is another's turn is left to it, and so several share out what is due instead of
waiting for each other over the same rows.
"""

from collections.abc import Iterable, Sequence
from zlib import crc32

from sqlalchemy import Connection, text

from reconciliation.catalog import PoolKey


POOL_LOCKS = 1_024
"""Over so many locks the pools are spread; PostgreSQL's default table holds 6,400."""

_CATALOGUE, _LEDGER, _POOL, _TURN = 1, 2, 3, 4

_SHARED = text("SELECT pg_advisory_xact_lock_shared(:kind, :number)")
_EXCLUSIVE = text("SELECT pg_advisory_xact_lock(:kind, :number)")
_MANY = text(
    "SELECT pg_advisory_xact_lock(:kind, pool) FROM unnest(CAST(:numbers AS integer[])) AS pool"
)
# Rows come one by one and in their order: past `most` no lock is tried any more.
_TURNS = text(
    "SELECT place FROM unnest(CAST(:numbers AS integer[])) WITH ORDINALITY AS turn (number, place)"
    " WHERE pg_try_advisory_xact_lock(:kind, number) LIMIT :most"
)


def share_catalogue(connection: Connection) -> None:
    """Keep what shares goods with what as it is, until the transaction ends."""
    if _has_many_writers(connection):
        connection.execute(_SHARED, {"kind": _CATALOGUE, "number": 0})


def own_catalogue(connection: Connection) -> None:
    """Wait until nobody relies on the catalogue, and keep everybody else waiting."""
    if _has_many_writers(connection):
        connection.execute(_EXCLUSIVE, {"kind": _CATALOGUE, "number": 0})


def lock_ledger(connection: Connection, name: str) -> None:
    """Let one transaction at a time record orders of a shop, or snapshots of a warehouse."""
    if _has_many_writers(connection):
        connection.execute(_EXCLUSIVE, {"kind": _LEDGER, "number": _number(name)})


def lock_pools(connection: Connection, pools: Iterable[PoolKey]) -> None:
    """Let one transaction at a time change what decisions on these pools rest on (design W4)."""
    numbers = sorted({_number(f"{pool.warehouse}/{pool.sku}") % POOL_LOCKS for pool in pools})
    if numbers and _has_many_writers(connection):
        # The array is unnested in its order.
        connection.execute(_MANY, {"kind": _POOL, "numbers": numbers})


def take_turns(connection: Connection, keys: Sequence[str], *, most: int) -> tuple[str, ...]:
    """Return the first of the keys that nobody else has a turn at, until the transaction ends.

    Never waits. Who is turned away may leave a key alone only because its holder looks for more
    after its own transaction has ended.
    """
    if not _has_many_writers(connection):
        return tuple(keys[:most])
    asked = {"kind": _TURN, "numbers": [_number(key) for key in keys], "most": most}
    return tuple(keys[place - 1] for place in connection.execute(_TURNS, asked).scalars())


def _has_many_writers(connection: Connection) -> bool:
    return connection.dialect.name == "postgresql"


def _number(name: str) -> int:
    """Return the same number for a name in every process, within PostgreSQL's integers."""
    return crc32(name.encode()) & 0x7FFF_FFFF
