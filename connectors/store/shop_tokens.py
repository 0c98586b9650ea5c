"""What opens each shop: its pair of tokens and its cipher, sealed together in one row.

A pair is stored whole or not at all. Shops that one consent opens share one pair, and are stored
together: a refresh for one voids what the others have.
"""

from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, or_, select

from reconciliation.quantities import Instant, later

from .engine import AnyRow, upsert
from .sealing import CannotUnseal, Sealed, Sealer
from .shop_tables import SHOP_TOKENS
from .tables import SHOPS


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """The two tokens of one consent; an expiry that nobody told is None.

    `consent` names the consent at TikTok, empty where it is not known. `scopes` is what it covers,
    None where TikTok did not say.
    """

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    access_expires_at: Instant | None = None
    refresh_expires_at: Instant | None = None
    consent: str = ""
    scopes: frozenset[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRow:
    """A shop's pair as it is stored. `generation` counts the pairs that the shop has had.

    `refresh_due_at`: from when on the pair is to be refreshed. `began_at`: when a refresh was
    begun whose answer is not stored. `given_mark` tells which pair of the settings was known then,
    `marks_seen` all that ever were.
    """

    shop: str
    generation: int
    pair: Pair
    cipher: str = field(repr=False)
    shop_id: str
    key_id: str
    refresh_due_at: Instant | None
    saved_at: Instant
    began_at: Instant | None
    given_mark: str
    marks_seen: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTokens:
    """A pair to store for a shop, from `now` on.

    `voided_mark`: it voids what was given by the settings under that mark, to whichever shop.
    """

    shop: str
    pair: Pair
    cipher: str = field(repr=False)
    shop_id: str
    given_mark: str
    refresh_due_at: Instant | None = None
    voided_mark: str = ""
    now: Instant


def load(connection: Connection, shop: str, sealer: Sealer) -> TokenRow | None:
    """Return what opens a shop, None if nothing is stored. Raises `CannotUnseal`."""
    row = connection.execute(_of_shop(), {"the_shop": shop}).one_or_none()
    return None if row is None else _row(row, sealer)


@cache
def _of_shop() -> Select[*tuple[Any, ...]]:
    return select(SHOP_TOKENS).where(SHOP_TOKENS.c.shop == bindparam("the_shop"))


def save(connection: Connection, new: NewTokens, sealer: Sealer) -> tuple[str, ...]:
    """Store a pair in place of the one before, for the shop and all that share its consent.

    Returns these shops, `new`'s own first.
    """
    stored = [new.shop]
    sharing = _sharing(connection, new)
    _store(connection, new, sealer)
    for shop in sorted(sharing - {new.shop}):
        try:
            known = load(connection, shop, sealer)
        except CannotUnseal:
            continue  # its cipher is lost to us: no reason to lose the new pair as well
        if known is not None:
            theirs = replace(
                new,
                shop=shop,
                cipher=known.cipher,
                shop_id=known.shop_id,
                given_mark=known.given_mark,
            )
            _store(connection, theirs, sealer)
            stored.append(shop)
    return tuple(stored)


def _sharing(connection: Connection, new: NewTokens) -> frozenset[str]:
    """Return the shops that have the same consent, or had the very pair that is void now."""
    consent, mark = SHOP_TOKENS.c.consent, SHOP_TOKENS.c.given_mark
    same = or_(
        and_(consent == new.pair.consent, consent != ""),
        and_(consent == "", mark == new.voided_mark, mark != ""),
    )
    shops = select(SHOP_TOKENS.c.shop).where(same).order_by(SHOP_TOKENS.c.shop)
    return frozenset(connection.execute(shops.with_for_update()).scalars())


def _store(connection: Connection, new: NewTokens, sealer: Sealer) -> None:
    sealed = sealer.seal(new.shop, _secrets_of(new.pair, new.cipher), new.now)
    pair, scopes = new.pair, new.pair.scopes
    number, marks = _before(connection, new.shop)
    row = {
        "shop": new.shop,
        "generation": number + 1,
        "sealed": sealed.text,
        "key_id": sealed.key_id,
        "access_expires_at": pair.access_expires_at,
        "refresh_expires_at": pair.refresh_expires_at,
        "refresh_due_at": new.refresh_due_at,
        "saved_at": new.now,
        "began_at": None,
        "consent": pair.consent,
        "scopes": None if scopes is None else sorted(scopes),
        "shop_id": new.shop_id,
        "given_mark": new.given_mark,
        "marks_seen": sorted(marks | {new.given_mark} - {""}),
    }
    upsert(connection, SHOP_TOKENS, [row])


def _before(connection: Connection, shop: str) -> tuple[int, frozenset[str]]:
    """Return the generation of what is stored, and the marks that it has seen."""
    columns = (SHOP_TOKENS.c.generation, SHOP_TOKENS.c.marks_seen)
    stored = select(*columns).where(SHOP_TOKENS.c.shop == shop).with_for_update()
    row = connection.execute(stored).one_or_none()
    return (0, frozenset()) if row is None else (row.generation, frozenset(row.marks_seen))


def newest_of(connection: Connection, mark: str, sealer: Sealer) -> Pair | None:
    """Return what another shop has made of the same pair of the settings, None if none has it."""
    same = select(SHOP_TOKENS.c.shop).where(SHOP_TOKENS.c.given_mark == mark)
    for shop in connection.execute(same.order_by(SHOP_TOKENS.c.shop)).scalars().all():
        try:
            row = load(connection, shop, sealer)
        except CannotUnseal:
            continue
        if row is not None:
            return row.pair
    return None


def generation(connection: Connection, shop: str) -> int:
    """Return how many pairs a shop has had; none are 0."""
    stored = select(SHOP_TOKENS.c.generation).where(SHOP_TOKENS.c.shop == shop)
    return connection.execute(stored).scalar_one_or_none() or 0


def note_beginning(connection: Connection, row: TokenRow, now: Instant) -> None:
    """Note that a refresh is begun: should its answer never be stored, that is known."""
    _change(connection, row, began_at=now)


def note_end(connection: Connection, row: TokenRow) -> None:
    """Note that a refresh ended and that no answer of it is missing."""
    _change(connection, row, began_at=None)


def put_off_refresh(connection: Connection, row: TokenRow, due_at: Instant) -> None:
    """Note that a refresh was refused: no answer is missing, and the next is due then."""
    _change(connection, row, refresh_due_at=due_at, began_at=None)


def declare_void(connection: Connection, row: TokenRow, now: Instant) -> None:
    """Note that an access token is of no use any more, and is to be refreshed at once."""
    _change(connection, row, access_expires_at=now, refresh_due_at=now)


def seal_anew(connection: Connection, row: TokenRow, sealer: Sealer, now: Instant) -> bool:
    """Seal a row under the key that seals now; return whether it was under another."""
    if row.key_id == sealer.key_id:
        return False
    sealed = sealer.seal(row.shop, _secrets_of(row.pair, row.cipher), now)
    _change(connection, row, sealed=sealed.text, key_id=sealed.key_id)
    return True


def _change(connection: Connection, row: TokenRow, **values: object) -> None:
    """Change what is stored of a pair, unless another pair is there by now."""
    same = (SHOP_TOKENS.c.shop == row.shop, SHOP_TOKENS.c.generation == row.generation)
    connection.execute(SHOP_TOKENS.update().where(*same).values(**values))


def shop_ids(connection: Connection) -> dict[str, str]:
    """Return the shops by the id under which TikTok knows them."""
    rows = connection.execute(select(SHOP_TOKENS.c.shop_id, SHOP_TOKENS.c.shop))
    return {row.shop_id: row.shop for row in rows if row.shop_id}


def _row(row: AnyRow, sealer: Sealer) -> TokenRow:
    opened = sealer.unseal(row.shop, Sealed(key_id=row.key_id, text=row.sealed))
    return TokenRow(
        shop=row.shop,
        generation=row.generation,
        pair=Pair(
            access_token=opened["access_token"],
            refresh_token=opened["refresh_token"],
            access_expires_at=row.access_expires_at,
            refresh_expires_at=row.refresh_expires_at,
            consent=row.consent,
            scopes=None if row.scopes is None else frozenset(row.scopes),
        ),
        cipher=opened["cipher"],
        shop_id=row.shop_id,
        key_id=row.key_id,
        refresh_due_at=row.refresh_due_at,
        saved_at=row.saved_at,
        began_at=row.began_at,
        given_mark=row.given_mark,
        marks_seen=frozenset(row.marks_seen),
    )


def _secrets_of(pair: Pair, cipher: str) -> dict[str, str]:
    return {
        "access_token": pair.access_token,
        "refresh_token": pair.refresh_token,
        "cipher": cipher,
    }


# -- pairs of earlier releases --------------------------------------------------------------------


def take_unsealed(connection: Connection, shop: str) -> Pair | None:
    """Return the pair that an earlier release left unsealed and blank it, None if it left none."""
    of_shop = SHOPS.c.shop == shop
    row = connection.execute(select(SHOPS).where(of_shop)).one_or_none()
    if row is None or not row.access_token:
        return None
    connection.execute(SHOPS.update().where(of_shop).values(access_token="", refresh_token=""))
    return Pair(
        access_token=row.access_token,
        refresh_token=row.refresh_token,
        access_expires_at=_moment(row.access_expires_at),
        refresh_expires_at=_moment(row.refresh_expires_at),
    )


def _moment(stored: float | None) -> Instant | None:
    """Return a moment; earlier releases wrote infinity where none was known."""
    return None if stored is None or stored == float("inf") else later(Instant(stored), 0.0)
