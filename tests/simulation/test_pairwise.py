"""The rows that the switches are proven by really hold every pair."""

import itertools

import pytest

from connectors.sandbox.switch_table import SWITCHES

from .pairwise import covering_rows


QUESTIONS = {row.name: row.safe_answers for row in SWITCHES}


@pytest.mark.parametrize("seed", [1, 2])
def test_every_two_answers_of_every_two_switches_meet(seed: int) -> None:
    """Whatever the seed."""
    rows = covering_rows(QUESTIONS, seed)
    met = {
        (one, row[one], other, row[other])
        for row in rows
        for one, other in itertools.combinations(QUESTIONS, 2)
    }
    wanted = {
        (one, here, other, there)
        for one, other in itertools.combinations(QUESTIONS, 2)
        for here in QUESTIONS[one]
        for there in QUESTIONS[other]
    }

    assert wanted - met == set()


def test_the_first_row_is_what_is_thought_likeliest() -> None:
    """So that a failure of the others can be compared."""
    first = covering_rows(QUESTIONS, 1)[0]

    assert first == {name: answers[0] for name, answers in QUESTIONS.items()}


def test_the_rows_are_few() -> None:
    """Each costs seconds; all combinations would be billions."""
    assert len(covering_rows(QUESTIONS, 1)) < 20


def test_the_same_seed_gives_the_same_rows() -> None:
    """A row that failed can be had again."""
    assert covering_rows(QUESTIONS, 1) == covering_rows(QUESTIONS, 1)
