"""A partner may call a file what it likes: nothing is read or written outside the folders."""

import os
import string
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from connectors.feeds.errors import NotInInbox
from connectors.feeds.file_names import SAFE_LETTERS_MAX, arriving_name, safe_name, shown_name
from connectors.feeds.inbox import Inbox
from connectors.feeds.receipts import write_rejects
from reconciliation.quantities import Instant


NOW = Instant(4_000_000_000.0)
STOCK = b"sku,qty\nTEE,5\n"
SAFE_LETTERS = set(string.ascii_letters + string.digits + "._-~")

# Names that a file system takes. Those that it cannot hold stand in `IMPOSSIBLE` below.
DEVICES = ["CON", "PRN", "AUX", "NUL", "COM1", "LPT1", "con.csv", "nul.csv", "CLOCK$", "CONIN$"]
BYTES = [f"raw{chr(0xDC00 + byte)}.csv" for byte in range(0x80, 0x100, 2)]
CONTROLS = [f"a{chr(code)}b.csv" for code in (*range(1, 32), 127)]
LETTERS = [f"a{letter}b.csv" for letter in string.punctuation if letter != "/"]
SPACES = [f"a{space}b.csv" for space in " \u00a0\u2003\u2028\u2029\u200b\u202e\u2066\ufeff\u3000"]
LENGTHS = ["x" * length for length in (99, 100, 101, 190, 250, 254, 255)]
WIDE = ["é" * 127, "\u30b7" * 85, "\U0001f455" * 63, "e\u0301.csv", "\u00e9.csv", "\uff0e\uff0e"]
SHELLS = ["-rf", "--help", "$(reboot)", "`id`", "a;b", "a|b", "a&b", "*", "?", "[a]", "~", "~root"]
PATHS = [
    "x\\..\\..\\x",
    "C:\\x",
    "\\\\host\\share",
    "%2e%2e%2fx",
    "x..%2f",
    "a..b",
    "a.",
    "a ",
    " a",
]
FORMULAS = ["=cmd.csv", "+1.csv", "@x.csv", "stock.csv\n=1+1", "a\r\nb"]
ENDINGS = ["a.csv.", "a.csv.exe", "a.rejects.csv", "a.done", "A.CSV", "a", "1", "\u2026"]
POSSIBLE = [
    *DEVICES,
    *BYTES,
    *CONTROLS,
    *LETTERS,
    *SPACES,
    *LENGTHS,
    *WIDE,
    *SHELLS,
    *PATHS,
    *FORMULAS,
    *ENDINGS,
]
HIDDEN = ["..\\..\\x", "..%2f", "...", "....", "..x", ".bashrc", ".ssh", ". .", ".\u2024", ".\n"]
IMPOSSIBLE = ["x" * 256, "é" * 128, "a\0b", "\0", "\ud800", "a\udfffb\ud800", "x" * 70_000]


def test_the_suite_is_large_enough() -> None:
    """Two hundred names or more are tried."""
    assert len({*POSSIBLE, *HIDDEN, *IMPOSSIBLE}) >= 200


@pytest.fixture
def inbox(tmp_path: Path) -> Inbox:
    """The folders of one feed, deep enough that `..` would leave a trace beside them."""
    return Inbox(tmp_path / "a" / "b" / "feeds", "acme", clock=lambda: NOW)


def traces(root: Path) -> list[Path]:
    """Return what lies outside the feed's own folders."""
    home = root / "a" / "b" / "feeds" / "acme"
    ways = {home, *home.parents}
    return [path for path in root.rglob("*") if path not in ways and home not in path.parents]


@pytest.mark.parametrize("name", POSSIBLE)
def test_a_hostile_name_stays_in_its_folders(inbox: Inbox, tmp_path: Path, name: str) -> None:
    """It is taken, stored and answered like any other, and nothing appears elsewhere."""
    path = inbox.home / "inbox" / name
    path.write_bytes(STOCK)
    assert inbox.waiting() == (path,)

    claim = inbox.claim(path)
    assert claim is not None
    claim.name.encode()
    assert claim.name.isprintable()
    receipt = write_rejects(inbox.outbox, claim.name, [])
    stored = inbox.archive(claim)

    assert receipt.parent == inbox.outbox
    assert stored.parent == inbox.home / "archive" / claim.sha256[:2]
    assert stored.read_bytes() == STOCK
    assert traces(tmp_path) == []


@pytest.mark.parametrize("name", POSSIBLE)
def test_a_hostile_name_comes_back_after_a_crash(inbox: Inbox, tmp_path: Path, name: str) -> None:
    """To the letter, since the name may carry the as-of."""
    path = inbox.home / "inbox" / name
    path.write_bytes(STOCK)
    inbox.claim(path)

    assert inbox.recover(0.0) == (path,)
    assert os.listdir(path.parent) == [name]  # noqa: PTH208 - the names as the system has them
    assert traces(tmp_path) == []


@pytest.mark.parametrize("name", [*HIDDEN, *IMPOSSIBLE, ".", ".."])
def test_a_hidden_or_impossible_name_is_refused(inbox: Inbox, tmp_path: Path, name: str) -> None:
    """With an error of ours, before the file system sees it."""
    with pytest.raises(NotInInbox):
        inbox.claim(Path(f"{inbox.home / 'inbox'}/{name}") if name != "." else inbox.home)

    assert traces(tmp_path) == []


@pytest.mark.parametrize("name", ["../x", "/etc/passwd", "a/b", "../../../x", "a/../../x", ""])
def test_a_receipt_never_leaves_the_outbox(inbox: Inbox, tmp_path: Path, name: str) -> None:
    """Whatever it is an answer to."""
    assert write_rejects(inbox.outbox, name, []).parent == inbox.outbox
    assert traces(tmp_path) == []


NAMES = st.one_of(st.text(max_size=300), st.sampled_from([*POSSIBLE, *HIDDEN, *IMPOSSIBLE]))


@pytest.mark.parametrize("name", ["stock.csv", "Bestand Köln 24.11.csv", "-x.csv", "ö" * 127])
def test_a_file_arrives_under_its_own_name(name: str) -> None:
    """As it does in the drop, spaces and foreign letters included."""
    assert arriving_name(name) == name


@pytest.mark.parametrize(
    "name", ["", ".csv", "../stock.csv", "a\\b.csv", "a\nb.csv", "a\0b", "ö" * 128, "\udcff.csv"]
)
def test_a_name_that_no_drop_takes_arrives_as_a_safe_one(name: str) -> None:
    """It came from another system, to which it meant something else."""
    assert arriving_name(name) == safe_name(name) != name


@given(name=NAMES)
@example(name="")
def test_a_safe_name_is_safe(name: str) -> None:
    """Short, plain, not hidden, no option, and safe already if made safe again."""
    safe = safe_name(name)

    assert 0 < len(safe) <= SAFE_LETTERS_MAX
    assert set(safe) <= SAFE_LETTERS
    assert safe[0] not in ".-"


@given(name=NAMES, other=NAMES)
def test_two_names_stay_two(name: str, other: str) -> None:
    """No two names fall together, not even one that was chosen to look like another's."""
    assert (safe_name(name) == safe_name(other)) == (name == other)


@pytest.mark.parametrize("name", ["stock.csv", "a", "A-1_b.2026.csv", "x" * 100])
def test_a_name_that_is_safe_is_kept(name: str) -> None:
    """People recognise their file."""
    assert safe_name(name) == name


def test_a_changed_name_keeps_its_ending() -> None:
    """The kind of file can still be seen."""
    assert safe_name("Bestand Köln.csv").endswith(".csv")
    assert safe_name("x" * 300 + ".csv").endswith(".csv")


@given(name=NAMES)
def test_a_shown_name_can_be_shown(name: str) -> None:
    """In one line, and in any encoding of Unicode."""
    shown = shown_name(name)

    assert shown.isprintable()
    assert shown.encode().decode() == shown


def test_a_shown_name_is_the_name_where_possible() -> None:
    """Letters of any script need no escape."""
    assert shown_name("Köln \u30b7.csv") == "Köln \u30b7.csv"
    assert shown_name("a\nb\udcff") == "a\\nb\\udcff"
