"""Who may drop files for a partner: its keys are added, listed and revoked here.

Partners, their warehouses and their feeds are named in the settings. Only keys are in the record,
where a running drop looks them up at each login, and every few seconds while a session is open.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from connectors.sftp.host_key import host_key_at
from connectors.sftp.partner_keys import PartnerKey, PublicKey, read_network, read_public_key
from connectors.store import partner_keys, trail
from connectors.store.engine import reading, writing
from connectors.store.partner_keys import PartnerKeyRow
from connectors.store.trail import Event
from reconciliation.quantities import Instant

from .holding import Word
from .reports.lookup import Unknown, close_to
from .reports.moments import iso
from .services import Services
from .settings.drops import feeds_of, host_key_path
from .settings.model import Settings


LABEL_LETTERS_MAX = 100


class BadKey(ValueError):
    """A key that cannot be added as asked; `cause` and `remedy` are for people."""

    def __init__(self, cause: str, remedy: str) -> None:
        """Keep both halves apart, and join them for people."""
        super().__init__(f"{cause}; {remedy}")
        self.cause = cause
        self.remedy = remedy


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRequest:
    """A key as it is asked for: `text` is the file; no `addresses` means from anywhere."""

    partner: str
    text: str
    label: str = ""
    addresses: tuple[str, ...] = ()
    expires_at: Instant | None = None
    word: Word


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyView:
    """A key as people read it; no `addresses` means from anywhere."""

    partner: str
    fingerprint: str
    label: str
    state: str
    added_at: str | None
    added_by: str
    expires_at: str | None
    addresses: tuple[str, ...]
    revoked_at: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedView:
    """A feed of a partner: which file names go to it."""

    feed: str
    warehouse: str
    file_names: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerView:
    """A partner with its feeds, in the order in which they choose their files, and its keys."""

    partner: str
    feeds: tuple[FeedView, ...]
    keys: tuple[KeyView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """What a partner has to be told: where to log in, as whom, and by what to know the server."""

    partner: PartnerView
    host: str
    port: int
    host_key: str


def add_partner(services: Services, name: str, word: Word) -> Invitation:
    """Open the drop to a partner of the settings, and return what it has to be told.

    Raises `lookup.Unknown`, `BadKey` for a partner without a feed, and `HostKeyUnusable`.
    """
    settings = services.settings
    require_partner(settings, name)
    if not feeds_of(settings, name):
        raise BadKey(
            f"partner {name} has no feed: whatever it sent would be for nobody",
            "add a [feeds.NAME] for one of its warehouses, and restart what runs",
        )
    fingerprint = host_key_at(host_key_path(settings)).get_fingerprint()
    now = services.now()
    with writing(services.engine) as connection:
        detail = {"host_key": fingerprint, "who": word.who.strip(), "why": word.why.strip()}
        trail.note(connection, Event(at=now, event="partner_added", subject=name, detail=detail))
    (partner,) = list_partners(services, [name])
    return Invitation(
        partner=partner, host=settings.sftp.host, port=settings.sftp.port, host_key=fingerprint
    )


def list_partners(
    services: Services, names: Iterable[str] | None = None
) -> tuple[PartnerView, ...]:
    """Return partners of the settings, with every key that they have or had."""
    settings, now = services.settings, services.now()
    with reading(services.engine) as connection:
        return tuple(
            PartnerView(
                partner=name,
                feeds=tuple(_feed_view(settings, feed) for feed in feeds_of(settings, name)),
                keys=tuple(_view(row, now) for row in partner_keys.of_partner(connection, name)),
            )
            for name in (settings.partners if names is None else names)
        )


def add_key(services: Services, request: KeyRequest) -> KeyView:
    """Store a key, or what is said of it now. Raises `lookup.Unknown`, `UnusableKey`, `BadKey`."""
    require_partner(services.settings, request.partner)
    key, now = read_public_key(request.text), services.now()
    row = _row(request, key, now)
    with writing(services.engine) as connection:
        before = partner_keys.load(connection, row.partner, row.fingerprint)
        if before is not None and before.revoked_at is not None:
            raise BadKey(
                f"the key was revoked on {iso(before.revoked_at)}, and somebody had a reason",
                "have the partner make a new one",
            )
        partner_keys.put(connection, row)
        trail.note(connection, _event("partner_key_added", row, request.word, now))
    return _view(row, now)


def revoke_key(services: Services, partner: str, fingerprint: str, word: Word) -> KeyView:
    """End a key: open sessions end within seconds. Raises `lookup.Unknown`.

    The partner may have left the settings; its keys can be ended all the same.
    """
    now = services.now()
    with writing(services.engine) as connection:
        row = partner_keys.load(connection, partner, fingerprint)
        if row is None:
            raise Unknown(
                f"partner {partner} has no key {fingerprint}",
                "`partner list` shows the fingerprints, which begin with SHA256:",
            )
        if row.revoked_at is None:
            partner_keys.revoke(connection, partner, fingerprint, now=now)
            trail.note(connection, _event("partner_key_revoked", row, word, now))
            row = partner_keys.load(connection, partner, fingerprint) or row
    return _view(row, now)


def keys_of(services: Services, partner: str) -> tuple[PartnerKey, ...]:
    """Return the keys that were not revoked, as the drop asks for them."""
    with reading(services.engine) as connection:
        rows = partner_keys.of_partner(connection, partner)
    return tuple(
        PartnerKey(fingerprint=row.fingerprint, expires_at=row.expires_at, networks=row.addresses)
        for row in rows
        if row.revoked_at is None
    )


def require_partner(settings: Settings, name: str) -> str:
    """Return the partner's name. Raises `Unknown`, which says how a partner comes to be."""
    if name in settings.partners:
        return name
    near = close_to(name, settings.partners)
    raise Unknown(
        f"there is no partner {name!r} in the configuration",
        f"did you mean {' or '.join(near)}?"
        if near
        else f'add [partners.{name}], a [warehouses.CODE] with partner = "{name}", and a '
        "[feeds.NAME] of that warehouse; then restart what runs",
    )


def _row(request: KeyRequest, key: PublicKey, now: Instant) -> PartnerKeyRow:
    label = request.label.strip() or key.comment
    if not label.isprintable() or len(label) > LABEL_LETTERS_MAX:
        raise BadKey(
            f"a label has at most {LABEL_LETTERS_MAX} letters, and no control signs",
            "give --label TEXT",
        )
    return PartnerKeyRow(
        partner=request.partner,
        fingerprint=key.fingerprint,
        public_key=key.text,
        label=label,
        added_at=now,
        added_by=request.word.who.strip(),
        expires_at=request.expires_at,
        addresses=tuple(dict.fromkeys(read_network(each) for each in request.addresses)),
    )


def _state(row: PartnerKeyRow, now: Instant) -> str:
    if row.revoked_at is not None:
        return "revoked"
    return "expired" if row.expires_at is not None and row.expires_at <= now else "valid"


def _view(row: PartnerKeyRow, now: Instant) -> KeyView:
    return KeyView(
        partner=row.partner,
        fingerprint=row.fingerprint,
        label=row.label,
        state=_state(row, now),
        added_at=iso(row.added_at),
        added_by=row.added_by,
        expires_at=iso(row.expires_at),
        addresses=row.addresses,
        revoked_at=iso(row.revoked_at),
    )


def _feed_view(settings: Settings, feed: str) -> FeedView:
    declared = settings.feeds[feed]
    return FeedView(feed=feed, warehouse=declared.warehouse, file_names=declared.file_names)


def _event(event: str, row: PartnerKeyRow, word: Word, now: Instant) -> Event:
    detail = {
        "fingerprint": row.fingerprint,
        "label": row.label,
        "addresses": list(row.addresses),
        "expires_at": row.expires_at,
        "who": word.who.strip(),
        "why": word.why.strip(),
    }
    return Event(at=now, event=event, subject=row.partner, detail=detail)
