"""shop add, list and refresh: from the link to a shop that is connected and set up."""

from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from connectors.errors import Mend, NotAuthorised
from connectors.sandbox.faults import FaultKind
from connectors.sandbox.webhook_routes import REGISTRABLE as KNOWN
from connectors.store import trail
from connectors.store.engine import reading
from connectors.tiktok.setup import BY_HAND, REGISTRABLE
from worker.cli.endings import ExitCode

from .cli_rig import Rig
from .shop_cli_rig import DAY_S, HOOK, connect, consented, rig_of, sell


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    """Two shops that nobody has connected yet."""
    return rig_of(tmp_path)


# -- the link -----------------------------------------------------------------------------------


def test_the_link_is_of_each_market_that_may_be_meant(rig: Rig) -> None:
    """Sellers of the United States consent elsewhere than all others."""
    links = rig.run("shop", "add", "alpha", "--json").document["links"]

    assert [(each["market"], urlsplit(each["link"]).hostname) for each in links] == [
        ("US", "services.tiktokshops.us"),
        ("all others", "services.tiktokshop.com"),
    ]


def test_the_link_is_of_the_shop_s_market_where_it_is_said(rig: Rig) -> None:
    """There is one then, with the app's service id and a state of its own."""
    rig.environ["OVERSELL_GUARD_SHOPS__ALPHA__MARKET"] = "GB"
    (link,) = rig.run("shop", "add", "alpha", "--json").document["links"]
    query = parse_qs(urlsplit(link["link"]).query)

    assert urlsplit(link["link"]).hostname == "services.tiktokshop.com"
    assert query["service_id"] == ["71"]
    assert len(query["state"][0]) >= 20


def test_without_a_service_id_there_is_no_link(rig: Rig) -> None:
    """The cause says which setting is missing, and where it is found."""
    rig.config.write_text(rig.config.read_text().replace('service_id = "71"', ""))
    answer = rig.run("shop", "add", "alpha")

    assert answer.code == ExitCode.BAD_USAGE
    assert "authorisation.service_id" in answer.err


# -- connecting ---------------------------------------------------------------------------------


def test_the_whole_address_connects_a_shop(rig: Rig) -> None:
    """Its tokens, cipher and id are in the record, and the settings need name none."""
    connect(rig)
    (alpha, beta) = rig.run("shop", "list", "--json").document["shops"]

    assert (alpha["state"], beta["state"]) == ("authorised", "unconnected")
    assert alpha["shop_id"] == rig.world.registry.shop("alpha").shop_id


def test_the_code_alone_connects_a_shop(rig: Rig) -> None:
    """Whoever installs from the app store gets no state (API page, section 2)."""
    answer = rig.run("shop", "add", "alpha", rig.world.issue_auth_code("alpha"))

    assert answer.code == ExitCode.OK


def test_a_new_shop_only_observes(tmp_path: Path) -> None:
    """Unless the configuration says otherwise, and it is told."""
    rig = rig_of(tmp_path)
    rig.config.write_text(rig.config.read_text().replace('mode = "write"\n', ""))
    answer = rig.run("shop", "add", "alpha", consented(rig), "--json")

    assert answer.document["set_up"]["mode"] == "observe"
    assert "It observes" in answer.err


@pytest.mark.parametrize(
    ("changes", "cause"),
    [
        ({"state": "forged"}, "not the answer to the link"),
        ({"code": "null", "error": "auth_denied"}, "did not consent ('auth_denied')"),
        ({"code": ""}, "there is no code"),
    ],
)
def test_an_answer_that_is_none_connects_nothing(
    rig: Rig, changes: dict[str, str], cause: str
) -> None:
    """Each is refused with its cause, and never quoted."""
    answer = rig.run("shop", "add", "alpha", consented(rig, **changes))

    assert answer.code == ExitCode.BAD_USAGE
    assert cause in answer.err
    assert rig.run("shop", "list", "--json").document["shops"][0]["state"] == "unconnected"


def test_a_link_is_answered_once(rig: Rig) -> None:
    """The code is used up, and the state with it."""
    address = consented(rig)
    rig.run("shop", "add", "alpha", address)

    assert rig.run("shop", "add", "alpha", address).code == ExitCode.BAD_USAGE


def test_another_shop_s_consent_is_not_taken_for_this_one(rig: Rig) -> None:
    """Where the configuration knows the id, another seller's consent is of no use."""
    rig.environ["OVERSELL_GUARD_SHOPS__ALPHA__SHOP_ID"] = rig.world.registry.shop("alpha").shop_id
    answer = rig.run("shop", "add", "alpha", rig.world.issue_auth_code("beta"))

    assert answer.code == ExitCode.BAD_USAGE
    assert "the consent opens beta" in answer.err


def test_who_connected_a_shop_is_kept(rig: Rig) -> None:
    """In the trail, with the reason."""
    rig.run("shop", "add", "alpha", consented(rig), "--who", "ann", "--why", "new shop")
    with rig.services() as services, reading(services.engine) as connection:
        events = trail.about(connection, "", ["alpha"], most=99)
    (connected,) = [each for each in events if each.event == "shop_connected"]

    assert (connected.detail["who"], connected.detail["why"]) == ("ann", "new shop")


# -- setting up ---------------------------------------------------------------------------------


def test_every_notification_that_the_api_can_register_is_registered(rig: Rig) -> None:
    """And those that it cannot are named, for a person."""
    answer = rig.run("shop", "add", "alpha", consented(rig), "--json")
    there = {event: address for event, (address, _) in rig.world.webhooks["alpha"].items()}

    assert there == dict.fromkeys(REGISTRABLE.values(), HOOK)
    assert all(f"{kind} (" in answer.err for kind in BY_HAND)


def test_what_we_register_has_a_name_at_tiktok() -> None:
    """Those that have none are 27, 39, 50, 63 and 71 (API page, section 3)."""
    assert set(REGISTRABLE.values()) <= KNOWN
    assert set(BY_HAND) == {27, 39, 50, 63, 71}


def test_what_is_registered_already_is_left_alone(rig: Rig) -> None:
    """A second run adds nothing."""
    connect(rig)
    again = rig.run("shop", "add", "alpha", "--set-up", "--json").document["set_up"]["webhooks"]

    assert (again["added"], len(again["already"])) == ([], len(REGISTRABLE))


def test_open_orders_are_taken_however_old(rig: Rig) -> None:
    """Polling would look back thirty days only."""
    sell(rig)
    rig.clock.now += 60 * DAY_S
    answer = rig.run("shop", "add", "alpha", consented(rig), "--json").document["set_up"]

    assert answer["orders"]["orders_by_status"]["AWAITING_SHIPMENT"] == 2
    assert answer["orders"]["moving"] == []


def test_a_set_up_that_tiktok_breaks_off_is_gone_on_with(rig: Rig) -> None:
    """The shop stays connected; the code is not needed again."""
    address = consented(rig)
    for _ in range(9):
        rig.faults.force(FaultKind.OVERLOADED, api="webhooks_list")
    broken = rig.run("shop", "add", "alpha", address)
    rig.faults.stop()

    assert broken.code == ExitCode.OUTSIDE_FAILED
    assert rig.run("shop", "add", "alpha", "--set-up").code == ExitCode.OK


# -- list and refresh ---------------------------------------------------------------------------


def test_a_refresh_by_hand_gives_a_new_pair(rig: Rig) -> None:
    """TikTok lets the new one in, and it is what the record has."""
    connect(rig)
    old = rig.world.access("alpha").access_token
    rig.run("shop", "refresh", "alpha")
    with rig.services() as services:
        stored = services.tiktok.keeper.open("alpha").row.pair.access_token

    assert stored == rig.world.access("alpha").access_token != old


def test_a_refresh_by_hand_opens_a_shop_whose_consent_stands(rig: Rig) -> None:
    """It was taken for revoked, and TikTok says otherwise."""
    connect(rig)
    with rig.services() as services:
        row = services.tiktok.keeper.open("alpha").row
        error = NotAuthorised("no", mend=Mend.CONSENT, code=101000)
        services.tiktok.keeper.judged(row, error)
    before = rig.run("shop", "list", "--json").document["shops"][0]["state"]
    after = rig.run("shop", "refresh", "alpha", "--json").document["shop"]["state"]

    assert (before, after) == ("revoked", "authorised")


def test_a_refused_refresh_says_what_to_do(rig: Rig) -> None:
    """The seller consents anew."""
    connect(rig)
    rig.world.revoke("alpha")
    answer = rig.run("shop", "refresh", "alpha")

    assert answer.code == ExitCode.OUTSIDE_FAILED
    assert "connect the shop anew (`shop add`)" in answer.err


def test_the_list_says_until_when_all_lasts(rig: Rig) -> None:
    """The token a week, the consent a year; it shows no token."""
    connect(rig)
    answer = rig.run("shop", "list", "--json")
    alpha = answer.document["shops"][0]

    assert (alpha["access_ends_at"], alpha["consent_ends_at"]) == (
        "2023-11-21T22:13:20Z",
        "2024-11-13T22:13:20Z",
    )
    assert "ROW_" not in answer.out


def test_a_shop_that_is_not_there_is_named(rig: Rig) -> None:
    """In every command."""
    commands = (("add",), ("add", "gama", "code"), ("refresh",), ("check",))
    codes = [rig.run("shop", first, *(rest or ("gama",))).code for first, *rest in commands]

    assert codes == [ExitCode.BAD_USAGE] * len(commands)
