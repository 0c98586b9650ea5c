"""What is handed to every step: the record, TikTok, the clock, the policy, the doorbell."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import islice
from typing import Protocol

from sqlalchemy import Engine

from connectors.feeds.inbox import Inbox
from connectors.pull.source import Source
from reconciliation.policy import Assumptions, GuardPolicy
from reconciliation.quantities import Instant, Sku

from .alarm import Alarm
from .claims import ClaimKeeper
from .metrics.meter import Meter, Unmetered
from .queues import AT_ONCE, PUSH
from .settings.model import Settings
from .tiktok_desk import TikTokDesk
from .weighing import Weighing


class PolicySource(Protocol):
    """What answers which policy counts: the one in force, or one that is looked at beforehand."""

    @property
    def assumptions(self) -> Assumptions:
        """Return what is assumed of TikTok."""

    def for_listing(self, *, shop: str, partner: str, sku: Sku) -> GuardPolicy:
        """Return the policy of one listing."""

    def for_pool(self, *, partner: str, sku: Sku) -> GuardPolicy:
        """Return the policy of a pool, which no shop's override may bend."""

    def version_for(self, *, shop: str, sku: Sku) -> int:
        """Return the version that a listing's policy is of; 0 is the settings'."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Everything that a step needs from outside.

    `policies` is asked anew each time: a policy may be applied while the program runs. `holder`
    names this process in leases, and `claims` keeps what it works on. `ring` wakes a
    worker for a queue and key; it may lose the message, since the sweeper finds the work. `alarm`
    does so at a moment that is near. `sleep` waits some seconds. `meter` counts what happens, for
    whoever watches. `sources` has the feeds whose files are fetched. `weighing` knows what
    decisions are weighed by. `calls_at_once`: how many calls a round makes side by side; with one
    nothing is done in another thread.
    """

    settings: Settings
    policies: PolicySource
    engine: Engine
    tiktok: TikTokDesk
    clock: Callable[[], Instant]
    sleep: Callable[[float], None]
    holder: str
    claims: ClaimKeeper
    alarm: Alarm
    ring: Callable[[str, str], None]
    inboxes: dict[str, Inbox] = field(default_factory=dict)
    sources: dict[str, Source] = field(default_factory=dict)
    meter: Meter = field(default_factory=Unmetered)
    weighing: Weighing = field(default_factory=Weighing)
    calls_at_once: int = AT_ONCE[PUSH]

    def now(self) -> Instant:
        """Return the present moment."""
        return self.clock()

    def ring_all(self, queue: str, keys: Iterable[str]) -> None:
        """Wake workers for keys of one queue; call it after the commit, never before.

        Whoever is woken takes along what else is due: one ring is enough for a round of keys.
        """
        for key in islice(keys, None, None, AT_ONCE.get(queue, 1)):
            self.ring(queue, key)

    def ring_at(self, queue: str, key: str, due_at: Instant) -> None:
        """Wake a worker for a row when it is due; call it after the commit."""
        self.alarm.ring_at(queue, key, due_at)
