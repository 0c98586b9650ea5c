"""What a refused call says of a shop: its state, whether to refresh, or nothing at all."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.errors import Mend, NotAuthorised, TryLater
from reconciliation.shop_state import ShopState
from worker.shops.keeper import YOUNG_S

from .keeper_rig import KeeperRig, refresh, refused, token


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[KeeperRig]:
    """A record in SQLite."""
    opened = KeeperRig(tmp_path)
    yield opened
    opened.engine.dispose()


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (refused(Mend.CONSENT, 105005), ShopState.SCOPE_MISSING),
        (refused(Mend.CONSENT, 101000), ShopState.REVOKED),
        (refused(Mend.CREDENTIALS, 36009004), ShopState.REFUSED),
        (refused(Mend.ALLOW_LIST, 36009033), ShopState.ADDRESS_REFUSED),
    ],
)
def test_a_refused_call_shows_in_the_state(
    rig: KeeperRig, error: NotAuthorised, state: ShopState
) -> None:
    """Each refusal has its state, and is raised as it is."""
    keeper = rig.keeper()

    assert keeper.judged(keeper.open("alpha").row, error) is error
    assert rig.state() is state


def test_a_refusal_of_a_pair_that_was_replaced_says_nothing(rig: KeeperRig) -> None:
    """Another process refreshed while the call was under way: it is made again at once."""
    keeper = rig.keeper()
    old = keeper.open("alpha").row
    refresh(rig.keeper())

    judged = keeper.judged(old, refused(Mend.CREDENTIALS, 36009004))

    assert isinstance(judged, TryLater)
    assert rig.state() is ShopState.AUTHORISED


def test_a_token_that_ran_out_is_refreshed_and_no_fault(rig: KeeperRig) -> None:
    """The call comes again in a second, and the pair is due at once."""
    keeper = rig.keeper()
    row = keeper.open("alpha").row

    judged = keeper.judged(row, refused(Mend.REFRESH, 105002))

    assert isinstance(judged, TryLater)
    assert (rig.state(), keeper.open("alpha").row.refresh_due_at) == (None, rig.now)


@pytest.mark.parametrize(("age_s", "is_due"), [(YOUNG_S - 1, False), (YOUNG_S + 1, True)])
def test_a_young_pair_is_not_refreshed_for_a_refusal(
    rig: KeeperRig,
    age_s: float,
    is_due: bool,  # noqa: FBT001 - what is expected, by its name
) -> None:
    """Else a wrong clock would have it refreshed at every call."""
    keeper = rig.keeper()
    row = keeper.open("alpha").row
    rig.now += age_s
    keeper.judged(row, refused(Mend.CREDENTIALS, 36009004))

    assert (keeper.open("alpha").row.refresh_due_at == rig.now) is is_due


def test_a_consent_without_a_needed_scope_shuts_the_shop(rig: KeeperRig) -> None:
    """TikTok tells with the pair what it covers."""
    keeper = rig.keeper()
    token(keeper)
    rig.world.limit_scopes("alpha", {"seller.order.info"})
    refresh(keeper)

    assert rig.state() is ShopState.SCOPE_MISSING
    assert "seller.product.write" in rig.why()


def test_the_trail_tells_of_states_and_refreshes(rig: KeeperRig) -> None:
    """Whoever asks later why nothing was written finds it."""
    keeper = rig.keeper()
    refresh(keeper)
    keeper.judged(keeper.open("alpha").row, refused(Mend.CONSENT, 101000))

    assert rig.events() == ["tokens_sealed", "shop_state", "tokens_refreshed", "shop_state"]
