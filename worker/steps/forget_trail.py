"""Forgets events of the trail, and notifications, that are older than they are kept."""

from connectors.store import trail, webhooks, work
from connectors.store.engine import writing
from reconciliation.quantities import later

from ..queues import TRAIL
from ..services import Services


KEPT_S = 90 * 86_400.0
"""How long history is kept (design 3.12); peers keep 30 days."""

WEBHOOKS_KEPT_S = 30 * 86_400.0
"""How long notifications are kept; TikTok sends one again for 15 hours (API page, section 6)."""

EVERY_S = 86_400.0
"""How often old events are forgotten."""


def forget_trail(services: Services, key: str) -> None:
    """Delete what is old and ask to do so again tomorrow."""
    now = services.now()
    with writing(services.engine) as connection:
        trail.forget_before(connection, later(now, -KEPT_S))
        webhooks.forget_before(connection, later(now, -WEBHOOKS_KEPT_S))
        work.ask(connection, TRAIL, [key], due_at=later(now, EVERY_S))
