"""What is due in the queue of record, page by page in the order of keys: for what is very much.

By urgency (`work_due`) all that is due has to be put in order for each few of it; pages of keys
take a time that does not grow with what is left.
"""

from functools import cache
from typing import Any

from sqlalchemy import Connection, Integer, Select, String, bindparam, select

from reconciliation.quantities import Instant

from .tables import WORK
from .work_rows import is_due_in_place


def page(
    connection: Connection, queue: str, now: Instant, *, after: str, most: int
) -> tuple[str, ...]:
    """Return keys of a queue that are due and free and come after one; none at the end."""
    asked = {"the_queue": queue, "now": now, "the_key": after, "most": most}
    return tuple(connection.execute(_paging(), asked).scalars())


@cache
def _paging() -> Select[*tuple[Any, ...]]:
    return (
        select(WORK.c.key)
        .where(
            WORK.c.queue == bindparam("the_queue"),
            WORK.c.key > bindparam("the_key", type_=String),
            is_due_in_place(),
        )
        .order_by(WORK.c.key)
        .limit(bindparam("most", type_=Integer))
    )
