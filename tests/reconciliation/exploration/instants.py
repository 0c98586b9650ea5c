"""The few instants of which explored states are made.

The rules only ask which of two instants is later, and whether by more than a bound. So a state
keeps no real time: each instant is moved to one of those below, which stand in the same order
to each other and to every bound. States that differ only in how long ago things were are then
one state. Reads before the last one, and what happened between them, lie one second apart
below `LAST_READ`.
"""

from reconciliation.policy import Assumptions
from reconciliation.quantities import Instant


ASSUMPTIONS = Assumptions(
    write_horizon_s=1000.0,
    read_staleness_s=1.0,
    orders_lag_s=0.0,
    restock_horizon_s=1000.0,
    clock_tolerance_s=0.0,
)
"""Symbolic bounds. What the clock tolerance blurs is a choice of the explorer (`steps`)."""

NOW = Instant(0.0)
"""Every decision, intent, cancellation and answer; younger than any read under way."""
NEW_READ = Instant(-5.0)
"""Begin and end of a read that is being recorded."""
ANSWERED = Instant(-10.0)
"""An answer that any read from here on may rely on."""
LAST_READ = Instant(-100.0)
"""Begin and end of the last recorded read."""
EXPIRED = Instant(-1100.0)
"""Sent or cancelled so long ago that the horizon is over for the next read, not for the last."""
LONG_EXPIRED = Instant(-1200.0)
"""Cancelled so long ago that the horizon was over before the last read."""


def ago(rank: int) -> Instant:
    """Return the instant of rank 0 (after the last read), 1 (before it), 2 (before that) ..."""
    return NOW if rank == 0 else Instant(LAST_READ + 1 - rank)


def rank_of(instant: Instant) -> int:
    """Return the rank of an instant that `ago` gave."""
    return 0 if instant == NOW else int(LAST_READ + 1 - instant)
