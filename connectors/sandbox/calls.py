"""One admitted call, and the reading of its parameters."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from .envelope import JsonObject, refusal
from .merchandise import Shop
from .paging import TokenLife
from .refusals import ApiRefusal
from .world import SandboxWorld


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A call that passed the gate: who asks for what. `now` is its moment in Unix seconds."""

    world: SandboxWorld
    now: float
    shop: Shop
    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, object] = field(default_factory=dict)
    fails_in_part: bool = False

    def page_size(self, default: int | None = None, largest: int = 100) -> int:
        """Return `page_size`; 36009004 where it is required and missing, or out of 1..largest."""
        text = self.query.get("page_size")
        if text is None and default is not None:
            return default
        if text is None or not text.isdigit() or not 1 <= int(text) <= largest:
            raise ApiRefusal(36009004, f"page_size must be from 1 to {largest}")
        return int(text)

    def token_life(self) -> TokenLife:
        """Return how long the page tokens of this call's answer work."""
        return TokenLife(now=self.now, life_s=self.world.switches.page_token_life_s)

    def texts(self, name: str, most: int, too_many: int = 12052910) -> tuple[str, ...]:
        """Return a body list of strings; `too_many` is the code where it has more than `most`."""
        value = self.body.get(name, [])
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise ApiRefusal(36009004, f"{name} must be a list of strings")
        if len(value) > most:
            raise refusal(too_many)
        return tuple(value)

    def second(self, name: str) -> int | None:
        """Return a body time in whole Unix seconds, None where it is absent."""
        value = self.body.get(name)
        if value is None or (isinstance(value, int) and not isinstance(value, bool)):
            return value
        raise ApiRefusal(36009004, f"{name} must be Unix seconds")

    def text(self, name: str) -> str | None:
        """Return a body string, None where it is absent."""
        value = self.body.get(name)
        if value is None or isinstance(value, str):
            return value
        raise ApiRefusal(36009004, f"{name} must be a string")


Respond = Callable[[Call], JsonObject]
"""Does what a call asks and returns what goes under `data`. Raises `ApiRefusal`."""
