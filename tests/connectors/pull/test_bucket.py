"""A bucket as a source, through fsspec's file system in memory."""

import io
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import IO, Any, cast

import fsspec  # type: ignore[import-untyped]  # the library has no types
import pytest

from connectors.pull.bucket import BucketAccess, BucketSource, FileSystem, open_s3
from connectors.pull.errors import FileChanging, LibraryMissing, PlaceRefused, TooLarge
from connectors.pull.source import Mark

from .fetching import STOCK, content, fetched, names, only


@pytest.fixture
def files(tmp_path: Path) -> Iterator[Any]:
    """A store of this test's own, with one file."""
    store = fsspec.filesystem("memory", skip_instance_cache=True)
    store.pipe(f"{tmp_path}/stock.csv", STOCK)
    yield store
    store.rm(str(tmp_path), recursive=True)


def source(files: FileSystem, tmp_path: Path, *, bytes_max: int = 1_000) -> BucketSource:
    """The folder of this test as a source."""
    return BucketSource(lambda: files, str(tmp_path), bytes_max=bytes_max)


def test_a_file_is_fetched_whole(files: Any, tmp_path: Path) -> None:  # noqa: ANN401 - the library has no types
    """Folders beside it are passed over."""
    files.pipe(f"{tmp_path}/within/other.csv", STOCK)

    assert names(source(files, tmp_path)) == ["stock.csv"]
    assert content(source(files, tmp_path)) == STOCK


def test_a_changed_file_has_another_mark(files: Any, tmp_path: Path) -> None:  # noqa: ANN401 - as above, no types
    """Though its size is the same."""
    before = only(source(files, tmp_path)).mark
    files.pipe(f"{tmp_path}/stock.csv", STOCK)

    assert before.tells
    assert only(source(files, tmp_path)).mark != before


def test_a_file_that_is_replaced_meanwhile_is_not_taken(files: Any, tmp_path: Path) -> None:  # noqa: ANN401 - as above, no types
    """Before and after it must be the same."""

    class Replacing(io.BytesIO):
        """Has the file replaced as it is read."""

        def write(self, part: object, /) -> int:
            """Replace it."""
            files.pipe(f"{tmp_path}/stock.csv", STOCK)
            return len(cast("bytes", part))

    here = source(files, tmp_path)
    into: IO[bytes] = Replacing()
    with pytest.raises(FileChanging, match="written to"):
        here.fetch(only(here), into, known=Mark())


def test_a_file_that_is_too_large_is_not_fetched(files: Any, tmp_path: Path) -> None:  # noqa: ANN401 - as above, no types
    """One byte is enough."""
    with pytest.raises(TooLarge, match="have it split"):
        fetched(source(files, tmp_path, bytes_max=len(STOCK) - 1))


def test_a_folder_that_is_not_there_is_named(files: Any, tmp_path: Path) -> None:  # noqa: ANN401 - as above, no types
    """It is the path in our settings that is wrong."""
    with pytest.raises(PlaceRefused, match="mend the feed's url"):
        source(files, tmp_path / "nowhere").listing()


def test_a_library_that_is_missing_is_named() -> None:
    """With what to install."""

    def load(name: str) -> ModuleType:
        raise ModuleNotFoundError(name)

    with pytest.raises(LibraryMissing, match="with its extra `s3`"):
        open_s3(BucketAccess(), load=load)


def test_an_access_shows_no_secret() -> None:
    """It is given on, and never printed."""
    access = BucketAccess(key_id="id", secret_key="canary")

    assert access.options()["secret"] == "canary"
    assert "canary" not in repr(access)
