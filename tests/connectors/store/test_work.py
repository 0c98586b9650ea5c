"""The queue of record: what is asked for is never lost, and never done by two at once."""

from concurrent.futures import ThreadPoolExecutor

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from connectors.store import work, work_due
from connectors.store.engine import open_engine, reading, writing
from connectors.store.tables import METADATA
from connectors.store.work_rows import Job
from reconciliation.quantities import Instant


NOW = Instant(1_000.0)
SOON = Instant(1_010.0)
LATER = Instant(2_000.0)


def ask(engine: Engine, key: str = "k", *, due_at: Instant = NOW, rank: int = 0) -> None:
    """Ask for a key on the queue of these tests."""
    with writing(engine) as connection:
        work.ask(connection, "q", [key], due_at=due_at, rank=rank)


def claim(engine: Engine, key: str = "k", *, now: Instant = NOW, holder: str = "a") -> Job | None:
    """Claim a key for ten seconds."""
    with writing(engine) as connection:
        return work.claim(connection, "q", key, holder=holder, now=now, for_s=10.0)


def finish(engine: Engine, job: Job) -> None:
    """Finish a claimed job."""
    with writing(engine) as connection:
        work.finish(connection, job)


def due(engine: Engine, now: Instant = NOW) -> list[tuple[str, str]]:
    """Return what is due."""
    with reading(engine) as connection:
        return work_due.due(connection, now, most=10)


def test_asking_twice_is_asking_once(engine: Engine) -> None:
    """Two requests for a key are worked off by one job."""
    ask(engine)
    ask(engine)
    job = claim(engine)
    assert job is not None
    finish(engine, job)

    assert due(engine) == []


def test_a_request_during_the_work_is_not_lost(engine: Engine) -> None:
    """What is asked for while a job runs is due again when it ends."""
    ask(engine)
    job = claim(engine)
    assert job is not None
    ask(engine)
    finish(engine, job)

    assert due(engine) == [("q", "k")]


def test_a_later_request_during_the_work_keeps_its_own_time(engine: Engine) -> None:
    """A job that asks to come back later is not due at once because it was due before."""
    ask(engine)
    job = claim(engine)
    assert job is not None
    ask(engine, due_at=LATER)
    finish(engine, job)

    assert due(engine) == []
    assert due(engine, LATER) == [("q", "k")]


def test_an_earlier_request_brings_the_time_forward(engine: Engine) -> None:
    """The earliest of several requests decides when a row is due."""
    ask(engine, due_at=LATER)
    ask(engine, due_at=NOW)
    ask(engine, due_at=LATER)

    assert due(engine) == [("q", "k")]


def test_a_claimed_row_is_nobody_elses(engine: Engine) -> None:
    """A second worker gets nothing while the first one's lease lasts."""
    ask(engine)
    claim(engine, holder="a")

    assert claim(engine, holder="b") is None


def test_a_dead_workers_row_comes_back_when_its_lease_ends(engine: Engine) -> None:
    """A row whose worker died is claimed by another after the lease."""
    ask(engine)
    claim(engine, holder="a")

    again = claim(engine, now=Instant(SOON + 1), holder="b")

    assert again is not None
    assert again.attempts == 2


def test_a_late_request_does_not_push_back_what_a_dead_worker_owes(engine: Engine) -> None:
    """A row whose worker died is due when its lease ends, whatever was asked for later."""
    ask(engine)
    claim(engine, holder="a")
    ask(engine, due_at=LATER)

    assert claim(engine, now=Instant(SOON + 1), holder="b") is not None


def test_a_claim_that_is_kept_outlives_its_first_lease(engine: Engine) -> None:
    """A long job that says that it is alive is nobody else's."""
    ask(engine)
    job = claim(engine, holder="a")
    assert job is not None
    with writing(engine) as connection:
        work.keep_claimed(connection, [job], until=LATER)

    assert claim(engine, now=Instant(SOON + 1), holder="b") is None


def test_a_sign_of_life_that_comes_too_late_claims_nothing(engine: Engine) -> None:
    """A job that ended while its process gave a sign of life stays free for the next request."""
    ask(engine)
    job = claim(engine, holder="a")
    assert job is not None
    finish(engine, job)
    with writing(engine) as connection:
        work.keep_claimed(connection, [job], until=LATER)
    ask(engine)

    assert claim(engine, holder="b") is not None


def test_what_one_transaction_does_is_done_with_it(engine: Engine) -> None:
    """A row that is looked at and finished at the end asks for another run of its own."""
    ask(engine)
    with writing(engine) as connection:
        (job,) = work_due.look_at(connection, "q", ["k"], NOW)
        work.finish_at_the_end(connection, job)
        work.ask(connection, "q", ["k"], due_at=LATER)

    assert due(engine) == []
    assert due(engine, LATER) == [("q", "k")]


def test_what_was_asked_for_after_a_look_stays_due(engine: Engine) -> None:
    """A request that comes between the look and its end is not taken for done."""
    ask(engine)
    with reading(engine) as connection:
        (job,) = work_due.look_at(connection, "q", ["k"], NOW)
    ask(engine)
    with writing(engine) as connection:
        work.finish_at_the_end(connection, job)

    assert due(engine) == [("q", "k")]


def test_of_several_keys_those_that_are_free_are_claimed(engine: Engine) -> None:
    """They come in the order in which they were named; what another has is left to it."""
    ask(engine, "us/raise")
    ask(engine, "us/oversell")
    ask(engine, "us/taken")
    claim(engine, "us/taken", holder="b")
    with writing(engine) as connection:
        wanted = ["us/oversell", "us/taken", "us/raise", "us/unknown"]
        jobs = work.claim_some(connection, "q", wanted, holder="a", now=NOW, for_s=10.0)

    assert [job.key for job in jobs] == ["us/oversell", "us/raise"]


def test_the_key_that_is_named_comes_before_the_urgent_ones(engine: Engine) -> None:
    """Whoever is rung for a row finds it among those that a round takes."""
    ask(engine, "plain", rank=5)
    ask(engine, "urgent", rank=0)
    ask(engine, "urgent too", rank=1)
    with reading(engine) as connection:
        keys = work_due.due_keys(connection, "q", NOW, most=2, first="plain")

    assert keys == ("plain", "urgent")


def test_keys_under_a_name_hide_no_others(engine: Engine) -> None:
    """Nor those under another whose name begins like it."""
    for key in ("us/a", "us/b", "usa/c", "uk/d"):
        ask(engine, key)
    with reading(engine) as connection:
        keys = work_due.due_keys_not_under(connection, "q", NOW, names={"us"}, most=9)

    assert set(keys) == {"usa/c", "uk/d"}


def test_a_worker_that_was_overtaken_finishes_nothing(engine: Engine) -> None:
    """A frozen worker that wakes after its lease cannot mark another's claim as done."""
    ask(engine)
    frozen = claim(engine, holder="a")
    other = claim(engine, now=Instant(SOON + 1), holder="b")
    assert frozen is not None
    assert other is not None
    finish(engine, frozen)

    assert due(engine, Instant(LATER + 1)) == [("q", "k")]


def test_a_failed_job_comes_back_with_its_error(engine: Engine) -> None:
    """A job that is given back is due again at its time."""
    ask(engine)
    job = claim(engine)
    assert job is not None
    with writing(engine) as connection:
        work.come_back(connection, job, due_at=SOON, error="TikTok is away")

    assert due(engine) == []
    assert due(engine, SOON) == [("q", "k")]


def test_lower_ranks_go_first(engine: Engine) -> None:
    """Of what is due, decreases are found before increases."""
    ask(engine, "raise", rank=5)
    ask(engine, "oversell", rank=0)

    assert due(engine) == [("q", "oversell"), ("q", "raise")]


def test_a_facts_time_is_the_oldest_that_waits(engine: Engine) -> None:
    """Of several facts that ask for one job, the oldest is handed on."""
    with writing(engine) as connection:
        work.ask(connection, "q", ["k"], due_at=NOW, fact_at=Instant(900.0))
        work.ask(connection, "q", ["k"], due_at=NOW, fact_at=Instant(950.0))
    job = claim(engine)

    assert job is not None
    assert job.fact_at == 900.0


def test_many_workers_claim_a_row_once(engine: Engine) -> None:
    """Of eight threads that claim one row at once, exactly one gets it."""
    ask(engine)
    with ThreadPoolExecutor(8) as pool:
        jobs = list(pool.map(lambda n: claim(engine, holder=str(n)), range(8)))

    assert sum(job is not None for job in jobs) == 1


STEPS = st.lists(st.sampled_from(["ask", "claim", "finish", "die"]), max_size=25)


@given(STEPS)
@settings(max_examples=60, deadline=None)
def test_whatever_happens_an_open_request_is_found_again(steps: list[str]) -> None:
    """After any history the last request is done, or is due once all leases are over."""
    engine = open_engine("sqlite://")
    with writing(engine) as connection:
        METADATA.create_all(connection)
    asked = done = 0
    now, job = NOW, None
    for step in steps:
        if step == "ask":
            asked += 1
            ask(engine, due_at=now)
        elif step == "claim" and job is None:
            job = claim(engine, now=now)
        elif step == "finish" and job is not None:
            finish(engine, job)
            done, job = job.version, None
        elif step == "die":
            now, job = Instant(now + 11), None
    found = due(engine, Instant(now + 11))
    engine.dispose()

    assert bool(found) == (asked > done)


def test_waiting_for_another_is_no_failure(engine: Engine) -> None:
    """A job that had to wait comes back with no more attempts than before."""
    ask(engine)
    job = claim(engine)
    assert job is not None
    with writing(engine) as connection:
        work.come_back(connection, job, due_at=NOW, failed=False)
    again = claim(engine)

    assert again is not None
    assert again.attempts == 1


def test_a_request_during_a_failing_run_keeps_its_time(engine: Engine) -> None:
    """What was asked for now, while a job failed, does not wait out the job's pause."""
    ask(engine)
    job = claim(engine)
    assert job is not None
    ask(engine)
    with writing(engine) as connection:
        work.come_back(connection, job, due_at=LATER, error="TikTok is away")

    assert due(engine) == [("q", "k")]


def test_a_row_that_was_put_off_is_brought_forward_to_the_end_of_a_pause(
    engine: Engine,
) -> None:
    """Asking again does not make a failing row fail at once again, and again."""
    ask(engine)
    job = claim(engine)
    assert job is not None
    with writing(engine) as connection:
        work.come_back(connection, job, due_at=Instant(NOW + 300.0), error="away")
    for _ in range(2):
        with writing(engine) as connection:
            work.ask(connection, "q", ["k"], due_at=NOW)

    assert due(engine, Instant(NOW + work.PAUSE_S - 0.1)) == []
    assert due(engine, Instant(NOW + work.PAUSE_S)) == [("q", "k")]


def test_a_row_that_waits_for_its_turn_is_brought_forward_at_once(engine: Engine) -> None:
    """It has not failed: a pause is for failures."""
    ask(engine, due_at=LATER)
    with writing(engine) as connection:
        work.ask(connection, "q", ["k"], due_at=NOW)

    assert due(engine) == [("q", "k")]
