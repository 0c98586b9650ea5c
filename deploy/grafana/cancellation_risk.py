"""The dashboard 'Cancellation risk': which shops, partners and items, why, and what was done."""

from collections.abc import Iterator

import panels
import promql as q
import words
from panels import Column, Look, Series
from screens import Panel, Screen, Section


RATE = Look(unit="percentunit", decimals=2)
ORDERS = Look(unit="none", decimals=1)
UNITS = Look(unit="none", decimals=0)
REACHED = Look(
    unit="s", decimals=0, steps=((None, "red"), (259_200, "orange"), (604_800, "green"))
)
EXPECTED = q.state("expected_cancelled_orders", q.OF_SHOP)
WRITES_ON = q.largest(q.each("shop_writes_enabled", q.OF_SHOP), "shop")

FEED = "feed, warehouse, partner"
FEEDS = f"group by ({FEED}) ({q.each('feed_age_seconds', q.OF_WAREHOUSE)})"
"""1 for each feed: gives other figures its labels."""


def cancellation_risk() -> Screen:
    """Return the dashboard."""
    return Screen(
        uid="oversell-guard-risk",
        title="Cancellation risk",
        description=(
            "Which shops, partners and items are about to cost cancelled orders, why, and what "
            "the guard has done about it."
        ),
        sections=(
            Section(title="At a glance", panels=(*_losses(), *_protection())),
            Section(title="Which shops?", panels=tuple(_shops())),
            Section(title="Which partners and warehouses?", panels=tuple(_warehouses())),
            Section(title="Which items, and why?", panels=tuple(_items_and_causes())),
            Section(title="What did the guard do?", panels=tuple(_guard())),
        ),
    )


def _losses() -> Iterator[Panel]:
    """What is lost or about to be: large, at the head."""
    yield Panel(
        panels.figure(
            "Worst shop, share of its limit",
            "The highest projected rate of cancellations by the seller's fault, as a share of "
            "what the market allows. At 100 % the shop begins to lose score and order volume.",
            query=q.largest(q.share_of_limit()),
            look=Look(unit="percentunit", decimals=0, steps=panels.OF_A_LIMIT),
        ),
        alerts=("ProjectedSfcrAboveLimit", "ProjectedSfcrNearLimit"),
    )
    yield Panel(
        panels.figure(
            "Orders expected to be cancelled",
            "How many orders the chosen shops will probably have to cancel, over all causes.",
            query=q.total(EXPECTED),
            look=Look(unit="none", decimals=1, steps=((None, "green"), (1, "orange"), (5, "red"))),
        )
    )
    yield Panel(
        panels.figure(
            "Units oversold",
            "Units sold that no goods cover, in the chosen warehouses. Zero is the promise.",
            query=q.total(q.state("oversold_units", q.OF_WAREHOUSE)),
            look=Look(unit="none", decimals=0, steps=panels.ANY_IS_BAD),
        ),
        alerts=("OversoldUnits",),
    )
    yield Panel(
        panels.figure(
            "Units short",
            "Units that orders and holds ask for beyond the goods, in the chosen warehouses.",
            query=q.total(q.state("shortage_units", q.OF_WAREHOUSE)),
            look=Look(unit="none", decimals=0, steps=panels.ANY_IS_ODD),
        )
    )


def _protection() -> Iterator[Panel]:
    """Whether the guard knows enough and may act: large, at the head."""
    yield Panel(
        panels.figure(
            "Oldest stock report",
            "The age of the oldest partner report now in force. The older, the less is shown.",
            query=q.largest(q.each("feed_age_seconds", q.OF_WAREHOUSE)),
            look=Look(unit="s", steps=((None, "green"), (7_200, "orange"), (43_200, "red"))),
        ),
        alerts=("FeedOverdue",),
    )
    yield Panel(
        panels.figure(
            "Shops we do not write to",
            "Shops in observe mode, or whose writing a person has stopped: not protected.",
            query=f"count ({WRITES_ON} == 0) or vector(0)",
            look=Look(unit="none", decimals=0, steps=panels.ANY_IS_ODD),
        ),
        alerts=("WritesStopped",),
    )


def _shops() -> Iterator[Panel]:
    yield Panel(
        panels.rows(
            "Shops, worst first",
            "What each shop is heading for, and whether the guard can act there.",
            labels={"shop": "Shop"},
            columns=_shop_columns(),
            worst_first="Of its limit",
        ),
        alerts=("ShopInTrouble",),
    )
    yield Panel(
        panels.worded(
            panels.bars(
                "Projected cancellation rate, by cause",
                "What makes up the projection of each shop. The causes add up to its rate.",
                query=q.total(q.state("projected_sfcr_ratio", q.OF_SHOP), "shop, cause"),
                row="shop",
                part="cause",
                look=RATE,
            ),
            words.CAUSES,
        )
    )
    limit = q.largest(q.each("sfcr_limit_ratio", q.OF_SHOP), "shop")
    yield Panel(
        panels.dashed(
            panels.lines(
                "Projected cancellation rate over time",
                "Each shop's projection, with its market's limit dashed.",
                series=(
                    Series(query=q.projected_sfcr(), legend="{{shop}}"),
                    Series(query=limit, legend="limit of {{shop}}"),
                ),
                look=RATE,
            ),
            "^limit of ",
        ),
        alerts=("ProjectedSfcrNearLimit",),
    )


def _shop_columns() -> tuple[Column, ...]:
    of_limit = Look(unit="percentunit", decimals=0, steps=panels.OF_A_LIMIT)
    limit = q.largest(q.each("sfcr_limit_ratio", q.OF_SHOP), "shop")
    orders = q.largest(q.each("orders_in_window", q.OF_SHOP), "shop")
    trouble = q.largest(q.each("shop_in_trouble", q.OF_SHOP), "shop")
    unmapped = q.total(q.state("unmapped_listings", q.OF_SHOP), "shop")
    chance = q.largest(q.each("cancellation_chance_ratio", q.OF_SHOP), "shop")
    reached = q.largest(q.each("sfcr_limit_reached_in_seconds", q.OF_SHOP), "shop")
    return (
        Column(head="Projected rate", query=q.projected_sfcr(), look=RATE),
        Column(head="Limit", query=limit, look=RATE),
        Column(head="Of its limit", query=q.share_of_limit(), look=of_limit),
        Column(head="Orders in the window", query=orders, look=UNITS),
        Column(head="Expected to be cancelled", query=q.total(EXPECTED, "shop"), look=ORDERS),
        Column(head="Chance of any", query=chance, look=Look(unit="percentunit", decimals=1)),
        Column(head="Above its limit in", query=reached, look=REACHED),
        Column(
            head="Writing",
            query=WRITES_ON,
            look=Look(words=words.SWITCH, steps=((None, "orange"), (1, "green"))),
        ),
        Column(
            head="Trouble",
            query=trouble,
            look=Look(words=words.TROUBLE, steps=((None, "transparent"), (1, "red"))),
        ),
        Column(
            head="Listings without an item",
            query=unmapped,
            look=Look(unit="none", steps=((None, "transparent"), (1, "orange"))),
        ),
    )


def _warehouses() -> Iterator[Panel]:
    yield Panel(
        panels.rows(
            "Partners' stock reports, most late first",
            "How old each partner's report is, how long past its time, and what its last file "
            "brought. Refused rows went back to the partner with the reason.",
            labels={"partner": "Partner", "warehouse": "Warehouse", "feed": "Feed"},
            columns=_feed_columns(),
            worst_first="Late by",
        ),
        alerts=("FeedOverdue",),
    )
    yield Panel(
        panels.rows(
            "Warehouses, most short first",
            "What may still be promised, what TikTok could still sell, and what is held back.",
            labels={"warehouse": "Warehouse"},
            columns=_warehouse_columns(),
            worst_first="Short",
            width=12,
        ),
        alerts=("OversoldUnits",),
    )
    yield Panel(
        panels.lines(
            "Goods and what TikTok could sell",
            "Over the chosen warehouses. What TikTok could sell stays below what may be promised.",
            series=(
                Series(
                    query=q.total(q.state("ats_units", q.OF_WAREHOUSE)), legend="may be promised"
                ),
                Series(
                    query=q.total(q.state("exposure_units", q.OF_WAREHOUSE)),
                    legend="TikTok could sell",
                ),
                Series(
                    query=q.total(q.state("safety_stock_units", q.OF_WAREHOUSE)),
                    legend="held back for safety",
                ),
            ),
            look=UNITS,
        )
    )


def _feed_columns() -> tuple[Column, ...]:
    late = q.largest(q.each("feed_lateness_seconds", q.OF_WAREHOUSE), FEED)
    return (
        Column(
            head="Age",
            query=q.largest(q.each("feed_age_seconds", q.OF_WAREHOUSE), FEED),
            look=Look(unit="s", decimals=0),
        ),
        Column(
            head="Late by",
            query=f"{late} or - {FEEDS}",
            look=Look(
                unit="s",
                words=words.UNSCHEDULED,
                steps=((None, "transparent"), (1, "orange"), (600, "red")),
            ),
        ),
        Column(head="Rows taken", query=_rows_of_feed("accepted"), look=UNITS),
        Column(
            head="Rows refused",
            query=_rows_of_feed("refused"),
            look=Look(unit="none", steps=((None, "transparent"), (1, "orange"))),
        ),
    )


def _rows_of_feed(fate: str) -> str:
    """The rows of the last file, given the labels of the other columns."""
    rows = q.largest(q.each("feed_rows", f'fate="{fate}"'), "feed")
    return f"{FEEDS} * on (feed) group_left () {rows}"


def _warehouse_columns() -> tuple[Column, ...]:
    odd = Look(unit="none", decimals=0, steps=((None, "transparent"), (1, "orange")))
    bad = Look(unit="none", decimals=0, steps=((None, "transparent"), (1, "red")))
    figures = (
        ("May be promised", "ats_units", UNITS),
        ("TikTok could sell", "exposure_units", UNITS),
        ("Held back", "safety_stock_units", UNITS),
        ("Short", "shortage_units", odd),
        ("Oversold", "oversold_units", bad),
    )
    return tuple(
        Column(head=head, query=q.total(q.state(name, q.OF_WAREHOUSE), "warehouse"), look=look)
        for head, name, look in figures
    )


def _items_and_causes() -> Iterator[Panel]:
    expected = q.largest(
        q.each("item_expected_cancelled_orders", q.OF_WAREHOUSE), "warehouse, sku"
    )
    shortage = q.largest(q.each("item_shortage_units", q.OF_WAREHOUSE), "warehouse, sku")
    yield Panel(
        panels.rows(
            "Items most at risk",
            "The items from which most cancelled orders are expected, and the units they lack. "
            "`python -m worker explain SKU` says why.",
            labels={"sku": "Item", "warehouse": "Warehouse"},
            columns=(
                Column(
                    head="Expected to be cancelled",
                    query=q.or_no_item(expected),
                    look=Look(
                        unit="none",
                        decimals=2,
                        steps=((None, "transparent"), (0.5, "orange"), (1, "red")),
                    ),
                ),
                Column(
                    head="Short",
                    query=q.or_no_item(shortage),
                    look=Look(unit="none", steps=((None, "transparent"), (1, "orange"))),
                ),
            ),
            worst_first="Expected to be cancelled",
            width=12,
        )
    )
    yield Panel(
        panels.worded(
            panels.lines(
                "Orders expected to be cancelled, by cause",
                "Why orders would have to be cancelled, over the chosen shops.",
                series=(Series(query=q.total(EXPECTED, "cause"), legend="{{cause}}"),),
                look=ORDERS,
                stacked=True,
            ),
            words.CAUSES,
        )
    )


def _guard() -> Iterator[Panel]:
    listings = q.total(q.state("listings", q.OF_SHOP), "state")
    changes = q.total(q.past_hour("guard_changes_total", q.OF_SHOP), "state")
    pushes = q.total(q.past_hour("push_outcomes_total", q.OF_SHOP), "outcome")
    oversold = q.total(q.past_hour("oversold_orders_total"), "cause")
    again = q.or_zero(q.quantile(0.99, "hourly_resumes", q.OF_SHOP, window="1h"))
    yield Panel(
        panels.lines(
            "Orders oversold in the past hour, by the budget's share",
            "Orders that the goods came not to cover. Each of them raises the price of its cause, "
            "so that less is shown; over all shops.",
            series=(Series(query=oversold, legend="{{cause}}"),),
            look=ORDERS,
        )
    )
    yield Panel(
        panels.lines(
            "Comebacks of a listing within an hour, 99 of 100",
            "How often a listing that comes back from a pause has done so within the hour. More "
            "than once is flapping; resumes_per_hour_max bounds it.",
            series=(Series(query=again, legend="comebacks"),),
            look=UNITS,
        )
    )
    yield Panel(
        panels.worded(
            panels.lines(
                "Listings, by what the guard lets them show",
                "A listing that cannot be written still sells; it needs a person.",
                series=(Series(query=listings, legend="{{state}}"),),
                look=UNITS,
                stacked=True,
            ),
            words.GUARD_STATES,
        ),
        alerts=("ListingsStranded",),
    )
    yield Panel(
        panels.worded(
            panels.lines(
                "Changes of the guard in the past hour, by what followed",
                "How often listings were opened, slowed down, paused or held.",
                series=(Series(query=changes, legend="{{state}}"),),
                look=UNITS,
            ),
            words.GUARD_STATES,
        )
    )
    yield Panel(
        panels.worded(
            panels.lines(
                "Quantities sent in the past hour, by how it ended",
                "A quantity that was taken is still proven by a read. One without a clear answer "
                "counts as if it could still land.",
                series=(Series(query=pushes, legend="{{outcome}}"),),
                look=UNITS,
            ),
            words.PUSHES,
        ),
        alerts=("UnsettledWritesOld",),
    )
    yield Panel(
        panels.on_and_off(
            "Writing to each shop",
            "On only where the shop is in write mode and nobody has stopped it.",
            series=Series(query=WRITES_ON, legend="{{shop}}"),
            words=words.SWITCH,
        ),
        alerts=("WritesStopped",),
    )
