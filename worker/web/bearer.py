"""Who asks, and whether they may: the bearer token of a request, its role and its shops.

A token that is malformed, unknown, expired or revoked gets the same answer (RFC 6750). So does a
shop that a token is not for, whether there is such a shop or not.
"""

from collections.abc import Collection
from http import HTTPStatus

from starlette.datastructures import Headers

from ..access import Caller, Role, caller_of
from ..services import Services
from .problems import Problem, refusal


REALM = 'Bearer realm="oversell-guard"'


def caller_from(services: Services, headers: Headers) -> Caller:
    """Return who asks. Raises `Problem` where that is nobody we know."""
    given = headers.getlist("authorization")
    if not given:
        raise refusal(
            HTTPStatus.UNAUTHORIZED,
            "the request has no token",
            "send `Authorization: Bearer TOKEN`; `python -m worker token add` makes one",
            headers={"WWW-Authenticate": REALM},
        )
    scheme, _, text = given[0].partition(" ")
    alone = len(given) == 1 and scheme.lower() == "bearer"
    caller = caller_of(services, text.strip()) if alone else None
    if caller is None:
        raise refusal(
            HTTPStatus.UNAUTHORIZED,
            "the token is not valid",
            "ask whoever runs the program for a new one",
            headers={"WWW-Authenticate": f'{REALM}, error="invalid_token"'},
        )
    return caller


def require_role(caller: Caller, role: Role) -> None:
    """Let pass who has the role. Raises `Problem`."""
    if not caller.role.includes(role):
        raise _forbidden(
            f"a token of a {caller.role} does not let one do this", f"use one of the role {role}"
        )


def require_shop(caller: Caller, shop: str | None) -> None:
    """Let pass who acts within the token's shops. Raises `Problem`.

    Whoever has a token for some shops must name one: what is said of none is said of all.
    """
    if not caller.shops or shop in caller.shops:
        return
    cause = (
        "the token is for some shops only, and the request names none"
        if shop is None
        else f"the token is not for shop {shop!r}"
    )
    raise _forbidden(cause, f"name one of {', '.join(sorted(caller.shops))}")


def require_sight(caller: Caller, shop: str | None) -> None:
    """Let pass who looks within the token's shops, at all of them or one. Raises `Problem`."""
    if shop is not None:
        require_shop(caller, shop)


def require_feed(caller: Caller, feed: str, known: Collection[str]) -> None:
    """Let pass who sends for one of the token's feeds. Raises `Problem`."""
    if feed not in caller.feeds or feed not in known:
        raise _forbidden(
            f"the token is not for feed {feed[:64]!r}",
            f"name one of {', '.join(sorted(caller.feeds))}",
        )


def _forbidden(cause: str, remedy: str) -> Problem:
    return refusal(
        HTTPStatus.FORBIDDEN,
        cause,
        remedy,
        headers={"WWW-Authenticate": f'{REALM}, error="insufficient_scope"'},
    )
