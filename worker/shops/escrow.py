"""What TikTok answered, kept on disk until the record has it.

A refresh voids the pair before it, so an answer that is lost costs a new consent. It is written
here first, sealed, and taken away once the record holds it. A process that died in between finds
it at its next look. Other machines do not: until then they have the old pair.
"""

import json
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import structlog

from connectors.feeds.durable import sync, write_whole
from connectors.store.sealing import CannotUnseal, Sealed, Sealer
from connectors.store.shop_tokens import Pair
from reconciliation.quantities import Instant


FOLDER_RIGHTS = 0o700
"""Nobody but the program's own user looks into it."""

_LOG = structlog.get_logger("oversell_guard")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """An answered pair; `after` is the generation that the record had of the shop then."""

    pair: Pair
    after: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Escrow:
    """A folder with at most one answered pair of each shop."""

    folder: Path
    sealer: Sealer

    def keep(self, shop: str, kept: Kept, now: Instant) -> None:
        """Write a pair down. A disk that fails is no reason to lose what the record may take."""
        pair = kept.pair
        scopes = None if pair.scopes is None else sorted(pair.scopes)
        values = {
            "access_token": pair.access_token,
            "refresh_token": pair.refresh_token,
            "told": json.dumps(
                [pair.access_expires_at, pair.refresh_expires_at, pair.consent, scopes, kept.after]
            ),
        }
        sealed = self.sealer.seal(shop, values, now)
        try:
            self.folder.mkdir(mode=FOLDER_RIGHTS, parents=True, exist_ok=True)
            write_whole(self._path(shop), f"{sealed.key_id} {sealed.text}\n".encode())
        except OSError as error:
            _LOG.warning("token_answer_not_written_down", shop=shop, error=error.strerror)

    def kept(self, shop: str) -> Kept | None:
        """Return the pair that was written down and never taken away, None if there is none."""
        try:
            key_id, _, text = self._path(shop).read_text().strip().partition(" ")
            opened = self.sealer.unseal(shop, Sealed(key_id=key_id, text=text))
        except FileNotFoundError:
            return None
        except (OSError, CannotUnseal, UnicodeDecodeError) as error:
            _LOG.warning("token_answer_unreadable", shop=shop, error=type(error).__name__)
            return None
        access_expires_at, refresh_expires_at, consent, scopes, after = json.loads(opened["told"])
        pair = Pair(
            access_token=opened["access_token"],
            refresh_token=opened["refresh_token"],
            access_expires_at=access_expires_at,
            refresh_expires_at=refresh_expires_at,
            consent=consent,
            scopes=None if scopes is None else frozenset(scopes),
        )
        return Kept(pair=pair, after=after)

    def let_go(self, shop: str) -> None:
        """Take a pair away: the record has it. One that stays is known by its generation."""
        with suppress(OSError):
            self._path(shop).unlink()
            sync(self.folder)

    def _path(self, shop: str) -> Path:
        # The configuration lets no name of a shop lead out of the folder.
        return self.folder / f"{shop}.sealed"
