"""However TikTok answers what its documentation leaves open, nothing is oversold.

Every two answers of every two switches meet in some row; each row is a storm by a seed of its
own, with the real steps, each unit promised once, and every named assumption kept. An answer
under which nothing can be promised is named in `switch_table`, and shown to oversell here.
"""

from contextlib import suppress
from dataclasses import fields, replace
from pathlib import Path

import pytest

from connectors.sandbox.refusals import SoldOut
from connectors.sandbox.switch_table import SWITCHES
from connectors.sandbox.switches import SandboxSwitches
from tests.support.shopfront import ASSUMPTIONS, Shopfront, shopfront

from .mirror import mirror
from .pairwise import Row, covering_rows
from .storm import MISHAPS, Storm


GOODS = 14
CALM_S = 20.0
LOOKS, LOOK_S = 10, 2.0
"""How often it is looked whether no write is open, and how far apart: longer than the horizon."""

ROWS = covering_rows({row.name: row.safe_answers for row in SWITCHES}, seed=1)
UNSAFE = [(row.name, answer) for row in SWITCHES for answer in row.unsafe]

pytestmark = pytest.mark.timeout(150)


def switches(row: Row) -> SandboxSwitches:
    """Return the switches that a row of answers sets."""
    return SandboxSwitches(**row)  # type: ignore[arg-type]  # a row holds a field's own answers


def raised(front: Shopfront) -> tuple[str, str]:
    """Return the SKU and the warehouse of the listing that a person raises."""
    return front.skus["alpha"].sku_id, front.warehouse_ids["alpha"]


def crowd(front: Shopfront) -> None:
    """Let five people at once order all that one shop shows, before the program hears of it."""
    units = front.shown()["alpha"]
    with suppress(SoldOut):
        for _ in range(5):
            front.buy("alpha", units)


def require_nothing_oversold(front: Shopfront) -> None:
    """What no moment may break."""
    assert front.shelf.oversold_units() == 0


def weather_out(front: Shopfront, row: Row, seed: int) -> None:
    """Open under these answers, let a storm blow, and then let all come to rest."""
    front.world.set_switches(switches(row))
    front.open_for_business(GOODS)
    Storm().blow(front, seed, require_nothing_oversold)
    front.drop_feed(front.shelf.on_shelf(front.pool))
    front.work(CALM_S)
    for _ in range(LOOKS):
        # Where TikTok shows less than was written, the guard goes on trying now and then.
        if front.open_writes():
            front.work(LOOK_S)


def storm_without_guard(folder: Path, seed: int) -> int:
    """Let the same storm blow over a program that only copies what is left; return oversold."""
    with shopfront(folder, modes=("observe", "observe")) as front:
        front.world.set_switches(switches(ROWS[seed]))
        front.open_for_business(GOODS)
        Storm().blow(front, seed, mirror)
        return front.shelf.oversold_units()


@pytest.mark.parametrize("seed", range(len(ROWS)))
def test_under_every_pair_of_answers_nothing_is_oversold_and_all_is_settled(
    tmp_path: Path, seed: int
) -> None:
    """At no moment of the storm, and no write is left open after it."""
    with shopfront(tmp_path) as front:
        weather_out(front, ROWS[seed], seed)

        assert front.shelf.oversold_units() == 0
        assert front.open_writes() == 0


def story(folder: Path, seed: int) -> tuple[int, int, int, float]:
    """Return how a short storm went: calls, writes, orders, and when it was over."""
    with shopfront(folder) as front:
        front.open_for_business(GOODS)
        Storm(lasts_s=10.0).blow(front, seed, require_nothing_oversold)
        orders = len(front.world.snapshot().orders)
        return len(front.calls), front.writes_made(), orders, front.now


def test_the_same_seed_is_the_same_story(tmp_path: Path) -> None:
    """A failure can be had again, notifications through the real endpoint included."""
    folders = [tmp_path / name for name in ("first", "again")]
    for folder in folders:
        folder.mkdir()
    first, again = (story(folder, 3) for folder in folders)

    assert first == again


def test_the_storms_sell_something(tmp_path: Path) -> None:
    """A guard that shows nothing would pass all the others."""
    with shopfront(tmp_path) as front:
        weather_out(front, ROWS[0], 0)

        assert len(front.world.snapshot().orders) > GOODS


@pytest.mark.parametrize("seed", [0, 8])
def test_without_the_guard_the_same_storm_oversells(tmp_path: Path, seed: int) -> None:
    """Although the goods are known at every moment: only the bound is missing."""
    assert storm_without_guard(tmp_path, seed) > 0


def test_tokens_that_expire_before_their_time_oversell_nothing(tmp_path: Path) -> None:
    """A shop that cannot be called keeps what it shows in the sum."""
    expiring = Storm(mishaps=replace(MISHAPS, token_expires_s=10.0))
    with shopfront(tmp_path) as front:
        front.open_for_business(GOODS)
        expiring.blow(front, 1, require_nothing_oversold)

        assert front.shelf.oversold_units() == 0


@pytest.mark.parametrize(("name", "answer"), UNSAFE)
def test_an_answer_that_is_named_unsafe_oversells(
    tmp_path: Path, name: str, answer: object
) -> None:
    """Guarded, and with nothing else going wrong: else the table would warn of nothing."""
    with shopfront(tmp_path) as front:
        front.world.set_switches(switches({name: answer}))
        front.open_for_business(GOODS)
        crowd(front)

        assert front.shelf.oversold_units() > 0


def test_under_the_likeliest_answers_the_same_crowd_does_not_oversell(tmp_path: Path) -> None:
    """What is shown above is the answer's doing, not the crowd's."""
    with shopfront(tmp_path) as front:
        front.world.set_switches(SandboxSwitches())
        front.open_for_business(GOODS)
        crowd(front)

        assert front.shelf.oversold_units() == 0


def test_a_person_who_raises_a_quantity_can_oversell_and_is_found_out(tmp_path: Path) -> None:
    """What is sold before the program reads it nobody prevents; after it, nothing more is."""
    with shopfront(tmp_path) as front:
        front.open_for_business(2)
        front.world.edit_stock_by_hand(*raised(front), available=9)
        front.buy("alpha", 5)
        oversold = front.shelf.oversold_units()
        front.work(CALM_S)

        assert oversold > 0
        assert front.shown() == {"alpha": 0, "beta": 0}


def test_no_answer_that_is_tried_is_beyond_the_assumption_that_bounds_it() -> None:
    """Else the proof would be of something that is promised nowhere."""
    beyond = [
        row.name
        for row in SWITCHES
        for answer in row.answers
        if row.bound_by and abs(float(answer or 0.0)) > ASSUMPTIONS[row.bound_by]
    ]

    assert beyond == []


def test_every_switch_is_proven() -> None:
    """A new one is in the rows from the day it is added."""
    assert set(ROWS[0]) == {field.name for field in fields(SandboxSwitches)}
