"""Policies as they were applied: every version whole, and the steps by which it came into force.

Nothing is changed or deleted: a version is taken back by a step that puts the one below it in
force again. The newest step says what counts.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, func, select

from reconciliation.quantities import Instant

from . import locks
from .engine import AnyRow
from .tables import POLICY_STEPS, POLICY_VERSIONS


class Action(StrEnum):
    """What a step did."""

    APPLIED = "applied"
    TAKEN_BACK = "taken_back"


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRow:
    """A step as it is stored: from then on `version` counts in its stage, `below` elsewhere.

    A stage without limits has a `share_ratio` of 1, no `shops` and no `sku_pattern`. `spread_at`
    is when decisions had been asked for on all that the step concerns, None until then.
    """

    step: int = 0
    action: Action
    version: int
    below: int
    share_ratio: float = 1.0
    shops: tuple[str, ...] = ()
    sku_pattern: str = ""
    who: str
    why: str
    at: Instant
    spread_at: Instant | None = None


def own(connection: Connection) -> None:
    """Let one transaction at a time apply policies, until it ends."""
    locks.lock_ledger(connection, "policies")


def add_version(connection: Connection, document: Mapping[str, Any], *, now: Instant) -> int:
    """Store a policy and return its version: one more than the last. Call `own` first."""
    last = connection.execute(select(func.max(POLICY_VERSIONS.c.version))).scalar_one()
    version = (last or 0) + 1
    connection.execute(
        POLICY_VERSIONS.insert().values(version=version, document=dict(document), made_at=now)
    )
    return version


def document_of(connection: Connection, version: int) -> Mapping[str, Any]:
    """Return a version's policy. Raises `LookupError` if there never was one."""
    query = select(POLICY_VERSIONS.c.document).where(POLICY_VERSIONS.c.version == version)
    found: Mapping[str, Any] | None = connection.execute(query).scalar_one_or_none()
    if found is None:
        raise LookupError(f"there is no policy version {version}")
    return found


def add_step(connection: Connection, row: StepRow) -> int:
    """Store a step (its number is given by the store) and return its number."""
    inserted = connection.execute(
        POLICY_STEPS.insert()
        .values(
            action=row.action.value,
            version=row.version,
            below=row.below,
            share_ratio=row.share_ratio,
            shops=list(row.shops),
            sku_pattern=row.sku_pattern,
            who=row.who,
            why=row.why,
            at=row.at,
        )
        .returning(POLICY_STEPS.c.step)
    )
    return int(inserted.scalar_one())


def newest(connection: Connection) -> StepRow | None:
    """Return the step that counts, None while there never was one."""
    row = connection.execute(_newest()).one_or_none()
    return None if row is None else _step(row)


@cache
def _newest() -> Select[*tuple[Any, ...]]:
    return select(POLICY_STEPS).order_by(POLICY_STEPS.c.step.desc()).limit(1)


def all_steps(connection: Connection) -> tuple[StepRow, ...]:
    """Return every step there ever was, the oldest first."""
    rows = connection.execute(select(POLICY_STEPS).order_by(POLICY_STEPS.c.step))
    return tuple(_step(row) for row in rows)


def mark_spread(connection: Connection, *, up_to_step: int, now: Instant) -> None:
    """Note that decisions were asked for on all that these steps concern."""
    connection.execute(
        POLICY_STEPS.update()
        .where(POLICY_STEPS.c.step <= up_to_step, POLICY_STEPS.c.spread_at.is_(None))
        .values(spread_at=now)
    )


def _step(row: AnyRow) -> StepRow:
    return StepRow(
        step=row.step,
        action=Action(row.action),
        version=row.version,
        below=row.below,
        share_ratio=row.share_ratio,
        shops=tuple(row.shops),
        sku_pattern=row.sku_pattern,
        who=row.who,
        why=row.why,
        at=row.at,
        spread_at=row.spread_at,
    )
