"""What files leave out: gone or as it was, as declared; on the listings too, and undone."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.store.filed import State
from reconciliation.feed_coverage import FeedScope, MissingRows
from tests.support.shopfront import ITEM, Shopfront, iso
from worker.feed_desk import approve, roll_back
from worker.reports.deliveries import delivery_report

from .feed_rig import ANN, declare, follow, in_force, last, opened, pool, receipt, stock


@pytest.fixture
def front(tmp_path: Path) -> Iterator[Shopfront]:
    """Two hundred of an item in force, and twelve others; what a file leaves out is gone."""
    with opened(tmp_path, 200) as front:
        declare(front, missing_rows=MissingRows.ZERO)
        yield front


def drop(front: Shopfront, without: tuple[str, ...] = (), name: str = "less.csv") -> None:
    """Have a file taken a minute later that leaves some SKUs out."""
    front.pass_time(60.0)
    rows = {sku: units for sku, units in stock(200).items() if sku not in without}
    text = "".join(f"{sku},{units},{iso(front.now)}\n" for sku, units in rows.items())
    front.drop_file(f"sku,quantity,as_of\n{text}", name)
    front.work(4.0)


def test_what_a_full_file_leaves_out_is_off_sale(front: Shopfront) -> None:
    """None are left, and the listings show none."""
    drop(front, (ITEM,))
    front.work(8.0)

    assert (last(front).state, in_force(front), sum(front.shown().values())) == (State.TAKEN, 0, 0)


def test_where_it_is_kept_nothing_is_off_sale(front: Shopfront) -> None:
    """What is not declared does not happen."""
    declare(front, missing_rows=MissingRows.KEEP)
    drop(front, (ITEM,))

    assert (last(front).state, in_force(front)) == (State.TAKEN, 200)


def test_a_sku_may_have_to_be_gone_from_several_files(front: Shopfront) -> None:
    """One file without it is an accident, two are a statement."""
    declare(front, missing_rows=MissingRows.ZERO_AFTER, zero_after_files=2)
    found = []
    for name in ("first.csv", "second.csv"):
        drop(front, (ITEM,), name)
        found.append(in_force(front))

    assert found == [200, 0]


def test_a_sku_whose_row_was_refused_was_not_left_out(front: Shopfront) -> None:
    """Of two files in a row one named it, in words that nobody could read."""
    declare(front, missing_rows=MissingRows.ZERO_AFTER, zero_after_files=2)
    front.pass_time(60.0)
    rows = "".join(f"{sku},5,{iso(front.now)}\n" for sku in stock(0) if sku != ITEM)
    front.drop_file(f"sku,quantity,as_of\n{ITEM},many,{iso(front.now)}\n{rows}", "first.csv")
    front.work(4.0)
    found = []
    for name in ("second.csv", "third.csv"):
        drop(front, (ITEM,), name)
        found.append(in_force(front))

    assert found == [200, 0]


def test_an_approved_file_tells_which_of_its_rows_were_refused(front: Shopfront) -> None:
    """As one that was taken by itself."""
    declare(front, missing_rows=MissingRows.ZERO_AFTER, zero_after_files=2)
    front.pass_time(60.0)
    rows = "".join(f"{sku},0,{iso(front.now)}\n" for sku in stock(0) if sku != ITEM)
    front.drop_file(f"sku,quantity,as_of\n{ITEM},many,{iso(front.now)}\n{rows}", "zeros.csv")
    front.work(4.0)
    approve(front.services, last(front).delivery_id, ANN)
    drop(front, (ITEM,), "next.csv")

    assert in_force(front) == 200


def test_what_is_gone_is_told_beside_the_rows(front: Shopfront) -> None:
    """It is no row of the file: the partner reads how many SKUs are at 0 for their absence."""
    drop(front, (ITEM, "SPARE-00"))

    rows = receipt(front, "less.csv")["rows"]
    assert (rows["gone"], rows["good"], rows["read"]) == (2, 11, 11)
    assert last(front).delivery.rows_accepted == 11


def test_what_was_gone_before_is_not_lost_again(front: Shopfront) -> None:
    """A zero by absence is no row of the last file: the next one has lost nothing."""
    drop(front, (ITEM,), "first.csv")
    drop(front, (ITEM,), "second.csv")

    figures = delivery_report(front.services, last(front).delivery_id).figures
    assert (figures["last_rows"], figures["lost_rows"], figures["gone_rows"]) == (12, 0, 0)


def test_half_an_export_does_not_zero_the_other_half(front: Shopfront) -> None:
    """The gate comes first, and holds what lost too much."""
    drop(front, tuple(stock(200))[:7])

    assert (last(front).state, in_force(front)) == (State.QUARANTINED, 200)


def test_zeros_by_absence_count_with_those_stated(front: Shopfront) -> None:
    """Three of thirteen rows may be lost, and more than a fifth at 0 waits: either way of 0."""
    drop(front, (ITEM, "SPARE-00", "SPARE-01"))

    reasons = receipt(front, "less.csv")["reasons"]
    assert (last(front).state, in_force(front)) == (State.QUARANTINED, 200)
    assert "3 of 13 SKUs that had units are at 0 now" in reasons[0]["cause"]


def test_an_approved_file_takes_off_sale_what_it_leaves_out(front: Shopfront) -> None:
    """A person has seen how many those are."""
    drop(front, (ITEM, "SPARE-00", "SPARE-01"))
    approve(front.services, last(front).delivery_id, ANN)
    front.work(8.0)

    assert (in_force(front), sum(front.shown().values())) == (0, 0)


def test_a_rollback_undoes_what_was_gone(front: Shopfront) -> None:
    """With the file that left it out: two hundred are on sale again, as old as they are."""
    before = pool(front)
    drop(front, (ITEM,))
    roll_back(front.services, "east", ANN)
    front.work(30.0)

    assert (pool(front), follow(front, 200)) == (before, True)


def test_a_rollback_of_the_file_after_leaves_it_gone(front: Shopfront) -> None:
    """What the file before said by leaving it out is in force again."""
    drop(front, (ITEM,), "first.csv")
    drop(front, (), "second.csv")
    assert in_force(front) == 200

    roll_back(front.services, "east", ANN)

    assert in_force(front) == 0


def test_what_is_named_again_under_its_old_moment_counts(front: Shopfront) -> None:
    """A row's own moment is when the partner last touched it: it must not stay at 0 for ever."""
    before = pool(front)
    drop(front, (ITEM,), "first.csv")
    assert before is not None
    front.pass_time(60.0)
    rows = "".join(f"{sku},5,{iso(front.now)}\n" for sku in stock(0) if sku != ITEM)
    text = f"sku,quantity,as_of\n{ITEM},200,{iso(before.as_of)}\n{rows}"
    front.drop_file(text, "again.csv")
    front.work(8.0)

    found = pool(front)
    assert found is not None
    assert (found.snapshot_units, found.as_of) == (200, before.as_of)
    assert follow(front, 200)


# --- deltas ----------------------------------------------------------------------------------


def delta(front: Shopfront, units: int, name: str, *, late_s: float = 0.0) -> None:
    """Have a delta of the item alone taken a minute later, that was made some time ago."""
    declare(front, scope=FeedScope.DELTA, missing_rows=MissingRows.KEEP)
    front.pass_time(60.0)
    moment = iso(front.now - late_s)
    front.drop_file(f"sku,quantity,as_of\n{ITEM},{units},{moment}\n", name)
    front.work(4.0)


def test_an_empty_delta_changes_nothing(front: Shopfront) -> None:
    """It is taken, and its partner told."""
    declare(front, scope=FeedScope.DELTA, missing_rows=MissingRows.KEEP)
    front.pass_time(60.0)
    front.drop_file("sku,quantity,as_of\n", "empty.csv")
    front.work(4.0)

    assert (last(front).state, in_force(front)) == (State.TAKEN, 200)
    assert receipt(front, "empty.csv")["outcome"] == "taken"


def test_a_late_delta_zeroes_what_no_other_names(front: Shopfront) -> None:
    """The one made after it came before it, about another item: this one is sold out all along."""
    declare(front, scope=FeedScope.DELTA, missing_rows=MissingRows.KEEP)
    front.pass_time(60.0)
    front.drop_file(f"sku,quantity,as_of\nSPARE-00,4,{iso(front.now)}\n", "second.csv")
    front.work(4.0)
    delta(front, 0, "first.csv", late_s=90.0)
    front.work(8.0)

    assert (in_force(front), sum(front.shown().values())) == (0, 0)


def test_a_late_row_does_not_undo_a_newer_one(front: Shopfront) -> None:
    """It is kept as a fact, and changes nothing."""
    delta(front, 150, "second.csv")
    delta(front, 190, "first.csv", late_s=90.0)

    assert (last(front).state, in_force(front)) == (State.TAKEN, 150)
    assert "1 row is older" in receipt(front, "first.csv")["notes"][0]


# --- rows of other warehouses ----------------------------------------------------------------


def test_rows_of_other_warehouses_are_told(front: Shopfront) -> None:
    """To the partner and to whoever looks at the delivery, an unknown code first."""
    declare(front, warehouse_column="site", warehouse_codes=("E",), other_warehouse_codes=("W",))
    front.pass_time(60.0)
    rows = [*((sku, "E") for sku in stock(200)), ("A", "W"), ("B", "W"), ("C", "?")]
    text = "".join(f"{sku},5,{iso(front.now)},{site}\n" for sku, site in rows)
    front.drop_file(f"sku,quantity,as_of,site\n{text}", "sites.csv")
    front.work(4.0)

    told = [
        {"code": "?", "rows": 1, "known": False},
        {"code": "W", "rows": 2, "known": True},
    ]
    report = delivery_report(front.services, last(front).delivery_id)
    assert (receipt(front, "sites.csv")["elsewhere"], list(report.elsewhere)) == (told, told)
