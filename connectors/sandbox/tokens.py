"""Who may call: authorisation codes, access tokens and refresh tokens (API page, section 2)."""

import itertools
from collections.abc import Collection
from dataclasses import dataclass, replace

from .refusals import ApiRefusal
from .switches import SandboxSwitches


AUTH_CODE_LIFE_S = 30 * 60
"""An authorisation code lives 30 minutes and works once (section 2)."""

ALL_SCOPES = frozenset(
    {
        "seller.authorization.info",
        "seller.logistics",
        "seller.order.info",
        "seller.product.basic",
        "seller.product.write",
        "seller.promotion.info",
        "seller.return_refund.basic",
    }
)
"""The scopes that the sandbox's endpoints ask for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a shop's seller granted the app; both expiries are Unix seconds."""

    shop: str
    access_token: str
    access_token_expires_at: float
    refresh_token: str
    refresh_token_expires_at: float
    scopes: frozenset[str] = ALL_SCOPES


class TokenDesk:
    """Issues tokens and judges them. One grant per shop."""

    def __init__(self, switches: SandboxSwitches) -> None:
        self.switches = switches
        self._grants: dict[str, Grant] = {}
        self._older_access: dict[str, Grant] = {}
        self._codes: dict[str, tuple[str, float]] = {}
        self._numbers = itertools.count(1)

    def grant_of(self, shop: str) -> Grant | None:
        """Return the grant in force for a shop, if its seller gave one and did not revoke it."""
        return self._grants.get(shop)

    def issue_code(self, shop: str, now: float) -> str:
        """Return a fresh authorisation code, as the consent page would."""
        code = f"ROW_code_{next(self._numbers)}"
        self._codes[code] = (shop, now + AUTH_CODE_LIFE_S)
        return code

    def grant(self, shop: str, now: float) -> Grant:
        """Give the shop's app a new pair of tokens."""
        number = next(self._numbers)
        grant = Grant(
            shop=shop,
            access_token=f"ROW_access_{shop}_{number}",
            access_token_expires_at=now + self.switches.access_token_life_s,
            refresh_token=f"ROW_refresh_{shop}_{number}",
            refresh_token_expires_at=now + self.switches.refresh_token_life_s,
        )
        self._grants[shop] = grant
        return grant

    def redeem(self, code: str, now: float) -> Grant:
        """Turn an authorisation code into tokens, once. Raises `ApiRefusal` 36009004."""
        shop, expires_at = self._codes.pop(code, ("", now))
        if expires_at <= now:
            raise ApiRefusal(36009004, "the auth_code is invalid, expired or used")
        return self.grant(shop, now)

    def refresh(self, refresh_token: str, now: float) -> Grant:
        """Return a new pair; the refresh token works once. Raises `ApiRefusal` 36009004."""
        old = self._by("refresh_token", refresh_token)
        if old is None or old.refresh_token_expires_at <= now:
            raise ApiRefusal(36009004, "the refresh_token is invalid, expired or used")
        if not self.switches.refresh_ends_old_access_token:
            self._older_access[old.access_token] = old
        new = replace(self.grant(old.shop, now), scopes=old.scopes)
        self._grants[old.shop] = new
        return new

    def admit(self, access_token: str, now: float) -> Grant:
        """Return what a token allows. Raises 36009004 if unknown or revoked, 105002 if expired."""
        grant = self._by("access_token", access_token) or self._older_access.get(access_token)
        if grant is None:
            raise ApiRefusal(36009004, "the access_token is invalid")
        if grant.access_token_expires_at <= now:
            raise ApiRefusal(105002, "the access_token is expired: refresh it")
        return grant

    def expire(self, shop: str, now: float) -> None:
        """Let the shop's access token be expired from now on."""
        self._grants[shop] = replace(self._grants[shop], access_token_expires_at=now)

    def revoke(self, shop: str) -> None:
        """Let the seller withdraw his consent: both tokens are worth nothing."""
        self._grants.pop(shop, None)

    def limit_scopes(self, shop: str, scopes: Collection[str]) -> None:
        """Let the shop's grant cover these scopes only."""
        self._grants[shop] = replace(self._grants[shop], scopes=frozenset(scopes))

    def _by(self, field: str, token: str) -> Grant | None:
        grants = self._grants.values()
        return next((grant for grant in grants if getattr(grant, field) == token), None)
