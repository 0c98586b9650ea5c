"""Gathers the settings from file, environment and secrets; lists all that is wrong with them.

The environment overrides the file. Nothing is read that is not named by the arguments: the
environment is one of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from .contradictions import contradictions
from .environment import (
    CONFIG_VARIABLE,
    Values,
    environment_values,
    unknown_variables,
    variable_of,
)
from .faults import ConfigFault, ConfigFaults, Finding, Loc, place_of
from .lines import line_at
from .model import PREFIX, Settings
from .references import reference_findings, table_of
from .secret_references import (
    Keyring,
    drop_overridden,
    reader_of_environment,
    reader_of_file,
    resolve,
)
from .toml_file import read_toml
from .translation import findings_of


DEFAULT_CONFIG = Path("oversell-guard.toml")
"""Read where no other file is named, if it is there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _File:
    """A configuration file as it was read; an empty one where there is none."""

    folder: Path
    values: Values = field(default_factory=dict)
    lines: Mapping[Loc, int] = field(default_factory=dict)


def load_settings(config_path: Path | None, environ: Mapping[str, str]) -> Settings:
    """Return the settings. Raises `ConfigFaults` with everything that is wrong."""
    path = _chosen(config_path, environ)
    file = _read(path) if path is not None else _no_file(environ)
    from_environment = environment_values(environ, file.values)
    findings = _resolved(file, from_environment, environ)
    values = _merged(file.values, from_environment)
    settings, more = _validated(values)
    findings = [*findings, *more, *reference_findings(values), *contradictions(values)]
    faults = [_placed(each, file, from_environment) for each in findings]
    faults += unknown_variables(environ)
    if faults or settings is None:
        raise ConfigFaults(_in_order(faults))
    return settings


# --- the file --------------------------------------------------------------------------------


def _chosen(config_path: Path | None, environ: Mapping[str, str]) -> Path | None:
    if config_path is not None:
        return config_path
    if named := environ.get(CONFIG_VARIABLE):
        return Path(named)
    return DEFAULT_CONFIG if DEFAULT_CONFIG.exists() else None


def _no_file(environ: Mapping[str, str]) -> _File:
    """Go on without a file if the environment sets anything at all."""
    if not any(name.upper().startswith(PREFIX) and environ[name] for name in environ):
        raise ConfigFaults(
            [
                ConfigFault(
                    place=str(DEFAULT_CONFIG),
                    problem="there is no configuration",
                    remedy="write one with `python -m worker init`, or name one with --config",
                )
            ]
        )
    return _File(folder=Path.cwd(), values={"tiktok": {}})


def _read(path: Path) -> _File:
    """Return what a file says. Raises `ConfigFaults` if it cannot be read or is no TOML."""
    read = read_toml(
        path,
        absent="name another with --config, or write one with `python -m worker init`",
        other="name another with --config",
    )
    folder = path.resolve().parent
    return _File(folder=folder, values=_anchored(read.values, folder), lines=read.lines)


def _anchored(values: Values, folder: Path) -> Values:
    """Return the values with paths that begin at the file's own folder."""
    values.setdefault("tiktok", {})  # so that its missing keys are named one by one
    values.setdefault("data_dir", "var")
    places = [
        (values, "data_dir"),
        *((feed, "inbox") for feed in table_of(values, "feeds").values()),
    ]
    for section, key in (("catalog", "mapping_file"), ("sftp", "host_key")):
        if isinstance(table := values.get(section), dict):
            places.append((table, key))
    for table, key in places:
        if isinstance(path := table.get(key), str):
            table[key] = str(folder / Path(path).expanduser())
    return values


# --- file and environment together -----------------------------------------------------------


def _resolved(file: _File, from_environment: Values, environ: Mapping[str, str]) -> list[Finding]:
    keyring = Keyring(environ=environ, folder=file.folder)
    drop_overridden(file.values, from_environment)
    return [
        *resolve(file.values, reader_of_file(keyring)),
        *resolve(from_environment, reader_of_environment(keyring)),
    ]


def _merged(lower: Values, upper: Values) -> Values:
    """Return both, table by table, the upper winning; order is that of the lower."""
    merged = dict(lower)
    for key, value in upper.items():
        below = merged.get(key)
        if isinstance(value, dict) and isinstance(below, dict):
            merged[key] = _merged(below, value)
        else:
            merged[key] = value
    return merged


def _validated(values: Values) -> tuple[Settings | None, list[Finding]]:
    try:
        return Settings.model_validate(values), []
    except ValidationError as error:
        return None, list(findings_of(error))


def _placed(finding: Finding, file: _File, from_environment: Values) -> ConfigFault:
    if _sets(from_environment, finding.loc):
        place, line = variable_of(finding.loc), None
    else:
        place, line = place_of(finding.loc), line_at(file.lines, finding.loc)
    return ConfigFault(place=place, line=line, problem=finding.problem, remedy=finding.remedy)


def _sets(values: Values, loc: Loc) -> bool:
    table: object = values
    for part in loc:
        if not isinstance(table, dict) or part not in table:
            return False
        table = table[part]
    return True


def _in_order(faults: list[ConfigFault]) -> list[ConfigFault]:
    unique = dict.fromkeys(faults)
    return sorted(unique, key=lambda fault: (fault.line or 0, fault.place))
