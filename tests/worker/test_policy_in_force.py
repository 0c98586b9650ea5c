"""The policy in force: every process reads it within seconds, and decisions follow it."""

from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest

from connectors.store import policies, work_due
from connectors.store.engine import reading, writing
from reconciliation.policy import GuardPolicy
from reconciliation.quantities import Instant, Sku
from reconciliation.rollout import EVERYTHING
from worker.holding import Word
from worker.policy.applying import PolicyNotApplied, Proposal, apply, propose, take_back
from worker.policy.in_force import LOOK_AGAIN_S, TAKES_HOLD_S, PoliciesInForce
from worker.policy.preview import preview
from worker.queues import PLAN
from worker.settings.faults import ConfigFaults
from worker.steps.spread_policy import spread_policy, spread_steps

from ..support.shopfront import ITEM, Shopfront, shopfront


pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

WORD = Word(who="ann", why="a trial")
GOODS = 40


@pytest.fixture
def front(tmp_path: Path, database_url: str) -> Iterator[Shopfront]:
    """Two shops that sell forty of one item, on each kind of database."""
    with shopfront(tmp_path, database_url=database_url) as front:
        front.open_for_business(GOODS)
        yield front


def proposed(front: Shopfront, text: str = "[guard]\nsafety_units_min = 30\n") -> Proposal:
    """A policy that leaves ten, for all."""
    path = front.services.settings.data_dir / "policy.toml"
    path.write_text(text)
    return propose(front.services, path, EVERYTHING)


def apply_to(front: Shopfront, text: str = "[guard]\nsafety_units_min = 30\n") -> None:
    """Put such a policy in force."""
    apply(front.services, proposed(front, text), WORD)


def another_process(front: Shopfront) -> PoliciesInForce:
    """What another process knows of the policy."""
    return PoliciesInForce(front.services.engine, front.services.settings, front.services.clock)


def policy_of(known: PoliciesInForce) -> GuardPolicy:
    """The policy of the item."""
    return known.for_pool(partner="north", sku=Sku(ITEM))


def test_an_applied_policy_is_decided_by(front: Shopfront) -> None:
    """The running program lowers what the new safety stock no longer covers."""
    apply_to(front)

    front.work(TAKES_HOLD_S + 10.0)

    assert 0 < sum(front.shown().values()) <= GOODS - 30


def test_a_policy_that_is_taken_back_is_decided_by_no_more(front: Shopfront) -> None:
    """The listings rise again."""
    apply_to(front)
    front.work(TAKES_HOLD_S + 10.0)
    take_back(front.services, WORD)

    front.work(TAKES_HOLD_S + 20.0)

    assert sum(front.shown().values()) > GOODS - 30


def test_the_trail_names_the_version(front: Shopfront) -> None:
    """A decision says under which policy it was made."""
    apply_to(front)

    front.work(TAKES_HOLD_S + 10.0)

    decision = front.row("alpha").decision
    assert decision is not None
    assert decision["policy_version"] == 1


def test_another_process_learns_of_it_in_time(front: Shopfront) -> None:
    """What it read before counts for a moment, and then no more."""
    known = another_process(front)
    policy_of(known)
    apply_to(front)
    at_once = policy_of(known).safety_units_min
    front.now += LOOK_AGAIN_S

    assert (at_once, policy_of(known).safety_units_min) == (0, 30)


def test_a_clock_that_was_set_back_keeps_no_old_policy(front: Shopfront) -> None:
    """A moment that lies before the last look is no reason not to look."""
    known = another_process(front)
    apply_to(front)
    front.now -= 3_600.0

    assert policy_of(known).safety_units_min == 30


class _ClockThatAsks:
    """A clock that, once armed, has another thread ask for the policy while one looks."""

    def __init__(self, front: Shopfront) -> None:
        self._front = front
        self._asking: Thread | None = None
        self.calls_left = -1
        self.answers: list[int] = []
        self.known = PoliciesInForce(front.services.engine, front.services.settings, self)

    def __call__(self) -> Instant:
        """Return the moment; the second call after arming is that of the look itself."""
        self.calls_left -= 1
        if self.calls_left == 0:
            self._asking = Thread(target=self._ask)
            self._asking.start()
            # Whoever need not wait has answered by then; whoever waits goes on afterwards.
            self._asking.join(timeout=0.5)
        return Instant(self._front.now)

    def _ask(self) -> None:
        self.answers.append(policy_of(self.known).safety_units_min)

    def ask_during_a_look(self) -> int:
        """Ask while a look is under way, and return what that thread was told."""
        self.calls_left = 2
        policy_of(self.known)
        assert self._asking is not None
        self._asking.join()
        return self.answers[0]


@pytest.mark.parametrize(("age_s", "units"), [(LOOK_AGAIN_S, 0), (TAKES_HOLD_S, 30)])
def test_nobody_waits_for_a_look_until_the_old_must_not_count(
    front: Shopfront, age_s: float, units: int
) -> None:
    """One thread looks; the others go on by what was read before, but not for ever."""
    clock = _ClockThatAsks(front)
    apply_to(front)
    front.now += age_s

    assert clock.ask_during_a_look() == units


def test_what_is_previewed_is_decided(front: Shopfront) -> None:
    """On either database the targets of the running program are those of the preview."""
    foretold = preview(front.services, proposed(front), most=9).largest
    apply_to(front)
    front.work(TAKES_HOLD_S + 10.0)

    decisions = [front.row(move.shop).decision or {} for move in foretold]
    assert [each["target_units"] for each in decisions] == [move.to_units for move in foretold]


OVERLAP = "[guard]\nsafety_units_min = 30\noverlap = 'risk_bounded'\nwatched_s_min = 0.0\n"
"""Ten are left, and several listings may show the same."""


def test_a_preview_says_how_far_listings_would_overlap(front: Shopfront) -> None:
    """From each unit in one place to a race at a price."""
    (move, *_) = preview(front.services, proposed(front, OVERLAP), most=9).largest

    assert f"EAST/{ITEM} overlap none -> at a price of 15" in move.why


def test_overlap_that_is_applied_is_taken_back(front: Shopfront) -> None:
    """Listings that showed the same units show each of them once again."""
    apply_to(front, OVERLAP)
    front.work(TAKES_HOLD_S + 10.0)
    overlapping = sum(front.shown().values())
    take_back(front.services, WORD)
    front.work(TAKES_HOLD_S + 20.0)

    assert overlapping > 10
    assert sum(front.shown().values()) <= GOODS


def test_nothing_is_decided_before_every_process_knows(front: Shopfront) -> None:
    """A decision under the policy before would not be made again."""
    apply_to(front)
    front.now += 10.0
    spread_policy(front.services, "all")

    with reading(front.services.engine) as connection:
        rows = work_due.open_rows(connection, until=Instant(float("inf")))
    waits_s = [row.due_at - front.now for row in rows if row.queue == PLAN]
    assert waits_s == [pytest.approx(TAKES_HOLD_S + 0.1)]


def test_what_was_spread_is_not_spread_again(front: Shopfront) -> None:
    """A second run asks for nothing."""
    apply_to(front)
    asked = [spread_steps(front.services, lambda _done, _of: None) for _ in range(2)]

    assert asked == [1, 0]


def test_what_was_undone_before_it_was_spread_is_decided_anew(front: Shopfront) -> None:
    """Somebody may have decided under the policy in between."""
    apply_to(front)
    take_back(front.services, WORD)

    assert spread_steps(front.services, lambda _done, _of: None) == 1


def test_a_policy_that_concerns_nothing_here_asks_for_nothing(front: Shopfront) -> None:
    """Only what has another policy than before is decided anew."""
    apply_to(front, "[[overrides]]\nsku_pattern = 'CAP-*'\nsafety_units_min = 3\n")

    assert spread_steps(front.services, lambda _done, _of: None) == 0


def test_two_who_apply_at_once_do_not_overwrite_each_other(front: Shopfront) -> None:
    """Whoever comes second decided on what no longer counts, and is told so."""
    proposal = proposed(front)
    apply_to(front)

    with pytest.raises(PolicyNotApplied, match="ann changed the policy at this very moment"):
        apply(front.services, proposal, WORD)


def test_a_stored_policy_that_cannot_be_read_decides_nothing(front: Shopfront) -> None:
    """The program says which version it is; it does not fall back on another policy."""
    apply_to(front)
    with writing(front.services.engine) as connection:
        row = policies.newest(connection)
        assert row is not None
        version = policies.add_version(connection, {"guard": {"a": 1}}, now=row.at)
        policies.add_step(
            connection,
            policies.StepRow(
                action=row.action, version=version, below=1, who="ann", why="x", at=row.at
            ),
        )

    with pytest.raises(ConfigFaults, match="policy version 2"):
        another_process(front)
