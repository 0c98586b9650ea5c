"""The quota of the replay: never exceeded, and urgent calls first."""

import heapq
from collections.abc import Callable
from random import Random

import pytest

from worker.backtest.turnstile import Turnstile


class Line:
    """A clock with a line before one turnstile; `granted` are the calls and their moments."""

    def __init__(self, share: float = 1.0) -> None:
        """Put up the turnstile."""
        self.now = 0.0
        self.granted: list[tuple[float, int]] = []
        self._events: list[tuple[float, int, Callable[[int], None], int]] = []
        self.turnstile = Turnstile(self.later, self.grant, share)

    def later(self, at: float, action: Callable[[int], None], argument: int) -> None:
        """Note an event."""
        heapq.heappush(self._events, (at, len(self._events), action, argument))

    def grant(self, who: int) -> None:
        """Note a call."""
        self.granted.append((self.now, who))

    def run_until(self, moment: float) -> None:
        """Let time pass."""
        while self._events and self._events[0][0] <= moment:
            self.now, _, action, argument = heapq.heappop(self._events)
            action(argument)
        self.now = moment


def crowd(share: float, *, calls: int = 2_000) -> list[float]:
    """The moments at which a crowd that comes in bursts is let through."""
    line, rng = Line(share), Random(5)
    moment = 0.0
    for who in range(calls):
        moment += rng.choice((0.0, 0.0, 0.0, 0.02, 0.4))
        line.run_until(moment)
        line.turnstile.ask(line.now, who)
    line.run_until(moment + 10_000.0)
    return [at for at, _ in line.granted]


def most_in_a_second(moments: list[float]) -> int:
    """The most calls that any second saw."""
    return max(
        sum(1 for at in moments[first:] if at < start + 1.0) for first, start in enumerate(moments)
    )


def test_no_second_sees_more_than_the_quota() -> None:
    """However many ask at once, TikTok is called fifty times a second at most."""
    assert most_in_a_second(crowd(1.0)) <= 50


def test_a_tenth_of_the_quota_lets_a_tenth_through() -> None:
    """A sample of the SKUs gets its share, beside what it may save up."""
    assert most_in_a_second(crowd(0.1)) <= 5 + 5


@pytest.mark.parametrize("share", [1.0, 0.01])
def test_everybody_who_asks_gets_a_turn(share: float) -> None:
    """Nobody is forgotten in the line."""
    assert len(crowd(share, calls=300)) == 300


def test_an_urgent_call_goes_before_those_that_wait() -> None:
    """Who waits is served by rank, then in order."""
    line = Line()
    for who in range(60):
        line.turnstile.ask(line.now, who, rank=5)
    line.turnstile.ask(line.now, 99, rank=0)

    line.run_until(10.0)

    waited = [who for at, who in line.granted if at > 0.0]
    assert waited[0] == 99
    assert waited[1:] == sorted(waited[1:])


def test_a_call_that_was_not_made_is_not_counted() -> None:
    """A turn given back is another's."""
    line = Line()
    for who in range(5):
        line.turnstile.ask(line.now, who)
    line.turnstile.give_back()

    line.turnstile.ask(line.now, 5)

    assert (0.0, 5) in line.granted
