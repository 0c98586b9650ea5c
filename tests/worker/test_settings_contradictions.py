"""Overrides that are right one by one and wrong together are found before any SKU meets them."""

from fnmatch import fnmatchcase
from itertools import product
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from worker.settings.contradictions import may_meet

from .settings_rig import Change, faults


LETTERS = "ab"
LETTERS_MAX = 6
TEXTS = [
    "".join(letters)
    for size in range(LETTERS_MAX + 1)
    for letters in product(LETTERS, repeat=size)
]


def overrides(*tables: str) -> Change:
    """More overrides after the one that is there."""
    text = "".join(f"\n[[overrides]]\n{table}\n" for table in tables)
    return ("safety_units_min = 2\n", f"safety_units_min = 2\n{text}")


def test_an_override_may_contradict_the_guard(tmp_path: Path) -> None:
    """The fault lies with the override, which came last."""
    found = faults(tmp_path, overrides('shop = "us"\npause_at_units = 3'))

    assert found == [
        (
            "overrides[2].pause_at_units (line 37): resume_at_units must be above pause_at_units, "
            "or listings would flap (together with [guard]); "
            "change resume_at_units or pause_at_units"
        )
    ]


def test_an_override_may_contradict_itself(tmp_path: Path) -> None:
    """A number that no policy may have needs no other to be wrong."""
    found = faults(tmp_path, overrides('shop = "us"\nthrottle_cap_units = 0'))

    assert found == [
        (
            "overrides[2].throttle_cap_units (line 37): throttle_cap_units must be at least 1 "
            "(use pause_at_units to show 0); change throttle_cap_units"
        )
    ]


def test_two_overrides_may_contradict_each_other(tmp_path: Path) -> None:
    """A SKU that both patterns match would have a policy that cannot be."""
    found = faults(
        tmp_path,
        overrides('sku_pattern = "*-RED"\nsafety_units_max = 1'),
    )

    assert found == [
        (
            "overrides[2].safety_units_max (line 37): safety_units_max must not be below "
            "safety_units_min (together with overrides[1]); change safety_units_max or "
            "safety_units_min"
        )
    ]


def test_patterns_that_cannot_meet_do_not_contradict(tmp_path: Path) -> None:
    """No SKU is both a tee and a mug."""
    assert faults(tmp_path, overrides('sku_pattern = "MUG-*"\nsafety_units_max = 1')) == []


def test_shops_that_differ_do_not_contradict(tmp_path: Path) -> None:
    """What one shop changes does not meet what another changes."""
    found = faults(
        tmp_path,
        overrides(
            'shop = "us"\nthrottle_at_units = 8',
            'shop = "uk"\nopen_at_units = 7',
        ),
    )

    assert found == []


def test_a_later_override_may_mend_an_earlier_one(tmp_path: Path) -> None:
    """What is in force in the end counts, not what was on the way there."""
    found = faults(
        tmp_path,
        overrides("pause_at_units = 3", "resume_at_units = 5"),
    )

    assert found == []


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [
        ("TEE-*", "*-RED", True),
        ("TEE-*", "MUG-*", False),
        ("TEE-?", "TEE-10", False),
        ("TEE-[0-9]", "TEE-7", True),
        ("TEE-[0-9]", "TEE-X", False),
        ("TEE-[!0-9]", "TEE-7", False),
        ("*", "", True),
        ("A*C", "AB", False),
    ],
)
def test_patterns_meet_where_a_sku_could_match_both(one: str, other: str, *, meet: bool) -> None:
    """Two patterns meet if there is a SKU for both."""
    assert may_meet(one, other) is meet


PATTERNS = st.text(alphabet=f"{LETTERS}?*", max_size=5)


@given(one=PATTERNS, other=PATTERNS)
def test_patterns_meet_exactly_where_some_text_matches_both(one: str, other: str) -> None:
    """The answer is that of trying every short text."""
    # Where two patterns meet, they meet in a text with no more letters than both have together.
    assume(sum(sign != "*" for sign in one + other) <= LETTERS_MAX)
    found = any(fnmatchcase(text, one) and fnmatchcase(text, other) for text in TEXTS)

    assert may_meet(one, other) is found
