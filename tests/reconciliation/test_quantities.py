"""SKUs are compared in one form, and what nobody can see is refused."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from reconciliation.quantities import Instant, SkuCase, UnreadableSku, later, normal_sku

from ..support.boards import LAW


def test_blanks_around_a_sku_do_not_count() -> None:
    """A partner's padding makes no new item."""
    assert normal_sku("  TEE-1\t\n") == "TEE-1"


def test_composed_and_decomposed_letters_are_one_sku() -> None:
    """A letter with its accent apart is the letter with its accent."""
    assert normal_sku("CAFE\u0301") == normal_sku("CAF\u00c9")


def test_case_is_kept_unless_the_rule_says_otherwise() -> None:
    """Two SKUs that differ in case are two items by default."""
    assert normal_sku("tee") != normal_sku("TEE")


def test_case_is_ignored_under_the_upper_rule() -> None:
    """Under the rule `upper`, letter case makes no new item."""
    assert normal_sku("tee", SkuCase.UPPER) == normal_sku("TEE", SkuCase.UPPER)


@pytest.mark.parametrize("text", ["", "   ", "\u3000", "\n"])
def test_a_blank_sku_is_refused(text: str) -> None:
    """Nothing is no name of an item."""
    with pytest.raises(UnreadableSku, match="blank"):
        normal_sku(text)


@pytest.mark.parametrize("text", ["TEE\x00", "T\u200bEE", "TEE\u00ad1", "\ufeffTEE", "T\tEE"])
def test_invisible_characters_are_refused(text: str) -> None:
    """What a person cannot see would part two equal names without a trace."""
    with pytest.raises(UnreadableSku, match="invisible"):
        normal_sku(text)


def test_half_a_letter_is_refused() -> None:
    """A lone surrogate, which JSON can carry, can be written to no file and no database."""
    with pytest.raises(UnreadableSku):
        normal_sku("TEE\ud800")


@LAW
@given(text=st.text(max_size=8), case=st.sampled_from(SkuCase))
def test_the_normal_form_is_its_own_normal_form(text: str, case: SkuCase) -> None:
    """To make a SKU normal twice changes nothing, or stored names would miss their twins."""
    try:
        once = normal_sku(text, case)
    except UnreadableSku:
        assume(False)  # noqa: FBT003 - hypothesis takes it by place

    assert normal_sku(once, case) == once


def test_capitals_with_two_accents_stay_in_normal_form() -> None:
    """Capitals are taken before the letters are composed: some come apart when raised."""
    once = normal_sku("\u0390", SkuCase.UPPER)

    assert normal_sku(once, SkuCase.UPPER) == once


def test_later_and_earlier_are_seconds_apart() -> None:
    """A negative number of seconds goes back in time."""
    assert later(Instant(100.0), -40.0) == Instant(60.0)
