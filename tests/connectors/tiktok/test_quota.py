"""The quota is never overstepped, and a fifth of it is always there for decreases."""

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.tiktok.quota import WAIT_MIN_S, Bucket, Quota, allowance

from .rig import NOW


# What callers do: wait a little, then ask, in a hurry or not.
asks = st.lists(
    st.tuples(st.floats(min_value=0, max_value=0.5), st.booleans()), min_size=1, max_size=300
)


def grants(steps: list[tuple[float, bool]]) -> list[tuple[float, bool]]:
    """When calls were granted to callers who ask as `steps` say, and to whom."""
    now, quota, granted = NOW, Quota(), []
    for wait_s, urgent in steps:
        now += wait_s
        if not quota.take("uk", "write", now=now, urgent=urgent):
            granted.append((now, urgent))
    return granted


def most_in_window(moments: list[float], window_s: float) -> int:
    """The most moments that any window of this length holds."""
    return max(
        (sum(start <= at < start + window_s for at in moments) for start in moments), default=0
    )


@given(steps=asks, window_s=st.floats(min_value=0.01, max_value=20))
def test_no_window_sees_more_than_rate_and_burst(
    steps: list[tuple[float, bool]], window_s: float
) -> None:
    """In any time t at most rate x t + burst calls are granted: 45 t + 5."""
    moments = [at for at, _ in grants(steps)]

    assert most_in_window(moments, window_s) <= 45 * window_s + 5 + 0.01


@given(steps=asks, window_s=st.floats(min_value=0.01, max_value=20))
def test_a_fifth_is_left_to_the_urgent(steps: list[tuple[float, bool]], window_s: float) -> None:
    """Calls that are not urgent never get more than four fifths: 36 t + 4."""
    moments = [at for at, urgent in grants(steps) if not urgent]

    assert most_in_window(moments, window_s) <= 36 * window_s + 4 + 0.01


def test_one_second_of_greed_stays_within_the_quota() -> None:
    """Asking every millisecond for two seconds gets no more than 50 in any one of them."""
    moments = [at for at, _ in grants([(0.001, True)] * 2_000)]

    assert 85 <= len(moments) <= 95
    assert most_in_window(moments, 1.0) <= 50


def test_a_bucket_starts_empty() -> None:
    """The first call waits for the first token, since somebody may just have used the burst."""
    quota = Quota()

    first_s = quota.take("uk", "write", now=NOW, urgent=True)

    assert first_s == pytest.approx(1 / 45)
    assert quota.take("uk", "write", now=NOW + first_s, urgent=True) == 0


def test_who_waits_as_told_gets_a_turn() -> None:
    """Alone, a caller who waits what it is told gets its call, a hundred times over."""
    quota, now = Quota(), NOW
    for _ in range(100):
        while wait_s := quota.take("uk", "write", now=now):
            assert wait_s >= WAIT_MIN_S
            now += wait_s

    assert now - NOW <= 100 / 36 + 0.2


def test_urgent_calls_pass_the_others() -> None:
    """While others have used up their share, a decrease still gets its call."""
    quota = Quota()
    quota.take("uk", "write", now=NOW)
    now = NOW + 10
    while not quota.take("uk", "write", now=now):
        pass

    assert quota.take("uk", "write", now=now, urgent=True) == 0


def test_shops_and_apis_do_not_share() -> None:
    """The quota is for one API of one shop; another's use takes nothing from it."""
    quota = Quota()
    for shop, api in (("uk", "write"), ("us", "write"), ("uk", "read")):
        quota.take(shop, api, now=NOW)
    while not quota.take("uk", "write", now=NOW + 1, urgent=True):
        pass

    assert quota.take("us", "write", now=NOW + 1) == 0
    assert quota.take("uk", "read", now=NOW + 1) == 0


def test_a_penalty_is_obeyed_by_all() -> None:
    """After a 429 nobody calls before it is over, and then the bucket is empty."""
    quota = Quota()
    quota.take("uk", "write", now=NOW)
    quota.penalise("uk", "write", now=NOW + 1, until=NOW + 3)

    assert quota.take("uk", "write", now=NOW + 2, urgent=True) == pytest.approx(1.0)
    assert quota.take("uk", "write", now=NOW + 3, urgent=True) == pytest.approx(1 / 45)


def test_a_penalty_has_an_end() -> None:
    """However far away its end is said to be, it is over within minutes."""
    quota = Quota()
    quota.penalise("uk", "write", now=NOW, until=NOW + 1e9)

    assert quota.take("uk", "write", now=NOW) <= 300


def test_a_clock_set_back_stops_nobody() -> None:
    """The bucket goes on filling from the time that the clock shows now."""
    quota = Quota()
    quota.take("uk", "write", now=NOW)
    quota.take("uk", "write", now=NOW - 3_600)

    assert quota.take("uk", "write", now=NOW - 3_599) == 0


def test_a_clock_set_back_ends_a_penalty() -> None:
    """A penalty of a second does not become an hour."""
    quota = Quota()
    quota.penalise("uk", "write", now=NOW, until=NOW + 1)
    quota.take("uk", "write", now=NOW - 3_600)

    assert quota.take("uk", "write", now=NOW - 3_599) == 0


def test_threads_share_one_quota() -> None:
    """Eight threads asking at once get together what one would get alone."""
    quota = Quota()
    granted: list[int] = []
    quota.take("uk", "write", now=NOW)

    def ask() -> None:
        granted.extend(
            1 for _ in range(100) if not quota.take("uk", "write", now=NOW + 9, urgent=True)
        )

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(granted) == 5


def test_a_bucket_that_grants_nothing_is_refused() -> None:
    """A rate of nothing, or no room for a token, would wait for ever."""
    with pytest.raises(ValueError, match="rate"):
        Bucket(rate_per_s=0, burst=1, at=NOW)
    with pytest.raises(ValueError, match="room"):
        Bucket(rate_per_s=1, burst=0.5, at=NOW)


def test_a_small_share_of_the_quota_still_works() -> None:
    """One of many processes may be given a single call a second."""
    assert allowance(NOW, calls_per_s=1.0).take(NOW + 2, urgent=False)[1] == 0
