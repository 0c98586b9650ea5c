"""quota: what waits for a shop's calls, by class of write, and nothing changed by asking."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from connectors.store import tallies, work
from connectors.store.engine import writing
from reconciliation.quantities import Instant
from reconciliation.verdict import WriteClass
from worker.cli.endings import ExitCode
from worker.metrics.tally import canonical
from worker.queues import ORDERS, PUSH

from .cli_rig import NOON, SHOPS, Rig


NOW = Instant(NOON)
TOLD_TO_WAIT = "HTTP 429 from TikTok: too many requests"


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    """Two shops in which nothing waits."""
    return Rig(tmp_path)


def ask(rig: Rig, *products: str, rank: WriteClass = WriteClass.RAISE, age_s: float = 0.0) -> None:
    """Ask for writes to products of alpha, as of some seconds ago."""
    with rig.services() as services, writing(services.engine) as connection:
        keys = [f"alpha/{product}" for product in products]
        work.ask(connection, PUSH, keys, due_at=Instant(NOON - age_s), rank=rank)


def claim(rig: Rig, product: str, *, tried_again_in_s: float | None = None) -> None:
    """Claim a product of alpha; where told so, fail as TikTok's 429 makes it fail."""
    with rig.services() as services, writing(services.engine) as connection:
        job = work.claim(connection, PUSH, f"alpha/{product}", holder="a", now=NOW, for_s=20.0)
        assert job is not None
        if tried_again_in_s is not None:
            due_at = Instant(NOON + tried_again_in_s)
            work.come_back(connection, job, due_at=due_at, error=TOLD_TO_WAIT)


def count(rig: Rig, calls: Mapping[tuple[str, str], float]) -> None:
    """Count calls for alpha, by API and outcome."""
    with rig.services() as services, writing(services.engine) as connection:
        labels = {
            canonical({"shop": "alpha", "operation": api, "outcome": outcome}): value
            for (api, outcome), value in calls.items()
        }
        tallies.add(connection, {("tiktok_calls", said): n for said, n in labels.items()})


def told(rig: Rig, shop: str = "alpha") -> Any:  # noqa: ANN401 - whatever the command answers
    """What the command says of one shop."""
    (found,) = rig.run("quota", "--shop", shop, "--json").document["shops"]
    return found


def pushes(rig: Rig, shop: str = "alpha") -> dict[str, tuple[int, int, int, float | None]]:
    """What waits to be written: due, at work and later, and the longest due, by class."""
    return {
        each["write_class"]: (each["due"], each["at_work"], each["put_off"], each["oldest_s"])
        for each in told(rig, shop)["waiting"]
        if each["queue"] == PUSH
    }


def test_what_waits_is_told_by_class_with_the_longest_due(rig: Rig) -> None:
    """The most urgent first, each with its number and its oldest."""
    ask(rig, "p1", "p2", age_s=90.0)
    ask(rig, "p3", age_s=30.0)
    ask(rig, "p4", rank=WriteClass.OVERSELL_DECREASE, age_s=1.5)

    assert list(pushes(rig).items()) == [
        ("oversell_decrease", (1, 0, 0, 1.5)),
        ("raise", (3, 0, 0, 90.0)),
    ]


def test_what_is_at_work_or_comes_later_is_not_due(rig: Rig) -> None:
    """A claimed product is at work; one that was put off comes later."""
    ask(rig, "p1", "p2", "p3", age_s=10.0)
    claim(rig, "p1")
    claim(rig, "p2", tried_again_in_s=30.0)

    assert pushes(rig) == {"raise": (1, 1, 1, 10.0)}


def test_a_finished_write_waits_no_more(rig: Rig) -> None:
    """What is done is not told."""
    ask(rig, "p1")
    with rig.services() as services, writing(services.engine) as connection:
        job = work.claim(connection, PUSH, "alpha/p1", holder="a", now=NOW, for_s=20.0)
        assert job is not None
        work.finish(connection, job)

    assert pushes(rig) == {}


def test_another_shops_work_is_not_told(rig: Rig) -> None:
    """Nor that of a shop whose name only begins alike."""
    ask(rig, "p1")
    with rig.services() as services, writing(services.engine) as connection:
        work.ask(connection, PUSH, ["alphabet/p1"], due_at=NOW)

    assert (sum(each[0] for each in pushes(rig).values()), pushes(rig, "beta")) == (1, {})


def test_other_work_that_calls_the_shop_has_no_class(rig: Rig) -> None:
    """Orders are polled under a quota of their own."""
    with rig.services() as services, writing(services.engine) as connection:
        work.ask(connection, ORDERS, ["alpha"], due_at=NOW)

    assert [(e["queue"], e["write_class"], e["due"]) for e in told(rig)["waiting"]] == [
        (ORDERS, None, 1)
    ]


def test_what_a_429_puts_off_is_told_with_its_reason(rig: Rig) -> None:
    """TikTok's word, how many wait because of it, and when the first is tried again."""
    ask(rig, "p1", "p2")
    claim(rig, "p1", tried_again_in_s=30.0)
    claim(rig, "p2", tried_again_in_s=20.0)

    assert told(rig)["delays"] == [
        {"queue": PUSH, "reason": TOLD_TO_WAIT, "rows": 2, "next_at": "2023-11-14T22:13:40Z"}
    ]


def test_a_delay_that_is_over_is_no_longer_told(rig: Rig) -> None:
    """Once its time has come, the product is due like any other."""
    ask(rig, "p1")
    claim(rig, "p1", tried_again_in_s=20.0)
    rig.clock.sleep(20.0)

    assert told(rig)["delays"] == []


def test_calls_are_told_by_api(rig: Rig) -> None:
    """All of them, and those of them that were answered and told to wait."""
    count(rig, {("write_stock", "ok"): 7, ("write_stock", "try_later"): 2})
    count(rig, {("write_stock", "outcome_unknown"): 1})

    assert told(rig)["calls"] == [{"api": "write_stock", "calls": 10, "answered": 7, "put_off": 2}]


def test_what_was_written_of_late_is_told_by_class(rig: Rig) -> None:
    """One lamp put on sale just now, and nothing of longer ago than a minute."""
    rig.list_sku()
    rig.take_in(LAMP=20)
    rig.run("reconcile")
    lately = told(rig)["written"]
    rig.clock.sleep(600.0)

    assert (lately, told(rig)["written"]) == (
        [{"write_class": "raise_from_zero", "quantities": 1}],
        [],
    )


def test_the_limit_is_told_with_what_is_kept_for_decreases(rig: Rig) -> None:
    """Of fifty calls a second 45 are used, and a fifth of these is for decreases."""
    report = rig.run("quota", "--json").document

    assert [report[n] for n in ("limit_per_s", "used_per_s", "for_decreases_per_s")] == [
        50.0,
        45.0,
        9.0,
    ]


def test_every_shop_is_told_where_none_is_named(rig: Rig) -> None:
    """All that are configured, even if nothing waits."""
    found = rig.run("quota", "--json").document["shops"]

    assert tuple(each["shop"] for each in found) == SHOPS


def test_a_person_reads_it_as_tables(rig: Rig) -> None:
    """Class and reason are there in words."""
    ask(rig, "p1", age_s=90.0)
    ask(rig, "p2", rank=WriteClass.PAUSE)
    claim(rig, "p2", tried_again_in_s=30.0)
    shown = rig.run("quota").out

    assert [word in shown for word in ("1 min 30 s", "pause", TOLD_TO_WAIT)] == [True] * 3


def test_an_unknown_shop_is_refused_with_the_one_that_was_meant(rig: Rig) -> None:
    """A mistyped name gets what comes close."""
    answer = rig.run("quota", "--shop", "alpa")

    assert (answer.code, "did you mean alpha?" in answer.err) == (ExitCode.BAD_USAGE, True)


def test_asking_changes_nothing_and_calls_nobody(rig: Rig) -> None:
    """What was due before is due after, and TikTok has not been touched."""
    ask(rig, "p1", age_s=5.0)
    before, looked = pushes(rig), rig.look()
    rig.run("quota")

    assert (pushes(rig), rig.look()) == (before, looked)
