"""The policy in force, read from the record: the same in every process within seconds.

Where the record names none, the settings' own policy counts, which is version 0.
"""

from collections.abc import Callable
from threading import Lock

from sqlalchemy import Connection, Engine

from connectors.store import policies
from connectors.store.engine import reading
from connectors.store.policies import StepRow
from reconciliation.policy import Assumptions, GuardPolicy, PolicyBook
from reconciliation.quantities import EPOCH, Instant, Sku
from reconciliation.rollout import Rollout, Stage

from ..settings.model import Settings
from ..settings.policy_file import book_of
from ..settings.values import policy_book


LOOK_AGAIN_S = 2.0
"""How long what was read of the record counts before one thread looks again. Policies change by
the day: two seconds are no loss, and one look in two seconds costs nothing."""

TAKES_HOLD_S = 2 * LOOK_AGAIN_S
"""After so long nobody decides by what counted before: then all threads wait for the look."""


def stage_of(step: StepRow) -> Stage:
    """Return what a step's version applies to."""
    return Stage(share_ratio=step.share_ratio, shops=step.shops, sku_pattern=step.sku_pattern)


def rollout_after(connection: Connection, settings: Settings, step: StepRow | None) -> Rollout:
    """Return what counts once a step was made, None for before the first.

    Raises `ConfigFaults` for a stored policy that this program cannot read.
    """
    if step is None:
        return Rollout(book=policy_book(settings))
    return Rollout(
        version=step.version,
        book=book_in(connection, settings, step.version),
        stage=stage_of(step),
        rest_version=step.below,
        rest=book_in(connection, settings, step.below),
    )


def book_in(connection: Connection, settings: Settings, version: int) -> PolicyBook:
    """Return the policy of a version. Raises `ConfigFaults` for one that cannot be read."""
    if version == 0:
        return policy_book(settings)
    document = policies.document_of(connection, version)
    named = f"policy version {version}"
    return book_of(document, named=named, case=settings.catalog.sku_case)


class PoliciesInForce:
    """What counts now. Threads may share it; asking it costs a look at the clock."""

    def __init__(self, engine: Engine, settings: Settings, clock: Callable[[], Instant]) -> None:
        """Read what counts now. Raises `ConfigFaults`, as `rollout` does."""
        self._engine = engine
        self._settings = settings
        self._clock = clock
        self._lock = Lock()
        self._step = 0
        self._rollout = Rollout(book=policy_book(settings))
        self._looked_at = EPOCH
        self.look_again()

    @property
    def assumptions(self) -> Assumptions:
        """Return what is assumed of TikTok."""
        return self.rollout().assumptions

    def for_listing(self, *, shop: str, partner: str, sku: Sku) -> GuardPolicy:
        """Return the policy of one listing. Raises `PolicyFault` if overrides contradict."""
        return self.rollout().for_listing(shop=shop, partner=partner, sku=sku)

    def for_pool(self, *, partner: str, sku: Sku) -> GuardPolicy:
        """Return the policy of a pool, which no shop's override may bend."""
        return self.rollout().for_pool(partner=partner, sku=sku)

    def version_for(self, *, shop: str, sku: Sku) -> int:
        """Return the version that a listing's policy is of."""
        return self.rollout().version_for(shop=shop, sku=sku)

    def rollout(self) -> Rollout:
        """Return what counts, at most `LOOK_AGAIN_S` old.

        Raises `ConfigFaults` for a stored policy that this program cannot read: nothing is
        decided by a policy that nobody put in force.
        """
        age_s = self._age_s()
        # Nobody need wait for the thread that looks; but the old may not count for ever.
        if age_s >= LOOK_AGAIN_S and self._lock.acquire(blocking=age_s >= TAKES_HOLD_S):
            try:
                self._look()
            finally:
                self._lock.release()
        return self._rollout

    def look_again(self) -> None:
        """Read the record at once."""
        with self._lock:
            self._look()

    def _age_s(self) -> float:
        """Return how old what was read is; a clock that was set back makes it too old."""
        age_s = self._clock() - self._looked_at
        return age_s if age_s >= 0 else TAKES_HOLD_S

    def _look(self) -> None:
        """Read what counts, if it is not what was read before."""
        now = self._clock()
        with reading(self._engine) as connection:
            step = policies.newest(connection)
            number = 0 if step is None else step.step
            if number != self._step:
                self._rollout = rollout_after(connection, self._settings, step)
                self._step = number
        self._looked_at = now
