"""The commented example that `init` writes: a complete small configuration."""

from pathlib import Path

from .faults import ConfigFault, ConfigFaults


_EXAMPLE = Path(__file__).with_name("example.toml")


def example_config() -> str:
    """Return the example as TOML."""
    return _EXAMPLE.read_text(encoding="utf-8")


def write_example(path: Path) -> None:
    """Write the example. Raises `ConfigFaults` rather than overwrite, or if it cannot write."""
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(example_config())
    except FileExistsError as fault:
        raise _refusal(path, "is there already", "name another path, or move it away") from fault
    except OSError as fault:
        problem = f"cannot be written: {fault.strerror}"
        raise _refusal(path, problem, "name a path in a folder that may be written to") from fault


def _refusal(path: Path, problem: str, remedy: str) -> ConfigFaults:
    return ConfigFaults([ConfigFault(place=str(path), problem=problem, remedy=remedy)])
