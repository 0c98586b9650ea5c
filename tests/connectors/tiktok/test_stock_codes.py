"""Every code with which TikTok refuses a quantity has a remedy, and had no effect."""

import pytest

from connectors.tiktok.codes import REMEDIES
from connectors.tiktok.stock_codes import RULES, UNKNOWN, Remedy, believed_s, rule_of


DOCUMENTED = (
    *(12019008, 12019015, 12019022, 12019024, 12019028, 12019120, 12052031, 12052032, 12052036),
    *(12052037, 12052048, 12052050, 12052055, 12052094, 12052096, 12052097, 12052115, 12052141),
    *(12052260, 12052308, 12052332, 12052364, 12052371, 12052393, 12052403, 12052530, 12052531),
    *(12052532, 12052533, 12052553, 12052556, 12052700, 12052850, 12052901, 12052902, 12052910),
    *(12052921, 12052990),
)
"""The codes of an inventory update on TikTok's pages (API page, sections 4 and 5)."""

WRITTEN_NEVER = {
    12052850: "virtual_bundle",
    12052921: "shared_stock",
    12052141: "global_product",
    12052037: "stock_at_tiktok",
}


@pytest.mark.parametrize("code", DOCUMENTED)
def test_every_documented_code_has_a_remedy(code: int) -> None:
    """None is left to the rule for what nobody knows."""
    assert rule_of(code) is not UNKNOWN


@pytest.mark.parametrize("code", DOCUMENTED)
def test_a_code_with_a_remedy_had_no_effect(code: int) -> None:
    """What the client does not know to be a refusal stays in the exposure as an open write."""
    assert code in REMEDIES


def test_a_code_that_nobody_knows_holds_the_listing() -> None:
    """It is neither sent again at once nor taken for a lock."""
    assert rule_of(99).remedy is Remedy.HOLD


@pytest.mark.parametrize(("code", "state"), WRITTEN_NEVER.items())
def test_stock_that_is_not_the_listings_own_is_held_for_a_day(code: int, state: str) -> None:
    """Nothing that we could do makes it writable, so that it is tried once a day."""
    rule = rule_of(code)

    assert (rule.remedy, rule.state, believed_s(rule, 1)) == (Remedy.HOLD, state, 86_400.0)


def test_an_inactive_seller_stops_the_shop() -> None:
    """No listing of it takes a quantity."""
    assert rule_of(12052700).remedy is Remedy.STOP_SHOP


@pytest.mark.parametrize("code", [12019024, 12052055, 12052393])
def test_a_quantity_that_is_too_low_asks_for_the_least(code: int) -> None:
    """Zero refused and a campaign's lock leave a lower quantity than is shown."""
    assert rule_of(code).remedy is Remedy.LEAST


@pytest.mark.parametrize("code", sorted(RULES))
def test_a_refusal_is_believed_for_longer_each_time_and_never_for_ever(code: int) -> None:
    """The hundredth is believed at least as long as the first, and no longer than a day."""
    rule = rule_of(code)

    assert 0 < believed_s(rule, 1) <= believed_s(rule, 100) <= 86_400.0
