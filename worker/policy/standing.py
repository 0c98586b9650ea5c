"""How policies stand: what is in force, where it differs from the settings, and how it came so."""

from dataclasses import dataclass
from typing import Any

from connectors.store import policies
from connectors.store.engine import reading
from connectors.store.policies import StepRow
from reconciliation.rollout import EVERYTHING

from ..reports.moments import iso
from ..services import Services
from ..settings.environment import Values
from ..settings.policy_file import document_of
from .in_force import rollout_after, stage_of
from .stages import stage_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A setting that the policy in force has and the settings have not, and the other way."""

    setting: str
    in_settings: Any
    in_force: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What is in force: `version` in its stage, `rest_version` everywhere else.

    `policy` is the whole of it in the form of a policy file. `spread_at`: when decisions had
    been asked for on everything that the last step concerns.
    """

    version: int
    stage: str
    is_everywhere: bool
    rest_version: int
    since: str | None
    who: str | None
    why: str | None
    spread_at: str | None
    changes: tuple[Change, ...]
    policy: Values


@dataclass(frozen=True, slots=True, kw_only=True)
class StepView:
    """A step as people read it."""

    step: int
    at: str | None
    action: str
    version: int
    stage: str
    below: int
    who: str
    why: str


def standing(services: Services) -> Standing:
    """Return what is in force. Raises `ConfigFaults` for a policy that cannot be read."""
    with reading(services.engine) as connection:
        step = policies.newest(connection)
        settings = document_of(rollout_after(connection, services.settings, None).book)
        policy = document_of(rollout_after(connection, services.settings, step).book)
    stage = stage_of(step) if step is not None else EVERYTHING
    return Standing(
        version=step.version if step is not None else 0,
        stage=stage_text(stage),
        is_everywhere=stage.is_whole,
        rest_version=step.below if step is not None else 0,
        since=iso(step.at) if step is not None else None,
        who=step.who if step is not None else None,
        why=step.why if step is not None else None,
        spread_at=iso(step.spread_at) if step is not None else None,
        changes=_changes(settings, policy),
        policy=policy,
    )


def _changes(settings: Values, policy: Values) -> tuple[Change, ...]:
    """Return each setting that differs; overrides are compared as a whole, since order counts."""
    single = [
        Change(
            setting=f"{section}.{name}",
            in_settings=settings[section][name],
            in_force=policy[section][name],
        )
        for section in ("guard", "assumptions")
        for name in policy[section]
        if policy[section][name] != settings[section][name]
    ]
    ours, theirs = policy["overrides"], settings["overrides"]
    if ours == theirs:
        return tuple(single)
    return (*single, Change(setting="overrides", in_settings=theirs, in_force=ours))


def steps(services: Services) -> tuple[StepView, ...]:
    """Return every step there ever was, the newest first."""
    with reading(services.engine) as connection:
        rows = policies.all_steps(connection)
    return tuple(step_view(row) for row in reversed(rows))


def step_view(row: StepRow) -> StepView:
    """Return a step as people read it."""
    return StepView(
        step=row.step,
        at=iso(row.at),
        action=row.action.value,
        version=row.version,
        stage=stage_text(stage_of(row)),
        below=row.below,
        who=row.who,
        why=row.why,
    )
