"""The ruler itself: what counts as oversold, and what as withheld."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.sandbox.merchandise import ListedSku
from connectors.sandbox.refusals import NotOnShelf, SoldOut
from connectors.sandbox.shelf import Pool, Shelf

from .scene import Scene


MUG = Pool(warehouse="EAST", item="MUG")
PLATE = Pool(warehouse="EAST", item="PLATE")


class Goods:
    """Two shops that sell the mugs of one shelf."""

    def __init__(self, mugs: int) -> None:
        self.scene = Scene()
        self.scene.open_shop("beta")
        self.shelf = Shelf(self.scene.world)
        self.shelf.receive(MUG, mugs)
        self.a, self.b = self.listing("alpha"), self.listing("beta")

    def listing(self, shop: str, name: str = "MUG", **recipe: int) -> ListedSku:
        """List something made of these items, by default one mug."""
        sku = self.scene.list_sku(name, shop=shop)
        made_of = {Pool(warehouse="EAST", item=item): units for item, units in recipe.items()}
        self.shelf.map_listing(*self.scene.key(sku), made_of or {MUG: 1})
        return sku

    def show(self, sku: ListedSku, units: int) -> None:
        """Overwrite a listing's quantity."""
        self.scene.world.overwrite(self.scene.key(sku), units)


def test_selling_what_is_there_is_not_overselling() -> None:
    """Every mug sold once, in whichever shop: nothing is oversold."""
    goods = Goods(3)
    goods.show(goods.a, 2)
    goods.show(goods.b, 1)
    goods.scene.buy(goods.a, 2)
    goods.scene.buy(goods.b, 1)

    assert goods.shelf.oversold_units() == 0
    assert goods.shelf.sellable_units(MUG) == 0


def test_an_oversell_is_counted_once() -> None:
    """One unit too many stays one, though it is cancelled and the goods come later."""
    goods = Goods(1)
    goods.show(goods.a, 1)
    goods.show(goods.b, 1)
    first = goods.scene.buy(goods.a)
    goods.scene.buy(goods.b)
    goods.shelf.receive(MUG, 5)
    goods.scene.world.cancel(first.order_id, "BUYER", "changed my mind")
    goods.scene.buy(goods.a)

    assert goods.shelf.oversold_units() == goods.shelf.oversold_units(MUG) == 1
    assert goods.shelf.worst_shortage_units(MUG) == 1


def test_only_the_units_beyond_the_goods_count() -> None:
    """An order for 5 of 3 mugs oversells 2, the next for 1 oversells 1 more."""
    goods = Goods(3)
    goods.show(goods.a, 6)
    goods.scene.buy(goods.a, 5)
    goods.scene.buy(goods.a, 1)

    assert goods.shelf.oversold_units() == 3


def test_a_freed_unit_can_be_oversold_again() -> None:
    """Two different buyers promised the same missing unit, one after the other, are two."""
    goods = Goods(1)
    goods.show(goods.a, 1)
    goods.show(goods.b, 1)
    goods.scene.buy(goods.a)
    for _ in range(2):
        second = goods.scene.buy(goods.b)
        goods.scene.world.cancel(second.order_id, "BUYER", "changed my mind")

    assert goods.shelf.oversold_units() == 2
    assert goods.shelf.worst_shortage_units(MUG) == 1


def test_goods_that_vanished_are_not_there() -> None:
    """After shrinkage a sale of the old figure oversells; after a find it does not."""
    goods = Goods(2)
    goods.show(goods.a, 4)
    goods.shelf.lose(MUG, 1)
    goods.scene.buy(goods.a, 2)
    goods.shelf.find(MUG, 2)
    goods.scene.buy(goods.a, 1)

    assert goods.shelf.oversold_units() == 1


def test_a_departure_takes_goods_and_promise_together() -> None:
    """What was collected is neither live nor on the shelf, and a cancellation returns nothing."""
    goods = Goods(3)
    goods.show(goods.a, 3)
    order = goods.scene.buy(goods.a, 2, paid=True)
    goods.scene.world.confirm_shipment(order.order_id)
    goods.scene.world.collect(order.order_id)
    goods.scene.world.cancel(order.order_id, "SYSTEM", "package_lost")

    assert goods.shelf.on_shelf(MUG) == 1
    assert goods.shelf.live_units(MUG) == 0
    assert goods.shelf.departed_units(MUG) == 2
    assert goods.scene.shown(goods.a) == 3  # counterexample 7d: the listing gains what left


def test_nothing_leaves_an_empty_shelf() -> None:
    """The carrier cannot collect what is not there, and the order stays where it was."""
    goods = Goods(0)
    goods.show(goods.a, 1)
    order = goods.scene.buy(goods.a, paid=True)
    goods.scene.world.confirm_shipment(order.order_id)

    with pytest.raises(NotOnShelf):
        goods.scene.world.collect(order.order_id)
    assert goods.scene.world.orders[order.order_id].status == "AWAITING_COLLECTION"
    with pytest.raises(NotOnShelf):
        goods.shelf.lose(MUG, 1)


def test_packs_and_bundles_draw_by_their_recipe() -> None:
    """A three-pack of four mugs oversells two units when it is sold twice."""
    goods = Goods(4)
    goods.shelf.receive(PLATE, 9)
    pack = goods.listing("alpha", "PACK", MUG=3)
    gift = goods.listing("beta", "GIFT", MUG=1, PLATE=2)
    goods.show(pack, 2)
    goods.show(gift, 1)
    goods.scene.buy(pack, 2)
    goods.scene.buy(gift)

    assert goods.shelf.oversold_units(MUG) == 3
    assert goods.shelf.live_units(PLATE) == 2
    assert goods.shelf.oversold_units(PLATE) == 0


def test_withheld_is_what_could_be_sold_and_is_not_shown() -> None:
    """Ten mugs, three shown: seven withheld; more shown than there is withholds nothing."""
    goods = Goods(10)
    goods.show(goods.a, 2)
    goods.show(goods.b, 1)
    few = goods.shelf.withheld_units_now()[MUG]
    goods.show(goods.b, 30)

    assert (few, goods.shelf.withheld_units_now()[MUG]) == (7, 0)


def test_withheld_units_add_up_over_time() -> None:
    """Ten units hidden for three seconds are thirty unit-seconds."""
    goods = Goods(10)
    goods.shelf.sample_withheld()
    goods.scene.clock.wait(3)

    assert goods.shelf.sample_withheld() == 30


def test_a_mirror_would_write_to_every_other_listing() -> None:
    """Three listings share the mugs: each order costs a mirror two writes."""
    goods = Goods(9)
    goods.listing("alpha", "PACK", MUG=3)
    goods.listing("alpha", "PLATE", PLATE=1)
    goods.show(goods.a, 9)
    goods.scene.buy(goods.a)
    goods.scene.buy(goods.a, 2)

    assert goods.shelf.mirror_writes() == 4


@settings(deadline=None)
@given(
    mugs=st.integers(min_value=0, max_value=6),
    shown=st.tuples(st.integers(0, 6), st.integers(0, 6)),
    orders=st.lists(st.tuples(st.booleans(), st.integers(1, 3)), max_size=10),
)
def test_safe_listings_never_oversell(
    mugs: int, shown: tuple[int, int], orders: list[tuple[bool, int]]
) -> None:
    """Units sold beyond the goods are what the ruler counts, to the unit."""
    goods = Goods(mugs)
    goods.show(goods.a, shown[0])
    goods.show(goods.b, shown[1])
    sold = 0
    for in_a, units in orders:
        try:
            sold += goods.scene.buy(goods.a if in_a else goods.b, units).units
        except SoldOut:
            continue

    assert goods.shelf.oversold_units() == max(0, sold - mugs)
