"""Keeps the tokens of shops: sealed in the record, refreshed once by one process, never lost.

A refresh voids the pair before it, so it is made under a lease, by whoever finds it due first; all
others read the new row. The order of its steps is the promise:

1. under the lease read the newest pair; another may have refreshed while we waited;
2. note in the record that a refresh begins;
3. make the call, once, and write its answer down on this disk (`escrow`);
4. store the pair in the record, and take away what was written down.

Whoever dies after 3 stores the pair at his next look. Whoever dies between the call and 3 leaves
the old pair and the note of 2: the old refresh token is tried again, and if TikTok has used it up,
the seller must consent anew, for which there is time until the access token ends.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from uuid import uuid4

import structlog
from sqlalchemy import Connection, Engine

from connectors.errors import ConnectorError, Mend, NotAuthorised, TryLater
from connectors.store import leases, locks, shop_states, shop_tokens, trail, work
from connectors.store.engine import reading, writing
from connectors.store.leases import Lease
from connectors.store.sealing import CannotUnseal, Sealer
from connectors.store.shop_states import StateRow
from connectors.store.shop_tokens import NewTokens, Pair, TokenRow
from connectors.store.trail import Event
from connectors.tiktok.scopes import missing
from connectors.tiktok.tokens import ShopTokens
from reconciliation.quantities import Instant, later
from reconciliation.shop_state import ShopState, Sign

from ..queues import TOKENS
from ..settings.model import Settings
from .escrow import Escrow, Kept
from .signs import Learned, note, sign_of


LEASE_S = 60.0
"""How long one process has for a refresh: more than the longest call takes."""

YOUNG_S = 3_600.0
"""A pair this young is not what a call was refused for: to refresh it would not help."""

REFUSED_AGAIN_S = 21_600.0
"""When a refresh that was refused is tried again, while the access token still has its time."""

_LOG = structlog.get_logger("oversell_guard")


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What the settings say opens a shop; `mark` tells one pair from another."""

    pair: Pair
    mark: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """What opens a shop at present, and the shop's state where one was noted."""

    row: TokenRow
    state: StateRow | None


class TokenKeeper:
    """Finds, refreshes and judges what opens shops. May be shared by threads."""

    def __init__(
        self,
        *,
        engine: Engine,
        settings: Settings,
        escrow: Escrow,
        exchange: Callable[[str, str], ShopTokens],
        clock: Callable[[], Instant],
    ) -> None:
        """Keep what is needed. `exchange` has a shop's refresh token exchanged for a new pair."""
        self._engine = engine
        self._settings = settings
        self._escrow = escrow
        self._exchange = exchange
        self._clock = clock

    @property
    def sealer(self) -> Sealer:
        """Return what seals the pairs."""
        return self._escrow.sealer

    @property
    def escrow(self) -> Escrow:
        """Return where answers are written down."""
        return self._escrow

    # -- finding --------------------------------------------------------------------------

    def open(self, shop: str) -> Opening:
        """Return what opens a shop now. Raises `NotAuthorised` where nothing does."""
        given = self.given_by_settings(shop)
        with reading(self._engine) as connection:
            row = self._load(connection, shop)
            state = shop_states.load(connection, shop)
        if row is None or _is_newer(row, given):
            row = self.adopt(shop, given)
        return Opening(row=row, state=state)

    def _load(self, connection: Connection, shop: str) -> TokenRow | None:
        try:
            return shop_tokens.load(connection, shop, self.sealer)
        except CannotUnseal as error:
            raise NotAuthorised(
                f"the stored tokens of shop {shop} cannot be opened ({error}): give the secret "
                "before as authorisation.previous_sealing_secret or tiktok.previous_app_secret, "
                f"or run `shop add {shop}`",
                mend=Mend.CREDENTIALS,
            ) from None

    def adopt(self, shop: str, given: Given | None) -> TokenRow:
        """Take into the record what an earlier release left there, or what the settings give."""
        now = self._clock()
        with writing(self._engine) as connection:
            # One lock for all shops: they may share a pair.
            locks.lock_ledger(connection, "tokens")
            known = self._load(connection, shop)
            if known is not None and not _is_newer(known, given):
                return known  # another process was first, and may have refreshed it since
            new, source = self._found(connection, shop, given, now)
            shop_tokens.save(connection, new, self.sealer)
            if shop_states.load(connection, shop) is not None:
                # A person gave another pair: it is good until TikTok says otherwise.
                note(connection, Learned(shop=shop, sign=Sign.CONSENTED), now)
            trail.note(connection, _event("tokens_sealed", shop, now, source=source))
            row = self._stored(connection, shop)
        _LOG.info("tokens_sealed", shop=shop, source=source)
        return row

    def _found(
        self, connection: Connection, shop: str, given: Given | None, now: Instant
    ) -> tuple[NewTokens, str]:
        """Return the pair to take, and from where. Raises `NotAuthorised` where there is none."""
        unsealed = shop_tokens.take_unsealed(connection, shop)
        pair = unsealed
        if pair is None and given is not None:
            # Another shop of the same consent may have refreshed it already.
            pair = shop_tokens.newest_of(connection, given.mark, self.sealer) or given.pair
        if pair is None:
            raise NotAuthorised(
                f"shop {shop} is not connected: run `shop add {shop}`, "
                f"or set shops.{shop}.access_token and cipher",
                mend=Mend.CREDENTIALS,
            )
        # What stood in clear, in backups too, is made void soon.
        was_clear = unsealed is not None and bool(pair.refresh_token)
        new = NewTokens(
            shop=shop,
            pair=pair,
            cipher=self._settings.shops[shop].cipher or "",
            shop_id=self._settings.shops[shop].shop_id or "",
            given_mark=given.mark if given is not None else "",
            refresh_due_at=now if was_clear else self._due_at(pair),
            now=now,
        )
        return new, "the settings" if unsealed is None else "an earlier release"

    def _stored(self, connection: Connection, shop: str) -> TokenRow:
        row = self._load(connection, shop)
        if row is None:
            raise RuntimeError(f"the tokens of {shop} were stored and are not there")
        return row

    def mark_of_settings(self, shop: str) -> str:
        """Return the mark of the pair that the settings give a shop, empty where there is none."""
        given = self.given_by_settings(shop)
        return "" if given is None else given.mark

    def given_by_settings(self, shop: str) -> Given | None:
        """Return the pair that the settings give a shop, None where they give none."""
        settings = self._settings.shops[shop]
        if settings.access_token is None:
            return None
        access = settings.access_token.get_secret_value()
        refresh = settings.refresh_token.get_secret_value() if settings.refresh_token else ""
        expires_at = settings.access_expires_at
        return Given(
            pair=Pair(
                access_token=access,
                refresh_token=refresh,
                access_expires_at=None if expires_at is None else Instant(expires_at),
            ),
            mark=hashlib.sha256(f"{access} {refresh}".encode()).hexdigest()[:16],
        )

    def _due_at(self, pair: Pair, had_at: Instant | None = None) -> Instant | None:
        """Return when a pair is to be refreshed, None if nothing tells or could.

        One that was just had, at `had_at`, lives for half its life first.
        """
        ends_at = pair.access_expires_at
        if ends_at is None or not pair.refresh_token:
            return None
        ahead = later(ends_at, -self._settings.authorisation.refresh_ahead_s)
        return ahead if had_at is None else max(ahead, later(had_at, (ends_at - had_at) / 2))

    # -- storing --------------------------------------------------------------------------

    def store(self, known: NewTokens, sign: Sign) -> TokenRow:
        """Store an answered pair; what was written down of it is taken away then."""
        shop = known.shop
        new = replace(known, refresh_due_at=self._due_at(known.pair, known.now))
        with writing(self._engine) as connection:
            for each in shop_tokens.save(connection, new, self.sealer):
                self._note_stored(connection, replace(new, shop=each), sign)
            row = self._stored(connection, shop)
        self._escrow.let_go(shop)
        return row

    def _note_stored(self, connection: Connection, new: NewTokens, sign: Sign) -> None:
        shop, now, pair = new.shop, new.now, new.pair
        note(connection, Learned(shop=shop, sign=sign), now)
        if lacking := missing(pair.scopes):
            why = f"the consent does not cover {', '.join(lacking)}"
            note(connection, Learned(shop=shop, sign=Sign.SCOPE_MISSING, why=why), now)
        self.note_end_of_consent(connection, shop, pair, now)
        trail.note(connection, _event(f"tokens_{sign.value}", shop, now))
        if new.refresh_due_at is not None:
            work.ask(connection, TOKENS, [shop], due_at=new.refresh_due_at)

    def note_end_of_consent(
        self, connection: Connection, shop: str, pair: Pair, now: Instant
    ) -> None:
        """Note a consent that ends soon."""
        ends_at = pair.refresh_expires_at
        soon_s = self._settings.authorisation.consent_ends_soon_s
        if ends_at is not None and ends_at - now < soon_s:
            why = f"the consent ends in {max(ends_at - now, 0.0) / 86_400.0:.1f} days"
            note(connection, Learned(shop=shop, sign=Sign.ENDS_SOON, why=why), now)

    # -- refreshing -----------------------------------------------------------------------

    def refresh(self, row: TokenRow) -> TokenRow:
        """Return a pair newer than `row`'s, refreshed here or by another.

        Where another is at it, `row` itself comes back. Raises as `tokens.refresh_tokens` does.
        """
        shop = row.shop
        lease = self._lease(row)
        if lease is None:
            return row
        try:
            newest = self.open(shop).row
            if newest.generation != row.generation:
                return newest
            kept = self._escrow.kept(shop)
            # What was answered to an older pair is older than what was stored since.
            if kept is not None and kept.after == newest.generation:
                return self.store(_renewed(newest, kept.pair, self._clock()), Sign.REFRESHED)
            return self._exchanged(newest)
        finally:
            with writing(self._engine) as connection:
                leases.give_up(connection, lease)

    def _lease(self, row: TokenRow) -> Lease | None:
        # Shops of one consent share a pair: a refresh for one is a refresh for all.
        name = f"tokens/{row.pair.consent or row.given_mark or row.shop}"
        with writing(self._engine) as connection:
            return leases.take(
                connection, name, holder=uuid4().hex, now=self._clock(), for_s=LEASE_S
            )

    def _exchanged(self, row: TokenRow) -> TokenRow:
        """Exchange the refresh token for a new pair, write the answer down, and store it."""
        shop = row.shop
        with writing(self._engine) as connection:
            shop_tokens.note_beginning(connection, row, self._clock())
        try:
            answered = self._exchange(shop, row.pair.refresh_token)
        except NotAuthorised as error:
            self._note_refused(row, error)
            raise
        except TryLater:
            with writing(self._engine) as connection:
                shop_tokens.note_end(connection, row)
            raise
        pair = pair_of(answered)
        now = self._clock()
        self._escrow.keep(shop, Kept(pair=pair, after=row.generation), now)
        return self.store(_renewed(row, pair, now), Sign.REFRESHED)

    def _note_refused(self, row: TokenRow, error: NotAuthorised) -> None:
        """Note that the refresh token is of no use; the access token may still have its time."""
        now = self._clock()
        why = f"TikTok refused the refresh: {error.message}"
        if row.began_at is not None:
            why += "; an earlier refresh was begun whose answer never came here: it used it up"
        ends_at = row.pair.access_expires_at
        lasts = ends_at is not None and ends_at > now
        sign = Sign.ENDS_SOON if lasts else Sign.REVOKED
        with writing(self._engine) as connection:
            shop_tokens.put_off_refresh(connection, row, later(now, REFUSED_AGAIN_S))
            note(connection, Learned(shop=row.shop, sign=sign, why=why), now)

    # -- judging --------------------------------------------------------------------------

    def judged(self, row: TokenRow, error: NotAuthorised) -> ConnectorError:
        """Return what a refused call means, and note it; `row` is what it was made with."""
        now, shop = self._clock(), row.shop
        with writing(self._engine) as connection:
            newest = self._load(connection, shop)
            if newest is not None and newest.generation != row.generation:
                return _again("the call was made with a pair that another replaced", error)
            if error.mend is Mend.REFRESH and _may_refresh(connection, row):
                shop_tokens.declare_void(connection, row, now)
                work.ask(connection, TOKENS, [shop], due_at=now)
                return _again("the access token has run out and is to be refreshed", error)
            if error.mend is Mend.CREDENTIALS and _may_be_void(row, now):
                shop_tokens.declare_void(connection, row, now)
                work.ask(connection, TOKENS, [shop], due_at=now)
            note(connection, Learned(shop=shop, sign=sign_of(error), why=str(error)), now)
        return error

    def note(self, learned: Learned) -> None:
        """Note what is learned of a shop's access."""
        with writing(self._engine) as connection:
            note(connection, learned, self._clock())


def _is_newer(row: TokenRow, given: Given | None) -> bool:
    """Tell whether the settings give a pair that the record has never seen.

    One that was seen before is an older one: a process that still has yesterday's settings must
    not put it in the place of what was refreshed since.
    """
    return given is not None and given.mark not in row.marks_seen


def pair_of(answered: ShopTokens) -> Pair:
    """Return an answered pair as it is stored."""
    return Pair(
        access_token=answered.access_token,
        refresh_token=answered.refresh_token,
        access_expires_at=answered.access_expires_at,
        refresh_expires_at=answered.refresh_expires_at,
        consent=answered.open_id,
        scopes=answered.scopes,
    )


def _again(text: str, error: NotAuthorised) -> TryLater:
    """Return what is raised in place of a refusal that says nothing of the shop."""
    return TryLater(text, retry_after_s=1.0, code=error.code, status=error.status)


def _may_refresh(connection: Connection, row: TokenRow) -> bool:
    """Tell whether a refresh may help: not once TikTok has refused it for good."""
    known = shop_states.load(connection, row.shop)
    is_revoked = known is not None and known.state is ShopState.REVOKED
    return bool(row.pair.refresh_token) and not is_revoked


def _may_be_void(row: TokenRow, now: Instant) -> bool:
    return bool(row.pair.refresh_token) and now - row.saved_at > YOUNG_S


def _renewed(row: TokenRow, pair: Pair, now: Instant) -> NewTokens:
    """Return a new pair in place of a row's."""
    return NewTokens(
        shop=row.shop,
        pair=pair,
        cipher=row.cipher,
        shop_id=row.shop_id,
        given_mark=row.given_mark,
        voided_mark="" if row.pair.consent else row.given_mark,
        now=now,
    )


def _event(event: str, shop: str, now: Instant, **detail: str) -> Event:
    return Event(at=now, event=event, subject=shop, shop=shop, detail=detail)
