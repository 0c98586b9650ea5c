"""Numbers are told in words that agree with them."""

import pytest

from reconciliation.wording import agreed, counted, share_of


@pytest.mark.parametrize(
    ("number", "told"), [(0, "0 rows are"), (1, "1 row is"), (2, "2 rows are")]
)
def test_a_word_agrees_with_its_number(number: int, told: str) -> None:
    """One is one, none and several are many."""
    assert f"{counted(number, 'row')} {agreed(number, 'is', 'are')}" == told


def test_a_share_is_told_of_its_whole() -> None:
    """The noun agrees with the whole."""
    assert (share_of(1, 1, "row"), share_of(1, 20, "row")) == ("1 of 1 row", "1 of 20 rows")
