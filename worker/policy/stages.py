"""A stage as people name it: a share of the SKUs, some shops, or SKUs by pattern."""

import math
import re

from reconciliation.rollout import EVERYTHING, Stage

from ..reports.lookup import shops_in_scope
from ..settings.model import Settings
from ..settings.values import normal_pattern


PERCENT = 100.0

_SHARE = re.compile(r"(?P<number>[0-9]+(?:\.[0-9]+)?)\s*(?P<percent>%)?")


class UnreadableStage(ValueError):
    """The words do not name a part of the catalogue; `cause` and `remedy` are for people."""

    def __init__(self, cause: str, remedy: str) -> None:
        """Keep both halves apart, and join them for people."""
        super().__init__(f"{cause}; {remedy}")
        self.cause = cause
        self.remedy = remedy


def read_stage(
    settings: Settings, *, share: str | None, shops: str | None, skus: str | None
) -> Stage:
    """Return the stage that was named, everything where nothing was.

    Raises `UnreadableStage`, and `lookup.Unknown` for a shop that is not there.
    """
    named = [each for each in (share, shops, skus) if each is not None]
    if len(named) > 1:
        raise UnreadableStage(
            "a policy is staged by a share, by shops or by a pattern, not by two of them",
            "give one of --stage, --shops and --skus",
        )
    if share is not None:
        return Stage(share_ratio=_ratio(share))
    if shops is not None:
        return Stage(shops=_shops(settings, shops))
    if skus is not None:
        return Stage(sku_pattern=_pattern(settings, skus))
    return EVERYTHING


def _ratio(text: str) -> float:
    found = _SHARE.fullmatch(text.strip())
    ratio = float(found["number"]) / (PERCENT if found["percent"] else 1.0) if found else math.nan
    if not 0 < ratio <= 1:
        raise UnreadableStage(
            f"{text!r} is no share of the SKUs", "write a percentage such as 10%, or 0.1"
        )
    return ratio


def _shops(settings: Settings, text: str) -> tuple[str, ...]:
    names = dict.fromkeys(name.strip() for name in text.split(",") if name.strip())
    if not names:
        raise UnreadableStage("--shops names no shop", "write their names with commas between")
    return tuple(shop for name in names for shop in shops_in_scope(settings, name))


def _pattern(settings: Settings, text: str) -> str:
    pattern = normal_pattern(text.strip(), settings.catalog.sku_case)
    if not pattern:
        raise UnreadableStage("--skus names no SKU", "write a pattern such as 'TEE-*'")
    return pattern


def stage_text(stage: Stage) -> str:
    """Return what a stage covers, as people say it."""
    if stage.shops:
        return f"shops {', '.join(stage.shops)}"
    if stage.sku_pattern:
        return f"SKUs {stage.sku_pattern}"
    return "all" if stage.is_whole else f"{stage.share_ratio * PERCENT:g} % of the SKUs"
