"""Every metric, named once. `deploy/metrics.md` is made from it: `python -m worker.metrics.table`.

Labels are few and bounded: names of the configuration, words of our own tables, TikTok's
operations. A SKU is a label only where at most `metrics.top_items` of them are shown.

An age of what never was is infinite: an alert on it cannot miss a feed that never came.
"""

from .metric import Kind, Metric


def _gauge(name: str, labels: tuple[str, ...], unit: str, meaning: str) -> Metric:
    return Metric(name=name, kind=Kind.GAUGE, labels=labels, unit=unit, help=meaning)


def _counter(name: str, labels: tuple[str, ...], unit: str, meaning: str) -> Metric:
    return Metric(name=name, kind=Kind.COUNTER, labels=labels, unit=unit, help=meaning)


_FEED = ("feed", "warehouse", "partner")
_SHOP = ("shop",)
_WAREHOUSE = ("warehouse",)
_ITEM = ("warehouse", "sku")
_QUEUE = ("queue",)

FEED_GAUGES = (
    _gauge(
        "feed_age_seconds",
        _FEED,
        "seconds",
        "How old the stock is that the newest accepted file of a feed states; "
        "infinite before the first.",
    ),
    _gauge(
        "feed_lateness_seconds",
        _FEED,
        "seconds",
        "How long a file of a feed is overdue: 0 if it is on time, infinite before the first; "
        "only for feeds with expected_every_s.",
    ),
    _gauge(
        "feed_files_waiting",
        _FEED,
        "files",
        "Files of a feed that wait in quarantine for a person's decision.",
    ),
    _gauge(
        "feed_rows",
        ("feed", "fate"),
        "rows",
        "Rows of a feed's last file, accepted and refused.",
    ),
)

LISTING_GAUGES = (
    _gauge(
        "listings",
        ("shop", "state"),
        "listings",
        "Listings that are joined to goods, by the state in which the guard has them.",
    ),
    _gauge(
        "unmapped_listings",
        _SHOP,
        "listings",
        "Listings that could not be joined to goods: they are left alone, and `status` says why.",
    ),
)

STOCK_GAUGES = (
    _gauge(
        "ats_units",
        _WAREHOUSE,
        "units",
        "Units available to sell: what the feeds state, less what orders and people have taken; "
        "items that are short lower the sum.",
    ),
    _gauge(
        "exposure_units",
        _WAREHOUSE,
        "units",
        "The most units that TikTok could still sell before the guard can act.",
    ),
    _gauge("safety_stock_units", _WAREHOUSE, "units", "Units held back as safety stock."),
    _gauge(
        "shortage_units",
        _WAREHOUSE,
        "units",
        "Units by which items are below zero available to sell.",
    ),
    _gauge(
        "oversold_units",
        _WAREHOUSE,
        "units",
        "Units that are ordered, not shipped, and not there: their orders end in cancellations.",
    ),
)

WRITE_GAUGES = (
    _gauge(
        "unsettled_writes",
        ("shop", "outcome"),
        "writes",
        "Writes that may still change what a shop shows, by how their call ended.",
    ),
    _gauge(
        "unsettled_write_age_seconds",
        _SHOP,
        "seconds",
        "Age of a shop's oldest write that no read has settled yet; 0 if there is none.",
    ),
)

WORK_GAUGES = (
    _gauge(
        "work_due",
        _QUEUE,
        "work",
        "Rows of work that are due or being worked on.",
    ),
    _gauge(
        "work_age_seconds",
        _QUEUE,
        "seconds",
        "How long the oldest row of work has been due; 0 if nothing is.",
    ),
)

SHOP_GAUGES = (
    _gauge(
        "ledger_age_seconds",
        _SHOP,
        "seconds",
        "Age of the moment up to which a shop's order ledger is known to be complete; "
        "infinite while it was never.",
    ),
    _gauge(
        "shop_writes_enabled",
        _SHOP,
        "",
        "1 if a shop is in write mode, its writing is not stopped and TikTok lets us in, else 0.",
    ),
    _gauge(
        "shop_state",
        ("shop", "state"),
        "",
        "1 for the state in which a shop is with TikTok, 0 for all others; nothing is written but "
        "in authorised and expiring.",
    ),
    _gauge(
        "shop_in_trouble",
        _SHOP,
        "",
        "1 if something keeps a shop from being reached or sold from, else 0; `status` says what.",
    ),
    _gauge(
        "quota_limit_calls_per_second",
        (),
        "calls_per_second",
        "Calls a second that one TikTok API allows for each shop, as it is configured.",
    ),
)

RISK_GAUGES = (
    _gauge(
        "orders_in_window",
        _SHOP,
        "orders",
        "Confirmed orders that were placed in the window over which TikTok counts cancellations.",
    ),
    _gauge(
        "expected_cancelled_orders",
        ("shop", "cause"),
        "orders",
        "Orders that have to be expected to be cancelled at the seller's fault, by cause: "
        "those that are there, and those to come until each item's next feed.",
    ),
    _gauge(
        "cancellation_chance_ratio",
        _SHOP,
        "ratio",
        "Chance that a shop has to cancel at least one of the expected_cancelled_orders.",
    ),
    _gauge(
        "projected_sfcr_ratio",
        ("shop", "cause"),
        "ratio",
        "Seller-fault cancellation rate to be expected, in the shares of its causes: "
        "their sum is the projection.",
    ),
    _gauge(
        "sfcr_limit_ratio",
        _SHOP,
        "ratio",
        "Seller-fault cancellation rate above which TikTok punishes a shop.",
    ),
    _gauge(
        "sfcr_limit_reached_in_seconds",
        _SHOP,
        "seconds",
        "In how long a shop is above that rate if cancellations go on at the present pace; "
        "0 if it is, infinite if it never is.",
    ),
    _gauge(
        "item_expected_cancelled_orders",
        _ITEM,
        "orders",
        "Orders of an item that have to be expected to be cancelled; "
        "only the items at the highest risk, at most metrics.top_items.",
    ),
    _gauge(
        "item_shortage_units",
        _ITEM,
        "units",
        "Units by which an item is below zero available to sell; "
        "only the items at the highest risk, at most metrics.top_items.",
    ),
)

READ_AGE = _gauge(
    "state_read_age_seconds",
    (),
    "seconds",
    "Age of the oldest figure here that is read from the record: "
    "it grows while the record cannot be read.",
)

GAUGES = (
    *FEED_GAUGES,
    *LISTING_GAUGES,
    *STOCK_GAUGES,
    *WRITE_GAUGES,
    *WORK_GAUGES,
    *SHOP_GAUGES,
    *RISK_GAUGES,
    READ_AGE,
)
"""How things stand, read from the record when Prometheus asks."""

TALLIED = (
    _counter(
        "push_outcomes",
        ("shop", "outcome"),
        "outcomes",
        "Quantities sent to TikTok, by how their call ended.",
    ),
    _counter(
        "bound_breaches",
        _SHOP,
        "breaches",
        "Planned writes that the second check of the exposure bound refused: none should be.",
    ),
    _counter(
        "guard_changes",
        ("shop", "state"),
        "changes",
        "Listings that entered a state of the guard.",
    ),
    Metric(
        name="hourly_resumes",
        kind=Kind.HISTOGRAM,
        labels=_SHOP,
        unit="resumes",
        help="How often a listing that comes back from a pause has done so within the hour: "
        "more than once is flapping, and resumes_per_hour_max bounds it.",
        buckets=(1.0, 2.0, 3.0, 4.0, 6.0, 12.0),
    ),
    _counter(
        "oversold_orders",
        ("cause",),
        "orders",
        "Orders that the goods came not to cover, by the share of the budget that they count "
        "against.",
    ),
    _counter(
        "webhooks",
        ("type", "outcome"),
        "webhooks",
        "Webhooks that arrived, by TikTok's type and what became of them.",
    ),
    _counter(
        "tiktok_calls",
        ("shop", "operation", "outcome"),
        "calls",
        "Attempts at calls to TikTok, by how they ended.",
    ),
    Metric(
        name="tiktok_call_duration_seconds",
        kind=Kind.HISTOGRAM,
        labels=("operation",),
        unit="seconds",
        help="How long calls to TikTok took, whatever became of them.",
        buckets=(0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 2.0, 5.0, 10.0),
    ),
    Metric(
        name="fact_to_confirmed_seconds",
        kind=Kind.HISTOGRAM,
        labels=_SHOP,
        unit="seconds",
        help="From a fact, such as a feed or an order, to the read that proved TikTok shows it.",
        buckets=(0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0, 300.0),
    ),
    _counter(
        "feed_files", ("feed", "ruling"), "files", "Files of a feed, by what became of them."
    ),
    _counter("feed_rows", ("feed", "fate"), "rows", "Rows of a feed, accepted and refused."),
    _counter(
        "sftp_uploads",
        ("partner", "outcome"),
        "uploads",
        "Files that partners sent by SFTP: taken whole, cut off, or refused.",
    ),
    _counter(
        "sftp_logins",
        ("partner", "outcome"),
        "logins",
        "Partners' logins by SFTP: opened, crowded (too many at once), or a key that was refused.",
    ),
    _counter(
        "pulled_files",
        ("feed", "outcome"),
        "files",
        "Files that were fetched for a feed: taken, known (the content was taken before), "
        "unsettled (changed while it was fetched) or refused; and looks at its source that failed "
        "(unreachable).",
    ),
    _counter(
        "step_failures",
        _QUEUE,
        "failures",
        "Attempts at a step that failed and are made again after a pause.",
    ),
    _counter(
        "api_requests",
        ("route", "method", "status"),
        "requests",
        "Requests to the HTTP API, by their answer.",
    ),
)
"""What is counted as it happens, over all processes and for ever."""

TALLIED_BY_NAME = {each.name: each for each in TALLIED}
"""As above, by the name that the code counts under."""

METRICS = (*GAUGES, *TALLIED)
"""All of them."""
