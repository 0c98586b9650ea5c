"""The words every rule is written in: which item, how many, and when."""

import unicodedata
from enum import StrEnum
from typing import NewType, TypeAlias


Sku = NewType("Sku", str)
"""A stock-keeping unit as the merchant counts it, in its normal form (see `normal_sku`)."""

Units: TypeAlias = int
"""A count of physical goods. May be negative where it states a shortage."""

Instant = NewType("Instant", float)
"""A moment: seconds since 1970-01-01 UTC."""

EPOCH = Instant(0.0)
"""Before everything that the program can know of."""


class SkuCase(StrEnum):
    """Whether two SKUs that differ only in letter case are the same item."""

    KEEP = "keep"
    UPPER = "upper"


class UnreadableSku(ValueError):
    """The text cannot be a SKU: it is blank or holds control characters."""


def normal_sku(text: str, case: SkuCase = SkuCase.KEEP) -> Sku:
    """Return the form under which SKUs are compared: trimmed, NFC, by the case rule.

    Raises `UnreadableSku` for blank text and for control or invisible formatting
    characters, which a person cannot see and a comparison cannot forgive.
    """
    cased = text.upper() if case is SkuCase.UPPER else text
    # Composed last: some letters come apart when they are raised to capitals.
    normal = unicodedata.normalize("NFC", cased.strip())
    if not normal:
        raise UnreadableSku("the SKU is blank")
    if any(unicodedata.category(letter) in {"Cc", "Cf", "Cs"} for letter in normal):
        raise UnreadableSku(f"the SKU {normal!r} holds an invisible character")
    return Sku(normal)


def later(instant: Instant, seconds: float) -> Instant:
    """Return the moment `seconds` after `instant` (before it, when negative)."""
    return Instant(instant + seconds)
