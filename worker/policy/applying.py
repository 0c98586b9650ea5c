"""Applies a policy in stages, takes it back, and tells what is in force and how it came so.

An applied policy is a new version, kept whole for ever. A step puts it in force for a part or
for all; another step takes it back. One version is on its way at a time: while it counts for a
part only, another cannot be begun.
"""

from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import Connection

from connectors.store import policies, trail, work
from connectors.store.engine import reading, writing
from connectors.store.policies import Action, StepRow
from connectors.store.trail import Event
from reconciliation.policy import PolicyBook
from reconciliation.rollout import Rollout, Stage

from ..holding import Word
from ..queues import POLICY
from ..services import Services
from ..settings.policy_file import document_of, read_policy
from .in_force import PoliciesInForce, rollout_after, stage_of
from .stages import stage_text


SUBJECT = "policy"
"""The trail's subject for steps of a policy."""


class PolicyNotApplied(ValueError):
    """A step that cannot be made now; `cause` and `remedy` are for people."""

    def __init__(self, cause: str, remedy: str) -> None:
        """Keep both halves apart, and join them for people."""
        super().__init__(f"{cause}; {remedy}")
        self.cause = cause
        self.remedy = remedy


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A policy that might be applied next: over what counts now, and what would count then.

    `version` is the one on its way where the file says what that says, else a new one.
    """

    now: Rollout
    then: Rollout
    last_step: int

    @property
    def is_new(self) -> bool:
        """Tell whether it is another policy than the newest that was applied."""
        return self.then.version != self.now.version


def propose(services: Services, path: Path, stage: Stage) -> Proposal:
    """Read a policy file and return what applying it would make of what counts now.

    Raises `ConfigFaults` for a faulty file, and `PolicyNotApplied` where another version is on
    its way, or the file changes nothing.
    """
    with reading(services.engine) as connection:
        step = policies.newest(connection)
        now = rollout_after(connection, services.settings, step)
    book = read_policy(path, services.settings, now.book)
    then = _extended(now, stage) if _same(book, now.book) else _begun(now, book, stage)
    return Proposal(now=now, then=then, last_step=0 if step is None else step.step)


def _same(one: PolicyBook, other: PolicyBook) -> bool:
    return document_of(one) == document_of(other)


def _extended(now: Rollout, stage: Stage) -> Rollout:
    """Return the version that is on its way, given to another part or to all."""
    if now.stage.is_whole or now.stage == stage:
        where = "everywhere" if now.stage.is_whole else f"for {stage_text(now.stage)}"
        raise PolicyNotApplied(
            f"this is what counts {where} already",
            "change the file, or name another stage; `policy show` tells what is in force",
        )
    return Rollout(
        version=now.version,
        book=now.book,
        stage=stage,
        rest_version=now.rest_version,
        rest=now.rest,
    )


def _begun(now: Rollout, book: PolicyBook, stage: Stage) -> Rollout:
    """Return a new version in place of the one that counts everywhere."""
    if not now.stage.is_whole:
        raise PolicyNotApplied(
            f"version {now.version} counts for {stage_text(now.stage)} only so far",
            "apply that one to all, or take it back, before another is begun",
        )
    return Rollout(
        # The store gives the number; until then it only has to be another.
        version=now.version + 1,
        book=book,
        stage=stage,
        rest_version=now.version,
        rest=now.book,
    )


def apply(services: Services, proposal: Proposal, word: Word) -> StepRow:
    """Put a proposal in force, and ask for the work that follows; return the step.

    Raises `PolicyNotApplied` where somebody else made a step since it was proposed.
    """
    now, stage = services.now(), proposal.then.stage
    with writing(services.engine) as connection:
        policies.own(connection)
        _require_newest(connection, proposal.last_step)
        version = proposal.then.version
        if proposal.is_new:
            document = document_of(proposal.then.book)
            version = policies.add_version(connection, document, now=now)
        row = StepRow(
            action=Action.APPLIED,
            version=version,
            below=proposal.then.rest_version,
            share_ratio=stage.share_ratio,
            shops=stage.shops,
            sku_pattern=stage.sku_pattern,
            who=word.who.strip(),
            why=word.why.strip(),
            at=now,
        )
        made = _make(connection, row)
    _look_again(services)
    return made


def take_back(services: Services, word: Word) -> StepRow:
    """Put the version below the newest in force again, everywhere; return the step.

    Raises `PolicyNotApplied` where the settings' own policy counts.
    """
    now = services.now()
    with writing(services.engine) as connection:
        policies.own(connection)
        steps = policies.all_steps(connection)
        if not steps or steps[-1].version == 0:
            raise PolicyNotApplied(
                "the settings' own policy counts: there is nothing to take back",
                "change the settings, or apply a policy file",
            )
        below = steps[-1].below
        row = StepRow(
            action=Action.TAKEN_BACK,
            version=below,
            below=_below(steps, below),
            who=word.who.strip(),
            why=word.why.strip(),
            at=now,
        )
        made = _make(connection, row)
    _look_again(services)
    return made


def _below(steps: tuple[StepRow, ...], version: int) -> int:
    """Return the version below one; nothing is below the settings' own."""
    return next((step.below for step in reversed(steps) if step.version == version), 0)


def _require_newest(connection: Connection, last_step: int) -> None:
    newest = policies.newest(connection)
    if newest is not None and newest.step != last_step:
        raise PolicyNotApplied(
            f"{newest.who} changed the policy at this very moment: {newest.why}",
            "look at `policy show`, and then apply again",
        )


def _make(connection: Connection, row: StepRow) -> StepRow:
    """Store a step with its event, and ask for what follows from it."""
    step = policies.add_step(connection, row)
    detail = {
        "version": row.version,
        "below": row.below,
        "stage": stage_text(stage_of(row)),
        "who": row.who,
        "why": row.why,
    }
    event = f"policy_{row.action.value}"
    trail.note(connection, Event(at=row.at, event=event, subject=SUBJECT, detail=detail))
    work.ask(connection, POLICY, ["all"], due_at=row.at)
    return replace(row, step=step)


def _look_again(services: Services) -> None:
    """Have this process act on the step at once; others do within seconds."""
    if isinstance(services.policies, PoliciesInForce):
        services.policies.look_again()
