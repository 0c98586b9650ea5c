"""How `quota` looks to a person."""

from collections.abc import Iterator

from rich.console import RenderableType

from .moments import span_text
from .printing import facts, table
from .quota import LATELY_S, QuotaReport, ShopQuota


def quota_view(report: QuotaReport) -> Iterator[RenderableType]:
    """Show the limit, and shop by shop what waits, what was called, what is put off."""
    yield facts(
        "Calls a second of each API and shop",
        (
            ("allowed by TikTok", report.limit_per_s),
            ("used at most in the long run", report.used_per_s),
            ("of which kept for decreases", report.for_decreases_per_s),
        ),
    )
    for shop in report.shops:
        yield from _of_shop(shop)


def _of_shop(shop: ShopQuota) -> Iterator[RenderableType]:
    yield table(
        f"What waits in {shop.shop}",
        ("queue", "class", "due", "at work", "later", "longest due"),
        (
            (
                each.queue,
                each.write_class,
                each.due,
                each.at_work,
                each.put_off,
                None if each.oldest_s is None else span_text(each.oldest_s),
            )
            for each in shop.waiting
        ),
    )
    if shop.written:
        yield table(
            f"Quantities sent to {shop.shop} in the last {span_text(LATELY_S)}",
            ("class", "quantities"),
            ((each.write_class, each.quantities) for each in shop.written),
        )
    if shop.calls:
        yield table(
            f"Calls to {shop.shop} since counting began",
            ("API", "calls", "answered", "told to wait"),
            ((each.api, each.calls, each.answered, each.put_off) for each in shop.calls),
        )
    if shop.delays:
        yield table(
            f"What is put off in {shop.shop}",
            ("queue", "rows", "next", "why"),
            ((each.queue, each.rows, each.next_at, each.reason) for each in shop.delays),
        )
