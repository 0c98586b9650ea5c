"""A policy by itself: a file of [guard], [[overrides]] and [assumptions], or a stored document.

A file says what is to change: a setting or section that it leaves out stays as it is. What is
stored is always the whole policy, so that it means the same whatever came before it.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from reconciliation.policy import GuardPolicy, Override, PolicyBook
from reconciliation.quantities import SkuCase

from .contradictions import contradictions
from .environment import Values
from .faults import ConfigFault, ConfigFaults, Finding, did_you_mean, place_of
from .lines import line_at
from .model import AgreeingAssumptions, OverrideTable, Settings
from .references import reference_findings
from .section import Section
from .toml_file import TomlFile, read_toml
from .translation import findings_of
from .values import policy_book_of


class PolicyForm(Section):
    """A whole policy, as a file or a stored document has it."""

    guard: GuardPolicy
    overrides: tuple[OverrideTable, ...]
    assumptions: AgreeingAssumptions


SECTIONS = tuple(PolicyForm.model_fields)
"""What a policy file may say."""


def read_policy(path: Path, settings: Settings, below: PolicyBook) -> PolicyBook:
    """Return the policy that a file makes of the one `below` it.

    Raises `ConfigFaults` with everything that is wrong, as the settings do.
    """
    file = read_toml(path, absent="name a policy file that is there", other="name another file")
    if not file.values:
        remedy = "write what is to change into [guard], [[overrides]] or [assumptions]"
        raise ConfigFaults([ConfigFault(place=str(path), problem="says nothing", remedy=remedy)])
    form, findings = _validated(_over(document_of(below), file.values), settings)
    findings = [*_foreign(file.values), *findings]
    if findings or form is None:
        raise ConfigFaults(_placed(findings, path, file))
    return _book(form, settings.catalog.sku_case)


def document_of(book: PolicyBook) -> Values:
    """Return a policy as plain data: whole, and in the form of the settings."""
    return {
        "guard": asdict(book.defaults),
        "overrides": [_table(override) for override in book.overrides],
        "assumptions": asdict(book.assumptions),
    }


def book_of(document: Mapping[str, Any], *, named: str, case: SkuCase) -> PolicyBook:
    """Return the policy of a stored document; a setting that it does not know has its default.

    Raises `ConfigFaults`, which say that it is `named`, where this program cannot read it.
    """
    try:
        return _book(PolicyForm.model_validate(dict(document)), case)
    except ValidationError as error:
        raise ConfigFaults(
            [
                ConfigFault(
                    place=f"{named}, {place_of(found.loc)}",
                    problem=found.problem,
                    remedy="run the version of the program that applied it, and take it back",
                )
                for found in findings_of(error)
            ]
        ) from None


def _book(form: PolicyForm, case: SkuCase) -> PolicyBook:
    return policy_book_of(form.guard, form.overrides, form.assumptions, case)


def _table(override: Override) -> Values:
    matchers = {name: getattr(override, name) for name in ("shop", "partner", "sku_pattern")}
    return {name: value for name, value in matchers.items() if value} | dict(override.changes)


def _over(below: Values, said: Values) -> Values:
    """Return the policy below with what a file says laid over it; a list of overrides is whole."""
    merged = {**below, **{name: said[name] for name in SECTIONS if name in said}}
    for name in ("guard", "assumptions"):
        if isinstance(merged[name], dict):
            merged[name] = below[name] | merged[name]
    return merged


def _validated(values: Values, settings: Settings) -> tuple[PolicyForm | None, list[Finding]]:
    names: dict[str, Values] = {
        "shops": {name: {} for name in settings.shops},
        "partners": {name: {} for name in settings.partners},
    }
    whole = values | names
    together = [*reference_findings(whole), *contradictions(whole)]
    try:
        return PolicyForm.model_validate(values), together
    except ValidationError as error:
        return None, [*findings_of(error), *together]


def _foreign(said: Values) -> Iterator[Finding]:
    """Find the sections that are no part of a policy."""
    for name in said:
        if name in Settings.model_fields and name not in SECTIONS:
            remedy = "leave it to the configuration"
            yield Finding(loc=(name,), problem="is no part of a policy", remedy=remedy)
        elif name not in SECTIONS:
            remedy = did_you_mean(name, SECTIONS)
            yield Finding(loc=(name,), problem="is not a setting", remedy=remedy)


def _placed(findings: Iterable[Finding], path: Path, file: TomlFile) -> list[ConfigFault]:
    faults = dict.fromkeys(
        ConfigFault(
            place=f"{path}: {place_of(each.loc)}",
            line=line_at(file.lines, each.loc),
            problem=each.problem,
            remedy=each.remedy,
        )
        for each in findings
    )
    return sorted(faults, key=lambda fault: (fault.line or 0, fault.place))
