"""When the next file of a feed is to be expected: until then nobody tells what else has gone.

A feed that declares how often it comes is overdue after that; one that does not is never, and
comes as often as it did. A file that is late is expected to be as late again: of waits whose
length nobody knows, half last for more than twice as long as they have. No feed comes to the
second, so that a part of its interval is always still ahead; and a person looks into an overdue
feed within a day.
"""

from dataclasses import dataclass

from .decline_law import SECONDS_PER_HOUR


UNSCHEDULED_S = 24 * SECONDS_PER_HOUR
"""How often a feed comes of which nothing is declared or learned."""

UNSURE_RATIO = 0.1
"""The part of its interval by which a feed comes early or late."""

MEND_S = 24 * SECONDS_PER_HOUR
"""After so long a person has mended what does not mend itself: somebody looks once a day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NextFeed:
    """In how long the next file is to be expected, and for how long it is overdue by now.

    `every_s` is the time between two files.
    """

    in_s: float
    overdue_s: float = 0.0
    every_s: float = UNSCHEDULED_S

    def __post_init__(self) -> None:
        """Refuse what lies in the past, and files without a time between them."""
        if self.in_s < 0 or self.overdue_s < 0:
            raise ValueError("a file comes in a time of at least 0, and is late by as much")
        if not self.every_s > 0:
            raise ValueError("some time lies between two files")

    @property
    def is_overdue(self) -> bool:
        """Tell whether it should have come by now."""
        return self.overdue_s > 0


def next_feed(
    *, waited_s: float, expected_every_s: float | None, usual_every_s: float | None = None
) -> NextFeed:
    """Return when the next file comes, `waited_s` after the last.

    `expected_every_s` is what the partner declared, `usual_every_s` what was learned.
    """
    every_s = expected_every_s or usual_every_s or UNSCHEDULED_S
    unsure_s, left_s = UNSURE_RATIO * every_s, every_s - max(waited_s, 0.0)
    if left_s >= 0:
        return NextFeed(in_s=max(left_s, unsure_s), every_s=every_s)
    in_s = max(min(-left_s, MEND_S), unsure_s)
    overdue_s = 0.0 if expected_every_s is None else -left_s
    return NextFeed(in_s=in_s, overdue_s=overdue_s, every_s=every_s)
