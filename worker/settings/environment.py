"""Settings from environment variables, which are handed in as a mapping.

`OVERSELL_GUARD_SHOPS__US__MODE` is `shops.us.mode`. Variables know no hyphens and, by custom,
no small letters: so a shop `us-main` of the file is meant by `US_MAIN`.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic.fields import FieldInfo
from pydantic_settings import EnvSettingsSource

from .faults import ConfigFault, Loc, did_you_mean
from .model import NESTING, PREFIX, Settings


CONFIG_VARIABLE = f"{PREFIX}CONFIG"
"""The variable that names the configuration file."""

Values = dict[str, Any]
"""Tables and values as a TOML file or the environment gives them, not yet checked."""

_NAMED = ("shops", "partners", "warehouses", "feeds")

# A cluster that has a service called oversell-guard tells every container of it in variables
# such as OVERSELL_GUARD_PORT_8080_TCP_ADDR. They are not meant for us.
_OF_A_CLUSTER = re.compile(
    rf"{PREFIX}(?:[A-Z0-9_]+_)?(?:SERVICE_HOST|SERVICE_PORT(?:_\w+)?|PORT(?:_[0-9]+_\w+)?)"
)


class _GivenEnvironment(EnvSettingsSource):
    """The library's reading of variables, from a mapping; what is no JSON stays text."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        super().__init__(Settings, case_sensitive=False)

    def _load_env_vars(self) -> Mapping[str, str | None]:
        # An empty variable is one that somebody left open: as if it were not there.
        return {name.lower(): text for name, text in self._environ.items() if text}

    def decode_complex_value(
        self,
        field_name: str,
        field: FieldInfo | None,
        value: Any,  # noqa: ANN401 - the library's signature
    ) -> Any:  # noqa: ANN401 - the library's signature
        """Return what JSON says, or the text as it is: its place then gets its own fault."""
        try:
            # Reason of the ignore: the library itself hands None on where a table has no field.
            return super().decode_complex_value(field_name, field, value)  # type: ignore[arg-type]  # see above
        except ValueError:
            return value


def environment_values(environ: Mapping[str, str], file_values: Values) -> Values:
    """Return what the environment sets, under the names that the file uses."""
    values: Values = _GivenEnvironment(environ)()
    for table in _NAMED:
        ours, theirs = values.get(table), file_values.get(table)
        if isinstance(ours, dict) and isinstance(theirs, dict):
            values[table] = _renamed(ours, theirs)
    return values


def _renamed(ours: Values, theirs: Values) -> Values:
    names = {_folded(name): name for name in theirs}
    return {names.get(_folded(name), name): value for name, value in ours.items()}


def _folded(name: str) -> str:
    return re.sub(r"[.-]", "_", name).lower()


def variable_of(loc: Loc) -> str:
    """Return the variable that sets a place."""
    return PREFIX + NESTING.join(_folded(str(part)).upper() for part in loc)


def unknown_variables(environ: Mapping[str, str]) -> Iterator[ConfigFault]:
    """Name each variable with our prefix that sets nothing; nested ones are checked later."""
    known = {variable_of((name,)) for name in Settings.model_fields}
    for name in sorted(environ):
        upper = name.upper()
        if not upper.startswith(PREFIX) or _OF_A_CLUSTER.fullmatch(upper):
            continue
        first = PREFIX + upper.removeprefix(PREFIX).split(NESTING)[0]
        if first not in known and upper != CONFIG_VARIABLE:
            remedy = did_you_mean(first, sorted({*known, CONFIG_VARIABLE}))
            yield ConfigFault(place=name, problem="is not a setting", remedy=remedy)
