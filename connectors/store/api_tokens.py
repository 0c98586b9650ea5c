"""API tokens: who may ask, as what, for which shops, until when. Only their digests are kept."""

from dataclasses import dataclass

from sqlalchemy import Connection, or_, select

from reconciliation.quantities import Instant, later

from .engine import AnyRow
from .tables import API_TOKENS


USE_NOTED_S = 60.0
"""How old the noted last use may be: one write a minute, however often a token is used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRow:
    """A token as it is stored; no `shops` means every shop. `sha256` is of the whole text."""

    token_id: str
    sha256: str
    name: str
    role: str
    shops: tuple[str, ...]
    created_at: Instant
    expires_at: Instant
    revoked_at: Instant | None = None
    last_used_at: Instant | None = None

    def __repr__(self) -> str:
        """Name the token, not its digest."""
        return f"TokenRow(token_id={self.token_id!r}, name={self.name!r}, ...)"

    def use_is_noted(self, now: Instant) -> bool:
        """Tell whether a use within the last minute is stored already."""
        return self.last_used_at is not None and self.last_used_at > later(now, -USE_NOTED_S)


def add(connection: Connection, token: TokenRow) -> None:
    """Store a new token."""
    connection.execute(
        API_TOKENS.insert().values(
            id=token.token_id,
            sha256=token.sha256,
            name=token.name,
            role=token.role,
            shops=list(token.shops),
            created_at=token.created_at,
            expires_at=token.expires_at,
        )
    )


def load(connection: Connection, token_id: str) -> TokenRow | None:
    """Return the token of an id, whatever its state, None if there never was one."""
    query = select(API_TOKENS).where(API_TOKENS.c.id == token_id)
    row = connection.execute(query).one_or_none()
    return None if row is None else _token(row)


def all_tokens(connection: Connection) -> tuple[TokenRow, ...]:
    """Return every token there ever was, the oldest first."""
    query = select(API_TOKENS).order_by(API_TOKENS.c.created_at, API_TOKENS.c.id)
    return tuple(_token(row) for row in connection.execute(query))


def revoke(connection: Connection, token_id: str, *, now: Instant) -> None:
    """End a token before it expires; one that was revoked already stays as it is."""
    connection.execute(
        API_TOKENS.update()
        .where(API_TOKENS.c.id == token_id, API_TOKENS.c.revoked_at.is_(None))
        .values(revoked_at=now)
    )


def note_use(connection: Connection, token_id: str, *, now: Instant) -> None:
    """Store that a token was used, unless that is stored of the last minute already."""
    used_at = API_TOKENS.c.last_used_at
    connection.execute(
        API_TOKENS.update()
        .where(
            API_TOKENS.c.id == token_id,
            or_(used_at.is_(None), used_at <= later(now, -USE_NOTED_S)),
        )
        .values(last_used_at=now)
    )


def _token(row: AnyRow) -> TokenRow:
    return TokenRow(
        token_id=row.id,
        sha256=row.sha256,
        name=row.name,
        role=row.role,
        shops=tuple(row.shops),
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
        last_used_at=row.last_used_at,
    )
