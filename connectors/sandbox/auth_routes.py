"""Tokens and shops (API page, section 2)."""

from collections.abc import Mapping

from .calls import Call
from .envelope import JsonObject
from .refusals import ApiRefusal
from .tokens import Grant
from .world import SandboxWorld


def get_token(world: SandboxWorld, query: Mapping[str, str], now: float) -> JsonObject:
    """GET /api/v2/token/get: an auth code becomes a pair of tokens, once."""
    _require_app(world, query, "authorized_code")
    return _token_data(world, world.tokens.redeem(query.get("auth_code", ""), now))


def refresh_token(world: SandboxWorld, query: Mapping[str, str], now: float) -> JsonObject:
    """GET /api/v2/token/refresh: a new pair; the refresh token itself changes too."""
    _require_app(world, query, "refresh_token")
    return _token_data(world, world.tokens.refresh(query.get("refresh_token", ""), now))


def authorized_shops(call: Call) -> JsonObject:
    """GET /authorization/202309/shops: the shops that this access token covers."""
    shop = {
        "id": call.shop.shop_id,
        "name": call.shop.name,
        "region": call.shop.region,
        "seller_type": "LOCAL",
        "cipher": call.shop.cipher,
        "code": call.shop.code,
    }
    return {"shops": [shop]}


def _require_app(world: SandboxWorld, query: Mapping[str, str], grant_type: str) -> None:
    if (query.get("app_key"), query.get("app_secret")) != (world.app_key, world.app_secret):
        raise ApiRefusal(36009004, "app_key or app_secret is invalid")
    if query.get("grant_type") != grant_type:
        raise ApiRefusal(36009004, f"grant_type must be {grant_type}")


def _token_data(world: SandboxWorld, grant: Grant) -> JsonObject:
    shop = world.registry.shop(grant.shop)
    return {
        "access_token": grant.access_token,
        # Named as durations, and yet moments in time: the trap of section 2.
        "access_token_expire_in": int(grant.access_token_expires_at),
        "refresh_token": grant.refresh_token,
        "refresh_token_expire_in": int(grant.refresh_token_expires_at),
        "open_id": shop.open_id,
        "seller_name": shop.name,
        "seller_base_region": shop.region,
        "user_type": 0,
        "granted_scopes": sorted(grant.scopes),
    }
