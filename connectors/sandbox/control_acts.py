"""What can be asked of a sandbox that is not TikTok's to answer: to act, to fail, to tell.

Each act takes a form, a small dataclass that is made from the request's JSON by `forms`.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum

from .faults import FaultKind, FaultRates
from .forms import Misfit, Said, made
from .marketplace import Landed
from .merchandise import ListedSku, ProductStatus
from .mishaps import Mishap, MishapKind, Mishaps
from .orders import Order, Role
from .refusals import Unknown
from .routes import ROUTES
from .stage import Stage
from .stock import Stock
from .switches import SandboxSwitches
from .world import BUYER_REASON


Told = Mapping[str, object]
"""An answer, to be JSON."""


class OrderStep(StrEnum):
    """What can be done with an order besides cancelling it."""

    PAY = "pay"
    CONFIRM_SHIPMENT = "confirm_shipment"
    COLLECT = "collect"
    DELIVER = "deliver"
    COMPLETE = "complete"


@dataclass(frozen=True, slots=True, kw_only=True)
class Purchase:
    """Somebody buys. The SKU is named by its id or by the seller's own name for it."""

    shop: str
    sku: str
    units: int = 1
    warehouse_id: str | None = None
    paid: bool = True

    def __post_init__(self) -> None:
        """Refuse an order for nothing."""
        if self.units < 1:
            raise ValueError("units are at least 1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Advance:
    """An order takes a step."""

    order_id: str
    step: OrderStep


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancellation:
    """Somebody calls an order off."""

    order_id: str
    by: Role = Role.BUYER
    reason: str = BUYER_REASON


@dataclass(frozen=True, slots=True, kw_only=True)
class StockEdit:
    """A person sets quantities in Seller Center; what is left out stays."""

    shop: str
    sku: str
    warehouse_id: str | None = None
    available: int | None = None
    backorder: int | None = None
    campaign: int | None = None
    creator: int | None = None

    def changes(self) -> dict[str, int]:
        """Return the fields of the stock that are set. Raises `ValueError` below nothing."""
        named = {name: getattr(self, name) for name in _STOCK_FIELDS}
        changes = {name: units for name, units in named.items() if units is not None}
        if not changes or min(changes.values()) < 0:
            raise ValueError(f"give one of {', '.join(_STOCK_FIELDS)}, none below 0")
        return changes


_STOCK_FIELDS = ("available", "backorder", "campaign", "creator")


@dataclass(frozen=True, slots=True, kw_only=True)
class NextFault:
    """The next call (to `api`, a route's name, where given) goes wrong."""

    kind: FaultKind
    api: str | None = None
    delay_s: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Struck:
    """Something goes wrong beside the calls, now. `luck`, from 0 to 1, says whom and how hard."""

    kind: MishapKind
    luck: float = 0.5

    def __post_init__(self) -> None:
        """Refuse luck that is no share."""
        if not 0 <= self.luck < 1:
            raise ValueError("luck is from 0 to below 1")


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusChange:
    """A product is moved to another status."""

    product_id: str
    status: ProductStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Time passes."""

    advance_s: float


# --- acts ----------------------------------------------------------------------------------------


def buy(stage: Stage, said: Said) -> Told:
    """Place an order, and pay it unless told not to."""
    form = made(Purchase, said)
    with stage.world.turn():
        sku = _sku(stage, form.shop, form.sku)
        order = stage.world.checkout(form.shop, sku.sku_id, form.units, form.warehouse_id)
        return _order(stage.world.pay(order.order_id) if form.paid else order)


def advance_order(stage: Stage, said: Said) -> Told:
    """Let an order take a step."""
    form = made(Advance, said)
    step = getattr(stage.world, form.step.value)
    return _order(step(form.order_id))


def cancel(stage: Stage, said: Said) -> Told:
    """Call an order off."""
    form = made(Cancellation, said)
    return _order(stage.world.cancel(form.order_id, form.by, form.reason))


def edit_stock(stage: Stage, said: Said) -> Told:
    """Set quantities as a person in Seller Center."""
    form = made(StockEdit, said)
    changes = form.changes()
    with stage.world.turn():
        sku = _sku(stage, form.shop, form.sku)
        place = form.warehouse_id or sku.warehouse_ids[0]
        stage.world.edit_stock_by_hand(sku.sku_id, place, **changes)
        return asdict(stage.world.shown_stock(sku.sku_id, place))


def set_product_status(stage: Stage, said: Said) -> Told:
    """Move a product to another status, as the seller, the platform or an audit would."""
    form = made(StatusChange, said)
    stage.world.set_product_status(form.product_id, form.status)
    return {"product_id": form.product_id, "status": form.status.value}


def set_switches(stage: Stage, said: Said) -> Told:
    """Turn the switches that are named; the others stay."""
    with stage.world.turn():
        switches = made(SandboxSwitches, {**asdict(stage.world.switches), **said})
        stage.world.set_switches(switches)
    return asdict(switches)


def force_fault(stage: Stage, said: Said) -> Told:
    """Let the next call go wrong."""
    form = made(NextFault, said)
    names = sorted({route.name for route in ROUTES})
    if form.api is not None and form.api not in names:
        # It would wait for a call that never comes.
        raise Misfit("api", f"there is no {form.api!r}", f"choose one of {', '.join(names)}")
    stage.faults.force(form.kind, api=form.api, delay_s=form.delay_s)
    return {"forced": form.kind.value, "api": form.api}


def set_fault_rates(stage: Stage, said: Said) -> Told:
    """Let calls go wrong by chance; what is not named does not."""
    rates = made(FaultRates, said)
    stage.faults.set_rates(rates)
    return asdict(rates)


def stop_faults(stage: Stage, said: Said) -> Told:
    """Let no call go wrong any more."""
    del said
    stage.faults.stop()
    return {"stopped": True}


def strike(stage: Stage, said: Said) -> Told:
    """Let something go wrong beside the calls."""
    form = made(Struck, said)
    with stage.world.turn() as now:
        mishap = Mishap(at=now, kind=form.kind, luck=form.luck)
        Mishaps(stage.world, stage.faults, stage.intervals).strike(mishap)
    return {"struck": form.kind.value}


def wait(stage: Stage, said: Said) -> Told:
    """Let time pass, and everything happen that falls due in it."""
    stage.clock.advance(made(Wait, said).advance_s)
    return tell_clock(stage, {})


# --- what is told --------------------------------------------------------------------------------


def tell_clock(stage: Stage, said: Said) -> Told:
    """The moment of this world, in Unix seconds."""
    del said
    with stage.world.turn() as now:
        return {"now": now}


def tell_switches(stage: Stage, said: Said) -> Told:
    """How this TikTok behaves."""
    del said
    return asdict(stage.world.switches)


def tell_shops(stage: Stage, said: Said) -> Told:
    """What a program must know to call: keys, tokens, warehouses, products."""
    del said
    with stage.world.turn():
        names = [shop.name for shop in stage.world.registry.shops()]
        return {"shops": [_shop(stage, name) for name in names]}


def tell_stock(stage: Stage, said: Said) -> Told:
    """Every quantity as it is."""
    del said
    with stage.world.turn():
        skus = list(stage.world.registry.skus())
        return {
            "stock": [
                _named(sku) | {"warehouse_id": place} | asdict(_stock(stage, sku, place))
                for sku in skus
                for place in sku.warehouse_ids
            ]
        }


def tell_orders(stage: Stage, said: Said) -> Told:
    """Every order as it is, oldest first."""
    del said
    return {"orders": [_order(order) for order in stage.world.snapshot().orders]}


def tell_writes(stage: Stage, said: Said) -> Told:
    """What programs wrote: the newest quantities, and how many there were in all."""
    del said
    with stage.world.turn():
        landed = [_write(stage, each) for each in stage.world.landed()]
        return {"writes": landed, "total_count": stage.world.writes_landed()}


def tell_webhooks(stage: Stage, said: Said) -> Told:
    """How notifications fared."""
    del said
    return {} if stage.post is None else asdict(stage.post.tally())


# --- inside --------------------------------------------------------------------------------------


def _sku(stage: Stage, shop: str, name: str) -> ListedSku:
    for sku in stage.world.registry.skus(stage.world.registry.shop(shop).name):
        if name in (sku.sku_id, sku.seller_sku):
            return sku
    raise Unknown(f"shop {shop!r} lists no SKU {name!r}")


def _stock(stage: Stage, sku: ListedSku, warehouse_id: str) -> Stock:
    return stage.world.shown_stock(sku.sku_id, warehouse_id)


def _order(order: Order) -> Told:
    return asdict(order)


def _shop(stage: Stage, name: str) -> Told:
    world = stage.world
    has_consent = world.tokens.grant_of(name) is not None
    return {
        **(asdict(world.access(name)) if has_consent else {"name": name, "is_revoked": True}),
        "region": world.registry.shop(name).region,
        "warehouses": [
            {"id": each.warehouse_id, "name": each.name}
            for each in world.registry.warehouses(name)
        ],
        "skus": [_named(sku) for sku in world.registry.skus(name)],
    }


def _named(sku: ListedSku) -> dict[str, object]:
    return {
        "shop": sku.shop,
        "product_id": sku.product_id,
        "sku_id": sku.sku_id,
        "seller_sku": sku.seller_sku,
    }


def _write(stage: Stage, landed: Landed) -> Told:
    sku_id, warehouse_id = landed.key
    return {
        "at": landed.at,
        **_named(stage.world.registry.sku(sku_id)),
        "warehouse_id": warehouse_id,
        "before": landed.before,
        "after": landed.after,
    }
