"""Everybody who is connected: who may come in, how many at once, and who has to leave.

Lives in the server's event loop; what asks the record is done in threads.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import structlog
from asyncssh import SSHServerChannel

from reconciliation.quantities import Instant

from .jail import Jail
from .landing import Landing
from .outbox import Outbox
from .partner_keys import PartnerKey


_LOG = structlog.get_logger("oversell_guard")


class Visitor(Protocol):
    """A connection, as the hall sees it."""

    @property
    def partner(self) -> str:
        """Return whose it is; empty until a key was proven."""

    @property
    def fingerprint(self) -> str:
        """Return by which key."""

    @property
    def address(self) -> str:
        """Return from where."""

    def show_out(self, why: str) -> None:
        """End the connection, and say why."""

    def drop(self) -> None:
        """End the connection without a word, at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HallLimits:
    """How many connections there may be: of one partner, of all, and without a key so far."""

    per_partner_max: int
    inside_max: int
    waiting_max: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Hooks:
    """What the drop asks and tells; all of it may block, none of it may fail for long.

    `keys_of` returns the keys that a partner has, whatever their expiry. `login` is told whether a
    partner was let in, `upload` how an upload ended: taken, cut or refused.
    """

    keys_of: Callable[[str], Sequence[PartnerKey]]
    login: Callable[[str, str], None]
    upload: Callable[[str, str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerPlace:
    """What belongs to one partner."""

    landing: Landing
    outbox: Outbox


class Hall:
    """The connections of one server."""

    def __init__(
        self,
        places: Mapping[str, PartnerPlace],
        *,
        hooks: Hooks,
        limits: HallLimits,
        clock: Callable[[], Instant],
        threads: Executor,
    ) -> None:
        """Serve these partners, by name."""
        self._places = places
        self._hooks = hooks
        self._limits = limits
        self._clock = clock
        self._threads = threads
        # In the order of their coming: the first has waited longest.
        self._waiting: dict[Visitor, None] = {}
        self._inside: dict[Visitor, None] = {}

    @property
    def is_empty(self) -> bool:
        """Tell whether nobody is connected."""
        return not self._waiting and not self._inside

    def knocked(self, visitor: Visitor) -> None:
        """Let somebody show a key; where too many do, the one that waits longest makes room."""
        if len(self._waiting) >= self._limits.waiting_max:
            oldest = next(iter(self._waiting))
            del self._waiting[oldest]
            oldest.drop()
        self._waiting[visitor] = None

    async def opens(self, partner: str, fingerprint: str, address: str) -> bool:
        """Tell whether a key lets a partner in now, from this address."""
        if partner not in self._places:
            return False
        keys = await self._keys_of(partner)
        opens = _opens(keys, fingerprint, now=self._clock(), address=address)
        if not opens:
            # The address tells a person why a key does not open that only some addresses may use.
            _LOG.info("key_refused", partner=partner, fingerprint=fingerprint, address=address)
            self._hooks.login(partner, "refused")
        return opens

    def entered(self, visitor: Visitor) -> str:
        """Let somebody in; returns why not, where there is no room."""
        self._waiting.pop(visitor, None)
        if visitor.partner not in self._places:
            return "no key was proven"
        inside = Counter(each.partner for each in self._inside)
        fault = ""
        if inside[visitor.partner] >= self._limits.per_partner_max:
            fault = f"{self._limits.per_partner_max} sessions of yours are open: end one first"
        elif len(self._inside) >= self._limits.inside_max:
            fault = "the server is full: try again in a minute"
        else:
            self._inside[visitor] = None
        self._hooks.login(visitor.partner, "crowded" if fault else "opened")
        return fault

    def left(self, visitor: Visitor) -> None:
        """Forget somebody whose connection has ended."""
        self._waiting.pop(visitor, None)
        self._inside.pop(visitor, None)

    def jail(self, partner: str, channel: "SSHServerChannel[bytes]") -> Jail:
        """Return what a partner's session may do."""
        place = self._places[partner]
        return Jail(
            channel,
            place.landing,
            place.outbox,
            disk=self._threads,
            counted=partial(self._hooks.upload, partner),
        )

    async def look_over(self) -> None:
        """Show out everybody whose key is no longer good."""
        for name in {each.partner for each in self._inside}:
            keys = await self._keys_of(name)
            now = self._clock()
            for visitor in tuple(self._inside):
                if visitor.partner == name and not _opens(
                    keys, visitor.fingerprint, now=now, address=visitor.address
                ):
                    visitor.show_out("the key is no longer good")

    def end(self) -> None:
        """Show everybody out."""
        for visitor in (*self._waiting, *self._inside):
            visitor.show_out("the server is ending")

    async def _keys_of(self, partner: str) -> Sequence[PartnerKey]:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, self._hooks.keys_of, partner)


def _opens(keys: Sequence[PartnerKey], fingerprint: str, *, now: Instant, address: str) -> bool:
    return any(
        each.opens(now=now, address=address) for each in keys if each.fingerprint == fingerprint
    )
