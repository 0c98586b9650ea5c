"""What the steps tell the meter, in their own words: one function for each thing that happens."""

from collections.abc import Collection, Iterable, Mapping

from sqlalchemy import Connection

from connectors.http_client import CallHook, CallRecord
from connectors.store import counts
from connectors.store.writes import Outcome
from reconciliation.feed_gate import Ruling

from .meter import Meter


REPEATED = "repeated"
"""The ruling under which a file is counted whose content was taken before: it harms nobody."""


ACCEPTED, REFUSED = FATES = ("accepted", "refused")
"""What can become of a feed's row."""


UPLOADS = ("taken", "cut", "refused")
"""What can become of a partner's upload by SFTP."""

LOGINS = ("opened", "crowded", "refused")
"""What can become of a partner's login by SFTP."""


PULLS = ("taken", "known", "unsettled", "refused", "unreachable")
"""What can become of a file that is fetched, or of a look at where it lies."""


def call_hook(meter: Meter) -> CallHook:
    """Return the hook that counts each attempt at a call to TikTok, and how long it took."""

    def count_call(record: CallRecord) -> None:
        labels = {
            "shop": record.shop,
            "operation": record.operation,
            "outcome": record.outcome.value,
        }
        meter.count("tiktok_calls", labels)
        meter.observe(
            "tiktok_call_duration_seconds", {"operation": record.operation}, record.duration_s
        )

    return count_call


def count_pushes(meter: Meter, shop: str, outcomes: Iterable[Outcome]) -> None:
    """Count quantities that were sent, by how their call ended."""
    for outcome in outcomes:
        meter.count("push_outcomes", {"shop": shop, "outcome": outcome.value})


def observe_confirmed(connection: Connection, meter: Meter, settled: Collection[int]) -> None:
    """Note how long the facts behind writes took until a read proved them."""
    if not settled:
        return
    for shop, seconds in counts.confirmed_after_s(connection, settled):
        meter.observe("fact_to_confirmed_seconds", {"shop": shop}, seconds)


def count_file(
    meter: Meter, feed: str, ruling: Ruling, *, repeated: bool, rows: Mapping[str, int]
) -> None:
    """Count a feed's file by what became of it, and its rows by their fate."""
    ruled = REPEATED if repeated else ruling.value
    meter.count("feed_files", {"feed": feed, "ruling": ruled})
    for fate, count in rows.items():
        meter.count("feed_rows", {"feed": feed, "fate": fate}, count)
