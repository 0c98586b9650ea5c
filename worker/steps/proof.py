"""When a read or a poll proves something: the earliest moment at which it is worth making."""

from reconciliation.policy import Assumptions
from reconciliation.quantities import Instant, later

from ..services import Services


READ_MARGIN_S = 0.01
"""A read must begin after the moment from which it proves something, not at it."""


def telling_read_at(happened_by: Instant, assumptions: Assumptions) -> Instant:
    """Return when a read, by whatever process, surely shows what had happened by a moment."""
    doubt_s = assumptions.read_staleness_s + assumptions.clock_tolerance_s
    return later(happened_by, doubt_s + READ_MARGIN_S)


def provable_at(services: Services, seen_at: Instant) -> Instant:
    """Return the first moment at which a poll can prove the ledger complete up to `seen_at`.

    Placing times are whole seconds, so the proof covers up to the second before; and the clocks
    may differ by the tolerance at both of its ends.
    """
    assumptions = services.policies.assumptions
    return later(seen_at, assumptions.orders_lag_s + 2 * assumptions.clock_tolerance_s + 1.0)
