"""Keepers of one record, as several processes have them, and a TikTok that refreshes once."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Engine

from connectors.errors import Mend, NotAuthorised
from connectors.sandbox.refusals import ApiRefusal
from connectors.sandbox.switches import SandboxSwitches
from connectors.sandbox.world import SandboxWorld
from connectors.store import shop_states, trail
from connectors.store.engine import open_engine, reading
from connectors.store.schema import ensure_schema
from connectors.store.sealing import Sealer
from connectors.tiktok.tokens import ShopTokens
from reconciliation.quantities import Instant
from reconciliation.shop_state import ShopState
from worker.settings.model import Settings
from worker.shops.escrow import Escrow
from worker.shops.keeper import TokenKeeper


DAY_S = 86_400.0
START = 1_800_000_000.0


@dataclass(slots=True)
class KeeperRig:
    """A sandbox with the shops alpha and beta, a record, and keepers of its tokens."""

    folder: Path
    database_url: str = ""
    switches: SandboxSwitches = field(default_factory=SandboxSwitches)
    now: float = START
    asked: list[str] = field(default_factory=list)
    world: SandboxWorld = field(init=False)
    engine: Engine = field(init=False)
    at_first: dict[str, object] = field(init=False)

    def __post_init__(self) -> None:
        """Open the shops and the record."""
        self.world = SandboxWorld(
            clock=lambda: self.now, rng=random.Random(7), switches=self.switches
        )
        for shop in ("alpha", "beta"):
            self.world.open_shop(shop)
        self.at_first = self.given("alpha")
        self.engine = open_engine(
            self.database_url or f"sqlite:///{self.folder / 'record.sqlite3'}"
        )
        ensure_schema(self.engine)

    def keeper(
        self,
        *,
        exchange: Callable[[str, str], ShopTokens] | None = None,
        secrets: tuple[str, ...] = ("seal",),
        machine: str = "one",
        escrow: type[Escrow] = Escrow,
        **shops: dict[str, object],
    ) -> TokenKeeper:
        """Return the keeper of one process; `shops` replaces the pair that alpha had at first."""
        return TokenKeeper(
            engine=self.engine,
            settings=self._settings(shops or {"alpha": self.at_first}),
            escrow=escrow(folder=self.folder / machine, sealer=Sealer(secrets)),
            exchange=exchange or self.exchange,
            clock=lambda: Instant(self.now),
        )

    def given(self, shop: str, *, from_shop: str = "") -> dict[str, object]:
        """Return what settings say of a shop that TikTok has let us into just now."""
        access = self.world.access(from_shop or shop)
        return {
            "cipher": self.world.access(shop).cipher,
            "access_token": access.access_token,
            "refresh_token": access.refresh_token,
            "access_expires_at": access.access_token_expires_at,
        }

    def _settings(self, shops: dict[str, dict[str, object]]) -> Settings:
        return Settings.model_validate(
            {
                "data_dir": self.folder,
                "tiktok": {"app_key": "key", "app_secret": "secret"},
                "shops": shops,
            }
        )

    def exchange(self, shop: str, refresh_token: str) -> ShopTokens:
        """Refresh at TikTok: each refresh token works once."""
        self.asked.append(shop)
        try:
            grant = self.world.tokens.refresh(refresh_token, self.now)
        except ApiRefusal as refused:
            raise NotAuthorised(refused.message, mend=Mend.CONSENT, code=36009004) from None
        return ShopTokens(
            access_token=grant.access_token,
            access_expires_at=Instant(grant.access_token_expires_at),
            refresh_token=grant.refresh_token,
            refresh_expires_at=Instant(grant.refresh_token_expires_at),
            open_id=f"consent-of-{grant.shop}",
            scopes=grant.scopes,
        )

    def in_force(self, shop: str = "alpha") -> str:
        """Return the access token that TikTok lets in now."""
        grant = self.world.tokens.grant_of(shop)
        assert grant is not None
        return grant.access_token

    def state(self, shop: str = "alpha") -> ShopState | None:
        """Return the state that is noted of a shop."""
        with reading(self.engine) as connection:
            row = shop_states.load(connection, shop)
        return None if row is None else row.state

    def why(self, shop: str = "alpha") -> str:
        """Return why a shop is in its state."""
        with reading(self.engine) as connection:
            row = shop_states.load(connection, shop)
        return "" if row is None else row.why

    def events(self) -> list[str]:
        """Return what the trail has of alpha, the oldest first."""
        with reading(self.engine) as connection:
            found = trail.about(connection, "", ["alpha"], most=99)
        return [each.event for each in reversed(found)]


def token(keeper: TokenKeeper, shop: str = "alpha") -> str:
    """Return the access token that a keeper opens a shop with."""
    return keeper.open(shop).row.pair.access_token


def refresh(keeper: TokenKeeper, shop: str = "alpha") -> str:
    """Have a keeper refresh a shop; return the access token then."""
    return keeper.refresh(keeper.open(shop).row).pair.access_token


def refused(mend: Mend, code: int = 0) -> NotAuthorised:
    """Return how TikTok refuses a call."""
    return NotAuthorised("no", mend=mend, code=code)
