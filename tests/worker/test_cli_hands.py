"""hold, release and writes: a person's word is kept, and a bad one changes nothing."""

from pathlib import Path

import pytest

from reconciliation.quantities import later
from worker.cli.endings import ExitCode
from worker.holding import BadHold, HoldRequest, Word, hold
from worker.reports.sight import Sight

from .cli_rig import Rig


BY = ("--who", "ann", "--why", "photo shoot")


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    """Two shops that sell one lamp, of which 20 are there."""
    rig = Rig(tmp_path)
    rig.list_sku(shop="alpha")
    rig.list_sku(shop="beta")
    rig.take_in(LAMP=20)
    rig.run("reconcile")
    return rig


# --- hold ------------------------------------------------------------------------------------


def test_a_hold_caps_what_is_shown(rig: Rig) -> None:
    """After the next reconcile nothing shows more than was said."""
    answer = rig.run("hold", "LAMP", "--at-most", "0", *BY, "--expires", "2h")

    rig.run("reconcile")

    found = rig.run("explain", "LAMP", "--json").document["listings"]
    assert answer.code == ExitCode.OK
    assert [each["decision"]["shown_units"] for each in found] == [0, 0]
    assert "release 1" in found[0]["what_would_change"][0]


def test_a_hold_of_one_shop_leaves_the_other(rig: Rig) -> None:
    """`--shop` means that shop alone."""
    rig.run("hold", "LAMP", "--shop", "alpha", "--at-most", "0", *BY, "--expires", "2h")

    rig.run("reconcile")

    found = rig.run("explain", "LAMP", "--json").document["listings"]
    assert [each["decision"]["shown_units"] > 0 for each in found] == [False, True]


def test_units_set_aside_are_not_sold(rig: Rig) -> None:
    """They come off what is available."""
    rig.run("hold", "LAMP", "--set-aside", "15", *BY, "--expires", "3d")

    rig.run("reconcile")

    pool = rig.run("explain", "LAMP", "--json").document["listings"][0]["decision"]["pools"][0]
    assert (pool["set_aside_units"], pool["ats_units"]) == (15, 5)


def shown(rig: Rig) -> dict[str, int]:
    """What each shop shows after a reconcile."""
    rig.run("reconcile")
    found = rig.run("explain", "LAMP", "--json").document["listings"]
    return {each["shop"]: each["decision"]["shown_units"] for each in found}


def test_units_set_aside_for_a_shop_are_sold_by_it_alone(rig: Rig) -> None:
    """Of twenty lamps, the other shop shows at most the five that are left."""
    words = ("hold", "LAMP", "--shop", "beta", "--set-aside", "15", *BY, "--expires", "3d")
    assert rig.run(*words).code == ExitCode.OK

    units = shown(rig)
    rig.clock.sleep(130)
    later_units = shown(rig)

    assert units["alpha"] <= 5
    assert later_units["beta"] > 5
    assert sum(later_units.values()) <= 20


def test_what_is_set_aside_for_a_shop_is_explained(rig: Rig) -> None:
    """By name and number, with the goods."""
    words = ("hold", "LAMP", "--shop", "beta", "--set-aside", "15", *BY, "--expires", "3d")
    rig.run(*words)

    rig.run("reconcile")

    pool = rig.run("explain", "LAMP", "--json").document["listings"][0]["decision"]["pools"][0]
    assert (pool["kept_units"], pool["set_aside_units"]) == ({"beta": 15}, 0)
    assert "kept for beta" in rig.run("explain", "LAMP").out


def test_a_promotion_ends_by_itself(rig: Rig) -> None:
    """After its end the units are shared again."""
    words = ("hold", "LAMP", "--shop", "beta", "--set-aside", "15", *BY, "--expires", "2h")
    rig.run(*words)
    rig.run("reconcile")

    rig.clock.sleep(2 * 3_600)
    rig.take_in(LAMP=20)
    rig.run("reconcile")

    decision = rig.run("explain", "LAMP", "--json").document["listings"][0]["decision"]
    assert (decision["pools"][0]["kept_units"], decision["target_units"]) == ({}, 10)


def test_nothing_is_set_aside_from_shops_out_of_sight(rig: Rig) -> None:
    """Who sees one shop cannot take goods that another sells."""
    with rig.services() as services:
        request = HoldRequest(
            sku="LAMP",
            shop="alpha",
            set_aside_units=15,
            expires_at=later(services.now(), 60.0),
            word=Word(who="ann", why="ours"),
        )
        with pytest.raises(BadHold, match="shops out of sight sell LAMP too"):
            hold(services, request, sight=Sight(shops=frozenset({"alpha"})))


def test_a_hold_is_in_the_trail(rig: Rig) -> None:
    """Who and why are kept."""
    rig.run("hold", "LAMP", "--at-most", "1", *BY, "--expires", "2h")

    newest = rig.run("history", "LAMP", "--json").document["events"][0]

    assert (newest["event"], newest["detail"]["who"]) == ("hold", "ann")


@pytest.mark.parametrize(
    ("words", "cause"),
    [
        (("--at-most", "-1", "--expires", "2h"), "--at-most -1"),
        (("--set-aside", "0", "--expires", "2h"), "--set-aside 0"),
        (("--expires", "2h"), "either caps"),
        (("--at-most", "1", "--set-aside", "1", "--expires", "2h"), "either caps"),
        (("--at-most", "1", "--expires", "soon"), "'soon'"),
        (("--at-most", "1", "--expires", "2020-01-01T00:00:00Z"), "not in the future"),
        (("--at-most", "1", "--expires", "2030-01-01T00:00:00"), "no zone"),
        (("--at-most", "1", "--expires", "999d"), "more than a year"),
        (("--at-most", "1", "--shop", "alpa", "--expires", "2h"), "no shop 'alpa'"),
        (("--set-aside", "1", "--warehouse", "WEST", "--expires", "2h"), "no warehouse 'WEST'"),
    ],
)
def test_a_bad_hold_changes_nothing(rig: Rig, words: tuple[str, ...], cause: str) -> None:
    """Each is refused with its cause and a remedy, and no hold is stored."""
    answer = rig.run("hold", "LAMP", *BY, *words)

    assert answer.code == ExitCode.BAD_USAGE
    assert cause in answer.err
    assert "remedy:" in answer.err
    assert rig.run("holds", "--json").document == {"holds": []}


def test_a_hold_on_nothing_is_refused(rig: Rig) -> None:
    """A SKU that nobody knows cannot be held."""
    answer = rig.run("hold", "LMAP", "--at-most", "1", *BY, "--expires", "2h")

    assert answer.code == ExitCode.BAD_USAGE
    assert "did you mean LAMP?" in answer.err


def test_nobody_can_hold(rig: Rig) -> None:
    """A blank name stands for nobody."""
    words = ("--at-most", "1", "--who", " ", "--why", "x", "--expires", "2h")

    assert rig.run("hold", "LAMP", *words).code == ExitCode.BAD_USAGE


def test_a_bundle_has_nothing_to_set_aside(rig: Rig) -> None:
    """Its items have; the refusal names them."""
    (rig.folder / "mapping.csv").write_text("shop,seller_sku,item,units\n*,PAIR,LAMP,2\n")
    rig.configure('\n[catalog]\nmapping_file = "mapping.csv"\n')
    rig.list_sku("PAIR")
    rig.run("reconcile")

    answer = rig.run("hold", "PAIR", "--set-aside", "1", *BY, "--expires", "2h")

    assert answer.code == ExitCode.BAD_USAGE
    assert "EAST/LAMP" in answer.err


# --- release ---------------------------------------------------------------------------------


@pytest.mark.parametrize("named", ["LAMP", "1"])
def test_a_released_hold_is_gone(rig: Rig, named: str) -> None:
    """By SKU or by number, the listings come back."""
    rig.run("hold", "LAMP", "--at-most", "0", *BY, "--expires", "2h")
    rig.run("reconcile")

    released = rig.run("release", named, "--who", "ann", "--json").document["released"]
    rig.run("reconcile")

    found = rig.run("explain", "LAMP", "--json").document["listings"]
    assert [each["hold_id"] for each in released] == [1]
    assert all(each["decision"]["shown_units"] > 0 for each in found)


def test_releasing_nothing_is_refused(rig: Rig) -> None:
    """Where nothing is held, there is nothing to release."""
    answer = rig.run("release", "LAMP", "--who", "ann")

    assert answer.code == ExitCode.BAD_USAGE
    assert "holds" in answer.err


# --- writes ----------------------------------------------------------------------------------


def test_stopped_writes_leave_tiktok_alone(rig: Rig) -> None:
    """Whatever is decided, nothing is sent."""
    rig.run("writes", "stop", "--who", "ann", "--why", "an audit")
    before = rig.look()
    rig.clock.sleep(61)
    rig.take_in(LAMP=4)

    rig.run("reconcile")

    assert rig.look() == before


def test_stopping_one_shop_leaves_the_other(rig: Rig) -> None:
    """`--shop` means that shop alone."""
    rig.run("writes", "stop", "--shop", "alpha")

    shops = rig.run("status", "--json").document["shops"]

    assert [shop["writes_stopped"] for shop in shops] == [True, False]


def test_started_writes_go_on(rig: Rig) -> None:
    """What was decided meanwhile is written by the next round."""
    rig.run("writes", "stop")
    rig.clock.sleep(61)
    rig.take_in(LAMP=4)
    rig.run("reconcile")

    rig.run("writes", "start")
    rig.run("reconcile")

    found = rig.run("explain", "LAMP", "--json").document["listings"]
    assert sum(each["decision"]["shown_units"] for each in found) <= 4


def test_the_switch_is_in_the_trail(rig: Rig) -> None:
    """Who stopped what is told with every SKU of the shop."""
    rig.run("writes", "stop", "--who", "ann", "--why", "an audit")

    events = rig.run("history", "LAMP", "--json").document["events"]

    stops = [each for each in events if each["event"] == "writes_stopped"]
    assert [each["detail"] for each in stops] == [{"who": "ann", "why": "an audit"}] * 2


def test_stopping_no_shop_of_ours_is_refused(rig: Rig) -> None:
    """And nothing is stopped."""
    answer = rig.run("writes", "stop", "--shop", "gamma")

    shops = rig.run("status", "--json").document["shops"]
    assert answer.code == ExitCode.BAD_USAGE
    assert not any(shop["writes_stopped"] for shop in shops)
