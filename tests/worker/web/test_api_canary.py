"""A token that was used in every way leaves no trace of its secret anywhere."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import structlog
from sqlalchemy import MetaData, select

from connectors.store.engine import open_engine, reading
from worker.access import Role

from .api_rig import EXAMPLES, ApiRig, api_of, api_rig


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[ApiRig]:
    """Two shops, decided on and at rest."""
    with api_rig(tmp_path) as rig:
        yield rig


def used_in_every_way(rig: ApiRig, text: str) -> list[str]:
    """Use a token well and badly; return every answer as it went out."""
    answers = []
    for example in EXAMPLES.values():
        method = "POST" if example.body else "GET"
        answers += [
            rig.ask(text, method, example.path, json=example.body),
            rig.ask(text + "x", method, example.path, json=example.body),
            rig.ask(text, method, f"{example.path}?unknown=1", json={"unknown": 1}),
            rig.ask(text, "BREW", example.path),
        ]
    away = open_engine("sqlite:////nowhere/record.sqlite3")
    rig.client = api_of(replace(rig.front.services, engine=away))
    answers.append(rig.ask(text, "GET", "/api/status"))
    return [f"{each.status_code} {each.headers} {each.text}" for each in answers]


def everything_stored(rig: ApiRig) -> str:
    """Return every row of every table."""
    found = MetaData()
    found.reflect(rig.front.services.engine)
    with reading(rig.front.services.engine) as connection:
        return repr([connection.execute(select(each)).all() for each in found.sorted_tables])


def test_a_secret_is_nowhere(
    rig: ApiRig, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither in answers, logs, the record and its trail, nor in any file."""
    caplog.set_level(logging.DEBUG)
    token = rig.token(Role.OPERATOR)
    secret = token.text.rpartition(f"{token.token.token_id}_")[2]

    with structlog.testing.capture_logs() as logged:
        answers = used_in_every_way(rig, token.text)

    told = "".join([*answers, str(logged), caplog.text, everything_stored(rig), repr(token)])
    assert token.token.token_id in told
    assert secret not in told
    files = [each.read_bytes() for each in tmp_path.rglob("*") if each.is_file()]
    assert files
    assert not any(secret.encode() in each for each in files)
