"""Reads a TOML file of ours: its tables, and on which line each setting stands."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .environment import Values
from .faults import ConfigFault, ConfigFaults, Loc
from .lines import lines_of


CONFIG_BYTES_MAX = 4 * 1024 * 1024
"""Ten thousand overrides; a larger file is another file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TomlFile:
    """What a file says, not yet checked, and where."""

    values: Values
    lines: Mapping[Loc, int]


def read_toml(path: Path, *, absent: str, other: str) -> TomlFile:
    """Return what a file says. Raises `ConfigFaults` if it cannot be read or is no TOML.

    `absent` and `other` are the remedies where it cannot be read, and where it cannot be meant.
    """
    try:
        with path.open("rb") as file:
            content = file.read(CONFIG_BYTES_MAX + 1)
        if len(content) > CONFIG_BYTES_MAX:
            raise _unreadable(path, f"has more than {CONFIG_BYTES_MAX} bytes", other)
        text = content.decode("utf-8-sig")
        values = tomllib.loads(text)
    except OSError as fault:
        raise _unreadable(path, f"cannot be read: {fault.strerror}", absent) from fault
    except UnicodeDecodeError as fault:
        raise _unreadable(path, "is not UTF-8", "save it as UTF-8") from fault
    except tomllib.TOMLDecodeError as fault:
        # No cause: newer Pythons keep the whole document in it.
        raise _no_toml(path, str(fault)) from None
    return TomlFile(values=values, lines=lines_of(text))


def _unreadable(path: Path, problem: str, remedy: str) -> ConfigFaults:
    return ConfigFaults([ConfigFault(place=str(path), problem=problem, remedy=remedy)])


def _no_toml(path: Path, message: str) -> ConfigFaults:
    line = re.search(r"at line (\d+)", message)
    fault = ConfigFault(
        place=str(path),
        line=int(line[1]) if line else None,
        problem=f"is not TOML: {message}",
        remedy="mend the line; texts are quoted, tables begin with [name]",
    )
    return ConfigFaults([fault])
