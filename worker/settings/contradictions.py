"""Settings that are right one by one and wrong together: policies, dialects, feeds without files.

Each rule between policy fields is about two of them, so whatever contradiction any SKU can meet
is met with at most two overrides by SKU pattern applied. These are all tried; not a sample.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from functools import cache
from itertools import combinations, pairwise

from pydantic import TypeAdapter, ValidationError

from reconciliation.policy import GuardPolicy, Override, PolicyFault
from reconciliation.quantities import SkuCase

from .drops import REMEDY, left_out, problem
from .environment import Values
from .faults import Finding
from .feeds import FeedSettings
from .model import read_override
from .pulls import pull_faults
from .references import overrides_of, table_of
from .shape import known_keys
from .translation import findings_in, names_in
from .values import coverage_of, dialect_of


PATTERNS_AT_ONCE = 2
"""A rule is about two fields at most, and each gets its value from one place."""

Numbered = tuple[int, Override]
"""An override and its position in the file."""


def contradictions(values: Values) -> Iterator[Finding]:
    """Find what is wrong together. What is wrong by itself is passed over: it has its fault."""
    yield from _dialect_findings(values)
    yield from _pull_findings(values)
    yield from _drop_findings(values)
    try:
        defaults = TypeAdapter(GuardPolicy).validate_python(values.get("guard", {}))
    except ValidationError:
        return
    shops, partners = table_of(values, "shops"), table_of(values, "partners")
    search = _Search(defaults=defaults, overrides=_overrides(values))
    for shop in ("", *shops):  # the pool itself has no shop
        for partner in partners or ("",):
            yield from search.among(shop, partner)


def _overrides(values: Values) -> tuple[Numbered, ...]:
    read = []
    for position, table in overrides_of(values).items():
        try:
            override = read_override(table)
        except ValueError:
            continue
        if isinstance(override, Override):
            read.append((position, override))
    return tuple(read)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Search:
    """Tries the policies that listings can have; each contradiction is told once."""

    defaults: GuardPolicy
    overrides: tuple[Numbered, ...]
    tried: set[frozenset[int]] = field(default_factory=set)
    told: list[tuple[frozenset[int], str]] = field(default_factory=list)

    def among(self, shop: str, partner: str) -> Iterator[Finding]:
        """Try what a shop's listings of a partner's goods can meet."""
        near = [
            each
            for each in self.overrides
            if each[1].shop in ("", shop) and each[1].partner in ("", partner)
        ]
        always = [each for each in near if not each[1].sku_pattern]
        patterned = [each for each in near if each[1].sku_pattern]
        for count in range(PATTERNS_AT_ONCE + 1):
            for some in combinations(patterned, count):
                if all(
                    may_meet(a.sku_pattern, b.sku_pattern) for (_, a), (_, b) in pairwise(some)
                ):
                    yield from self._try(sorted((*always, *some), key=lambda each: each[0]))

    def _try(self, applied: Sequence[Numbered]) -> Iterator[Finding]:
        positions = frozenset(position for position, _ in applied)
        if positions in self.tried:
            return
        self.tried.add(positions)
        for text in _faults(self.defaults, [override for _, override in applied]):
            if not any(told <= positions and text == said for told, said in self.told):
                self.told.append((positions, text))
                yield _blame(text, applied)


def _faults(defaults: GuardPolicy, overrides: Sequence[Override]) -> tuple[str, ...]:
    changes = {name: value for each in overrides for name, value in each.changes.items()}
    try:
        # Reason of the ignore: each value was checked with its override.
        replace(defaults, **changes)  # type: ignore[arg-type]  # see above
    except PolicyFault as fault:
        return fault.faults
    return ()


def _blame(text: str, applied: Sequence[Numbered]) -> Finding:
    """Place a contradiction at the last override that sets one of the numbers in it."""
    named = names_in(text, known_keys(("guard",)))
    guilty = [(position, each) for position, each in applied if {*named} & {*each.changes}]
    position, last = guilty[-1]
    others = [f"overrides[{each + 1}]" for each, _ in guilty[:-1]]
    if {*named} - {name for _, each in guilty for name in each.changes}:
        others.append("[guard]")
    return Finding(
        loc=("overrides", position, next(name for name in named if name in last.changes)),
        problem=f"{text} (together with {' and '.join(others)})" if others else text,
        remedy=f"change {' or '.join(named)}",
    )


@cache
def may_meet(one: str, other: str) -> bool:
    """Tell whether a SKU could match both patterns. In doubt, between two `[...]`, it could."""
    return _may_meet(_signs(one), _signs(other))


def _signs(pattern: str) -> tuple[str, ...]:
    return tuple(re.findall(r"\[!?\]?[^\]]*\]|.", pattern, flags=re.DOTALL))


def _may_meet(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Walk both patterns at once; `reach` holds how far `other` may be after each sign."""
    reach = _over_stars({0}, other)
    for sign in one:
        if sign == "*":
            reach = set(range(min(reach, default=len(other) + 1), len(other) + 1))
        else:
            stepped = {
                at if other[at] == "*" else at + 1
                for at in reach
                if at < len(other) and _agree(sign, other[at])
            }
            reach = _over_stars(stepped, other)
    return len(other) in reach


def _over_stars(reach: set[int], signs: tuple[str, ...]) -> set[int]:
    for at, sign in enumerate(signs):
        if at in reach and sign == "*":
            reach.add(at + 1)
    return reach


def _agree(one: str, other: str) -> bool:
    if len(one) > 1 and len(other) > 1:
        return True
    literal, pattern = (one, other) if len(one) == 1 and one != "?" else (other, one)
    return "?" in (one, other) or "*" in (one, other) or fnmatchcase(literal, pattern)


# --- dialects --------------------------------------------------------------------------------


def _dialect_findings(values: Values) -> Iterator[Finding]:
    for name, table in table_of(values, "feeds").items():
        declared = _read(FeedSettings, table)
        if declared is not None:
            try:
                dialect_of(declared, sku_case=SkuCase.KEEP, clock_tolerance_s=0.0)
                coverage_of(declared)
            except ValueError as fault:
                yield from findings_in(fault, ("feeds", name))


def _pull_findings(values: Values) -> Iterator[Finding]:
    for name, table in table_of(values, "feeds").items():
        declared = _read(FeedSettings, table)
        for fault in pull_faults(declared.pull) if declared is not None else ():
            loc = ("feeds", name, "pull", fault.at)
            yield Finding(loc=loc, problem=fault.problem, remedy=fault.remedy)


# --- the drop --------------------------------------------------------------------------------


def _drop_findings(values: Values) -> Iterator[Finding]:
    """Find feeds that would get no file, where the drop is served."""
    sftp = values.get("sftp")
    if not isinstance(sftp, dict) or str(sftp.get("enabled", "")).lower() not in _YES:
        return
    partners = {
        code: warehouse.get("partner")
        for code, warehouse in table_of(values, "warehouses").items()
    }
    feeds = table_of(values, "feeds").items()
    for partner in table_of(values, "partners"):
        names = {
            name: str(feed.get("file_names", "*"))
            for name, feed in feeds
            if partners.get(str(feed.get("warehouse"))) == partner
        }
        for feed, taker in left_out(names):
            loc = ("feeds", feed, "file_names")
            yield Finding(loc=loc, problem=problem(taker), remedy=REMEDY)


_YES = {"true", "1", "yes", "on", "t", "y"}
"""What counts as yes in a variable of the environment."""


def _read(form: type[FeedSettings], table: Values) -> FeedSettings | None:
    try:
        return form.model_validate(table)
    except ValidationError:
        return None
