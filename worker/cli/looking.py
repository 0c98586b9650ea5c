"""The commands that look at the record and change nothing: explain, status, risk and others."""

from typing import Annotated

import typer

from .desk import desk_of, finish
from .endings import EXIT_CODES
from .words import Json, ShopName, SkuName


Limit = Annotated[
    int, typer.Option("--limit", metavar="N", min=1, max=10_000, help="The most events shown.")
]
WarehouseName = Annotated[
    str | None,
    typer.Option(
        "--warehouse", metavar="CODE", help="Only orders that lack goods of this warehouse."
    ),
]
PartnerName = Annotated[
    str | None,
    typer.Option("--partner", metavar="PARTNER", help="Only this partner (default: all)."),
]


def add_to(app: typer.Typer) -> None:
    """Add the commands of this file."""
    for command in (explain, history, status, risk, shortages, accuracy, quota, holds):
        app.command(epilog=EXIT_CODES)(command)


def explain(
    ctx: typer.Context, *, sku: SkuName, shop: ShopName = None, as_json: Json = False
) -> None:
    """Say why each listing of a SKU shows what it shows, term by term."""
    from ..reports.explain import explain as explained
    from ..reports.views import explain_view

    desk = desk_of(ctx, as_json=as_json)
    with desk.services() as services:
        report = explained(services, sku, shop)
        desk.show(report, lambda: explain_view(report))


def history(
    ctx: typer.Context,
    *,
    sku: SkuName,
    shop: ShopName = None,
    limit: Limit = 50,
    as_json: Json = False,
) -> None:
    """Show what happened to a SKU, the newest first, in UTC."""
    from ..reports.history import history as history_of
    from ..reports.views import history_view

    desk = desk_of(ctx, as_json=as_json)
    with desk.services() as services:
        report = history_of(services, sku, shop=shop, most=limit)
        desk.show(report, lambda: history_view(report))


def status(ctx: typer.Context, *, as_json: Json = False) -> None:
    """Show how shops, feeds, pools at risk and open work stand.

    Ends with 1 if a pool is sold beyond its goods, or the exposure bound was ever broken.
    """
    from ..reports.status import status as status_of
    from ..reports.views import status_view

    desk = desk_of(ctx, as_json=as_json)
    with desk.services() as services:
        report = status_of(services)
        desk.show(report, lambda: status_view(report))
    finish(well=report.well)


def risk(ctx: typer.Context, *, shop: ShopName = None, as_json: Json = False) -> None:
    """Show how many orders will be cancelled at the seller's fault, why, and of which items.

    Ends with 1 if the rate projected for a shop is above its limit.
    """
    from ..reports.lookup import shops_in_scope
    from ..reports.risk import risk as risk_of
    from ..reports.risk_view import risk_view

    desk = desk_of(ctx, as_json=as_json)
    with desk.services() as services:
        report = risk_of(services, shops=shops_in_scope(services.settings, shop))
        desk.show(report, lambda: risk_view(report))
    finish(well=report.well)


def shortages(
    ctx: typer.Context,
    *,
    shop: ShopName = None,
    warehouse: WarehouseName = None,
    as_json: Json = False,
) -> None:
    """List the orders that cannot be filled, by due time, with the least harmful remedy.

    Where some must be given up, they are chosen so that the least harm is done: few, in shops far
    from their limit, and rather those that are lost anyway. Ends with 1 if there are any.
    """
    from ..reports.shortage_view import shortages_view
    from ..reports.shortages import shortages as shortages_of

    desk = desk_of(ctx, as_json=as_json)
    with desk.services() as services:
        report = shortages_of(services, shop=shop, warehouse=warehouse)
        desk.show(report, lambda: shortages_view(report))
    finish(well=report.well)


def accuracy(ctx: typer.Context, *, partner: PartnerName = None, as_json: Json = False) -> None:
    """Show how far each partner's figures can be trusted, and what is withheld because of it."""
    from ..reports.accuracy import accuracy as accuracy_of
    from ..reports.accuracy_view import accuracy_view
    from ..reports.lookup import partners_in_scope

    desk = desk_of(ctx, as_json=as_json)
    with desk.services() as services:
        report = accuracy_of(services, partners=partners_in_scope(services.settings, partner))
        desk.show(report, lambda: accuracy_view(report))


def quota(ctx: typer.Context, *, shop: ShopName = None, as_json: Json = False) -> None:
    """Show what waits for each shop's quota of calls, by class of write, and how it is used."""
    from ..reports.lookup import shops_in_scope
    from ..reports.quota import quota as quota_of
    from ..reports.quota_view import quota_view

    desk = desk_of(ctx, as_json=as_json)
    with desk.services() as services:
        report = quota_of(services, shops=shops_in_scope(services.settings, shop))
        desk.show(report, lambda: quota_view(report))


def holds(ctx: typer.Context, *, as_json: Json = False) -> None:
    """List the holds in force."""
    from ..holding import holds_in_force
    from ..reports.views import holds_view

    desk = desk_of(ctx, as_json=as_json)
    with desk.services() as services:
        found = holds_in_force(services)
        desk.show({"holds": found}, lambda: holds_view("Holds in force", found))
