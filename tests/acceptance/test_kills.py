"""Processes die, brokers forget: nothing is oversold, nothing is lost, all comes to rest."""

import random
import time
from pathlib import Path

import pytest

from tests.support.fleet import GuardedStory, guarded_story
from tests.support.servers import postgres, valkey


SECONDS = 45.0
KILLS = 10
REST_S_MAX = 60.0

# Real processes around a real story, on real servers, over real sockets of this machine.
pytestmark = [pytest.mark.timeout(240), pytest.mark.allow_hosts(["127.0.0.1"])]


def play_out(guarded: GuardedStory) -> None:
    """Let the story run to its end."""
    while time.time() < guarded.story.ends_at:
        time.sleep(0.1)
    guarded.end()


def assert_unharmed(guarded: GuardedStory) -> None:
    """Nothing oversold, no breach, no order lost, nothing left under way."""
    unrest = guarded.comes_to_rest(REST_S_MAX)

    assert unrest == [], guarded.fleet.said()[-20_000:]
    assert guarded.story.oversold_units() == 0
    assert guarded.breaches() == 0
    assert guarded.lost_orders() == 0


def test_workers_killed_at_random_do_no_harm(
    tmp_path: Path, migrated_postgres_url: str, redis_url: str
) -> None:
    """Ten times during the story a queue process is ended with `kill -9`, whatever it is doing."""
    rng = random.Random(5)
    with guarded_story(
        tmp_path,
        seed=3,
        seconds=SECONDS,
        database_url=migrated_postgres_url,
        redis_url=redis_url,
    ) as guarded:
        guarded.begin()
        for _ in range(KILLS):
            time.sleep(rng.uniform(0.5, SECONDS / KILLS * 1.5))
            guarded.fleet.kill(rng.choice(["queue-1", "queue-2"]))
        play_out(guarded)

        assert_unharmed(guarded)
        assert guarded.has_begun()


def test_a_redis_that_goes_away_and_forgets_does_no_harm(tmp_path: Path) -> None:
    """For thirty seconds of the story there is no Redis, and then one that knows nothing."""
    with (
        postgres() as record,
        valkey() as broker,
        guarded_story(
            tmp_path,
            seed=4,
            seconds=SECONDS,
            database_url=record.url(record.make_database()),
            redis_url=broker.url(),
        ) as guarded,
    ):
        guarded.begin()
        time.sleep(6.0)
        broker.kill()
        time.sleep(30.0)
        broker.start()
        play_out(guarded)

        assert_unharmed(guarded)
        assert guarded.fleet.ended() == []
        assert guarded.has_begun()
