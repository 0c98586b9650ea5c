"""Deliveries by state and content, decisions once for all, and what a rollback puts back."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import IntegrityError

from connectors.store import filed, intake, rollback, unmapped
from connectors.store.engine import writing
from connectors.store.filed import Decided, State
from connectors.store.intake import Delivery, PoolRow
from connectors.store.rollback import Restored, Zeros
from connectors.store.standing import ROLLBACK, Decision
from connectors.store.tables import RECIPE_LINES
from reconciliation.catalog import PoolKey
from reconciliation.feed import FeedRow
from reconciliation.feed_gate import Fate
from reconciliation.quantities import Instant, Sku


@pytest.fixture
def connection(engine: Engine) -> Iterator[Connection]:
    """A transaction on an empty record."""
    with writing(engine) as connection:
        yield connection


def deliver(
    connection: Connection, verdict: str = "accept", *, at: float = 100.0, sha256: str = "a"
) -> int:
    """Store a delivery of the feed."""
    return intake.record_delivery(
        connection,
        Delivery(
            feed="east",
            file_name=f"{at:.0f}.csv",
            sha256=sha256,
            arrived_at=Instant(at),
            as_of=Instant(at),
            verdict=verdict,
            reasons=(),
            rows_accepted=1,
            rows_refused=0,
        ),
    )


def take(connection: Connection, at: float, *, sha256: str = "", **units: int) -> int:
    """Store a delivery that states these units as of a moment, and put them in force."""
    number = deliver(connection, at=at, sha256=sha256 or f"of {at}")
    rows = [
        FeedRow(sku=Sku(sku), units=count, as_of=Instant(at), row=2)
        for sku, count in units.items()
    ]
    intake.put_in_force(connection, number, feed="east", warehouse="EAST", stated=rows)
    return number


def decided(connection: Connection, about: int, decision: Decision, made: int) -> None:
    """Store what somebody decided."""
    filed.decide(
        connection,
        Decided(
            delivery_id=about,
            decision=decision,
            made_id=made,
            who="ann",
            why="asked",
            at=Instant(900.0),
        ),
    )


def take_back(connection: Connection, about: int) -> tuple[Restored, ...]:
    """Take a delivery back; what nobody else states is 0 as of 50."""
    made = deliver(connection, ROLLBACK, sha256="of 100.0")
    decided(connection, about, Decision.ROLL_BACK, made)
    zeros = Zeros(delivery_id=made, feed="east", as_of=Instant(50.0))
    return rollback.restore(connection, about, zeros)


def pool(connection: Connection, sku: str) -> PoolRow:
    """Return what is in force of an item."""
    key = PoolKey(warehouse="EAST", sku=Sku(sku))
    return intake.load_pools(connection, [key])[key]


# --- states ----------------------------------------------------------------------------------


def test_a_state_follows_from_verdict_and_decision(connection: Connection) -> None:
    """Nothing is changed in a delivery itself."""
    one, two, three = (
        deliver(connection, each) for each in ("accept", "quarantine", "quarantine")
    )
    decided(connection, one, Decision.ROLL_BACK, deliver(connection, ROLLBACK))
    decided(connection, two, Decision.APPROVE, deliver(connection, "accept"))
    decided(connection, three, Decision.REFUSE, deliver(connection, "refuse"))
    deliver(connection, "quarantine")

    found = filed.newest(connection, most=9)
    assert [each.state for each in reversed(found)] == [
        State.ROLLED_BACK,
        State.APPROVED,
        State.REFUSED,
        State.ROLLBACK,
        State.TAKEN,
        State.REFUSED,
        State.QUARANTINED,
    ]


@pytest.mark.parametrize("state", State)
def test_a_state_can_be_asked_for(connection: Connection, state: State) -> None:
    """However many others came since."""
    decided(connection, deliver(connection), Decision.ROLL_BACK, deliver(connection, ROLLBACK))
    waiting = deliver(connection, "quarantine")
    decided(connection, waiting, Decision.APPROVE, deliver(connection))
    for verdict in ("quarantine", "refuse"):
        deliver(connection, verdict)

    found = filed.newest(connection, feed="east", state=state, most=1)
    assert [each.state for each in found] == [state]


def test_a_decision_is_made_once(connection: Connection) -> None:
    """Whoever comes second cannot undo it unseen."""
    waiting = deliver(connection, "quarantine")
    decided(connection, waiting, Decision.APPROVE, deliver(connection))

    with pytest.raises(IntegrityError), connection.begin_nested():
        decided(connection, waiting, Decision.REFUSE, deliver(connection, "refuse"))


def test_a_decision_is_found_from_both_sides(connection: Connection) -> None:
    """From the file that it is about and from the delivery that it made."""
    waiting = deliver(connection, "quarantine")
    made = deliver(connection)
    decided(connection, waiting, Decision.APPROVE, made)

    about, by = filed.load(connection, waiting), filed.load(connection, made)
    assert about is not None
    assert by is not None
    assert about.decided == by.decided
    assert filed.load(connection, 99) is None


def test_a_decision_about_a_file_counts_it_once(connection: Connection) -> None:
    """Punctuality looks at files: neither at a rollback, nor at an approved file twice."""
    waiting = deliver(connection, "quarantine")
    decided(connection, waiting, Decision.APPROVE, deliver(connection))
    wrong = deliver(connection)
    decided(connection, wrong, Decision.ROLL_BACK, deliver(connection, ROLLBACK))

    found = intake.deliveries_since(connection, Instant(0.0))["east"]
    assert [each.verdict for each in found] == ["accept", "accept"]


# --- contents --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("verdict", "decision", "made", "fate"),
    [
        ("accept", None, "", Fate.TAKEN),
        ("quarantine", None, "", Fate.WAITS),
        ("quarantine", Decision.REFUSE, "refuse", Fate.REFUSED),
        ("quarantine", Decision.APPROVE, "accept", Fate.TAKEN),
        ("accept", Decision.ROLL_BACK, ROLLBACK, Fate.TAKEN_BACK),
        ("refuse", None, "", None),  # by the gate alone, which looks anew
    ],
)
def test_a_contents_fate_is_what_was_last_said_of_it(
    connection: Connection, verdict: str, decision: Decision | None, made: str, fate: Fate | None
) -> None:
    """By the gate or, where one decided, by a person."""
    number = deliver(connection, verdict, sha256="b")
    if decision is not None:
        sha256 = "c" if decision is Decision.ROLL_BACK else "b"
        decided(connection, number, decision, deliver(connection, made, sha256=sha256))

    earlier = filed.earlier(connection, "east", "b")
    assert (earlier and earlier.fate) == fate
    assert filed.earlier(connection, "east", "x") is None


def test_a_content_first_arrived_when_it_first_arrived(connection: Connection) -> None:
    """Whatever became of it then."""
    for at in (300.0, 200.0, 400.0):
        deliver(connection, "refuse", at=at)

    assert filed.first_arrival(connection, "east", "a") == 200.0
    assert filed.first_arrival(connection, "east", "x") is None


def test_contents_are_needed_while_they_wait_or_count(connection: Connection) -> None:
    """What a newer file has replaced is not."""
    take(connection, 100.0, sha256="old", TEE=5)
    take(connection, 200.0, sha256="half", TEE=5, MUG=2)
    take(connection, 300.0, sha256="new", TEE=4)
    deliver(connection, "quarantine", sha256="waits")
    deliver(connection, "refuse", sha256="refused")

    assert filed.hashes_needed(connection, "east") == {"half", "new", "waits"}


# --- what is in force ------------------------------------------------------------------------


def test_a_rollback_restores_each_pool_with_its_own_moment(connection: Connection) -> None:
    """From whichever standing file stated it last."""
    take(connection, 100.0, TEE=5, MUG=7)
    second = take(connection, 200.0, TEE=6)
    wrong = take(connection, 300.0, TEE=0, MUG=0)
    take_back(connection, wrong)

    tee, mug = pool(connection, "TEE"), pool(connection, "MUG")
    assert (tee.snapshot_units, tee.as_of, tee.delivery_id) == (6, 200.0, second)
    assert (mug.snapshot_units, mug.as_of) == (7, 100.0)


def test_a_rollback_tells_what_it_changed(connection: Connection) -> None:
    """Each pool with its units before and now."""
    take(connection, 100.0, TEE=5)
    restored = take_back(connection, take(connection, 200.0, TEE=9))

    assert [(each.pool.sku, each.before_units, each.units) for each in restored] == [("TEE", 9, 5)]


def test_a_rollback_leaves_alone_what_a_newer_file_states(connection: Connection) -> None:
    """Only what the wrong file put in force is taken out of it."""
    take(connection, 100.0, TEE=5, MUG=7)
    wrong = take(connection, 200.0, TEE=0, MUG=0)
    take(connection, 300.0, TEE=4)
    take_back(connection, wrong)

    assert (pool(connection, "TEE").snapshot_units, pool(connection, "MUG").snapshot_units) == (
        4,
        7,
    )


def test_what_nobody_else_states_becomes_nothing(connection: Connection) -> None:
    """As of the moment that is handed in, so that whatever comes next counts."""
    take(connection, 100.0, TEE=5)
    take_back(connection, take(connection, 200.0, TEE=5, NEW=90))
    new = pool(connection, "NEW")
    take(connection, 150.0, NEW=3)

    assert (new.snapshot_units, new.as_of) == (0, 50.0)
    assert pool(connection, "NEW").snapshot_units == 3


def test_a_file_that_was_taken_back_is_not_the_last(connection: Connection) -> None:
    """Neither for the gate nor for the feed's age."""
    take(connection, 100.0, TEE=5)
    take_back(connection, take(connection, 200.0, TEE=9))

    last = intake.last_accepted(connection, "east")
    assert last is not None
    assert dict(last.units) == {"TEE": 5}
    assert intake.newest_as_of(connection) == {"east": 100.0}
    assert [each.delivery.as_of for each in filed.standing(connection, "east", most=9)] == [100.0]


def test_a_last_file_has_its_columns(connection: Connection) -> None:
    """Where they were kept."""
    number = take(connection, 100.0, TEE=5)
    before = intake.last_accepted(connection, "east")
    filed.keep_details(connection, number, header=("sku", "qty"), seen={"notes": []})
    after = intake.last_accepted(connection, "east")

    assert (before and before.header, after and after.header) == ((), ("sku", "qty"))
    assert filed.details(connection, number) == {"notes": []}
    assert filed.details(connection, 99) == {}


@pytest.mark.parametrize(("feed", "units"), [("east", 9), ("other", 5)])
def test_a_correction_of_the_same_moment_counts_for_its_own_feed(
    connection: Connection, feed: str, units: int
) -> None:
    """Another feed that speaks of the same moment corrects nothing."""
    take(connection, 100.0, TEE=5)
    row = FeedRow(sku=Sku("TEE"), units=9, as_of=Instant(100.0), row=2)
    number = deliver(connection)
    intake.put_in_force(connection, number, feed=feed, warehouse="EAST", stated=[row])

    assert pool(connection, "TEE").snapshot_units == units


def test_items_that_listings_sell_are_told(connection: Connection) -> None:
    """Each once, however many listings sell it."""
    take(connection, 100.0, TEE=5, MUG=2, CAP=1)
    for shop in ("alpha", "beta"):
        connection.execute(
            RECIPE_LINES.insert().values(
                shop=shop,
                product_id="1",
                sku_id="2",
                warehouse_id="3",
                warehouse="EAST",
                sku="TEE",
                units=1,
            )
        )

    assert unmapped.sold_skus(connection, "EAST") == {"TEE"}
