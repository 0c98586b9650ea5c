"""Promotions of a shop: what they are called, when they run, and how much they sell at most."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """A promotion; `limits` has the units that each of its SKUs sells at most, -1 for any number.

    Times are Unix seconds. It runs from the one to the other by itself.
    """

    activity_id: str
    shop: str
    title: str
    kind: str
    begins_at: float
    ends_at: float
    limits: Mapping[str, int]

    def status(self, now: float) -> str:
        """Return its state at a moment, as calls name it."""
        if now < self.begins_at:
            return "NOT_START"
        return "ONGOING" if now < self.ends_at else "EXPIRED"
