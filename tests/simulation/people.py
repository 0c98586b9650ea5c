"""Who acts in a simulation besides the program: shoppers, buyers who think again, the partner."""

import random

from connectors.sandbox.orders import Order, OrderStatus, Role
from connectors.sandbox.refusals import NotForSale, SoldOut
from tests.support.shopfront import SHOPS, Shopfront


def shop(front: Shopfront, rng: random.Random) -> None:
    """Let one shopper try to buy one unit or two."""
    try:
        order = front.buy(rng.choice(SHOPS), rng.choice((1, 1, 2)))
    except (SoldOut, NotForSale):
        return
    if rng.random() < 0.8:
        front.world.pay(order.order_id)


def cancel_one(front: Shopfront, rng: random.Random) -> None:
    """Let a buyer change his mind before the parcel is packed."""
    waiting = in_state(front, OrderStatus.UNPAID, OrderStatus.AWAITING_SHIPMENT)
    if waiting:
        chosen = rng.choice(waiting)
        front.world.cancel(chosen.order_id, Role.BUYER, "buyer_cancel_no_longer_needed")


def pack_one(front: Shopfront, rng: random.Random) -> None:
    """Let the partner make one parcel ready."""
    if waiting := in_state(front, OrderStatus.AWAITING_SHIPMENT):
        front.world.confirm_shipment(rng.choice(waiting).order_id)


def collect_one(front: Shopfront, rng: random.Random) -> None:
    """Let the carrier take one parcel."""
    if waiting := in_state(front, OrderStatus.AWAITING_COLLECTION):
        front.world.collect(rng.choice(waiting).order_id)


def report(front: Shopfront, rng: random.Random) -> None:
    """Let the partner take in a delivery now and then, and report his shelf."""
    if rng.random() < 0.3:
        front.shelf.receive(front.pool, rng.randint(3, 8))
    front.drop_feed(front.shelf.on_shelf(front.pool))


def in_state(front: Shopfront, *states: OrderStatus) -> list[Order]:
    """Return the orders that are in one of these states, oldest first."""
    return [order for order in front.world.snapshot().orders if order.status in states]
