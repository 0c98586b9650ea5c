"""Tokens: one that is good is known, and everything else is nobody, all alike."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from connectors.store.engine import reading, writing
from connectors.store.tables import API_TOKENS, TRAIL
from reconciliation.quantities import later
from worker.access import (
    BadToken,
    NewToken,
    Role,
    TokenRequest,
    add_token,
    caller_of,
    list_tokens,
    revoke_token,
)
from worker.holding import Word
from worker.reports.lookup import Unknown

from ..support.shopfront import Shopfront, shopfront


DAY_S = 86_400.0
WORD = Word(who="ann", why="for the dashboard")


@pytest.fixture
def front(tmp_path: Path) -> Iterator[Shopfront]:
    """Two shops, no goods."""
    with shopfront(tmp_path) as front:
        yield front


def made(
    front: Shopfront,
    *,
    role: Role = Role.READER,
    shops: tuple[str, ...] = (),
    for_s: float = 90 * DAY_S,
    name: str = "dashboard",
) -> NewToken:
    """Make a token."""
    request = TokenRequest(
        name=name,
        role=role,
        shops=shops,
        expires_at=later(front.services.now(), for_s),
        word=WORD,
    )
    return add_token(front.services, request)


def tampered(text: str) -> str:
    """Return a token with the right id and form, and another secret."""
    return text[:-2] + ("AA" if text[-2:] != "AA" else "BB")


def test_a_good_token_is_known(front: Shopfront) -> None:
    """Name, role and shops are those it was made with."""
    token = made(front, role=Role.OPERATOR, shops=("beta",))

    caller = caller_of(front.services, token.text)

    assert caller is not None
    assert (caller.name, caller.role, caller.shops) == (
        "dashboard",
        Role.OPERATOR,
        frozenset({"beta"}),
    )


@pytest.mark.parametrize("text", ["", "osg_", "osg_zz_zz", "bearer", "x" * 100_000])
def test_what_is_no_token_is_nobody(front: Shopfront, text: str) -> None:
    """Malformed text ends before the record is asked."""
    assert caller_of(front.services, text) is None


def test_another_secret_under_a_known_id_is_nobody(front: Shopfront) -> None:
    """An id is no secret; it opens nothing."""
    assert caller_of(front.services, tampered(made(front).text)) is None


def test_an_unknown_id_is_nobody(front: Shopfront) -> None:
    """The form alone opens nothing."""
    assert caller_of(front.services, f"osg_{'0' * 12}_{'A' * 43}") is None


def test_an_expired_token_is_nobody(front: Shopfront) -> None:
    """At its very end it is over."""
    token = made(front, for_s=60.0)
    front.now += 60.0

    assert caller_of(front.services, token.text) is None


def test_a_revoked_token_is_nobody(front: Shopfront) -> None:
    """Revoking works at once."""
    token = made(front)
    revoke_token(front.services, token.token.token_id, WORD)

    assert caller_of(front.services, token.text) is None


def test_a_token_of_a_role_that_is_gone_is_nobody(front: Shopfront) -> None:
    """A role that this version does not know lets nobody in."""
    token = made(front)
    with writing(front.services.engine) as connection:
        connection.execute(API_TOKENS.update().values(role="emperor"))

    assert caller_of(front.services, token.text) is None


def test_the_last_use_is_shown(front: Shopfront) -> None:
    """Whoever looks for tokens to revoke sees which are used."""
    token = made(front)
    front.now += 5.0
    caller_of(front.services, token.text)

    assert list_tokens(front.services)[0].last_used_at == "2027-01-15T08:00:05Z"


def test_the_record_holds_no_secret(front: Shopfront) -> None:
    """Neither the table of tokens nor the trail has any part of it but the id."""
    token = made(front)
    revoke_token(front.services, token.text, WORD)
    secret = token.text.rpartition(f"{token.token.token_id}_")[2]

    with reading(front.services.engine) as connection:
        kept = repr([*connection.execute(select(API_TOKENS)), *connection.execute(select(TRAIL))])

    assert token.token.token_id in kept
    assert secret not in kept


def test_a_new_token_does_not_print_its_text(front: Shopfront) -> None:
    """A log line that shows it shows no secret."""
    token = made(front)

    assert token.text not in repr(token)


def test_who_made_and_ended_a_token_is_in_the_trail(front: Shopfront) -> None:
    """With the reason of each."""
    token_id = made(front).token.token_id
    revoke_token(front.services, token_id, Word(who="bob", why="lost"))

    with reading(front.services.engine) as connection:
        rows = connection.execute(select(TRAIL).where(TRAIL.c.subject == token_id)).all()

    assert [(row.event, row.detail["who"], row.detail["why"]) for row in rows] == [
        ("token_added", "ann", "for the dashboard"),
        ("token_revoked", "bob", "lost"),
    ]


def test_a_token_is_revoked_once(front: Shopfront) -> None:
    """The second time changes nothing, and says how it stands."""
    token_id = made(front).token.token_id
    first = revoke_token(front.services, token_id, WORD)
    front.now += 5.0

    assert revoke_token(front.services, token_id, WORD) == first


def test_revoking_what_is_not_there_does_not_quote_it(front: Shopfront) -> None:
    """What was handed in may be a token, or most of one."""
    with pytest.raises(Unknown) as caught:
        revoke_token(front.services, "osg_0123_most-of-a-secret", WORD)

    assert "secret" not in str(caught.value)


def test_a_token_for_no_shop_of_ours_is_refused(front: Shopfront) -> None:
    """A wrong name would let somebody into nothing, unnoticed."""
    with pytest.raises(Unknown, match="no shop 'gamma'"):
        made(front, shops=("gamma",))


@pytest.mark.parametrize("for_s", [0.0, -1.0, 366 * DAY_S + 1.0])
def test_a_token_ends_within_a_year(front: Shopfront, for_s: float) -> None:
    """None is for ever, and none is over before it begins."""
    with pytest.raises(BadToken, match="within a year"):
        made(front, for_s=for_s)


@pytest.mark.parametrize("name", ["", " ", "a\nb", "x" * 65, "\x1b[31m"])
def test_a_name_that_cannot_stand_in_the_trail_is_refused(front: Shopfront, name: str) -> None:
    """It is written to logs and terminals as who did something."""
    with pytest.raises(BadToken, match="no name"):
        made(front, name=name)


def test_an_operator_may_what_a_reader_may() -> None:
    """And not the other way round."""
    assert Role.OPERATOR.includes(Role.READER)
    assert not Role.READER.includes(Role.OPERATOR)
