"""The quarantine desk: what is decided is in force, on the listings too, and stays decided."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from connectors.feeds.errors import FileGone
from connectors.store import spares, trail
from connectors.store.engine import reading
from connectors.store.filed import State
from reconciliation.catalog import PoolKey
from reconciliation.quantities import Instant, Sku
from tests.support.shopfront import ITEM, Shopfront
from worker.feed_desk import NotApproved, NotDecided, Settled, approve, refuse, roll_back
from worker.holding import Word
from worker.reports.lookup import Unknown
from worker.services import Services

from .feed_rig import (
    ANN,
    count_of_deliveries,
    follow,
    in_force,
    kept,
    last,
    opened,
    pool,
    receipt,
    send,
)


Decide = Callable[[Services, int, Word], Settled]


@pytest.fixture
def front(tmp_path: Path) -> Iterator[Shopfront]:
    """Two hundred of an item in two shops, stated by a file, with twelve others beside it."""
    with opened(tmp_path, 200) as front:
        yield front


def quarantined(front: Shopfront, units: int = 80, name: str = "odd.csv") -> int:
    """Have a file held because its other items are at 0; return its number."""
    front.pass_time(60.0)
    send(front, units, fillers=0, name=name)
    front.work(3.0)
    assert last(front).state is State.QUARANTINED
    return last(front).delivery_id


# --- approve ---------------------------------------------------------------------------------


def test_what_waits_is_not_in_force(front: Shopfront) -> None:
    """The last good file counts, on the listings too."""
    before = front.shown()
    quarantined(front, 80)

    assert (in_force(front), front.shown()) == (200, before)


def test_an_approved_file_is_in_force_and_on_the_listings(front: Shopfront) -> None:
    """As if the gate had let it pass: the listings follow."""
    number = quarantined(front, 80)
    approve(front.services, number, ANN)
    front.work(8.0)

    assert (in_force(front), in_force(front, "SPARE-00")) == (80, 0)
    assert follow(front, 80)


def test_an_approved_file_lies_in_the_archive_and_its_partner_is_told(front: Shopfront) -> None:
    """Its receipt says that it counts now, and why, but not who said so."""
    number = quarantined(front)
    approve(front.services, number, ANN)

    told = receipt(front, "odd.csv")
    assert ("odd.csv" in kept(front, "archive"), kept(front, "quarantine")) == (True, [])
    assert (told["outcome"], told["delivery"]) == ("taken", last(front).delivery_id)
    assert "the partner was asked" in told["decided"]
    assert "ann" not in str(told).replace("quantity", "")


def test_an_approval_is_in_the_trail_with_who_and_why(front: Shopfront) -> None:
    """Whoever asks later finds the person."""
    number = quarantined(front)
    approve(front.services, number, ANN)

    with reading(front.services.engine) as connection:
        event = trail.events_of(connection, ["east"], "feed", since=Instant(0.0))[-1]
    assert (event.detail["who"], event.detail["why"]) == (ANN.who, ANN.why)
    assert event.detail["ruling"] == "accept"


@pytest.mark.parametrize("act", [approve, refuse])
def test_nothing_is_decided_twice(front: Shopfront, act: Decide) -> None:
    """The second of two people is told what became of it, and changes nothing."""
    number = quarantined(front)
    refuse(front.services, number, ANN)
    before = count_of_deliveries(front)

    with pytest.raises(NotDecided, match="it is refused"):
        act(front.services, number, ANN)
    assert count_of_deliveries(front) == before


@pytest.mark.parametrize("act", [approve, refuse])
def test_what_does_not_wait_is_not_decided(front: Shopfront, act: Decide) -> None:
    """A taken file is rolled back, not refused; a number that stands for nothing is named."""
    with pytest.raises(NotDecided, match="it is taken"):
        act(front.services, last(front).delivery_id, ANN)
    with pytest.raises(Unknown, match="no delivery 99"):
        act(front.services, 99, ANN)


def test_an_approval_never_puts_old_figures_over_new_ones(front: Shopfront) -> None:
    """A newer file came meanwhile: the old one is not put in force, and still waits."""
    number = quarantined(front, 80)
    front.pass_time(60.0)
    send(front, 60)
    front.work(3.0)

    with pytest.raises(NotApproved, match="before the last accepted file"):
        approve(front.services, number, ANN)
    assert in_force(front) == 60
    refuse(front.services, number, ANN)  # still possible


def test_an_approval_needs_the_very_file(front: Shopfront) -> None:
    """A file that somebody changed in quarantine is not what was judged."""
    number = quarantined(front)
    (path,) = (front.services.inboxes["east"].home / "quarantine").rglob("*.csv")
    path.write_text("sku,quantity,as_of\n")

    with pytest.raises(FileGone, match="not what was judged"):
        approve(front.services, number, ANN)
    assert in_force(front) == 200


# --- refuse ----------------------------------------------------------------------------------


def test_a_refused_file_changes_nothing_and_its_partner_is_told(front: Shopfront) -> None:
    """With what spoke against it and what the person said."""
    before = front.shown()
    refuse(front.services, quarantined(front), ANN)
    front.work(3.0)

    told = receipt(front, "odd.csv")
    assert (in_force(front), front.shown(), kept(front, "rejected")) == (200, before, ["odd.csv"])
    assert (told["outcome"], len(told["reasons"])) == ("refused", 1)
    assert "the partner was asked" in told["decided"]


def test_a_refused_content_that_comes_again_stays_refused(front: Shopfront) -> None:
    """A person's word on it stands; nobody is asked twice."""
    refuse(front.services, quarantined(front), ANN)
    again = front.services.inboxes["east"].home / "rejected"
    (path,) = again.rglob("*.csv")
    front.drop_file(path.read_text(), "again.csv")
    front.work(3.0)

    told = receipt(front, "again.csv")
    assert (last(front).state, in_force(front)) == (State.REFUSED, 200)
    assert "refused the same content" in told["reasons"][0]["cause"]


def test_what_waits_is_asked_for_once(front: Shopfront) -> None:
    """The same file again while it waits: one decision, and the file stays in quarantine."""
    number = quarantined(front)
    (path,) = (front.services.inboxes["east"].home / "quarantine").rglob("*.csv")
    front.drop_file(path.read_text(), "odd.csv")
    front.work(3.0)

    told = receipt(front, "odd.csv")
    assert (told["outcome"], told["repeats"]) == ("quarantined", number)
    assert kept(front, "quarantine") == ["odd.csv"]
    approve(front.services, number, ANN)
    assert in_force(front) == 80


# --- roll back -------------------------------------------------------------------------------


def taken(front: Shopfront, units: int, name: str, more: str = "") -> None:
    """Have a file taken a minute later."""
    front.pass_time(60.0)
    send(front, units, name=name, more=more)
    front.work(4.0)
    assert last(front).state is State.TAKEN


def test_a_rollback_puts_the_file_before_back_on_the_listings(front: Shopfront) -> None:
    """Thirty was wrong and is shown; after it two hundred are on sale again."""
    taken(front, 30, "wrong.csv")
    front.work(8.0)
    assert follow(front, 30)

    settled = roll_back(front.services, "east", ANN)
    front.work(30.0)

    assert (in_force(front), follow(front, 200)) == (200, True)
    assert settled.pools_changed == 13


def test_a_rollback_of_too_many_lowers_the_listings(front: Shopfront) -> None:
    """The dangerous side: what the wrong file added is taken off sale at once."""
    front.shelf.receive(front.pool, 300)
    taken(front, 500, "wrong.csv")
    front.work(30.0)
    assert sum(front.shown().values()) > 200

    roll_back(front.services, "east", ANN)
    front.work(8.0)

    assert follow(front, 200)


def test_restored_figures_are_as_old_as_they_are(front: Shopfront) -> None:
    """They keep their own as-of: whatever was ordered since comes off them."""
    before = pool(front)
    front.buy("alpha", 2)
    front.work(4.0)
    taken(front, 198, "wrong.csv")
    roll_back(front.services, "east", ANN)
    front.work(8.0)

    assert pool(front) == before
    assert follow(front, 198)


def test_a_rollback_is_a_fact_of_its_own_and_deletes_nothing(front: Shopfront) -> None:
    """Who took back what is kept; the file that was taken back is kept too."""
    first = last(front).delivery_id
    taken(front, 30, "wrong.csv")
    wrong = last(front).delivery_id
    settled = roll_back(front.services, "east", ANN)

    found, restored = last(front), pool(front)
    assert (settled.delivery_id, settled.restored_id) == (wrong, first)
    assert (found.state, found.decided and found.decided.who) == (State.ROLLBACK, "ann")
    assert (found.delivery.as_of, count_of_deliveries(front)) == (restored and restored.as_of, 3)
    assert "wrong.csv" in kept(front, "archive")
    assert receipt(front, "wrong.csv")["outcome"] == "rolled_back"


def test_what_only_the_wrong_file_named_goes_to_nothing(front: Shopfront) -> None:
    """Nobody vouches for it any more: left unknown, its listing would stay as it is."""
    taken(front, 200, "wrong.csv", more="NEW,90,2027-01-15T08:00:00Z\n")
    assert in_force(front, "NEW") == 90

    roll_back(front.services, "east", ANN)

    assert (in_force(front, "NEW"), in_force(front)) == (0, 200)


def test_a_corrected_file_counts_after_a_rollback(front: Shopfront) -> None:
    """Of the very moment that the wrong one spoke of, or later."""
    taken(front, 30, "wrong.csv")
    as_of = last(front).delivery.as_of
    roll_back(front.services, "east", ANN)
    send(front, 170, name="mended.csv", as_of=as_of)
    front.work(4.0)

    assert (last(front).state, in_force(front)) == (State.TAKEN, 170)


def test_the_wrong_file_does_not_come_back_by_itself(front: Shopfront) -> None:
    """Sent again, a person looks; who approves it has it in force again."""
    taken(front, 30, "wrong.csv")
    wrong = next(
        path for path in (front.services.inboxes["east"].home / "archive").rglob("*wrong.csv")
    ).read_text()
    roll_back(front.services, "east", ANN)
    front.drop_file(wrong, "again.csv")
    front.work(4.0)

    assert (last(front).state, in_force(front)) == (State.QUARANTINED, 200)
    approve(front.services, last(front).delivery_id, ANN)
    assert in_force(front) == 30


def test_rollbacks_go_back_one_file_at_a_time(front: Shopfront) -> None:
    """Down to the first, which stays: there is nothing before it."""
    taken(front, 120, "second.csv")
    taken(front, 70, "third.csv")
    found = []
    for _ in range(2):
        roll_back(front.services, "east", ANN)
        found.append(in_force(front))

    assert found == [120, 200]
    with pytest.raises(NotDecided, match="only file"):
        roll_back(front.services, "east", ANN)
    with pytest.raises(Unknown, match="no feed 'west'"):
        roll_back(front.services, "west", ANN)


def test_an_approved_file_can_be_rolled_back(front: Shopfront) -> None:
    """A person's mistake has a way back too."""
    approve(front.services, quarantined(front, 80), ANN)
    roll_back(front.services, "east", ANN)
    front.work(30.0)

    assert (in_force(front), in_force(front, "SPARE-00")) == (200, 5)
    assert follow(front, 200)


def test_the_next_file_is_judged_by_the_restored_one(front: Shopfront) -> None:
    """Not by the one that was taken back, whose rows would seem lost or new."""
    front.pass_time(60.0)
    approve(front.services, quarantined(front, 80), ANN)
    roll_back(front.services, "east", ANN)
    taken(front, 190, "good.csv")

    assert in_force(front) == 190


def test_what_was_taken_back_is_no_delivery_of_goods(front: Shopfront) -> None:
    """A rise that never was does not stand among the rises that are told."""
    taken(front, 900, "wrong.csv")
    roll_back(front.services, "east", ANN)

    pools = [PoolKey(warehouse="EAST", sku=Sku(ITEM))]
    with reading(front.services.engine) as connection:
        risen = spares.deliveries_to(connection, pools, Instant(0.0))
    assert risen[pools[0]].units == ()
