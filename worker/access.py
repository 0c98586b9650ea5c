"""Who may use the HTTP API: tokens are made, checked, listed and revoked here.

A token reads `osg_<id>_<secret>`. It is shown once, when it is made; the record keeps its
SHA-256 only, which is enough for a secret of 256 random bits (slow hashes are for passwords).
"""

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass, field
from enum import StrEnum

from connectors.store import api_tokens, trail
from connectors.store.api_tokens import TokenRow
from connectors.store.engine import reading, writing
from connectors.store.trail import Event
from reconciliation.quantities import Instant

from .holding import Word
from .reports.lookup import Unknown, require_feed, shops_in_scope
from .reports.moments import SPAN_S_MAX, iso
from .reports.sight import EVERYTHING, Sight
from .services import Services


ID_BYTES = 6
"""An id only has to be different from the others."""

SECRET_BYTES = 32
"""256 bits; ASVS 5.0 (7.2.3) asks for 128."""

NAME_PATTERN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@ -]{0,63}")
"""A token's name stands in the trail as who said something."""

# Six bytes are twelve digits, 32 bytes 43 letters of base64.
_TEXT = re.compile(r"osg_(?P<id>[0-9a-f]{12})_[A-Za-z0-9_-]{43}")
_NO_DIGEST = "0" * 64


class Role(StrEnum):
    """What a token lets somebody do."""

    READER = "reader"
    """Look at everything in its shops, and change nothing."""
    OPERATOR = "operator"
    """Whatever a reader may, and step in: reconcile, hold, stop and start writing."""
    SENDER = "sender"
    """Send files for its feeds and see what became of them, and nothing else; nobody else may."""

    def includes(self, other: "Role") -> bool:
        """Tell whether whoever has this role may do what the other role lets one do."""
        return self is other or (self is Role.OPERATOR and other is Role.READER)


class BadToken(ValueError):
    """A token that cannot be made as asked; `cause` and `remedy` are for people."""

    def __init__(self, cause: str, remedy: str) -> None:
        """Keep both halves apart, and join them for people."""
        super().__init__(f"{cause}; {remedy}")
        self.cause = cause
        self.remedy = remedy


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRequest:
    """A token as it is asked for; no `shops` means every shop. Raises `BadToken`.

    A sender's is for `feeds`, which must be named, and for no shops.
    """

    name: str
    role: Role
    shops: tuple[str, ...] = ()
    feeds: tuple[str, ...] = ()
    expires_at: Instant
    word: Word

    def __post_init__(self) -> None:
        """Refuse a name under which nobody would be found in the trail."""
        if not NAME_PATTERN.fullmatch(self.name):
            raise BadToken(
                f"{self.name[:64]!r} is no name for a token",
                "begin with a letter or digit; up to 64 of letters, digits, space and . _ @ -",
            )
        if (self.role is Role.SENDER) is not bool(self.feeds) or (self.feeds and self.shops):
            raise BadToken(
                "a sender's token is for feeds, and any other for shops",
                "give --role sender with --feed, or another role, with or without --shop",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenView:
    """A token as people read it, without its secret; `shops` empty: every shop.

    A sender's has `feeds` instead.
    """

    token_id: str
    name: str
    role: str
    shops: tuple[str, ...]
    feeds: tuple[str, ...]
    state: str
    created_at: str | None
    expires_at: str | None
    revoked_at: str | None
    last_used_at: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewToken:
    """A token that was just made, with its text: the only time that it is seen."""

    text: str = field(repr=False)
    token: TokenView


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Whoever asks, as a valid token says; no `shops` means every shop, but for a sender none."""

    token_id: str
    name: str
    role: Role
    shops: frozenset[str] = frozenset()
    feeds: frozenset[str] = frozenset()

    @property
    def sight(self) -> Sight:
        """Return what the caller may see."""
        if self.role is Role.SENDER:
            return Sight(shops=frozenset())
        return Sight(shops=self.shops) if self.shops else EVERYTHING


def read_role(text: str) -> Role:
    """Return the role of that name. Raises `BadToken`."""
    try:
        return Role(text)
    except ValueError as fault:
        roles = " or ".join(Role)
        raise BadToken(f"there is no role {text[:64]!r}", f"give --role {roles}") from fault


def add_token(services: Services, request: TokenRequest) -> NewToken:
    """Make and store a token. Raises `lookup.Unknown` for a shop or feed, and `BadToken`."""
    now = services.now()
    shops = tuple(dict.fromkeys(request.shops))
    for shop in shops:
        shops_in_scope(services.settings, shop)
    for feed in request.feeds:
        require_feed(services.settings, feed)
    if not now < request.expires_at <= now + SPAN_S_MAX:
        raise BadToken("a token ends within a year", "give --expires a nearer moment")
    token_id = secrets.token_hex(ID_BYTES)
    text = f"osg_{token_id}_{secrets.token_urlsafe(SECRET_BYTES)}"
    row = TokenRow(
        token_id=token_id,
        sha256=_digest(text),
        name=request.name,
        role=request.role.value,
        # The record has one list of what a token is for; its role says of what.
        shops=tuple(dict.fromkeys(request.feeds)) or shops,
        created_at=now,
        expires_at=request.expires_at,
    )
    with writing(services.engine) as connection:
        api_tokens.add(connection, row)
        trail.note(connection, _event("token_added", row, request.word, now))
    return NewToken(text=text, token=_view(row, now))


def list_tokens(services: Services) -> tuple[TokenView, ...]:
    """Return every token there ever was, the oldest first."""
    with reading(services.engine) as connection:
        rows = api_tokens.all_tokens(connection)
    return tuple(_view(row, services.now()) for row in rows)


def revoke_token(services: Services, named: str, word: Word) -> TokenView:
    """End a token, named by its id. Raises `lookup.Unknown`, which does not quote the name."""
    now = services.now()
    # Whoever wants to be rid of a token may hand in its text, which must not be repeated.
    whole = _TEXT.fullmatch(named)
    with writing(services.engine) as connection:
        row = api_tokens.load(connection, whole["id"] if whole else named)
        if row is None:
            raise Unknown("there is no token of that id", "`token list` shows the ids")
        if row.revoked_at is None:
            api_tokens.revoke(connection, row.token_id, now=now)
            trail.note(connection, _event("token_revoked", row, word, now))
            row = api_tokens.load(connection, row.token_id) or row
    return _view(row, now)


def caller_of(services: Services, text: str) -> Caller | None:
    """Return whom a token stands for; None if it is unknown, revoked or expired, all alike."""
    named = _TEXT.fullmatch(text)
    if named is None:
        return None
    now = services.now()
    with reading(services.engine) as connection:
        row = api_tokens.load(connection, named["id"])
    same = hmac.compare_digest(row.sha256 if row else _NO_DIGEST, _digest(text))
    if row is None or not same or _state(row, now) != "valid" or row.role not in set(Role):
        return None
    if not row.use_is_noted(now):
        with writing(services.engine) as connection:
            api_tokens.note_use(connection, row.token_id, now=now)
    return Caller(
        token_id=row.token_id,
        name=row.name,
        role=Role(row.role),
        shops=frozenset(_shops(row)),
        feeds=frozenset(_feeds(row)),
    )


def _shops(row: TokenRow) -> tuple[str, ...]:
    return () if row.role == Role.SENDER else row.shops


def _feeds(row: TokenRow) -> tuple[str, ...]:
    return row.shops if row.role == Role.SENDER else ()


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _state(row: TokenRow, now: Instant) -> str:
    if row.revoked_at is not None:
        return "revoked"
    return "expired" if row.expires_at <= now else "valid"


def _view(row: TokenRow, now: Instant) -> TokenView:
    return TokenView(
        token_id=row.token_id,
        name=row.name,
        role=row.role,
        shops=_shops(row),
        feeds=_feeds(row),
        state=_state(row, now),
        created_at=iso(row.created_at),
        expires_at=iso(row.expires_at),
        revoked_at=iso(row.revoked_at),
        last_used_at=iso(row.last_used_at),
    )


def _event(event: str, row: TokenRow, word: Word, now: Instant) -> Event:
    detail = {
        "name": row.name,
        "role": row.role,
        "shops": list(_shops(row)),
        "feeds": list(_feeds(row)),
        "expires_at": row.expires_at,
        "who": word.who.strip(),
        "why": word.why.strip(),
    }
    return Event(at=now, event=event, subject=row.token_id, detail=detail)
