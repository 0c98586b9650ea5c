"""One thing that was looked at when a shop was looked over."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at; `cause` and `remedy` are empty where it is as it should be.

    `advice` is no fault: it says what the guard does without, or cannot promise.
    """

    name: str
    scope: str = ""
    well: bool = True
    cause: str = ""
    remedy: str = ""
    advice: str = ""
