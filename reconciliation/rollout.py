"""How far a policy has been applied, and which of two policies a listing therefore has.

A new policy may first be given to a share of the SKUs, to some shops, or to SKUs by pattern.
What is a SKU's place in the share never changes: ten percent stay the same ten percent, and
fifty percent contain them.
"""

import hashlib
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from .policy import Assumptions, GuardPolicy, PolicyBook
from .quantities import Sku


_PLACES = 2**64
"""Into so many equal parts SKUs are spread: eight bytes of a digest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """What a new policy applies to: everything, or one of a share, some shops, and a pattern.

    `share_ratio` is of all SKUs, above 0 and at most 1; `sku_pattern` is a glob such as `TEE-*`.
    What concerns a whole pool is of no shop: a stage of shops leaves it as it was.
    """

    share_ratio: float = 1.0
    shops: tuple[str, ...] = ()
    sku_pattern: str = ""

    def __post_init__(self) -> None:
        """Refuse a share that is none, and two limits at once. Raises `ValueError`."""
        if not 0 < self.share_ratio <= 1:
            raise ValueError(f"a share is above 0 and at most 1, not {self.share_ratio}")
        if sum((self.share_ratio < 1, bool(self.shops), bool(self.sku_pattern))) > 1:
            raise ValueError("a stage has one limit: a share, shops, or a pattern")

    @property
    def is_whole(self) -> bool:
        """Tell whether it applies to everything."""
        return self.share_ratio == 1 and not self.shops and not self.sku_pattern

    def covers(self, *, shop: str, sku: Sku) -> bool:
        """Tell whether it applies to a shop's listings of a SKU, or, without shop, to a pool."""
        if self.shops:
            return shop in self.shops
        if self.sku_pattern:
            return fnmatchcase(sku, self.sku_pattern)
        return self.share_ratio == 1 or place_of(sku) < self.share_ratio


EVERYTHING = Stage()
"""A policy that applies to all."""


def place_of(sku: Sku) -> float:
    """Return a SKU's place in every share, from 0 to below 1, the same for ever."""
    digest = hashlib.sha256(sku.encode()).digest()
    return int.from_bytes(digest[:8], "big") / _PLACES


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollout:
    """The policy `version` on its way: `book` within the stage, `rest` everywhere else.

    It answers as a `PolicyBook` does, and also under which version.
    """

    version: int = 0
    book: PolicyBook
    stage: Stage = EVERYTHING
    rest_version: int = 0
    rest: PolicyBook = field(default_factory=PolicyBook)

    @property
    def assumptions(self) -> Assumptions:
        """Return what is assumed of TikTok, which has no stages: meanwhile the more careful."""
        if self.stage.is_whole:
            return self.book.assumptions
        return self.book.assumptions.most_careful(self.rest.assumptions)

    def for_listing(self, *, shop: str, partner: str, sku: Sku) -> GuardPolicy:
        """Return the policy of one listing. Raises `PolicyFault` if overrides contradict."""
        book = self.book if self.stage.covers(shop=shop, sku=sku) else self.rest
        return book.for_listing(shop=shop, partner=partner, sku=sku)

    def for_pool(self, *, partner: str, sku: Sku) -> GuardPolicy:
        """Return the policy of a pool, which no shop's override and no shop's stage may bend."""
        return self.for_listing(shop="", partner=partner, sku=sku)

    def version_for(self, *, shop: str, sku: Sku) -> int:
        """Return the version that a listing's policy is of."""
        return self.version if self.stage.covers(shop=shop, sku=sku) else self.rest_version
