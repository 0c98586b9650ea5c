"""What would change a decision: each thing that binds a listing, with what would lift it. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from connectors.store.holds import HoldRow
from reconciliation.catalog import MappingProblem
from reconciliation.guard import GuardState, Staleness
from reconciliation.policy import GuardPolicy

from .moments import iso


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """All that may bind a listing; `decision` is the last stored one, in its terms.

    `policy` is None for a listing without goods. `holds` are those in force that name it, `locks`
    what TikTok has or may have against a lower quantity, in words.
    """

    decision: Mapping[str, Any] | None
    policy: GuardPolicy | None
    problem: MappingProblem | None
    stranded_because: str
    not_written_because: str
    holds: tuple[HoldRow, ...]
    locks: tuple[str, ...] = ()


def what_would_change(facts: Circumstances) -> tuple[str, ...]:
    """Return what would change the decision, the strongest bond first; never empty."""
    if facts.problem is not None:
        return (facts.problem.remedy,)
    if facts.decision is None or facts.policy is None:
        return ("it was never decided on: run `reconcile`, or keep `up` running",)
    bonds = [
        *_writing(facts),
        *_holds(facts),
        *_goods(facts.decision),
        *_guard(facts.decision, facts.policy),
        *_obstacle(facts.decision),
    ]
    return (*(bonds or [_nothing_binds(facts.decision)]), *facts.locks)


def _writing(facts: Circumstances) -> Iterator[str]:
    if facts.stranded_because:
        yield f"{facts.stranded_because}: mend it on TikTok; the next catalogue read tries again"
    if "stopped" in facts.not_written_because:
        yield "writing is stopped: `writes start` lets it go on"
    elif facts.not_written_because:
        yield f"{facts.not_written_because}: nothing is written until its mode is `write`"


def _holds(facts: Circumstances) -> Iterator[str]:
    for hold in facts.holds:
        what = (
            f"at most {hold.units_max} shown"
            if hold.units_max is not None
            else f"{hold.set_aside_units} set aside"
        )
        yield (
            f"hold {hold.hold_id} ({what}, by {hold.who}: {hold.why}): "
            f"`release {hold.hold_id}`, or its end at {iso(hold.expires_at)}"
        )


def _goods(decision: Mapping[str, Any]) -> Iterator[str]:
    for part in decision["recipe"]:
        if not part["known"]:
            yield f"no accepted feed has named {part['pool']}: have the partner report it"
        elif part["ats_units"] < 0:
            yield (
                f"{part['pool']} is short of {-part['ats_units']}: goods must come in, or orders "
                "be cancelled, before anything can be sold"
            )


def _guard(decision: Mapping[str, Any], policy: GuardPolicy) -> Iterator[str]:
    state = GuardState(decision["state"])
    rung = Staleness[decision["staleness"].upper()]
    if rung >= Staleness.FROZEN:
        yield "the feed is stale: a fresh file from the partner"
    elif rung is Staleness.OVERDUE:
        yield "the feed is overdue by its own schedule: a fresh file from the partner"
    if state is GuardState.PAUSED:
        yield (
            f"paused: supply of {policy.resume_at_units} or more in a feed taken after the "
            f"pause ({decision['cap_rule']})"
        )
    elif state is GuardState.THROTTLED:
        yield f"throttled: it opens at a supply of {policy.open_at_units}"


def _obstacle(decision: Mapping[str, Any]) -> Iterator[str]:
    if not decision["obstacle"]:
        return
    if decision.get("waits_for_proof"):
        yield f"{decision['obstacle']}: a fresh read and order poll, which `reconcile` makes"
    else:
        yield decision["obstacle"]


def _nothing_binds(decision: Mapping[str, Any]) -> str:
    if decision["write_units"] is not None:
        return f"a write of {decision['write_units']} is due"
    if decision["target_units"] > decision["shown_units"]:
        return "the gain is too small to be worth a call: more goods, or fewer shown"
    if decision["target_units"] == decision["cap_units"]:
        return f"the rule that binds: {decision['cap_rule']}"
    return "its share of the goods: more goods, or sales that move the shares"
