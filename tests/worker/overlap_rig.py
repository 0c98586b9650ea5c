"""Two shops that overlap by risk: what tests of prices, races and their account share."""

from collections.abc import Mapping
from dataclasses import replace

from connectors.store import trail
from connectors.store.engine import writing
from connectors.store.trail import Event
from reconciliation.budget import Cause
from reconciliation.race_terms import RaceTerms
from worker.boards import gather, surround
from worker.weighing import OVERSOLD, Weighing

from ..support.boards import pool_key
from ..support.shopfront import ITEM, SHOPS, Shopfront


POOL = pool_key(ITEM, "EAST")

OVERLAPPING = {"overlap": "risk_bounded", "watched_s_min": 0.0}
"""Demand counts as known from the first second on."""


def at_price(price: float) -> Mapping[str, object]:
    """Return the policy of a person who sets the price of a cancelled order."""
    return {**OVERLAPPING, "pricing": "newsvendor", "cancellation_price": price}


def crowd(front: Shopfront, *, seconds: int) -> None:
    """Let each shop sell a unit a second while it shows any."""
    for _ in range(seconds):
        for shop in SHOPS:
            if front.shown()[shop]:
                front.buy(shop)
        front.work(1.0)


def note_oversold(front: Shopfront, cause: Cause, orders: float) -> None:
    """Note that so many orders were oversold just now."""
    detail = {"pool": str(POOL), "units": 1, "orders": orders, "factor": 1.0}
    event = Event(at=front.services.now(), event=OVERSOLD, subject=cause.value, detail=detail)
    with writing(front.services.engine) as connection:
        trail.note(connection, event)


def race(front: Shopfront) -> RaceTerms:
    """Return the terms on which the item is raced now, looked up anew."""
    services = replace(front.services, weighing=Weighing())
    with writing(services.engine) as connection:
        around = surround(connection, [POOL])
        terms = gather(connection, services, around).board.pools[POOL].race
    assert terms is not None
    return terms
