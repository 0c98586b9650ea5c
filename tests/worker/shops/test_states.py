"""A shop that TikTok shuts is not written to, the others are, and it goes on when it may."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select
from starlette.applications import Starlette

from connectors.sandbox.tokens import ALL_SCOPES
from connectors.store import shop_states, shop_tokens
from connectors.store.engine import reading
from connectors.store.shop_states import StateRow
from connectors.store.shop_tokens import NewTokens, Pair
from connectors.store.tables import WRITES
from reconciliation.quantities import Instant
from reconciliation.shop_state import ShopState, Sign
from tests.support.shopfront import Shopfront, shopfront
from tests.worker.web.rig import Post, deliver, running, signed, told
from worker.dispatch import work_off
from worker.modes import why_not, written_to
from worker.queues import TOKENS
from worker.web.intake import webhook_intake
from worker.web.webhook_endpoint import webhook_routes


DAY_S = 86_400.0


@pytest.fixture
def front(tmp_path: Path) -> Iterator[Shopfront]:
    """Two open shops with ten units between them, at rest."""
    with shopfront(tmp_path) as opened:
        opened.open_for_business(10)
        yield opened


def state(front: Shopfront, shop: str = "alpha") -> StateRow:
    """Return the state that is noted of a shop."""
    with reading(front.services.engine) as connection:
        row = shop_states.load(connection, shop)
    assert row is not None
    return row


def made_for(front: Shopfront, shop: str) -> int:
    """Return how many writes were ever meant for a shop."""
    with reading(front.services.engine) as connection:
        of_shop = select(func.count()).select_from(WRITES).where(WRITES.c.shop == shop)
        return int(connection.execute(of_shop).scalar_one())


def consent(front: Shopfront, shop: str = "alpha", *, for_days: float = 365.0) -> None:
    """Have the seller consent anew, and the pair that comes of it stored."""
    grant = front.world.tokens.grant(shop, front.now)
    keeper = front.services.tiktok.keeper
    with reading(front.services.engine) as connection:
        row = shop_tokens.load(connection, shop, keeper.sealer)
    assert row is not None
    pair = Pair(
        access_token=grant.access_token,
        refresh_token=grant.refresh_token,
        access_expires_at=Instant(grant.access_token_expires_at),
        refresh_expires_at=Instant(front.now + for_days * DAY_S),
        scopes=grant.scopes,
    )
    new = NewTokens(
        shop=shop,
        pair=pair,
        cipher=row.cipher,
        shop_id=row.shop_id,
        given_mark=row.given_mark,
        now=front.services.now(),
    )
    keeper.store(new, Sign.CONSENTED)


def notify(front: Shopfront, kind: int) -> None:
    """Let TikTok tell alpha's seller of his consent, through the endpoint and its signature."""
    body = told(
        int(front.now * 1000),
        type=kind,
        shop_id=front.world.registry.shop("alpha").shop_id,
        timestamp=int(front.now),
        data={"message": "about your authorisation"},
    )
    signature = signed(body, app_key=front.world.app_key, secret=front.world.app_secret)
    with webhook_intake(front.services) as intake:
        app = Starlette(routes=webhook_routes(front.services, intake))
        assert running(deliver(app, Post(body=body, signature=signature))) == 200


# -- shut ---------------------------------------------------------------------------------------


def test_a_revoked_shop_is_not_written_to(front: Shopfront) -> None:
    """Its first refused call shuts it, though nobody notified us; the refresh proves it."""
    front.now += 2 * 3_600.0
    front.world.revoke("alpha")
    front.work(10)
    before = made_for(front, "alpha")
    front.drop_feed(4)
    front.work(10)

    assert state(front).state is ShopState.REVOKED
    assert made_for(front, "alpha") == before


def test_the_other_shops_go_on(front: Shopfront) -> None:
    """What alpha shows counts against the goods, and beta is lowered to what is left."""
    front.world.revoke("alpha")
    front.work(10)
    front.drop_feed(5)
    front.work(10)

    assert state(front, "beta").state is ShopState.AUTHORISED
    assert front.shown() == {"alpha": 5, "beta": 0}


def test_a_missing_scope_shuts_the_shop(front: Shopfront) -> None:
    """The refused write has no effect, and none is tried after it."""
    front.world.limit_scopes("alpha", ALL_SCOPES - {"seller.product.write"})
    front.drop_feed(4)
    front.work(10)
    after_one = made_for(front, "alpha")
    front.drop_feed(3)
    front.work(10)

    assert state(front).state is ShopState.SCOPE_MISSING
    assert made_for(front, "alpha") == after_one


def test_good_answers_do_not_open_a_shop_that_lacks_a_scope(front: Shopfront) -> None:
    """Its orders are read all the while, which proves nothing of writing."""
    front.world.limit_scopes("alpha", ALL_SCOPES - {"seller.product.write"})
    front.drop_feed(4)
    front.work(60)

    assert state(front).state is ShopState.SCOPE_MISSING


def test_whoever_asks_is_told_why_and_what_to_do(front: Shopfront) -> None:
    """In the words of the state."""
    front.world.limit_scopes("alpha", set())
    front.work(10)
    with reading(front.services.engine) as connection:
        said = why_not(connection, front.services, "alpha")
        open_shops = written_to(connection, front.services, ("alpha", "beta"))

    assert said.startswith("the shop is scope missing: give the app the scope in Partner Center")
    assert open_shops == {"beta"}


# -- and open again -----------------------------------------------------------------------------


def test_a_new_consent_opens_the_shop(front: Shopfront) -> None:
    """What was not written meanwhile is written then, without anybody asking."""
    front.world.revoke("alpha")
    front.now += 2 * 3_600.0
    front.work(10)
    front.drop_feed(0)
    front.work(10)
    while_shut = front.shown()
    consent(front)
    front.work(10)

    assert state(front).state is ShopState.AUTHORISED
    assert (while_shut, front.shown()) == ({"alpha": 5, "beta": 0}, {"alpha": 0, "beta": 0})


def test_a_token_that_runs_out_is_refreshed_and_nothing_stops(front: Shopfront) -> None:
    """Nobody is called, and the shop is written to within seconds."""
    front.world.expire_access_token("alpha")
    front.drop_feed(0)
    front.work(10)

    assert state(front).state is ShopState.AUTHORISED
    assert front.shown() == {"alpha": 0, "beta": 0}


def test_tokens_are_refreshed_by_the_job_ahead_of_their_end(front: Shopfront) -> None:
    """No call has to wait for it: six days of seven are over."""
    old = front.world.access("alpha").access_token
    front.now += 6 * DAY_S + 1
    work_off(front.services, TOKENS, "alpha")

    assert front.world.access("alpha").access_token != old
    assert front.services.tiktok.access("alpha").access_token != old


# -- notified -----------------------------------------------------------------------------------


def test_a_withdrawn_consent_that_is_notified_shuts_the_shop_at_once(front: Shopfront) -> None:
    """The next poll would have found it too, and the state says who told."""
    front.world.revoke("alpha")
    notify(front, 6)
    work_off(front.services, "webhooks", "alpha")

    assert state(front).state is ShopState.REVOKED
    assert "TikTok tells that the consent was withdrawn" in state(front).why


def test_a_notified_withdrawal_that_is_not_so_shuts_nothing(front: Shopfront) -> None:
    """Whoever sends an old notification again stops nobody's sales."""
    notify(front, 6)
    work_off(front.services, "webhooks", "alpha")

    assert state(front).state is ShopState.AUTHORISED


def test_a_notified_end_shows_and_stops_nothing(front: Shopfront) -> None:
    """A person has thirty days; where the settings gave the pair, nobody else knows."""
    notify(front, 7)
    work_off(front.services, "webhooks", "alpha")
    with reading(front.services.engine) as connection:
        open_shops = written_to(connection, front.services, ("alpha", "beta"))

    assert state(front).state is ShopState.EXPIRING
    assert open_shops == {"alpha", "beta"}


def test_a_notified_end_that_is_far_away_is_not_believed(front: Shopfront) -> None:
    """With the pair TikTok told when the consent ends."""
    consent(front)
    notify(front, 7)
    work_off(front.services, "webhooks", "alpha")

    assert state(front).state is ShopState.AUTHORISED


def test_a_consent_that_ends_in_a_month_is_said_so(front: Shopfront) -> None:
    """Whether TikTok notified us or not."""
    consent(front, for_days=32.0)
    at_first = state(front).state
    front.now += 3 * DAY_S
    work_off(front.services, TOKENS, "alpha")

    assert (at_first, state(front).state) == (ShopState.AUTHORISED, ShopState.EXPIRING)
