"""A hundred thousand requests that TikTok never sent: none is taken, none makes us fail."""

import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from .forgeries import GENUINE, MUTATIONS, Mutation, forgery, malformed
from .rig import Door, Post, deliver, door, genuine, post_one, running, signed


FORGERIES = 100_000
MALFORMED = 2_000
SEED = 20_261_124


def answers(opened: Door, posts: Iterable[Post]) -> Counter[int | None]:
    """Hand on requests one after the other and count how they are answered."""

    async def all_of_them() -> Counter[int | None]:
        return Counter([await deliver(opened.app, post) for post in posts])

    return running(all_of_them())


def drawn(make: Callable[[random.Random], Post], count: int) -> Iterator[Post]:
    """Yield requests from a seed."""
    rng = random.Random(SEED)
    return (make(rng) for _ in range(count))


def test_no_forged_request_is_taken_and_none_makes_us_fail(tmp_path: Path) -> None:
    """Each is told that its signature is bad or its body too long; torn ones are told nothing."""
    with door(tmp_path) as opened:
        found = answers(opened, drawn(forgery, FORGERIES))
        kept = opened.rows()

    assert found.keys() == {401, 413, None}
    assert found.total() == FORGERIES
    assert kept == 0


def test_what_is_forged_from_would_be_taken(tmp_path: Path) -> None:
    """The proof above could fail: the same requests, unchanged, are all kept."""
    with door(tmp_path) as opened:
        found = answers(opened, map(genuine, GENUINE))

        assert (found, opened.rows()) == ({200: len(GENUINE)}, len(GENUINE))


@pytest.mark.parametrize("mutation", MUTATIONS, ids=range(len(MUTATIONS)))
def test_each_way_to_forge_changes_the_request(mutation: Mutation) -> None:
    """A forgery that were none would be taken, and rightly so."""
    rng = random.Random(SEED)
    body = GENUINE[0]
    original = genuine(body)

    assert mutation(original, rng) != original


def test_no_signed_nonsense_is_taken_and_none_makes_us_fail(tmp_path: Path) -> None:
    """Even TikTok's own signature does not make a notification of what is none."""

    def nonsense(rng: random.Random) -> Post:
        body = malformed(rng)
        return Post(body=body, signature=signed(body))

    with door(tmp_path) as opened:
        found = answers(opened, drawn(nonsense, MALFORMED))
        kept = opened.rows()

    assert (found, kept) == ({400: MALFORMED}, 0)


def test_a_genuine_request_is_taken_after_all_that(tmp_path: Path) -> None:
    """What was refused leaves nothing behind that would refuse the next."""
    with door(tmp_path) as opened:
        answers(opened, drawn(forgery, 200))

        assert post_one(opened, genuine(GENUINE[0])) == 200
