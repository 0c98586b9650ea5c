"""explain, history, status and risk: what the record says, and nothing changed by asking."""

from datetime import datetime
from pathlib import Path

import pytest

from worker.cli.endings import ExitCode

from .cli_rig import Rig


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    """A shop to command."""
    return Rig(tmp_path)


@pytest.fixture
def stocked(rig: Rig) -> Rig:
    """Two shops that sell one lamp, of which 20 are there, reconciled."""
    rig.list_sku(shop="alpha")
    rig.list_sku(shop="beta")
    rig.take_in(LAMP=20)
    rig.run("reconcile")
    return rig


# --- explain ---------------------------------------------------------------------------------


def test_explain_shows_every_term(stocked: Rig) -> None:
    """From the snapshot to the quantity shown, and the write that made it so."""
    found = stocked.run("explain", "LAMP", "--shop", "alpha", "--json").document["listings"][0]

    pool, decision = found["decision"]["pools"][0], found["decision"]
    assert (pool["snapshot_units"], pool["ats_units"], pool["sellable_units"]) == (20, 20, 20)
    assert decision["shown_units"] == decision["target_units"] > 0
    assert decision["exposure"]["total_units"] == decision["shown_units"]
    assert found["last_write"]["outcome"] == "settled"
    assert found["what_would_change"]


def test_explain_shows_each_shop(stocked: Rig) -> None:
    """Without a shop, all that sell the item."""
    found = stocked.run("explain", "LAMP", "--json").document["listings"]

    assert [each["shop"] for each in found] == ["alpha", "beta"]


def test_explain_says_if_nothing_was_decided(rig: Rig) -> None:
    """A listing that was read and never decided on says so."""
    rig.list_sku()
    rig.take_in(LAMP=20)
    rig.run("reconcile", "--dry-run")

    answer = rig.run("explain", "LAMP")

    assert answer.code == ExitCode.OK
    assert "never decided" in answer.out


def test_a_shortage_is_shown_below_zero(rig: Rig) -> None:
    """Three sold, one there: -2, and called a shortage."""
    sku = rig.list_sku(units=5)
    rig.world.pay(rig.world.checkout("alpha", sku.sku_id, 3).order_id)
    rig.take_in(LAMP=1)
    rig.run("reconcile")

    answer = rig.run("explain", "LAMP")

    assert "-2 (shortage)" in answer.out


def test_a_mistyped_sku_gets_what_comes_close(stocked: Rig) -> None:
    """The letter case is forgiven, but not guessed."""
    answer = stocked.run("explain", "lamp")

    assert answer.code == ExitCode.BAD_USAGE
    assert "did you mean LAMP?" in answer.err
    assert "Traceback" not in answer.err


def test_a_mistyped_shop_gets_what_comes_close(stocked: Rig) -> None:
    """A shop that is not there is named with the one that is."""
    answer = stocked.run("explain", "LAMP", "--shop", "alpa")

    assert answer.code == ExitCode.BAD_USAGE
    assert "did you mean alpha?" in answer.err


def test_a_sku_of_another_shop_says_where_it_is_sold(stocked: Rig) -> None:
    """The SKU is known, but not there."""
    stocked.list_sku("VASE", shop="beta")
    stocked.take_in(LAMP=20, VASE=5)
    stocked.run("reconcile")

    answer = stocked.run("explain", "VASE", "--shop", "alpha")

    assert answer.code == ExitCode.BAD_USAGE
    assert "sold in beta" in answer.err


def test_a_failure_in_json_is_one_document(stocked: Rig) -> None:
    """Whoever reads standard output by program gets the cause there as well."""
    answer = stocked.run("explain", "NOWHERE", "--json")

    assert answer.document["error"]["exit_code"] == answer.code == ExitCode.BAD_USAGE


# --- history ---------------------------------------------------------------------------------


def test_history_begins_with_the_newest(stocked: Rig) -> None:
    """Times are UTC, in ISO 8601, and go back."""
    events = stocked.run("history", "LAMP", "--json").document["events"]

    times = [datetime.fromisoformat(each["at"]) for each in events]
    assert times == sorted(times, reverse=True)
    assert all(each["at"].endswith("Z") for each in events)
    assert {each["event"] for each in events} >= {"write", "snapshot"}


def test_history_is_as_long_as_asked(stocked: Rig) -> None:
    """`--limit` counts from the newest."""
    everything = stocked.run("history", "LAMP", "--json").document["events"]

    assert (
        stocked.run("history", "LAMP", "--limit", "1", "--json").document["events"]
        == (everything[:1])
    )


def test_history_of_a_shop_leaves_others_out(stocked: Rig) -> None:
    """What happened in another shop is not told."""
    events = stocked.run("history", "LAMP", "--shop", "alpha", "--json").document["events"]

    assert not any(each["subject"].startswith("beta") for each in events)


def test_history_of_nothing_is_refused(stocked: Rig) -> None:
    """A SKU that nobody knows has no history."""
    assert stocked.run("history", "NOWHERE").code == ExitCode.BAD_USAGE


@pytest.mark.parametrize("limit", ["0", "-1", "many"])
def test_a_senseless_limit_is_refused(stocked: Rig, limit: str) -> None:
    """At least one event, as a number."""
    assert stocked.run("history", "LAMP", "--limit", limit).code == ExitCode.BAD_USAGE


# --- status ----------------------------------------------------------------------------------


def test_status_of_a_new_store_is_well(rig: Rig) -> None:
    """Nothing known yet: nothing wrong, and the feed was never delivered."""
    answer = rig.run("status", "--json")

    assert answer.code == ExitCode.OK
    assert answer.document["feeds"][0]["verdict"] == "never delivered"


def test_status_tells_shops_and_feeds(stocked: Rig) -> None:
    """Modes, listings by state, the ledger's age, and the last file."""
    found = stocked.run("status", "--json").document

    shop, feed = found["shops"][0], found["feeds"][0]
    assert (shop["mode"], shop["listings_by_state"]) == ("write", {"open": 1})
    assert shop["ledger_age_s"] is not None
    assert (feed["verdict"], feed["rows_accepted"]) == ("accept", 1)
    assert found["bound_breaches"] == 0


def test_status_ends_with_one_when_a_pool_is_short(rig: Rig) -> None:
    """Sold beyond the goods is something that a script must hear of."""
    sku = rig.list_sku(units=5)
    rig.world.pay(rig.world.checkout("alpha", sku.sku_id, 3).order_id)
    rig.take_in(LAMP=1)
    rig.run("reconcile")

    answer = rig.run("status", "--json")

    assert answer.code == ExitCode.FOUND_WRONG
    assert answer.document["pools_at_risk"][0]["shortage_units"] == 2


def test_status_names_listings_without_goods(stocked: Rig) -> None:
    """An unmapped listing is told with its remedy."""
    stocked.list_sku("GHOST")
    stocked.run("reconcile")

    problems = stocked.run("status", "--json").document["problems"]

    assert [each["seller_sku"] for each in problems] == ["GHOST"]
    assert "EAST/GHOST" in problems[0]["remedy"]


# --- risk ------------------------------------------------------------------------------------


@pytest.fixture
def short(rig: Rig) -> Rig:
    """A shop that sold three lamps in one order, of which one is there."""
    sku = rig.list_sku(units=5)
    rig.world.pay(rig.world.checkout("alpha", sku.sku_id, 3).order_id)
    rig.take_in(LAMP=1)
    rig.run("reconcile")
    return rig


def test_risk_ends_with_one_when_a_shop_is_above_its_limit(short: Rig) -> None:
    """One order, and it fails: 100 percent of a limit of 2.5."""
    answer = short.run("risk", "--json")

    alpha, beta = answer.document["shops"]
    assert answer.code == ExitCode.FOUND_WRONG
    assert alpha["expected_cancelled_orders"]["shortage"] == 1.0
    assert (alpha["projected_sfcr_ratio"], beta["projected_sfcr_ratio"]) == (1.0, 0.0)
    assert answer.document["items"][0]["sku"] == "LAMP"


def test_risk_says_why_and_of_what(short: Rig) -> None:
    """The shop, the cause, the item and its partner, in words."""
    answer = short.run("risk")

    assert "alpha is on its way beyond its limit of 2.50%" in answer.out
    assert "shortage" in answer.out
    assert "EAST/LAMP" in answer.out
    assert "lumen" in answer.out


def test_risk_of_one_shop_leaves_others_out(short: Rig) -> None:
    """Beta sells nothing that is short, and ends well."""
    answer = short.run("risk", "--shop", "beta", "--json")

    assert answer.code == ExitCode.OK
    assert [shop["shop"] for shop in answer.document["shops"]] == ["beta"]
    assert answer.document["items"] == []


def test_risk_of_a_shop_that_is_not_there_is_refused(short: Rig) -> None:
    """A mistyped shop is named with the one that comes close."""
    answer = short.run("risk", "--shop", "alpa")

    assert answer.code == ExitCode.BAD_USAGE
    assert "did you mean alpha?" in answer.err


# --- shortages -------------------------------------------------------------------------------


def test_shortages_lists_what_cannot_be_filled(short: Rig) -> None:
    """The order with its goods, its due time and what to do; the command ends with 1."""
    answer = short.run("shortages", "--json")

    (found,) = answer.document["orders"]
    assert answer.code == ExitCode.FOUND_WRONG
    assert (found["shop"], found["remedy"]) == ("alpha", "ask_buyer")
    assert found["missing"] == [{"warehouse": "EAST", "sku": "LAMP", "units": 3}]
    assert answer.document["exact"]


def test_shortages_says_it_in_words(short: Rig) -> None:
    """A table for people: when, where, what, and what to do."""
    answer = short.run("shortages")

    assert "Orders that cannot be filled: 1" in answer.out
    assert "3 EAST/LAMP" in answer.out
    assert "ask the buyer to cancel" in answer.out


def test_without_shortages_all_is_well(stocked: Rig) -> None:
    """Nothing to list, and nothing wrong."""
    answer = stocked.run("shortages")

    assert (answer.code, answer.out.strip()) == (ExitCode.OK, "Every order can be filled.")


@pytest.mark.parametrize(
    ("words", "remedy"),
    [
        (("--shop", "alpa"), "did you mean alpha?"),
        (("--warehouse", "WEST"), "did you mean EAST?"),
    ],
)
def test_shortages_of_nothing_are_refused(short: Rig, words: tuple[str, ...], remedy: str) -> None:
    """A mistyped name is told with the one that comes close."""
    answer = short.run("shortages", *words)

    assert answer.code == ExitCode.BAD_USAGE
    assert remedy in answer.err


def test_looking_changes_nothing(stocked: Rig) -> None:
    """Neither on TikTok, nor by what the next look says."""
    before = (stocked.look(), stocked.run("history", "LAMP", "--json").out)

    for words in (
        ["explain", "LAMP"],
        ["status"],
        ["risk"],
        ["shortages"],
        ["holds"],
        ["explain", "NOWHERE"],
    ):
        stocked.run(*words)

    assert (stocked.look(), stocked.run("history", "LAMP", "--json").out) == before


# --- accuracy --------------------------------------------------------------------------------


def test_accuracy_shows_each_partner(stocked: Rig) -> None:
    """Its figures, and the files that they came in."""
    (found,) = stocked.run("accuracy", "--json").document["partners"]

    assert [feed["files_accepted"] for feed in found["feeds"]] == [1]


def test_accuracy_is_readable(stocked: Rig) -> None:
    """A person reads what is withheld because of a partner."""
    assert "units withheld because of it" in stocked.run("accuracy").out


def test_accuracy_of_a_partner_that_is_not_there_names_those_that_are(stocked: Rig) -> None:
    """A wrong word gets the right ones."""
    answer = stocked.run("accuracy", "--partner", "nobody")

    assert answer.code == ExitCode.BAD_USAGE
    assert "there is no partner 'nobody'" in answer.err
