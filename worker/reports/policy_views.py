"""How a policy's preview, state and history look on a terminal."""

from collections.abc import Iterable, Iterator

from rich.console import RenderableType
from rich.text import Text

from ..policy.preview import Preview, Sums
from ..policy.standing import Standing, StepView
from .printing import facts, table


def preview_view(report: Preview) -> Iterator[RenderableType]:
    """Show what would move in all, by shop and by partner, and the largest moves."""
    yield table(
        f"What the policy would move, applied to {report.stage}",
        ("of", "listings", "up", "by units", "down", "by units", "would pause", "would resume"),
        [
            _sums("all", report.total),
            *(_sums(f"shop {name}", sums) for name, sums in report.by_shop.items()),
            *(_sums(f"partner {name or '-'}", sums) for name, sums in report.by_partner.items()),
        ],
    )
    if report.largest:
        yield table(
            "Largest moves",
            ("listing", "seller SKU", "shown", "from", "to", "state", "why"),
            (
                (
                    move.listing,
                    move.seller_sku,
                    move.shown_units,
                    move.from_units,
                    move.to_units,
                    move.state_to,
                    move.why,
                )
                for move in report.largest
            ),
        )
    moving = report.total.up_listings + report.total.down_listings
    yield Text(
        f"{moving} of {report.total.listings} listings of {report.pools} pools would move. "
        "Nothing was applied."
    )


def _sums(name: str, sums: Sums) -> tuple[object, ...]:
    return (
        name,
        sums.listings,
        sums.up_listings,
        sums.up_units,
        sums.down_listings,
        sums.down_units,
        sums.pausing,
        sums.resuming,
    )


def standing_view(standing: Standing) -> Iterator[RenderableType]:
    """Show what is in force, since when and by whose word, and what it changes."""
    yield facts(
        "Policy in force",
        [
            ("version", _version(standing.version)),
            ("applied to", standing.stage),
            *(
                []
                if standing.is_everywhere
                else [("everywhere else", _version(standing.rest_version))]
            ),
            ("since", standing.since),
            ("who", standing.who),
            ("why", standing.why),
            ("decisions asked for", standing.spread_at or "not yet: a running `up` does so"),
        ],
    )
    if standing.changes:
        rows = ((each.setting, each.in_settings, each.in_force) for each in standing.changes)
        yield table("Where it differs from the settings", ("setting", "settings", "now"), rows)
        yield Text(
            "What the settings say of these has no effect until the policy is taken back.",
            style="dim",
        )


def _version(version: int) -> str:
    return str(version) if version else "0 (the settings')"


def steps_view(title: str, steps: Iterable[StepView]) -> Iterator[RenderableType]:
    """Show steps of policies."""
    yield table(
        title,
        ("step", "at (UTC)", "what", "version", "for", "below", "who", "why"),
        (
            (
                each.step,
                each.at,
                each.action,
                each.version,
                each.stage,
                each.below,
                each.who,
                each.why,
            )
            for each in steps
        ),
    )
