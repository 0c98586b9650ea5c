"""A few rows of settings in which every two answers of every two questions meet at least once."""

import itertools
import random
from collections.abc import Mapping, Sequence


CANDIDATES = 12
"""Rows that are tried for each that is kept. More make the table shorter by a row or so."""

Row = dict[str, object]
"""One answer to each question."""

_Pair = frozenset[tuple[str, int]]
"""Two questions, each with the place of its answer."""


def covering_rows(questions: Mapping[str, Sequence[object]], seed: int) -> list[Row]:
    """Return rows that hold all pairs of answers; the first has the first answers throughout."""
    rng = random.Random(seed)
    sizes = {name: len(answers) for name, answers in questions.items()}
    chosen = [dict.fromkeys(sizes, 0)]
    missing = _all_pairs(sizes) - _pairs_of(chosen[0])
    while missing:
        candidates = [_greedy(sizes, missing, rng) for _ in range(CANDIDATES)]
        best = max(candidates, key=lambda row: len(_pairs_of(row) & missing))
        chosen.append(best)
        missing -= _pairs_of(best)
    return [{name: questions[name][place] for name, place in row.items()} for row in chosen]


def _greedy(sizes: Mapping[str, int], missing: set[_Pair], rng: random.Random) -> dict[str, int]:
    """Return a row built answer by answer, each the one that adds most missing pairs."""
    # Sorted, since the order of a set of texts differs from process to process.
    row = dict(rng.choice(sorted(missing, key=sorted)))
    names = [name for name in sizes if name not in row]
    rng.shuffle(names)
    for name in names:
        gains = [
            sum(frozenset({(name, place), other}) in missing for other in row.items())
            for place in range(sizes[name])
        ]
        most = max(gains)
        row[name] = rng.choice([place for place, gain in enumerate(gains) if gain == most])
    return {name: row[name] for name in sizes}


def _all_pairs(sizes: Mapping[str, int]) -> set[_Pair]:
    return {
        frozenset({(one, here), (other, there)})
        for one, other in itertools.combinations(sizes, 2)
        for here in range(sizes[one])
        for there in range(sizes[other])
    }


def _pairs_of(row: Mapping[str, int]) -> set[_Pair]:
    return {frozenset(pair) for pair in itertools.combinations(row.items(), 2)}
