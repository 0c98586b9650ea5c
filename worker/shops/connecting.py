"""Connects a shop: the link for its seller, the answer that comes of it, the pair to keep."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from connectors.errors import NotAuthorised
from connectors.store import consents, shop_tokens, trail
from connectors.store.engine import reading, writing
from connectors.store.sealing import CannotUnseal
from connectors.store.shop_tokens import NewTokens, Pair, TokenRow
from connectors.store.trail import Event
from connectors.tiktok.markets import CONSENT_URLS, consent_url
from connectors.tiktok.seen import ShopSeen
from reconciliation.shop_state import Sign

from ..holding import Word
from ..reports.lookup import shops_in_scope
from ..services import Services
from .escrow import Kept
from .keeper import pair_of


STATE_BYTES = 16
"""128 random bits: nobody can make up an answer to our link."""

ANSWER_LETTERS_MAX = 4_096
"""No address and no code is longer."""


class BadConsent(ValueError):
    """A consent that cannot be asked for or taken; `cause` and `remedy` are for people."""

    def __init__(self, cause: str, remedy: str) -> None:
        """Keep both halves apart, and join them for people."""
        super().__init__(f"{cause}; {remedy}")
        self.cause = cause
        self.remedy = remedy


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentLink:
    """The link that a seller opens; `market` says whose sellers it is for."""

    shop: str
    market: str
    link: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Connected:
    """A shop that was connected, as TikTok names it."""

    shop: str
    shop_id: str
    name: str
    region: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    """What a seller's consent led to; `state` is empty where only the code was handed in."""

    code: str = field(repr=False)
    state: str = field(repr=False)


def consent_links(services: Services, shop: str) -> tuple[ConsentLink, ...]:
    """Make the link for a shop's seller, for each market where its market is not said.

    A link made before is void from then on. Raises `Unknown` and `BadConsent`.
    """
    shops_in_scope(services.settings, shop)
    authorisation = services.settings.authorisation
    if not authorisation.service_id:
        raise BadConsent(
            "authorisation.service_id is not set, and the link is made of it",
            "take the service id from the app's page in Partner Center",
        )
    state = secrets.token_urlsafe(STATE_BYTES)
    with writing(services.engine) as connection:
        consents.ask(connection, shop, state, services.now())
    market = services.settings.shops[shop].market
    return tuple(
        ConsentLink(
            shop=shop,
            market=each or "all others",
            link=consent_url(
                each, authorisation.service_id, state, base_url=authorisation.consent_url
            ),
        )
        for each in ([market] if market else [*CONSENT_URLS, ""])
    )


def connect(services: Services, shop: str, answer: str, word: Word) -> Connected:
    """Take the answer to a link: its address or its code. Store the pair that comes of it.

    Raises `Unknown`, `BadConsent`, and as calls to TikTok do.
    """
    shops_in_scope(services.settings, shop)
    read = _read(answer)
    with reading(services.engine) as connection:
        if read.state and not consents.asked_for(connection, shop, read.state):
            raise BadConsent(
                "the address is not the answer to the link that was last made for this shop",
                f"run `shop add {shop}` again, and have the seller open the new link",
            )
    pair = _pair(services, shop, read.code)
    seen = _chosen(services, shop, services.tiktok.shops_of(pair.access_token))
    _store(services, shop, pair, seen)
    with writing(services.engine) as connection:
        consents.end(connection, shop)
        detail = {"who": word.who.strip(), "why": word.why.strip(), "shop_id": seen.shop_id}
        event = Event(
            at=services.now(), event="shop_connected", subject=shop, shop=shop, detail=detail
        )
        trail.note(connection, event)
    services.tiktok.forget(shop)
    return Connected(shop=shop, shop_id=seen.shop_id, name=seen.name, region=seen.region)


def _read(answer: str) -> _Answer:
    """Read a whole address or a bare code; neither is ever quoted."""
    text = answer.strip()[:ANSWER_LETTERS_MAX]
    if "://" not in text:
        return _Answer(code=_code(text), state="")
    try:
        query = parse_qs(urlsplit(text).query)
    except ValueError:
        raise _no_answer() from None
    if error := "".join(query.get("error", ())):
        raise BadConsent(
            f"the seller did not consent ({error[:40]!r})",
            "ask him why, and have him open the link again",
        )
    return _Answer(
        code=_code("".join(query.get("code", ()))), state="".join(query.get("state", ()))
    )


def _code(text: str) -> str:
    if not text or text == "null" or not text.isprintable() or " " in text:
        raise _no_answer()
    return text


def _no_answer() -> BadConsent:
    return BadConsent(
        "there is no code in the answer",
        "hand in the whole address that the seller's browser went to, in quotes",
    )


def _pair(services: Services, shop: str, code: str) -> Pair:
    """Exchange a code, which can be done once, and write the answer down before all else.

    Where TikTok refuses it as used, a run before this may have used it and died.
    """
    escrow = services.tiktok.keeper.escrow
    with reading(services.engine) as connection:
        generation = shop_tokens.generation(connection, shop)
    try:
        pair = pair_of(services.tiktok.consented(shop, code))
    except NotAuthorised:
        kept = escrow.kept(shop)
        if kept is None or kept.after != generation:
            raise
        return kept.pair
    escrow.keep(shop, Kept(pair=pair, after=generation), services.now())
    return pair


def _chosen(services: Services, shop: str, seen: Sequence[ShopSeen]) -> ShopSeen:
    """Return which of the shops that a consent opens is ours of this name."""
    wanted = services.settings.shops[shop].shop_id or _known_id(services, shop)
    fitting = [each for each in seen if wanted in ("", each.shop_id)]
    if len(fitting) == 1:
        return fitting[0]
    named = ", ".join(f"{each.name} (id {each.shop_id})" for each in seen) or "none"
    if fitting:
        raise BadConsent(
            f"the consent opens several shops: {named}",
            f"say which is {shop}: set shops.{shop}.shop_id, and run the same command again",
        )
    raise BadConsent(
        f"the consent opens {named}, and shop {shop} is the one with id {wanted or 'unknown'}",
        "have the seller of that shop consent, or correct its shop_id",
    )


def _known_id(services: Services, shop: str) -> str:
    row = _stored(services, shop)
    return row.shop_id if row is not None else ""


def _stored(services: Services, shop: str) -> TokenRow | None:
    with reading(services.engine) as connection:
        try:
            return shop_tokens.load(connection, shop, services.tiktok.keeper.sealer)
        except CannotUnseal:
            return None


def _store(services: Services, shop: str, pair: Pair, seen: ShopSeen) -> None:
    keeper = services.tiktok.keeper
    new = NewTokens(
        shop=shop,
        pair=pair,
        cipher=seen.cipher,
        shop_id=seen.shop_id,
        # A pair that the settings go on giving is the old one now.
        given_mark=keeper.mark_of_settings(shop),
        now=services.now(),
    )
    keeper.store(new, Sign.CONSENTED)
