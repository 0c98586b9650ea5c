"""What is read where the seller has consented to it, and left alone where not.

A shop's stock and orders need no more than what the guard cannot do without. Where consent does
not cover promotions or cancellations they are asked for seldom, and the shop is not in trouble.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from connectors.errors import NotAuthorised
from connectors.store import work
from connectors.store.engine import writing
from reconciliation.quantities import later
from reconciliation.shop_state import Sign

from ..services import Services
from ..shops.signs import sign_of


AGAIN_S = 3_600.0
"""When it is asked for again: consent may have been given anew."""

_LOG = structlog.get_logger("oversell_guard")


@contextmanager
def if_consented(services: Services, queue: str, shop: str) -> Iterator[None]:
    """Do what is inside; where only a scope is missing, ask for it again in an hour."""
    try:
        yield
    except NotAuthorised as refused:
        if sign_of(refused) is not Sign.SCOPE_MISSING:
            raise
        _LOG.warning("scope_missing", queue=queue, shop=shop, error=str(refused))
        with writing(services.engine) as connection:
            work.ask(connection, queue, [shop], due_at=later(services.now(), AGAIN_S))
