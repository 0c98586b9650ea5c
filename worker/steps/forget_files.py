"""Forgets a feed's files and receipts that are older than they are kept.

The record keeps what they said. What waits for a person, and what figures are in force from, stays
however old it is.
"""

from connectors.feeds import stored_files
from connectors.store import filed, work
from connectors.store.engine import reading, writing
from reconciliation.quantities import later

from ..queues import FEED_FILES
from ..services import Services


EVERY_S = 86_400.0
"""How often old files are forgotten."""

SECONDS_PER_DAY = 86_400.0


def forget_files(services: Services, feed: str) -> None:
    """Delete what is old and ask to do so again tomorrow."""
    now, kept_days = services.now(), services.settings.feeds[feed].kept_days
    with reading(services.engine) as connection:
        needed = filed.hashes_needed(connection, feed)
    stored_files.forget(
        services.inboxes[feed].home,
        before=later(now, -kept_days * SECONDS_PER_DAY),
        kept=needed,
    )
    with writing(services.engine) as connection:
        work.ask(connection, FEED_FILES, [feed], due_at=later(now, EVERY_S))
