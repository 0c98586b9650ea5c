"""Which orders the goods have come not to cover since the last decision, and why."""

from dataclasses import replace
from typing import Any

import pytest

from reconciliation.board import Board, PoolFacts
from reconciliation.budget import Cause
from reconciliation.demand import Demand
from reconciliation.exposure import ListingBook, intend_write
from worker.steps.oversold import Failed, failures, found_again

from ..support.boards import (
    NOW,
    TEE,
    UNKNOWN_GOODS,
    ago,
    board,
    book_showing,
    goods,
    listed,
    recipe,
)


def short(units: int, *, held_units: int = 0) -> PoolFacts:
    """Goods of which so many more are ordered than are there, and some set aside."""
    stock = goods(10).position
    committed = replace(stock, committed_units=10 + units, held_units=held_units)
    return replace(goods(10), position=committed)


def before(ats_units: int = 0, **changed: Any) -> dict[str, dict[str, Any]]:  # noqa: ANN401 - terms are of many types
    """The terms of a decision on the same feed."""
    terms = {"known": True, "as_of": ago(60.0), "ats_units": ats_units, "held_units": 0}
    terms |= {"snapshot_units": 10 + ats_units, "returned_units": 0, "departed_units": 0}
    return {str(TEE): terms | changed}


def found(now: Board, then: dict[str, dict[str, Any]]) -> list[tuple[Cause, int]]:
    """Why orders failed, and for want of how many units."""
    return [(each.cause, each.units) for each in failures(now, then)]


def of(pool: PoolFacts, book: ListingBook | None = None) -> Board:
    """A board of one listing that draws on it."""
    return board({TEE: pool}, listed(shows=book or book_showing(0)))


def test_orders_beyond_the_goods_of_the_same_feed_are_a_race() -> None:
    """Nothing else can have sold them."""
    assert found(of(short(2)), before()) == [(Cause.RACE, 2)]


def test_a_newer_feed_that_leaves_orders_without_goods_is_a_decline() -> None:
    """The partner had more a moment ago."""
    assert found(of(short(2)), before(as_of=ago(3_600.0))) == [(Cause.DECLINE, 2)]


def test_while_a_quantity_is_on_its_way_it_is_that_writes_doing() -> None:
    """It may have given back what was sold."""
    book = intend_write(book_showing(1), sequence=1, units=3, at=NOW)

    assert found(of(short(1), book), before()) == [(Cause.WRITE, 1)]


def test_a_write_of_nothing_gives_nothing_back() -> None:
    """The decrease was only too late: that is a race."""
    book = intend_write(book_showing(1), sequence=1, units=0, at=NOW)

    assert found(of(short(1), book), before()) == [(Cause.RACE, 1)]


def test_only_what_has_come_to_lack_counts() -> None:
    """Two of the three were noted by the decision before."""
    assert found(of(short(3)), before(-2)) == [(Cause.RACE, 1)]


@pytest.mark.parametrize(
    ("now", "then"),
    [
        (of(short(2)), before(-2)),
        (of(short(2)), before(-5)),
        (of(short(2)), {}),
        (of(short(2)), before(known=False)),
        (of(UNKNOWN_GOODS), before()),
        (of(goods(3)), before()),
        (of(short(-5, held_units=7)), before()),
    ],
    ids=[
        "no more than before",
        "fewer than before",
        "never decided on",
        "not known before",
        "not known now",
        "enough",
        "set aside by a person",
    ],
)
def test_nothing_else_counts(now: Board, then: dict[str, dict[str, Any]]) -> None:
    """The account is of what orders lost by our doing."""
    assert found(now, then) == []


def test_what_a_newer_feed_finds_is_found_again() -> None:
    """Three were missing, one still is."""
    older = before(-3, as_of=ago(3_600.0))

    assert found_again(of(short(1)), older) == {TEE: 2}


@pytest.mark.parametrize(
    ("now", "then"),
    [
        (of(short(1)), before(-3)),
        (of(short(3)), before(-3, as_of=ago(3_600.0))),
        (of(UNKNOWN_GOODS), before(-3, as_of=ago(3_600.0))),
        (of(goods(5)), {}),
        (of(goods(10)), before(-1, as_of=ago(3_600.0), snapshot_units=10)),
    ],
    ids=[
        "the same feed",
        "no fewer are missing",
        "not known now",
        "never decided on",
        "cancelled for want of goods",
    ],
)
def test_nothing_else_is_found_again(now: Board, then: dict[str, dict[str, Any]]) -> None:
    """An order that was cancelled was not filled."""
    assert found_again(now, then) == {}


def test_units_are_told_as_orders_of_the_usual_size() -> None:
    """Six units of a pack of two that is bought by the pair and a half are two orders."""
    pairs = replace(
        listed(of=recipe((TEE, 2))), forecast=Demand(orders_per_s=1.0, sizes=(0.5, 0.5))
    )

    (failed,) = failures(board({TEE: short(6)}, pairs), before())

    assert failed == Failed(pool=TEE, cause=Cause.RACE, units=6, orders=2.0)


def test_less_than_an_order_is_one() -> None:
    """Somebody is cancelled for it."""
    pairs = replace(listed(), forecast=Demand(orders_per_s=1.0, sizes=(0.0, 1.0)))

    (failed,) = failures(board({TEE: short(1)}, pairs), before())

    assert failed.orders == 1.0
