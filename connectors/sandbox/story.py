"""The scene of the demo: three shops, two buildings, one lamp that nearly everybody wants.

Told in shares of the run: at 35 % a crowd falls upon the lamp, of which few are left; at 52 %
more lamps are delivered; the feed at 60 % proves it. Listings begin at 0, or at so few that
their sum is well below the goods: whatever is oversold was oversold by a later write.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass, replace

from .marketplace import ShopAccess
from .merchandise import NewSku
from .partner import DeductsAt, PartnerHabits, PartnerWarehouse
from .shelf import Pool, Recipe, Shelf
from .shoppers import Burst, ShopperProfile, Shoppers, Window
from .switches import SandboxSwitches
from .timeline import Clock
from .world import SandboxWorld


SHOPS = ("lumen-home", "lumen-outlet", "lumen-gifts")
BURST_ITEM = "LAMP-BRASS"
BURST_ITEM_UNITS = 9
REPLENISHED_UNITS = 60

_PLACES: dict[str, tuple[str, ...]] = {
    BURST_ITEM: ("EAST",),
    "MUG-STONE": ("EAST",),
    "TEAPOT-IRON": ("EAST",),
    "CANDLE-FIG": ("EAST", "WEST"),
    "CANDLE-CEDAR": ("EAST", "WEST"),
    "THROW-WOOL": ("EAST",),
    "VASE-SMOKE": ("EAST",),
    "BOWL-OAK": ("WEST",),
    "TRAY-WALNUT": ("WEST",),
    "CLOCK-SLATE": ("WEST",),
    "PILLOW-LINEN": ("WEST",),
    "BASKET-REED": ("WEST",),
}
_COMPOSED: dict[str, tuple[str, dict[str, int]]] = {
    "MUG-STONE-3PK": (SHOPS[0], {"MUG-STONE": 3}),
    "GIFT-TEA-SET": (SHOPS[2], {"TEAPOT-IRON": 1, "MUG-STONE": 2}),
}
_BURST_AT, _BURST_SPAN, _REPLENISH_AT = 0.35, 0.12, 0.52
_FEEDS_AT = (0.0, 0.12, 0.24, 0.36, 0.48, 0.60, 0.72, 0.84, 0.96)
_FIRST_BUYERS_AT = 0.04
_BURST_BUYERS = 60
_BUYERS_PER_S = 2.4
_FIRST_SHOWN = 2
_PLENTY = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoWorld:
    """Everything the demo hands around. Moments are Unix seconds."""

    world: SandboxWorld
    shelf: Shelf
    shoppers: Shoppers
    partners: tuple[PartnerWarehouse, ...]
    shops: tuple[ShopAccess, ...]
    warehouses: Mapping[tuple[str, str], str]
    """The TikTok warehouse id of each (shop, partner warehouse code)."""

    mapping_csv: str
    """shop, seller_sku, item, units: what packs and bundles are made of."""

    burst_pool: Pool
    burst_at: float
    replenish_at: float
    starts_at: float
    ends_at: float
    feeds_at: tuple[float, ...]

    def step(self, now: float) -> None:
        """Let shoppers and partners do what is due by `now`."""
        self.shoppers.step(now)
        for partner in self.partners:
            partner.step(now)
        self.shelf.sample_withheld()

    def oversold_units(self) -> int:
        """Return the units sold beyond the goods so far, by the shelf's own count."""
        return self.shelf.oversold_units()

    def mirror_writes(self) -> int:
        """Return the writes a naive mirror would have made so far."""
        return self.shelf.mirror_writes()


def demo_world(
    seed: int, clock: Clock, seconds: float, *, switches: SandboxSwitches | None = None
) -> DemoWorld:
    """Build the scene for a run of `seconds`, begun now; the same seed, the same shoppers."""
    rng = random.Random(seed)
    world = SandboxWorld(clock=clock, rng=rng, switches=switches or _demo_switches(seconds))
    starts_at = clock()
    shelf = Shelf(world)
    warehouses = _open_shops(world)
    _stock_shelf(shelf, seconds)
    windows = _list_everything(world, shelf, warehouses)
    partners = tuple(
        PartnerWarehouse(
            world, shelf, code, rng=random.Random(rng.random()), habits=_habits(seconds)
        )
        for code in _codes()
    )
    burst_pool = Pool(warehouse="EAST", item=BURST_ITEM)
    replenish_at = starts_at + _REPLENISH_AT * seconds
    world.later(
        replenish_at - starts_at, lambda: partners[0].receive(BURST_ITEM, REPLENISHED_UNITS)
    )
    profile = _profile(world, windows, starts_at, seconds)
    return DemoWorld(
        world=world,
        shelf=shelf,
        shoppers=Shoppers(world, random.Random(rng.random()), profile),
        partners=partners,
        shops=tuple(world.access(name) for name in SHOPS),
        warehouses=warehouses,
        mapping_csv=mapping_csv(),
        burst_pool=burst_pool,
        burst_at=starts_at + _BURST_AT * seconds,
        replenish_at=replenish_at,
        starts_at=starts_at,
        ends_at=starts_at + seconds,
        feeds_at=tuple(starts_at + share * seconds for share in _FEEDS_AT),
    )


def mapping_csv() -> str:
    """Return the mapping file: which items, and how many, each composed seller SKU takes."""
    lines = [
        f"{shop},{seller_sku},{item},{units}"
        for seller_sku, (shop, parts) in _COMPOSED.items()
        for item, units in parts.items()
    ]
    return "\n".join(["shop,seller_sku,item,units", *lines, ""])


def _codes() -> tuple[str, ...]:
    return tuple(sorted({code for places in _PLACES.values() for code in places}))


def _demo_switches(seconds: float) -> SandboxSwitches:
    return SandboxSwitches(
        unpaid_timeout_s=seconds / 8, restock_delay_s=0.3, orders_index_lag_s=0.3
    )


def _habits(seconds: float) -> PartnerHabits:
    """Return a partner whose days fit into the run: a parcel leaves after a tenth of it."""
    beat = seconds / 60
    return PartnerHabits(
        order_lag_s=0.5 * beat,
        pack_s=(1.0 * beat, 3.0 * beat),
        ship_confirm_s=(0.5 * beat, 1.5 * beat),
        carrier_scan_s=(1.0 * beat, 4.0 * beat),
        deliver_s=(4.0 * beat, 8.0 * beat),
        complete_s=(4.0 * beat, 8.0 * beat),
        deducts_at=DeductsAt.CARRIER_SCAN,
        repack_s=1.0 * beat,
        gives_up_after_s=15.0 * beat,
    )


def _open_shops(world: SandboxWorld) -> dict[tuple[str, str], str]:
    warehouses = {}
    for shop in SHOPS:
        world.open_shop(shop)
        for code in _codes():
            added = world.add_warehouse(
                shop, f"{code.title()} building", is_default=code == "EAST"
            )
            warehouses[shop, code] = added.warehouse_id
    return warehouses


def _stock_shelf(shelf: Shelf, seconds: float) -> None:
    # Goods for half as much again as the shoppers will ask for, so that only the lamp runs out.
    plenty = _PLENTY + round(_BUYERS_PER_S * seconds / len(_PLACES) * 1.5)
    for item, codes in _PLACES.items():
        for code in codes:
            units = BURST_ITEM_UNITS if item == BURST_ITEM else plenty
            shelf.receive(Pool(warehouse=code, item=item), units)


def _list_everything(
    world: SandboxWorld, shelf: Shelf, warehouses: Mapping[tuple[str, str], str]
) -> tuple[Window, ...]:
    windows: list[Window] = []
    for shop in SHOPS:
        for item, codes in _PLACES.items():
            recipes = {
                warehouses[shop, code]: {Pool(warehouse=code, item=item): 1} for code in codes
            }
            windows += _list_one(world, shelf, shop, item, recipes)
    for seller_sku, (shop, parts) in _COMPOSED.items():
        recipe = {Pool(warehouse="EAST", item=item): units for item, units in parts.items()}
        windows += _list_one(world, shelf, shop, seller_sku, {warehouses[shop, "EAST"]: recipe})
    return tuple(windows)


def _list_one(
    world: SandboxWorld, shelf: Shelf, shop: str, seller_sku: str, recipes: Mapping[str, Recipe]
) -> list[Window]:
    new = NewSku(seller_sku=seller_sku, warehouse_ids=tuple(recipes))
    (sku,) = world.list_product(shop, seller_sku.replace("-", " ").title(), [new])
    # Safe to begin with: three shops at two units against `_PLENTY` goods, and none of the lamp.
    shown = 0 if seller_sku == BURST_ITEM or seller_sku in _COMPOSED else _FIRST_SHOWN
    for warehouse_id, recipe in recipes.items():
        shelf.map_listing(sku.sku_id, warehouse_id, recipe)
        world.edit_stock_by_hand(sku.sku_id, warehouse_id, available=shown)
    return [
        Window(shop=shop, sku_id=sku.sku_id, warehouse_id=warehouse_id) for warehouse_id in recipes
    ]


def _profile(
    world: SandboxWorld, windows: tuple[Window, ...], starts_at: float, seconds: float
) -> ShopperProfile:
    lamps = tuple(
        window for window in windows if world.registry.sku(window.sku_id).seller_sku == BURST_ITEM
    )
    buyers_per_s = _BUYERS_PER_S / len(windows)
    return ShopperProfile(
        starts_at=starts_at + _FIRST_BUYERS_AT * seconds,
        windows=tuple(replace(window, buyers_per_s=buyers_per_s) for window in windows),
        burst=Burst(
            at=starts_at + _BURST_AT * seconds,
            over_s=_BURST_SPAN * seconds,
            buyers=_BURST_BUYERS,
            windows=lamps,
        ),
    )
