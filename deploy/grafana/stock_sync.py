"""The dashboard 'Stock sync': how fast facts reach TikTok, and what stands in their way."""

from collections.abc import Iterator

import panels
import promql as q
from panels import Look, Series
from screens import Panel, Screen, Section


FACT = "fact_to_confirmed_seconds"
COUNT = Look(unit="none", decimals=0)
SECONDS = Look(unit="s")
PER_SECOND = Look(unit="cps")
QUOTA_USED = (
    f"{q.total(q.per_second('tiktok_calls_total', q.OF_SHOP), 'shop, operation')} / "
    f"scalar({q.largest(q.each('quota_limit_calls_per_second'))})"
)

REFUSED_ROWS = q.total(q.state("feed_rows", 'fate="refused"'), "feed")
REFUSED_SHARE = f"{REFUSED_ROWS} / on (feed) ({q.total(q.state('feed_rows'), 'feed')} > 0)"


def stock_sync() -> Screen:
    """Return the dashboard."""
    return Screen(
        uid="oversell-guard-sync",
        title="Stock sync",
        description=(
            "How long a fact takes until TikTok provably shows what follows from it, and where "
            "it waits: in the work, in writes not yet proven, at TikTok, or with the partner."
        ),
        sections=(
            Section(title="At a glance", panels=(*_speed_now(), *_delay_now())),
            Section(title="From a fact to its proof at TikTok", panels=tuple(_speed())),
            Section(title="Writes", panels=tuple(_writes())),
            Section(title="Work that waits", panels=tuple(_work())),
            Section(title="TikTok", panels=tuple(_tiktok())),
            Section(
                title="What comes in", panels=(*_calls_to_us(), *_stock_reports(), *_uploads())
            ),
        ),
    )


def _speed_now() -> Iterator[Panel]:
    """How fast it goes: large, at the head."""
    speed = Look(
        unit="s",
        decimals=1,
        steps=((None, "green"), (30, "orange"), (60, "red")),
        nothing="Nothing written",
    )
    yield Panel(
        panels.figure(
            "Fact to proof, half of them",
            "Half of the past hour's facts were proven at TikTok within this time: written, and "
            "read back.",
            query=q.quantile(0.5, FACT, q.OF_SHOP, window="1h"),
            look=speed,
        )
    )
    yield Panel(
        panels.figure(
            "Fact to proof, 99 of 100",
            "99 of 100 of the past hour's facts were proven at TikTok within this time: written, "
            "and read back.",
            query=q.quantile(0.99, FACT, q.OF_SHOP, window="1h"),
            look=speed,
        )
    )
    yield Panel(
        panels.figure(
            "Oldest write not yet proven",
            "Until a read proves it, a write counts as if it could still land.",
            query=q.largest(q.each("unsettled_write_age_seconds", q.OF_SHOP)),
            look=Look(unit="s", steps=((None, "green"), (300, "orange"), (600, "red"))),
        ),
        alerts=("UnsettledWritesOld",),
    )


def _delay_now() -> Iterator[Panel]:
    """What may stand in the way: large, at the head."""
    yield Panel(
        panels.figure(
            "Oldest work that waits",
            "How long the oldest piece of work that is due has waited for a worker.",
            query=q.largest(q.each("work_age_seconds")),
            look=Look(unit="s", steps=((None, "green"), (60, "orange"), (300, "red"))),
        ),
        alerts=("WorkStuck",),
    )
    yield Panel(
        panels.figure(
            "Orders behind by",
            "The worst shop's orders are known without a gap only up to this long ago. Nothing "
            "is raised on older knowledge.",
            query=q.largest(q.each("ledger_age_seconds", q.OF_SHOP)),
            look=Look(unit="s", steps=((None, "green"), (120, "orange"), (300, "red"))),
        ),
        alerts=("OrdersBehind",),
    )
    yield Panel(
        panels.figure(
            "Age of these figures",
            "How long ago the record was last read for these dashboards. After two minutes there "
            "are no figures.",
            query=q.largest(q.each("state_read_age_seconds")),
            look=Look(unit="s", steps=((None, "green"), (60, "orange"), (90, "red"))),
        ),
        alerts=("StateUnread", "MetricsMissing"),
    )


def _speed() -> Iterator[Panel]:
    yield Panel(
        panels.lines(
            "From fact to proof",
            "From a sale, a stock report or a person's word to the read that proves the written "
            "quantity. Over the chosen shops.",
            series=(
                Series(query=q.quantile(0.5, FACT, q.OF_SHOP), legend="half of them"),
                Series(query=q.quantile(0.9, FACT, q.OF_SHOP), legend="90 of 100"),
                Series(query=q.quantile(0.99, FACT, q.OF_SHOP), legend="99 of 100"),
            ),
            look=SECONDS,
        )
    )
    yield Panel(
        panels.lines(
            "From fact to proof, 99 of 100, by shop",
            "A shop far above the others is refused, throttled or slow at TikTok.",
            series=(
                Series(query=q.quantile(0.99, FACT, q.OF_SHOP, by="shop"), legend="{{shop}}"),
            ),
            look=SECONDS,
        )
    )


def _writes() -> Iterator[Panel]:
    pushes = q.total(q.past_hour("push_outcomes_total", q.OF_SHOP), "shop, outcome")
    unsettled = q.total(q.state("unsettled_writes", q.OF_SHOP), "outcome")
    age = q.largest(q.each("unsettled_write_age_seconds", q.OF_SHOP), "shop")
    yield Panel(
        panels.lines(
            "Quantities sent in the past hour, by shop and outcome",
            "answered: taken by TikTok. refused: TikTok said no. unknown: no clear answer.",
            series=(Series(query=pushes, legend="{{shop}}: {{outcome}}"),),
            look=COUNT,
        )
    )
    yield Panel(
        panels.lines(
            "Writes not yet proven, by how they stand",
            "Intended: sent or about to be. Unknown: no clean answer, may still land. Answered: "
            "waits for the read that proves it.",
            series=(Series(query=unsettled, legend="{{outcome}}"),),
            look=COUNT,
            stacked=True,
        )
    )
    yield Panel(
        panels.lines(
            "Oldest write not yet proven, by shop",
            "Normally some seconds: until the next read of the listing.",
            series=(Series(query=age, legend="{{shop}}"),),
            look=Look(unit="s", steps=((None, "green"), (600, "red"))),
        ),
        alerts=("UnsettledWritesOld",),
    )
    breaches = q.largest(q.each("bound_breaches_total", q.OF_SHOP), "shop")
    yield Panel(
        panels.lines(
            "Breaches of the exposure bound, ever",
            "Planned writes that the second check refused, since they would have let TikTok sell "
            "more than the goods. Must stay at 0.",
            series=(Series(query=breaches, legend="{{shop}}"),),
            look=Look(unit="none", decimals=0, steps=panels.ANY_IS_BAD),
        ),
        alerts=("BoundBreach",),
    )


def _work() -> Iterator[Panel]:
    due = q.total(q.state("work_due"), "queue")
    age = q.largest(q.each("work_age_seconds"), "queue")
    failures = q.total(q.past_hour("step_failures_total"), "queue")
    yield Panel(
        panels.lines(
            "Work that is due, by kind",
            "Pieces of work that wait for a worker. It should fall back to 0 again and again.",
            series=(Series(query=due, legend="{{queue}}"),),
            look=COUNT,
            width=8,
        )
    )
    yield Panel(
        panels.lines(
            "How long the oldest has waited, by kind",
            "Rising without end means that no worker takes this kind of work.",
            series=(Series(query=age, legend="{{queue}}"),),
            look=Look(unit="s", steps=((None, "green"), (300, "red"))),
            width=8,
        ),
        alerts=("WorkStuck",),
    )
    yield Panel(
        panels.lines(
            "Steps that failed in the past hour, by kind",
            "Each is tried again after a pause. A kind that goes on failing needs a look at the "
            "log.",
            series=(Series(query=failures, legend="{{queue}}"),),
            look=COUNT,
            width=8,
        )
    )


def _tiktok() -> Iterator[Panel]:
    calls = q.total(q.per_second("tiktok_calls_total", q.OF_SHOP), "outcome")
    duration = q.quantile(0.99, "tiktok_call_duration_seconds", by="operation")
    median = q.quantile(0.5, "tiktok_call_duration_seconds", by="operation")
    yield Panel(
        panels.lines(
            "Calls, by outcome",
            "ok: answered and understood. Everything else is retried, or told to a person.",
            series=(Series(query=calls, legend="{{outcome}}"),),
            look=PER_SECOND,
            stacked=True,
            width=8,
        )
    )
    yield Panel(
        panels.lines(
            "How long calls take, by operation",
            "Half of them, and 99 of 100.",
            series=(
                Series(query=median, legend="{{operation}}, half of them"),
                Series(query=duration, legend="{{operation}}, 99 of 100"),
            ),
            look=SECONDS,
            width=8,
        )
    )
    yield Panel(
        panels.lines(
            "Use of the quota, by shop and operation",
            "TikTok counts calls for each shop and operation. Near 100 %, work waits.",
            series=(Series(query=QUOTA_USED, legend="{{shop}}: {{operation}}"),),
            look=Look(unit="percentunit", steps=panels.OF_A_LIMIT),
            width=8,
        )
    )


def _calls_to_us() -> Iterator[Panel]:
    webhooks = q.total(q.past_hour("webhooks_total"), "outcome")
    ledger = q.largest(q.each("ledger_age_seconds", q.OF_SHOP), "shop")
    requests = q.total(q.per_second("api_requests_total"), "status")
    yield Panel(
        panels.lines(
            "Orders behind by, for each shop",
            "A shop's orders are known without a gap only up to this long ago.",
            series=(Series(query=ledger, legend="{{shop}}"),),
            look=Look(unit="s", steps=((None, "green"), (300, "red"))),
            width=8,
        ),
        alerts=("OrdersBehind",),
    )
    yield Panel(
        panels.lines(
            "Webhooks in the past hour, by outcome",
            "TikTok's calls to us. Without any, polling brings every order all the same, later.",
            series=(Series(query=q.or_none(webhooks, "outcome"), legend="{{outcome}}"),),
            look=COUNT,
            width=8,
        )
    )
    yield Panel(
        panels.lines(
            "Requests to our API, by status",
            "From people's tools and other programs.",
            series=(Series(query=q.or_none(requests, "status"), legend="{{status}}"),),
            look=PER_SECOND,
            width=8,
        )
    )


def _stock_reports() -> Iterator[Panel]:
    files = q.total(q.past_hour("feed_files_total"), "feed, ruling")
    rows = q.total(q.past_hour("feed_rows_total"), "feed, fate")
    yield Panel(
        panels.lines(
            "Partners' files in the past hour, by what was ruled",
            "accept: in force. quarantine: waits for a person. refuse: went back to the partner. "
            "repeated: taken before.",
            series=(Series(query=files, legend="{{feed}}: {{ruling}}"),),
            look=COUNT,
            width=8,
        ),
        alerts=("FeedOverdue", "FeedFileWaits"),
    )
    yield Panel(
        panels.lines(
            "Rows of stock reports in the past hour",
            "Taken into the record, and refused for a fault of the row.",
            series=(Series(query=rows, legend="{{feed}}: {{fate}}"),),
            look=COUNT,
            width=8,
        )
    )
    yield Panel(
        panels.lines(
            "Share of refused rows in the last file",
            "Refused rows went back to the partner with the reason.",
            series=(Series(query=REFUSED_SHARE, legend="{{feed}}"),),
            look=Look(unit="percentunit", steps=((None, "green"), (0.01, "orange"))),
            width=8,
        )
    )


def _uploads() -> Iterator[Panel]:
    pulls = q.total(q.past_hour("pulled_files_total"), "feed, outcome")
    uploads = q.total(q.past_hour("sftp_uploads_total"), "partner, outcome")
    logins = q.total(q.past_hour("sftp_logins_total"), "partner, outcome")
    yield Panel(
        panels.lines(
            "Partners' uploads by SFTP in the past hour",
            "taken: whole, and handed to its feed. cut: the connection broke, nothing was taken. "
            "refused: the partner was told why.",
            series=(
                Series(query=q.or_none(uploads, "outcome"), legend="{{partner}} {{outcome}}"),
            ),
            look=COUNT,
            width=8,
        )
    )
    yield Panel(
        panels.lines(
            "Partners' logins by SFTP in the past hour",
            "opened: let in. crowded: too many sessions at once. refused: a key that is not good "
            "now, or not from there.",
            series=(Series(query=q.or_none(logins, "outcome"), legend="{{partner}} {{outcome}}"),),
            look=COUNT,
            width=8,
        )
    )
    yield Panel(
        panels.lines(
            "Files fetched from partners in the past hour",
            "taken: new, and handed to its feed. known: its content was taken before. unsettled: "
            "written to while it was fetched. refused: too large, or gone. unreachable: the "
            "partner's server; `status` has the cause.",
            series=(Series(query=q.or_none(pulls, "outcome"), legend="{{feed}} {{outcome}}"),),
            look=COUNT,
            width=8,
        )
    )
