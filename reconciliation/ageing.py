"""When the age of a feed alone changes what is decided: its rungs, and the stock held back."""

from collections.abc import Iterator

from .ladder import ladder_of
from .policy import GuardPolicy
from .position import Position
from .quantities import Instant, later


LOOK_EVERY_S = 600.0
"""What is held back because of an old feed is worked out anew this often at the most."""


def ageing_moments(stock: Position, policy: GuardPolicy, now: Instant) -> Iterator[Instant]:
    """Yield when a feed reaches its rungs, past ones too, and when more has to be held back."""
    if stock.as_of is None or stock.safety is None:
        return
    ladder = ladder_of(policy, stock.expected_every_s)
    for after_s in (ladder.widen_s, ladder.freeze_s, ladder.floor_s, ladder.zero_s):
        yield later(stock.as_of, after_s)
    yield max(later(stock.as_of, stock.safety.grows_after_s), later(now, LOOK_EVERY_S))
