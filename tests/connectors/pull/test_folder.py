"""A folder as a source: plain files, whole and unchanged, and nothing else."""

import hashlib
import io
import os
from pathlib import Path

import pytest

from connectors.pull.errors import FileChanging, PlaceRefused, TooLarge
from connectors.pull.folder import FolderSource
from connectors.pull.source import Mark

from .fetching import STOCK, content, fetched, names, only


class Growing(io.BytesIO):
    """Takes what is written, and has something done in the middle of it."""

    def __init__(self, path: Path, more: bytes) -> None:
        """Keep what is written to behind the reader's back."""
        super().__init__()
        self._path = path
        self._more = more

    def write(self, part: object, /) -> int:
        """Have the file grow as it is read."""
        self._path.write_bytes(self._more)
        return len(bytes(part)) if isinstance(part, bytes) else 0


def source(folder: Path, *, bytes_max: int = 1_000) -> FolderSource:
    """A folder as a source."""
    return FolderSource(folder, bytes_max=bytes_max)


def test_a_file_is_fetched_whole(tmp_path: Path) -> None:
    """With the hash of its content."""
    (tmp_path / "stock.csv").write_bytes(STOCK)
    found = fetched(source(tmp_path))

    assert found is not None
    assert found.sha256 == hashlib.sha256(STOCK).hexdigest()
    assert content(source(tmp_path)) == STOCK


def test_files_are_listed_by_age(tmp_path: Path) -> None:
    """So that of two versions the older is judged first."""
    for name, at in (("new", 2_000), ("old", 1_000)):
        (tmp_path / name).write_bytes(STOCK)
        os.utime(tmp_path / name, (at, at))

    assert names(source(tmp_path)) == ["old", "new"]


def test_links_and_folders_are_passed_over(tmp_path: Path) -> None:
    """A link may lead anywhere."""
    (tmp_path / "within").mkdir()
    (tmp_path / "link").symlink_to("/etc/hostname")

    assert names(source(tmp_path)) == []


def test_a_link_that_took_a_files_place_is_not_followed(tmp_path: Path) -> None:
    """What was listed may be something else by now."""
    (tmp_path / "stock.csv").write_bytes(STOCK)
    file = only(source(tmp_path))
    (tmp_path / "stock.csv").unlink()
    (tmp_path / "stock.csv").symlink_to("/etc/hostname")

    with pytest.raises(Exception, match=r"stock\.csv"):
        source(tmp_path).fetch(file, io.BytesIO(), known=Mark())


def test_a_file_that_is_written_to_meanwhile_is_not_taken(tmp_path: Path) -> None:
    """Half of one version and half of the next is no version."""
    path = tmp_path / "stock.csv"
    path.write_bytes(STOCK)
    os.utime(path, (1_000, 1_000))
    file = only(source(tmp_path))

    with pytest.raises(FileChanging, match="written to"):
        source(tmp_path).fetch(file, Growing(path, STOCK), known=Mark())


def test_a_changed_file_has_another_mark(tmp_path: Path) -> None:
    """Even where its size is the same."""
    path = tmp_path / "stock.csv"
    path.write_bytes(STOCK)
    before = only(source(tmp_path)).mark
    os.utime(path, (1_000, 1_000))

    assert only(source(tmp_path)).mark != before


@pytest.mark.parametrize(("bytes_max", "taken"), [(len(STOCK), True), (len(STOCK) - 1, False)])
def test_a_file_may_have_so_many_bytes(tmp_path: Path, bytes_max: int, taken: bool) -> None:  # noqa: FBT001 - pytest names it
    """One more is too many."""
    (tmp_path / "stock.csv").write_bytes(STOCK)
    try:
        found = fetched(source(tmp_path, bytes_max=bytes_max)) is not None
    except TooLarge:
        found = False

    assert found is taken


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    """With what to do about it."""
    with pytest.raises(PlaceRefused, match="make the folder, or mend the feed's url"):
        source(tmp_path / "nowhere").listing()
