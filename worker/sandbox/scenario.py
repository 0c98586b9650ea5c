"""What a sandbox of one's own is like: read from a TOML file, and from options laid over it.

seed = 7
[switches]                 # how TikTok behaves where its documentation does not say
zero_accepted = false
[faults]                   # the share of calls that go wrong, by kind
late_effect = 0.05
[webhooks]                 # who is told of orders, and how notifications fare
url = "http://127.0.0.1:8080/webhooks/tiktok"
topics = [1, 11, 71]       # left out: all that it can tell of
lost = 0.1
[mishaps]                  # seconds from one to the next, on average
token_expires_s = 600
[[shops]]
name = "alpha"
warehouses = ["East", "West"]
[[products]]
shops = ["alpha"]          # left out: every shop
skus = ["TEE-S", "TEE-L"]
units = 20                 # of each SKU, in each warehouse
"""

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from connectors.sandbox.faults import FaultRates
from connectors.sandbox.forms import Misfit, Said, made
from connectors.sandbox.mishaps import MishapIntervals
from connectors.sandbox.switches import SandboxSwitches
from connectors.sandbox.webhooks import AGAIN_AFTER_S, TOPICS, WebhookFaults

from ..settings.faults import ConfigFault, ConfigFaults, Loc
from ..settings.lines import line_at
from ..settings.toml_file import TomlFile, read_toml


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopPlan:
    """A shop to be opened, with a TikTok warehouse for each of the names."""

    name: str
    region: str = "US"
    warehouses: tuple[str, ...] = ("Main",)

    def __post_init__(self) -> None:
        """Refuse a shop without a name, or with nowhere to keep anything."""
        if not self.name or not self.warehouses:
            raise ValueError("a shop has a name, and at least one warehouse")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductPlan:
    """A product to be listed: its SKUs, and the units that each shows in each warehouse."""

    skus: tuple[str, ...]
    title: str = ""
    shops: tuple[str, ...] = ()
    units: int = 0

    def __post_init__(self) -> None:
        """Refuse a product without SKUs, and units below nothing."""
        if not self.skus or self.units < 0:
            raise ValueError("a product has at least one SKU, and no units below 0")


@dataclass(frozen=True, slots=True, kw_only=True)
class PostPlan:
    """Whom to notify, nobody where `url` is empty, of what, and how notifications fare."""

    url: str = ""
    topics: tuple[int, ...] = tuple(sorted(TOPICS))
    faults: WebhookFaults = field(default_factory=WebhookFaults)

    def __post_init__(self) -> None:
        """Refuse what is no address, and topics that are never told of."""
        if self.url and not self.url.startswith(("http://", "https://")):
            raise Misfit("url", f"{self.url!r} is no address", "give one that begins with http")
        if unknown := sorted(set(self.topics) - TOPICS):
            known = ", ".join(str(topic) for topic in sorted(TOPICS))
            raise Misfit("topics", f"{unknown[0]} is never told of", f"choose from {known}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A whole world as it is before anybody calls."""

    seed: int = 1
    switches: SandboxSwitches = field(default_factory=SandboxSwitches)
    faults: FaultRates = field(default_factory=FaultRates)
    webhooks: PostPlan = field(default_factory=PostPlan)
    mishaps: MishapIntervals = field(default_factory=MishapIntervals)
    shops: tuple[ShopPlan, ...] = (ShopPlan(name="alpha"), ShopPlan(name="beta"))
    products: tuple[ProductPlan, ...] = (
        ProductPlan(title="Tee", skus=("TEE-S", "TEE-L"), units=20),
        ProductPlan(title="Mug", skus=("MUG",), units=20),
    )

    def __post_init__(self) -> None:
        """Refuse a world without shops, and one shop opened twice."""
        names = [shop.name for shop in self.shops]
        if not names:
            raise Misfit("shops", "there is none", "open at least one shop")
        if twice := [name for name in names if names.count(name) > 1]:
            raise Misfit("shops", f"{twice[0]!r} is opened twice", "name each shop once")


_SECTIONS = {
    "switches": SandboxSwitches,
    "faults": FaultRates,
    "mishaps": MishapIntervals,
}
_LISTS = {"shops": ShopPlan, "products": ProductPlan}

Made = TypeVar("Made")


def read_scenario(
    path: Path | None, over: Mapping[str, Said], *, seed: int | None = None
) -> Scenario:
    """Return the scenario of a file, `over` laid over its sections. Raises `ConfigFaults`."""
    file = TomlFile(values={}, lines={}) if path is None else _read(path)
    reader = _Reader(place="" if path is None else f"{path}: ", file=file)
    said = {**file.values}
    for name, values in over.items():
        said[name] = {**said[name], **values} if isinstance(said.get(name), dict) else values
    if seed is not None:
        said["seed"] = seed
    scenario = reader.scenario(said)
    if reader.faults or scenario is None:
        raise ConfigFaults(reader.faults)
    return scenario


def options_said(words: Sequence[str], *, option: str) -> Said:
    """Return what `NAME=VALUE` words say, values as in TOML. Raises `ConfigFaults`."""
    said: dict[str, Any] = {}
    for word in words:
        name, has_value, text = word.partition("=")
        if not has_value:
            raise ConfigFaults([_fault(option, f"{word!r} has no =", "write NAME=VALUE")])
        try:
            said[name.strip()] = tomllib.loads(f"value = {text}")["value"]
        except tomllib.TOMLDecodeError:
            said[name.strip()] = text
    return said


def _read(path: Path) -> TomlFile:
    return read_toml(
        path,
        absent="name a file that is there, or leave --scenario out",
        other="name a scenario: a TOML file of some lines",
    )


def _fault(place: str, problem: str, remedy: str, line: int | None = None) -> ConfigFault:
    return ConfigFault(place=place, problem=problem, remedy=remedy, line=line)


class _Reader:
    """Makes a scenario of what is said, and keeps every fault that it meets."""

    def __init__(self, *, place: str, file: TomlFile) -> None:
        self.faults: list[ConfigFault] = []
        self._place = place
        self._file = file

    def scenario(self, said: Said) -> Scenario | None:
        """Return the scenario, None where a part of it is at fault."""
        parts: dict[str, Any] = {}
        for name, value in said.items():
            parts[name] = self._part(name, value)
        if self.faults:
            return None
        scenario = self._kept((), lambda: made_whole(parts))
        if scenario is not None:
            self._require_shops(scenario)
        return scenario

    def _part(self, name: str, value: object) -> object:
        if name in _SECTIONS:
            return self._kept((name,), lambda: made(_SECTIONS[name], value))
        if name == "webhooks":
            return self._kept((name,), lambda: _post(value))
        if name in _LISTS:
            return self._rows(name, value)
        return value

    def _rows(self, name: str, value: object) -> tuple[object, ...]:
        if not isinstance(value, list):
            self._note((name,), Misfit("", "is no list of tables", f"begin each with [[{name}]]"))
            return ()
        return tuple(
            self._kept((name, place), partial(made, _LISTS[name], row))
            for place, row in enumerate(value)
        )

    def _kept(self, loc: Loc, make: Callable[[], Made]) -> Made | None:
        """Return what is made; where it cannot be, keep the fault with its line."""
        try:
            return make()
        except Misfit as misfit:
            self._note(loc, misfit)
            return None

    def _note(self, loc: Loc, misfit: Misfit) -> None:
        """Keep a fault, with the line that it stands on."""
        here = (*loc, misfit.name) if misfit.name else loc
        place = self._place + (".".join(str(part) for part in here) or "the scenario")
        line = line_at(self._file.lines, here)
        self.faults.append(_fault(place, misfit.problem, misfit.remedy, line))

    def _require_shops(self, scenario: Scenario) -> None:
        """Keep a fault for each product of a shop that is not opened."""
        names = {shop.name for shop in scenario.shops}
        remedy = f"name one of {', '.join(sorted(names))}, or open it"
        for place, product in enumerate(scenario.products):
            for unknown in sorted(set(product.shops) - names):
                misfit = Misfit("shops", f"there is no shop {unknown!r}", remedy)
                self._note(("products", place), misfit)


def made_whole(parts: Said) -> Scenario:
    """Return the scenario of parts that are made already. Raises `Misfit`."""
    names = Scenario.__dataclass_fields__
    if unknown := [name for name in parts if name not in names]:
        known = ", ".join(names)
        raise Misfit(unknown[0], "there is no such name", f"known are {known}")
    seed = parts.get("seed", 1)
    if type(seed) is not int:
        raise Misfit("seed", f"{seed!r} is not a whole number", "give a whole number")
    return Scenario(**parts)


def _post(said: object) -> PostPlan:
    if not isinstance(said, Mapping):
        raise Misfit("", "is no table", "give names with their values")
    own = {name: value for name, value in said.items() if name in {"url", "topics"}}
    rest = {name: value for name, value in said.items() if name not in own}
    # TikTok sends again what was not taken, unless told otherwise.
    faults = made(WebhookFaults, {"again_after_s": AGAIN_AFTER_S, **rest})
    return replace(made(PostPlan, own), faults=faults)
