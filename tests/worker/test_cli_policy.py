"""The policy commands: what is previewed is what follows, in stages, and it can be taken back."""

from pathlib import Path

import pytest
from sqlalchemy import select

from connectors.store.engine import reading
from connectors.store.tables import METADATA
from reconciliation.rollout import EVERYTHING
from worker.cli.endings import ExitCode
from worker.policy.applying import propose
from worker.policy.preview import Preview, preview

from .cli_rig import Rig


WHY = ("--who", "ann", "--why", "a trial")


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    """Two shops that sell lamps and mugs, of which 20 and 40 are there."""
    rig = Rig(tmp_path)
    for shop in ("alpha", "beta"):
        for seller_sku in ("LAMP", "MUG"):
            rig.list_sku(seller_sku, shop=shop)
    rig.take_in(LAMP=20, MUG=40)
    rig.run("reconcile")
    return rig


def policy_file(rig: Rig, text: str = "[guard]\nsafety_units_min = 18\n") -> str:
    """A policy that leaves two lamps."""
    path = rig.folder / "policy.toml"
    path.write_text(text)
    return str(path)


def record_of(rig: Rig) -> str:
    """Everything that the record holds."""
    with rig.services() as services, reading(services.engine) as connection:
        return repr([connection.execute(select(t)).all() for t in METADATA.sorted_tables])


def decided(rig: Rig, field: str = "shown_units") -> dict[str, int]:
    """What was decided for the lamps of each shop, after a reconcile that sees it through."""
    rig.clock.sleep(10)
    rig.run("reconcile")
    found = rig.run("explain", "LAMP", "--json").document["listings"]
    return {each["shop"]: each["decision"][field] for each in found}


def versions(rig: Rig, seller_sku: str = "LAMP") -> list[int]:
    """The policy versions under which a SKU's listings were decided for."""
    found = rig.run("explain", seller_sku, "--json").document["listings"]
    return [each["decision"]["policy_version"] for each in found]


# --- preview -----------------------------------------------------------------------------------


def test_a_preview_changes_nothing(rig: Rig) -> None:
    """Neither in the record nor on TikTok."""
    before = (record_of(rig), rig.look())
    answer = rig.run("policy", "preview", policy_file(rig))

    assert answer.code == ExitCode.OK
    assert (record_of(rig), rig.look()) == before


def test_a_preview_counts_what_would_move(rig: Rig) -> None:
    """Down from 19 shared lamps to two, and from 38 mugs to 21, by shop and by partner."""
    report = rig.run("policy", "preview", policy_file(rig), "--json").document

    assert report["total"]["down_listings"] == 4
    assert report["total"]["down_units"] == 17 + 17
    assert report["total"]["up_listings"] == 0
    assert report["by_partner"] == {"lumen": report["total"]}
    assert [sums["listings"] for sums in report["by_shop"].values()] == [2, 2]


def test_a_preview_says_why(rig: Rig) -> None:
    """The terms that differ, and the decision's own words."""
    report = rig.run("policy", "preview", policy_file(rig), "--json").document

    why = next(each["why"] for each in report["largest"] if each["seller_sku"] == "LAMP")
    assert "EAST/LAMP safety 0 -> 18" in why
    assert "throttled: supply is near zero" in why


def test_a_preview_names_what_would_pause(rig: Rig) -> None:
    """A level above the supply takes the lamps off sale."""
    levels = "pause_at_units = 25\nthrottle_at_units = 25\nopen_at_units = 30\n"
    text = f"[guard]\n{levels}resume_at_units = 30\n"

    report = rig.run("policy", "preview", policy_file(rig, text), "--json").document

    assert (report["total"]["pausing"], report["total"]["resuming"]) == (2, 0)
    assert {each["state_to"] for each in report["largest"]} == {"paused"}


def test_a_preview_of_a_stage_moves_only_that(rig: Rig) -> None:
    """What is outside is decided for by the policy in force."""
    report = rig.run("policy", "preview", policy_file(rig), "--skus", "LAMP", "--json").document

    assert report["total"]["down_listings"] == 2
    assert report["total"]["listings"] == 4


def test_a_preview_names_only_so_many_moves(rig: Rig) -> None:
    """The largest of them; all are counted."""
    words = ("preview", policy_file(rig, "[[overrides]]\nsku_pattern='MUG'\nsafety_units_min=30"))
    report = rig.run("policy", *words, "--limit", "1", "--json").document

    assert [each["seller_sku"] for each in report["largest"]] == ["MUG"]
    assert report["total"]["down_listings"] == 2


def test_what_is_previewed_is_what_follows(rig: Rig) -> None:
    """Once it is applied, the listings are heading for what the preview said."""
    path = policy_file(rig, "[[overrides]]\nsku_pattern = 'LAMP'\nsafety_units_min = 8\n")
    report = rig.run("policy", "preview", path, "--json").document
    foretold = {each["shop"]: each["to_units"] for each in report["largest"]}

    rig.run("policy", "apply", path, *WHY)

    assert decided(rig, "target_units") == foretold


def paged(rig: Rig, pools_at_once: int) -> Preview:
    """A preview in pages of so many pools."""
    with rig.services() as services:
        proposal = propose(services, Path(policy_file(rig)), EVERYTHING)
        return preview(services, proposal, most=20, pools_at_once=pools_at_once)


def test_what_shares_goods_over_pages_is_counted_once(rig: Rig) -> None:
    """A bundle of both items ties the first page to the second."""
    (rig.folder / "mapping.csv").write_text(
        "shop,seller_sku,item,units\n*,PAIR,LAMP,1\n*,PAIR,MUG,1\n"
    )
    rig.configure('\n[catalog]\nmapping_file = "mapping.csv"\n')
    rig.list_sku("PAIR")
    rig.run("reconcile")

    assert paged(rig, 1).total.listings == 5
    assert paged(rig, 1) == paged(rig, 100)


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("[guard]\nsafety_unit_min = 1\n", "guard.safety_unit_min (line 2): is not a setting"),
        ("[guard]\nopen_at_units = 0\n", "open_at_units must be above throttle_at_units"),
        ("[guard\n", "is not TOML"),
    ],
)
@pytest.mark.parametrize("words", [("preview",), ("apply", "--why", "x")])
def test_a_faulty_policy_is_refused(
    rig: Rig, words: tuple[str, ...], text: str, cause: str
) -> None:
    """With the place, the cause and a remedy, before anything is looked at or applied."""
    answer = rig.run("policy", words[0], policy_file(rig, text), *words[1:])

    assert answer.code == ExitCode.BAD_CONFIGURATION
    assert cause in answer.err
    assert "remedy:" in answer.err
    assert rig.run("policy", "history", "--json").document == {"steps": []}


# --- apply -------------------------------------------------------------------------------------


def test_an_applied_policy_counts(rig: Rig) -> None:
    """The next decisions are made under it, and say so."""
    rig.run("policy", "apply", policy_file(rig), *WHY)

    assert sum(decided(rig).values()) <= 2
    assert versions(rig) == [1, 1]


def test_a_stage_of_skus_leaves_the_others(rig: Rig) -> None:
    """They stay under the settings' policy."""
    rig.run("policy", "apply", policy_file(rig), "--skus", "LAMP", *WHY)
    decided(rig)

    assert (versions(rig, "LAMP"), versions(rig, "MUG")) == ([1, 1], [0, 0])


def test_a_stage_of_shops_leaves_the_others(rig: Rig) -> None:
    """A cap on listings counts in that shop alone."""
    path = policy_file(rig, "[guard]\nlisting_units_max = 4\n")
    rig.run("policy", "apply", path, "--shops", "alpha", *WHY)

    units = decided(rig)
    assert units["alpha"] == 4
    assert units["beta"] > 4


def test_applying_again_widens_the_stage(rig: Rig) -> None:
    """The version stays the same, and nothing of it is asked for twice."""
    rig.run("policy", "apply", policy_file(rig), "--skus", "LAMP", *WHY)
    answer = rig.run("policy", "apply", policy_file(rig), *WHY, "--json").document

    assert (answer["step"]["version"], answer["step"]["stage"]) == (1, "all")
    assert answer["decisions_due"] == 1


def test_another_policy_is_not_begun_beside_one_on_its_way(rig: Rig) -> None:
    """Nobody could tell which of the two did what."""
    rig.run("policy", "apply", policy_file(rig), "--stage", "10%", *WHY)
    path = policy_file(rig, "[guard]\nsafety_units_min = 2\n")

    answer = rig.run("policy", "apply", path, *WHY)

    assert answer.code == ExitCode.BAD_USAGE
    assert "version 1 counts for 10 % of the SKUs only so far" in answer.err


def test_what_counts_already_is_not_applied_again(rig: Rig) -> None:
    """A second click is told so."""
    rig.run("policy", "apply", policy_file(rig), *WHY)

    answer = rig.run("policy", "apply", policy_file(rig), *WHY)

    assert answer.code == ExitCode.BAD_USAGE
    assert "counts everywhere already" in answer.err


@pytest.mark.parametrize(
    ("words", "cause"),
    [
        (("--stage", "0"), "'0' is no share"),
        (("--stage", "110%"), "'110%' is no share"),
        (("--stage", "ten"), "'ten' is no share"),
        (("--shops", "alpha,gamma"), "no shop 'gamma'"),
        (("--shops", ","), "names no shop"),
        (("--skus", " "), "names no SKU"),
        (("--skus", "L*", "--stage", "10%"), "not by two of them"),
        (("--who", " "), "must not be blank"),
    ],
)
def test_a_bad_stage_applies_nothing(rig: Rig, words: tuple[str, ...], cause: str) -> None:
    """Each is refused with its cause and a remedy."""
    answer = rig.run("policy", "apply", policy_file(rig), "--why", "x", *words)

    assert answer.code == ExitCode.BAD_USAGE
    assert cause in answer.err
    assert rig.run("policy", "history", "--json").document == {"steps": []}


def test_a_policy_is_not_applied_without_a_reason(rig: Rig) -> None:
    """What nobody can explain later is not done."""
    answer = rig.run("policy", "apply", policy_file(rig))

    assert answer.code == ExitCode.BAD_USAGE
    assert "--why" in answer.err


# --- show, history, take back ------------------------------------------------------------------


def test_the_settings_count_at_first(rig: Rig) -> None:
    """They are version 0."""
    found = rig.run("policy", "show", "--json").document

    assert (found["version"], found["stage"], found["changes"]) == (0, "all", [])


def test_show_tells_where_the_policy_differs(rig: Rig) -> None:
    """So that nobody changes the settings in vain."""
    rig.run("policy", "apply", policy_file(rig), "--stage", "25%", *WHY)

    found = rig.run("policy", "show", "--json").document

    assert (found["version"], found["stage"], found["who"]) == (1, "25 % of the SKUs", "ann")
    assert found["changes"] == [
        {"setting": "guard.safety_units_min", "in_settings": 0, "in_force": 18}
    ]


def test_a_policy_is_taken_back_in_one_command(rig: Rig) -> None:
    """The listings come back, decided under the settings' policy."""
    before = decided(rig, "target_units")
    rig.run("policy", "apply", policy_file(rig), *WHY)
    decided(rig)

    rig.run("policy", "take-back", *WHY)

    rig.clock.sleep(400)
    rig.take_in(LAMP=20, MUG=40)
    assert decided(rig, "target_units") == before
    assert versions(rig) == [0, 0]


def test_policies_are_taken_back_one_below_the_other(rig: Rig) -> None:
    """First to the version before, then to the settings, and then there is nothing left."""
    rig.run("policy", "apply", policy_file(rig), *WHY)
    path = policy_file(rig, "[guard]\nsafety_units_min = 2\n")
    rig.run("policy", "apply", path, "--stage", "50%", *WHY)

    answers = [rig.run("policy", "take-back", *WHY, "--json") for _ in range(3)]

    assert [each.document["step"]["version"] for each in answers[:2]] == [1, 0]
    assert answers[2].code == ExitCode.BAD_USAGE


def test_history_keeps_every_step(rig: Rig) -> None:
    """Who, why and for what, the newest first; what was taken back is still there."""
    rig.run("policy", "apply", policy_file(rig), "--shops", "beta", *WHY)
    rig.run("policy", "take-back", "--who", "bob", "--why", "too thin")

    steps = rig.run("policy", "history", "--json").document["steps"]

    assert [(each["action"], each["stage"], each["who"], each["why"]) for each in steps] == [
        ("taken_back", "all", "bob", "too thin"),
        ("applied", "shops beta", "ann", "a trial"),
    ]
