"""A policy file says what is to change, is checked as the settings are, and is kept whole."""

import json
from pathlib import Path

import pytest

from reconciliation.policy import PolicyBook
from reconciliation.quantities import SkuCase
from worker.settings.faults import ConfigFaults
from worker.settings.policy_file import book_of, document_of, read_policy
from worker.settings.values import policy_book

from .settings_rig import load


def read(folder: Path, text: str) -> PolicyBook:
    """The policy that a file makes of the one in the settings."""
    settings = load(folder, ("pause_at_units = 0", "dwell_s_min = 30.0"))
    path = folder / "policy.toml"
    path.write_text(text, encoding="utf-8")
    return read_policy(path, settings, policy_book(settings))


def faults(folder: Path, text: str) -> list[str]:
    """What is wrong with a policy file, without the path before each place."""
    try:
        read(folder, text)
    except ConfigFaults as found:
        return [str(fault).removeprefix(f"{folder / 'policy.toml'}: ") for fault in found.faults]
    return []


def test_what_a_file_says_is_changed(tmp_path: Path) -> None:
    """A setting of [guard] counts from there."""
    assert read(tmp_path, "[guard]\nsafety_units_min = 4\n").defaults.safety_units_min == 4


def test_what_a_file_leaves_out_stays(tmp_path: Path) -> None:
    """Neither its neighbours in [guard] nor the overrides go back to defaults."""
    book = read(tmp_path, "[guard]\nsafety_units_min = 4\n")

    assert book.defaults.dwell_s_min == 30.0
    assert [override.sku_pattern for override in book.overrides] == ["TEE-*"]


def test_a_list_of_overrides_replaces_the_one_before(tmp_path: Path) -> None:
    """Their order counts, so that they are said as a whole."""
    book = read(tmp_path, "[[overrides]]\nshop = 'us'\nlisting_units_max = 9\n")

    assert [(each.shop, dict(each.changes)) for each in book.overrides] == [
        ("us", {"listing_units_max": 9})
    ]


def test_a_stored_policy_reads_as_it_was(tmp_path: Path) -> None:
    """Through JSON and back, every number and word of it."""
    book = read(tmp_path, "[guard]\nauto_restock = 'off'\n[assumptions]\norders_lag_s = 12.0\n")
    document = json.loads(json.dumps(document_of(book)))

    assert book_of(document, named="version 1", case=SkuCase.KEEP) == book


def test_a_stored_policy_that_cannot_be_read_says_which(tmp_path: Path) -> None:
    """A setting that this program has no more is named, and nothing is guessed."""
    document = document_of(read(tmp_path, "[guard]\nsafety_units_min = 4\n"))
    document["guard"]["retired_units"] = 1

    with pytest.raises(ConfigFaults, match=r"version 3, guard\.retired_units: is not a setting"):
        book_of(document, named="version 3", case=SkuCase.KEEP)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (
            "[guard]\nsafety_unit_min = 4\n",
            "guard.safety_unit_min (line 2): is not a setting; did you mean 'safety_units_min'?",
        ),
        ("[gaurd]\nx = 1\n", "gaurd (line 1): is not a setting; did you mean 'guard'?"),
        (
            "[shops.us]\nmode = 'write'\n",
            "shops (line 1): is no part of a policy; leave it to the configuration",
        ),
        (
            "[guard]\npause_at_units = 5\n",
            (
                "guard.resume_at_units (line 1): resume_at_units must be above pause_at_units, "
                "or listings would flap; change resume_at_units or pause_at_units"
            ),
        ),
        (
            "[[overrides]]\nshop = 'fr'\nfloor_units = 0\n",
            "overrides[1].shop (line 2): there is no shop 'fr'; known here: us, uk",
        ),
        (
            "[[overrides]]\nsku_pattern = 'A*'\nresume_at_units = 0\n",
            (
                "overrides[1].resume_at_units (line 3): resume_at_units must be above "
                "pause_at_units, or listings would flap (together with [guard]); "
                "change resume_at_units or pause_at_units"
            ),
        ),
        (
            "[assumptions]\norders_lag_s = -1.0\n",
            (
                "assumptions.orders_lag_s (line 2): orders_lag_s must not be negative; "
                "change orders_lag_s"
            ),
        ),
        (
            "[guard]\nzero_after_s = inf\n",
            ("guard.zero_after_s (line 2): inf cannot be used; write a finite number"),
        ),
        ("guard = 3\n", "guard (line 1): cannot be read; write a table"),
    ],
)
def test_a_fault_is_named_with_place_and_remedy(tmp_path: Path, text: str, fault: str) -> None:
    """What is wrong alone, and what is wrong together with the policy below."""
    assert faults(tmp_path, text) == [fault]


def test_all_faults_are_named_at_once(tmp_path: Path) -> None:
    """Who mends a policy does not mend it one error at a time."""
    text = (
        "[guard]\nsafety_percent = 200.0\n[[overrides]]\npartner = 'x'\nfloor_units = 2\n[web]\n"
    )

    assert len(faults(tmp_path, text)) == 3


@pytest.mark.parametrize("text", ["", "# nothing\n"])
def test_a_file_that_says_nothing_is_refused(tmp_path: Path, text: str) -> None:
    """An empty file is a mistake, not a policy."""
    with pytest.raises(ConfigFaults, match="says nothing"):
        read(tmp_path, text)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    """With its name."""
    settings = load(tmp_path)

    with pytest.raises(ConfigFaults, match="cannot be read"):
        read_policy(tmp_path / "away.toml", settings, policy_book(settings))
