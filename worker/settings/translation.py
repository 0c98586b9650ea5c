"""From pydantic's errors to faults that say what to do. No secret is ever quoted."""

import re
from collections.abc import Collection, Iterator

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from reconciliation.policy import PolicyFault

from .faults import Finding, Loc, SettingFault, did_you_mean
from .shape import description_of, known_keys


TEXT_SHOWN_MAX = 60
"""No setting that a person mistypes is longer; what is longer may be a pasted secret."""

SENSITIVE = {
    "app_key",
    "app_secret",
    "access_token",
    "refresh_token",
    "cipher",
    "database_url",
    "private_key",
    "password",
    "bearer_token",
}
"""Settings whose value no message shows."""

_REMEDIES = {
    "dataclass_type": "write a table",
    "dict_type": "write a table",
    "model_type": "write a table",
    "tuple_type": "write a list",
    "path_type": "write a path",
    "zoneinfo_str": "write a zone of the tz database, such as Europe/Berlin or UTC",
}
_UNKNOWN_KEY = {"extra_forbidden", "unexpected_keyword_argument"}
_NO_TABLE = {"dataclass_type", "dict_type", "model_type"}


def findings_of(error: ValidationError) -> Iterator[Finding]:
    """Translate everything that pydantic found."""
    for each in error.errors(include_url=False):
        yield from _findings(each)


def findings_in(fault: ValueError, loc: Loc) -> Iterator[Finding]:
    """Translate a value that refuses its numbers; faults are parted by a semicolon."""
    if isinstance(fault, SettingFault):
        yield Finding(loc=loc, problem=fault.problem, remedy=fault.remedy)
        return
    texts = fault.faults if isinstance(fault, PolicyFault) else str(fault).split("; ")
    for text in texts:
        yield refusal(text, loc)


def refusal(text: str, loc: Loc) -> Finding:
    """Return the finding for a sentence such as `a must be above b`, placed at `a`."""
    named = names_in(text, known_keys(loc))
    at = (*loc, named[0]) if named else loc
    remedy = f"change {' or '.join(named)}" if named else "change what is declared here"
    return Finding(loc=at, problem=text, remedy=remedy)


def names_in(text: str, known: Collection[str]) -> list[str]:
    """Return the settings that a sentence is about, in its order; an aside does not count."""
    words = re.findall(r"\w+", re.sub(r"\(.*?\)", "", text))
    return [word for word in dict.fromkeys(words) if word in known]


def _findings(error: ErrorDetails) -> Iterator[Finding]:
    kind, loc = error["type"], error["loc"]
    if kind == "default_factory_not_called":
        return  # it hangs on another setting, which has its own fault
    if kind == "value_error" and isinstance(fault := error["ctx"]["error"], ValueError):
        yield from findings_in(fault, loc)
    elif kind == "missing":
        yield Finding(loc=loc, problem="is missing", remedy=_addition(loc))
    elif kind in _UNKNOWN_KEY:
        remedy = did_you_mean(str(loc[-1]), known_keys(loc[:-1]))
        yield Finding(loc=loc, problem="is not a setting", remedy=remedy)
    elif loc[-1] == "[key]":
        yield _bad_name(loc[:-1])
    else:
        yield Finding(loc=loc, problem=_problem(error), remedy=_remedy(error))


def _addition(loc: Loc) -> str:
    value = '{ env = "NAME" }' if loc[-1] in SENSITIVE - {"cipher"} else "..."
    return f"add {loc[-1]} = {value}: {description_of(loc)}"


def _bad_name(loc: Loc) -> Finding:
    return Finding(
        loc=loc,
        problem=f"{str(loc[-1])[:TEXT_SHOWN_MAX]!r} cannot be a name",
        remedy="use at most 64 letters, digits and . _ -, the first a letter or digit",
    )


def _problem(error: ErrorDetails) -> str:
    value = error["input"]
    shown = isinstance(value, int | float | str) and error["type"] not in _NO_TABLE
    if not shown or SENSITIVE.intersection(error["loc"]) or len(str(value)) > TEXT_SHOWN_MAX:
        return "cannot be read"
    return f"{value!r} cannot be used"


def _remedy(error: ErrorDetails) -> str:
    if error["type"] in _REMEDIES:
        return _REMEDIES[error["type"]]
    text = re.split(r", (?:unable|got)", error["msg"])[0]
    text = re.sub(r"^Input should be ((?:greater|less) than)", r"write a number \1", text)
    text = re.sub(r"^(?:Input|Value) should be ", "write ", text)
    text = re.sub(r"^String should match pattern", "write text that matches", text)
    text = re.sub(r"^String should have", "write", text)
    about = "" if error["type"] == "enum" else description_of(error["loc"])
    return f"{text} ({about})" if about else text
