"""What opens a shop is read from the record no more often than it can have changed."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine, event

from connectors.errors import TryLater
from worker.tiktok_desk import ACCESS_KEPT_S, CLOCKS_APART_S_MAX

from ..support.shopfront import Shopfront, shopfront


@pytest.fixture
def front(tmp_path: Path) -> Iterator[Shopfront]:
    """Two shops whose tokens last for days."""
    with shopfront(tmp_path) as front:
        yield front


def refresh_elsewhere(front: Shopfront) -> str:
    """Let another process refresh the tokens of alpha; return the new access token."""
    keeper = front.services.tiktok.keeper
    return keeper.refresh(keeper.open("alpha").row).pair.access_token


def opened(front: Shopfront) -> str:
    """Return the token that the desk opens alpha with."""
    return front.services.tiktok.access("alpha").access_token


@contextmanager
def statements(engine: Engine) -> Iterator[list[str]]:
    """Yield the statements that are made in the meantime."""
    made: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        made.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield made
    finally:
        event.remove(engine, "before_cursor_execute", note)


def test_the_record_is_not_asked_for_every_call(front: Shopfront) -> None:
    """Within seconds of one look, what opens a shop is still known."""
    opened(front)

    with statements(front.services.engine) as made:
        opened(front)

    assert made == []


def test_a_pair_that_another_process_refreshed_is_used_after_seconds(front: Shopfront) -> None:
    """Even where nobody had to refresh it yet: by hand, say."""
    opened(front)
    token = refresh_elsewhere(front)
    front.now += ACCESS_KEPT_S

    assert opened(front) == token


def test_a_pair_that_is_refused_is_asked_for_anew(front: Shopfront) -> None:
    """What was kept is void: the next call goes by the record."""
    opened(front)
    token = refresh_elsewhere(front)
    with pytest.raises(TryLater, match="another replaced"):
        front.services.tiktok.warehouses("alpha")

    assert opened(front) == token


def test_nothing_is_kept_when_another_process_may_refresh(tmp_path: Path) -> None:
    """Its clock may be ahead of ours, and its pair makes ours void at once."""
    with shopfront(tmp_path, tokens_expire_in_s=86_400.0 + CLOCKS_APART_S_MAX) as front:
        opened(front)
        token = refresh_elsewhere(front)

        assert opened(front) == token


def test_a_clock_set_back_does_not_keep_a_pair(front: Shopfront) -> None:
    """However far back it was set, the record is asked."""
    opened(front)
    token = refresh_elsewhere(front)
    front.now -= 1.0

    assert opened(front) == token
