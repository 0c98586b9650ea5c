"""JSON of others is read strictly, and what is odd is named by its path and value."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.errors import AnswerUnreadable
from connectors.tiktok.json_parts import JsonPart, json_object


def part(**fields: object) -> JsonPart:
    """An object that stood at `data`."""
    return JsonPart(value=fields, path="data")


@pytest.mark.parametrize(
    ("value", "expected"), [("7", "7"), (7, "7"), (1729592969712207013, "1729592969712207013")]
)
def test_ids_become_texts(value: object, expected: str) -> None:
    """A number is an id like its digits, however long; blanks of TikTok's samples go."""
    assert part(id=value).identity("id") == expected
    assert part(id="115313\n").identity("id") == "115313"


@given(number=st.integers(0, 2**63))
def test_long_ids_lose_no_digit(number: int) -> None:
    """An id that comes as a number is never rounded."""
    assert json_object(f'{{"id": {number}}}'.encode()).identity("id") == str(number)


@pytest.mark.parametrize("value", [1.5, 1e18, True, [], {}, None, "", " "])
def test_what_is_no_id_is_named(value: object) -> None:
    """Rounded numbers above all: a float is never an id."""
    with pytest.raises(AnswerUnreadable, match=r"data\.id"):
        part(id=value).identity("id")


@pytest.mark.parametrize("value", [-1, 1.0, "1.0", "-1", "٣", "9" * 5_000, True, "many", [], {}])
def test_what_is_no_count_is_named(value: object) -> None:
    """Counts are whole and not negative, in ASCII digits."""
    with pytest.raises(AnswerUnreadable, match=r"data\.quantity"):
        part(quantity=value).units("quantity")


def test_a_count_may_have_a_default() -> None:
    """A field that is missing or null takes the default; one that is odd never does."""
    assert part().units("quantity", 0) == part(quantity=None).units("quantity", 0) == 0
    with pytest.raises(AnswerUnreadable):
        part(quantity="x").units("quantity", 0)


@pytest.mark.parametrize("value", [0, None, ""])
def test_no_time_is_no_time(value: object) -> None:
    """TikTok writes 0 where something has not happened."""
    assert part(at=value).instant_if_any("at") is None
    with pytest.raises(AnswerUnreadable):
        part(at=value).instant("at")


@pytest.mark.parametrize("value", [-1, 1_700_000_000_000, "2026-01-01", 1.5, True])
def test_what_is_no_time_is_named(value: object) -> None:
    """Milliseconds above all: a moment in the year 55,000 is none."""
    with pytest.raises(AnswerUnreadable, match=r"data\.at"):
        part(at=value).instant_if_any("at")


def test_paths_lead_to_the_value() -> None:
    """The path goes through objects and lists, and the value is shown."""
    whole = json_object(b'{"a": {"b": [{}, {"c": "odd"}]}}')

    with pytest.raises(AnswerUnreadable, match=r"\$\.a\.b\[1\]\.c is no whole number: 'odd'"):
        whole.part("a").parts("b")[1].units("c")


@pytest.mark.parametrize("value", [{}, "text", [1], [None], [[]]])
def test_what_is_no_list_of_objects_is_named(value: object) -> None:
    """A list of something else is not skipped over."""
    with pytest.raises(AnswerUnreadable, match=r"data\.skus"):
        part(skus=value).parts("skus")


def test_flags_and_texts_are_themselves() -> None:
    """1 is not true, and a number is no text."""
    assert (part(a=True).flag("a"), part(a=False).flag("a"), part().flag("a")) == (1, 0, 0)
    with pytest.raises(AnswerUnreadable, match="neither"):
        part(a=1).flag("a")
    with pytest.raises(AnswerUnreadable, match="no text"):
        part(a=1).text("a")
    with pytest.raises(AnswerUnreadable, match="no object"):
        part(a=1).part("a")


def test_a_secret_value_is_not_shown() -> None:
    """Not in an error, not further down, and not in a repr."""
    secret = JsonPart(value={"a": {"b": "canary"}}, path="data", secret=True)

    with pytest.raises(AnswerUnreadable) as caught:
        secret.part("a").units("b")

    assert str(caught.value) == "data.a.b is no whole number"
    assert "canary" not in repr(secret)
