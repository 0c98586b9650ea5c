"""A notification finds the shop that it is for, by the settings or by what `shop add` found."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.store import shop_tokens
from connectors.store.engine import writing
from connectors.store.shop_tokens import NewTokens, Pair
from worker.web.known_shops import LOOK_AGAIN_S, KnownShops

from ...support.shopfront import Shopfront, shopfront
from .rig import running


ID = "7494049642642441999"


@pytest.fixture
def front(tmp_path: Path) -> Iterator[Shopfront]:
    """Two shops whose ids the settings know."""
    with shopfront(tmp_path) as front:
        yield front


def connect(front: Shopfront, shop: str, shop_id: str) -> None:
    """Store what `shop add` finds of a shop."""
    new = NewTokens(
        shop=shop,
        pair=Pair(access_token="access", refresh_token="refresh"),
        cipher="cipher",
        shop_id=shop_id,
        given_mark="",
        now=front.services.now(),
    )
    with writing(front.services.engine) as connection:
        shop_tokens.save(connection, new, front.services.tiktok.keeper.sealer)


def test_a_shop_of_the_settings_is_known(front: Shopfront) -> None:
    """By the id that stands there."""
    known = KnownShops(front.services)

    assert running(known.named(front.world.access("beta").shop_id)) == "beta"


def test_a_shop_that_was_connected_meanwhile_is_known(front: Shopfront) -> None:
    """The program need not be started anew."""
    known = KnownShops(front.services)
    before = running(known.named(ID))
    connect(front, "alpha", ID)
    front.now += LOOK_AGAIN_S

    assert (before, running(known.named(ID))) == ("", "alpha")


def test_the_record_is_not_asked_for_every_stranger(front: Shopfront) -> None:
    """Within seconds of one look, what is none of ours stays so."""
    known = KnownShops(front.services)
    running(known.named(ID))
    connect(front, "alpha", ID)

    assert running(known.named(ID)) == ""


def test_a_shop_that_left_the_configuration_is_none_of_ours(front: Shopfront) -> None:
    """Its tokens may still be in the record."""
    connect(front, "gone", ID)

    assert running(KnownShops(front.services).named(ID)) == ""
