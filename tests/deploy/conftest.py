"""Our program as a user without rights would run it, outside a container."""

import shutil
from collections.abc import Iterator

import pytest

from tests.support.plain_python import PlainPython, plain_python
from tests.support.plain_user import plain_user


@pytest.fixture(scope="session")
def plain() -> Iterator[PlainPython]:
    """An interpreter, the program and its libraries, within reach of a plain user."""
    user = plain_user()
    folder = user.make_folder()
    yield plain_python(folder, user)
    shutil.rmtree(folder)
