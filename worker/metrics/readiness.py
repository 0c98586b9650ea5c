"""Whether this installation can do its work, check by check, for `/readyz`.

A broker that is away only degrades: the record is swept for due work, and nothing is lost.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, partial

from sqlalchemy import Connection

from connectors.store import counts, schema
from connectors.store.database_clock import database_now
from connectors.store.engine import reading
from reconciliation.quantities import Instant

from ..services import Services


CLOCK_OFFSET_S_MAX = 2.0
"""How far our clock may be from the database's; more, and leases end at the wrong time."""

WORK_AGE_S_MAX = 90.0
"""How long work may be due. A dead worker's claim runs out after 60 s; then another takes it."""

Broker = Callable[[], str]
"""Says what is wrong with the broker, in words without secrets; empty if nothing is."""

DatabaseClock = Callable[[Connection], Instant | None]
"""Tells the moment by the database's clock, None where it has none of its own."""


class CheckState(StrEnum):
    """How one check ended."""

    OK = "ok"
    DEGRADED = "degraded"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was looked at, how it is, and what it means."""

    name: str
    state: CheckState
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    """All checks that could be made."""

    checks: tuple[Check, ...]

    @property
    def state(self) -> CheckState:
        """The worst of all checks."""
        states = {check.state for check in self.checks}
        worst_first = (CheckState.FAILED, CheckState.DEGRADED)
        return next((each for each in worst_first if each in states), CheckState.OK)


def no_broker() -> str:
    """Find nothing wrong: in one process the broker is its own memory."""
    return ""


def unanswered() -> Readiness:
    """Return what is said where the checks themselves have not come to an end."""
    return Readiness(checks=(_check("record", "it has not answered in time"),))


def look(
    services: Services, broker: Broker, *, clock_of: DatabaseClock = database_now
) -> Readiness:
    """Make all checks. Never raises."""
    return Readiness(checks=(*_record_checks(services, clock_of), _broker_check(broker)))


def _record_checks(services: Services, clock_of: DatabaseClock) -> Iterator[Check]:
    """Check the record; where it does not answer, the rest cannot be known."""
    steps: dict[str, Callable[[Services], str]] = {
        "record": _record_fault,
        "schema": _schema_fault,
        "clock": partial(_clock_fault, clock_of=clock_of),
        "work": _work_fault,
    }
    for name, fault_of in steps.items():
        try:
            yield _check(name, fault_of(services))
        except Exception as error:  # noqa: BLE001 - whatever fails is what is asked for
            yield _check(name, f"it cannot be looked at ({type(error).__name__})")
            return


def _check(name: str, fault: str) -> Check:
    state = CheckState.FAILED if fault else CheckState.OK
    return Check(name=name, state=state, detail=fault or "as it should be")


def _record_fault(services: Services) -> str:
    with reading(services.engine):
        return ""


def _schema_fault(services: Services) -> str:
    found = schema.revision(services.engine)
    if found == _head():
        return ""
    return f"it is at {found}, this program needs {_head()}: run `python -m worker migrate`"


@cache
def _head() -> str:
    return schema.head()


def _clock_fault(services: Services, clock_of: DatabaseClock) -> str:
    with reading(services.engine) as connection:
        before = services.now()
        theirs = clock_of(connection)
        between = Instant((before + services.now()) / 2)
    offset_s = abs(between - theirs) if theirs is not None else 0.0
    if offset_s < CLOCK_OFFSET_S_MAX:
        return ""
    return f"it is {offset_s:.1f} s from the database's: set both by a time server"


def _work_fault(services: Services) -> str:
    now = services.now()
    with reading(services.engine) as connection:
        due = counts.oldest_due(connection, now)
    late = {queue: now - at for queue, at in due.items() if now - at > WORK_AGE_S_MAX}
    if not late:
        return ""
    queue = max(late, key=lambda each: late[each])
    return f"{queue} has been due for {late[queue]:.0f} s: see that workers and scheduler run"


def _broker_check(broker: Broker) -> Check:
    try:
        fault = broker()
    except Exception as error:  # noqa: BLE001 - a broker may fail in any way
        fault = f"it cannot be looked at ({type(error).__name__})"
    state = CheckState.DEGRADED if fault else CheckState.OK
    return Check(name="broker", state=state, detail=fault or "as it should be")
