"""A quantity is what the declared rule allows, and nothing else; each trap is a row here."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from reconciliation.feed import Negative, QuantityRule, RowCause
from reconciliation.feed_quantity import MARKS, read_units


DIGITS = QuantityRule()
GERMAN = QuantityRule(thousands_mark=".", decimal_mark=",")
ENGLISH = QuantityRule(thousands_mark=",", decimal_mark=".")
SWISS = QuantityRule(thousands_mark="\u2019")
FRENCH = QuantityRule(thousands_mark="\u202f")
POINT_ONLY = QuantityRule(decimal_mark=".")
WORDS = QuantityRule(words=(("in stock", 5), ("sold out", 0), (">100", 100), ("", 0)))
BELOW = QuantityRule(thousands_mark=".", negative=Negative.ZERO)


@pytest.mark.parametrize(
    ("rule", "text", "units"),
    [
        (GERMAN, "1.234", 1234),
        (GERMAN, "1.234,00", 1234),
        (GERMAN, "12,0", 12),
        (GERMAN, "1.234.567", 1234567),
        (GERMAN, "1234", 1234),
        (GERMAN, "0,000", 0),
        (ENGLISH, "1,234.0", 1234),
        (ENGLISH, "12.000", 12),
        (SWISS, "1\u2019234", 1234),
        (FRENCH, "1\u202f234", 1234),
        (POINT_ONLY, "1.000", 1),
        (WORDS, "IN Stock", 5),
        (WORDS, " in stock ", 5),
        (WORDS, ">100", 100),
        (WORDS, "   ", 0),
        (WORDS, "12", 12),
        (BELOW, "-3", 0),
        (BELOW, "\u22123", 0),
        (BELOW, "-1.234", 0),
    ],
)
def test_what_was_declared_is_taken(rule: QuantityRule, text: str, units: int) -> None:
    """Marks where they must stand, whole words, and less than nothing."""
    assert read_units(text, rule) == units


@pytest.mark.parametrize(
    ("rule", "text", "cause"),
    [
        (DIGITS, "1.234", RowCause.QUANTITY_FRACTIONAL),
        (DIGITS, "12,0", RowCause.QUANTITY_FRACTIONAL),
        (GERMAN, "1.23", RowCause.QUANTITY_FRACTIONAL),
        (GERMAN, "12.34", RowCause.QUANTITY_FRACTIONAL),
        (GERMAN, "1.2345", RowCause.QUANTITY_FRACTIONAL),
        (GERMAN, "1234.567", RowCause.QUANTITY_FRACTIONAL),
        (GERMAN, "0.123", RowCause.QUANTITY_FRACTIONAL),
        (GERMAN, "1,5", RowCause.QUANTITY_FRACTIONAL),
        (GERMAN, "1,", RowCause.QUANTITY_FRACTIONAL),
        (GERMAN, ",0", RowCause.QUANTITY_FRACTIONAL),
        (GERMAN, "1,234.0", RowCause.QUANTITY_FRACTIONAL),
        (GERMAN, "1,0000000", RowCause.QUANTITY_FRACTIONAL),
        (GERMAN, "12.345.678", RowCause.QUANTITY_TOO_LARGE),
        (GERMAN, "-1.234", RowCause.QUANTITY_NEGATIVE),
        (POINT_ONLY, "1.001", RowCause.QUANTITY_FRACTIONAL),
        (SWISS, "1'234", RowCause.QUANTITY_UNREADABLE),
        (SWISS, "12\u20193", RowCause.QUANTITY_UNREADABLE),
        (GERMAN, "\uff11.\uff12\uff13\uff14", RowCause.QUANTITY_UNREADABLE),
        (WORDS, "in  stock", RowCause.QUANTITY_UNREADABLE),
        (WORDS, "in stock!", RowCause.QUANTITY_UNREADABLE),
        (WORDS, ">200", RowCause.QUANTITY_UNREADABLE),
        (WORDS, "-3", RowCause.QUANTITY_NEGATIVE),
        (BELOW, "-", RowCause.QUANTITY_UNREADABLE),
        (BELOW, "--3", RowCause.QUANTITY_UNREADABLE),
        (BELOW, "-3.5", RowCause.QUANTITY_NEGATIVE),
        (BELOW, "-1e3", RowCause.QUANTITY_UNREADABLE),
        (BELOW, "+3", RowCause.QUANTITY_UNREADABLE),
        (BELOW, "", RowCause.QUANTITY_BLANK),
    ],
)
def test_what_was_not_declared_is_named(rule: QuantityRule, text: str, cause: RowCause) -> None:
    """A mark in the wrong place is no mark, and a word is the whole cell."""
    assert read_units(text, rule) is cause


@pytest.mark.parametrize(
    "wrong",
    [
        {"thousands_mark": "_"},
        {"thousands_mark": ".."},
        {"thousands_mark": "5"},
        {"decimal_mark": "'"},
        {"thousands_mark": ".", "decimal_mark": "."},
        {"words": (("12", 5),)},
        {"words": (("-1", 0),)},
        {"words": (("1.5", 1),)},
        {"words": ((" some", 1),)},
        {"words": (("some", 1), ("SOME", 2))},
        {"words": (("some", -1),)},
        {"words": (("some", 10_000_000),)},
    ],
)
def test_a_rule_that_contradicts_itself_is_never_made(wrong: dict[str, object]) -> None:
    """A word that is a number would change what the partner wrote."""
    with pytest.raises(ValueError, match=r"\w"):
        QuantityRule(**wrong)  # type: ignore[arg-type]  # wrong on purpose


RULES = st.builds(
    QuantityRule,
    thousands_mark=st.sampled_from(["", *sorted(MARKS - {","})]),
    decimal_mark=st.sampled_from(["", ","]),
    words=st.just((("in stock", 5),)),
    negative=st.sampled_from(list(Negative)),
)
TEXTS = st.one_of(
    st.text("0123456789.,' \u2019\u202f-+e_", max_size=12),
    st.text(),
    st.sampled_from(["in stock", "In Stock", "nan", "inf", "\u0663"]),
)


@given(text=TEXTS, rule=RULES)
@example(text="0.123", rule=GERMAN)
def test_a_number_is_never_changed(text: str, rule: QuantityRule) -> None:
    """What is taken for a number has its own digits in their order, and no others but zeros."""
    units = read_units(text, rule)

    if not isinstance(units, RowCause) and text.strip(" ").casefold() != "in stock":
        whole, _, zeros = text.partition(",") if rule.decimal_mark else (text, "", "")
        digits = re.sub("[^0-9]", "", whole)
        assert (units, set(zeros.strip(" "))) in [
            (0 if "-" in text or "\u2212" in text else int(digits), each)
            for each in (set(), {"0"})
        ]


@given(units=st.integers(0, 9_999_999), rule=RULES)
def test_a_number_is_read_back_however_it_was_written(units: int, rule: QuantityRule) -> None:
    """With and without the marks that were declared."""
    zeros = f"{rule.decimal_mark}00" if rule.decimal_mark else ""
    grouped = f"{units:,}".replace(",", rule.thousands_mark)

    assert {read_units(text + zeros, rule) for text in (str(units), grouped)} == {units}
