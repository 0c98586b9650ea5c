"""Policies as they are stored: every version and every step stays, and the newest step counts."""

from dataclasses import replace

import pytest
from sqlalchemy import Engine

from connectors.store import policies
from connectors.store.engine import reading, writing
from connectors.store.policies import Action, StepRow
from reconciliation.quantities import Instant, later


NOW = Instant(1_000.0)

STEP = StepRow(
    action=Action.APPLIED,
    version=1,
    below=0,
    share_ratio=0.1,
    shops=("alpha",),
    sku_pattern="TEE-*",
    who="ann",
    why="a trial",
    at=NOW,
)


def add(engine: Engine, *steps: StepRow) -> list[int]:
    """Store steps and return their numbers."""
    with writing(engine) as connection:
        return [policies.add_step(connection, step) for step in steps]


def all_steps(engine: Engine) -> tuple[StepRow, ...]:
    """Every step that is stored."""
    with reading(engine) as connection:
        return policies.all_steps(connection)


def test_without_steps_nothing_was_applied(engine: Engine) -> None:
    """The settings count."""
    with reading(engine) as connection:
        assert policies.newest(connection) is None


def test_a_step_is_found_as_it_was_stored(engine: Engine) -> None:
    """Its stage, and who said so, why and when."""
    (number,) = add(engine, STEP)

    assert all_steps(engine) == (replace(STEP, step=number),)


def test_the_newest_step_counts(engine: Engine) -> None:
    """Whatever its moment: clocks may differ, numbers do not."""
    add(engine, STEP, replace(STEP, version=2, below=1, at=later(NOW, -5.0)))

    with reading(engine) as connection:
        newest = policies.newest(connection)
    assert newest is not None
    assert newest.version == 2


def test_versions_are_numbered_from_one(engine: Engine) -> None:
    """Zero is the settings'."""
    with writing(engine) as connection:
        policies.own(connection)
        numbers = [policies.add_version(connection, {"n": n}, now=NOW) for n in (1, 2)]
        found = policies.document_of(connection, 2)

    assert (numbers, found) == ([1, 2], {"n": 2})


def test_a_version_that_never_was_is_refused(engine: Engine) -> None:
    """Nothing stands for it."""
    with reading(engine) as connection, pytest.raises(LookupError, match="no policy version 7"):
        policies.document_of(connection, 7)


def test_a_step_is_marked_as_spread_once(engine: Engine) -> None:
    """Later steps are left to their own marks, and a mark stays as it is."""
    first, _second = add(engine, STEP, STEP)
    with writing(engine) as connection:
        policies.mark_spread(connection, up_to_step=first, now=NOW)
        policies.mark_spread(connection, up_to_step=first, now=later(NOW, 9.0))

    assert [step.spread_at for step in all_steps(engine)] == [NOW, None]
