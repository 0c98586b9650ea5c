"""How fast notifications are taken in, each safe on disk before its 200.

At 500 a second, sent at fixed times whatever comes back; then as fast as 32 connections can,
beside a bare framework that keeps nothing. The load is made by plain sockets in this process,
the server runs in another, and both share the machine's cores.
"""

import argparse
import json
import multiprocessing
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import func, make_url, select

from connectors.store.engine import open_engine, reading
from connectors.store.tables import WEBHOOKS
from tests.worker.web.rig import signed, told
from worker.web.webhook_endpoint import PATH

from .webhook_load import Tally, closed_loop, open_loop
from .webhook_server import serve_floor, serve_webhooks


PER_S = 500
SECONDS = 60.0
SATURATION_S = 10.0
LINES = 32
PER_S_MAX = 8_000
"""For how many a second requests are made; a server that is faster is done earlier."""

STOP_S = 10.0


def main() -> int:
    """Print the waits at a steady rate, and the rates at saturation."""
    asked = _arguments()
    with tempfile.TemporaryDirectory() as folder:
        url = asked.database_url or f"sqlite:///{Path(folder) / 'record.sqlite3'}"
        with _server(serve_webhooks, Path(folder), url) as port:
            steady = open_loop(port, _requests(int(PER_S * asked.seconds)), PER_S, 2 * LINES)
            _say_waits("steady", steady)
            full_s = min(asked.seconds, SATURATION_S)
            begin = len(steady.waits_s) + steady.errors
            full = closed_loop(port, _requests(int(PER_S_MAX * full_s), begin), LINES, full_s)
        lost = len(steady.waits_s) + len(full.waits_s) - _kept(url)
    with _server(serve_floor) as port:
        # Whatever this p99 is, the machine is to blame for: nothing is kept.
        _say_waits("floor", open_loop(port, _requests(int(PER_S * full_s)), PER_S, 2 * LINES))
        floor = closed_loop(port, _requests(int(PER_S_MAX * full_s)), LINES, full_s)
    _say(f"load of the machine over 1, 5, 15 minutes: {os.getloadavg()}")
    line = {
        "bench": "webhook_intake",
        "store": make_url(url).get_backend_name(),
        "p99_ms": round(steady.percentile_ms(0.99), 1),
        "errors": steady.errors + full.errors + max(lost, 0),
        "saturation_per_s": _per_s(full),
        "floor_per_s": _per_s(floor),
    }
    sys.stdout.write(json.dumps(line) + "\n")
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=SECONDS, help="how long at a steady rate")
    parser.add_argument("--database-url", default="", help="a record that is there, and empty")
    return parser.parse_args()


@contextmanager
def _server(target: Callable[..., None], *arguments: Any) -> Iterator[int]:  # noqa: ANN401 - the target's own
    """Run a server in a process of its own; yields its port."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=target, args=(*arguments, theirs), daemon=True)
    process.start()
    try:
        yield ours.recv()
    finally:
        process.terminate()
        process.join(STOP_S)


def _requests(count: int, begin: int = 0) -> list[bytes]:
    return [request(begin + number) for number in range(count)]


def request(number: int) -> bytes:
    """Return a whole HTTP request, of some 400 bytes, with an id of its own."""
    body = told(number)
    head = (
        f"POST {PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: bench\r\n"
        f"Content-Type: application/json\r\nAuthorization: {signed(body).decode()}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def _kept(url: str) -> int:
    engine = open_engine(url)
    try:
        with reading(engine) as connection:
            return connection.execute(select(func.count()).select_from(WEBHOOKS)).scalar_one()
    finally:
        engine.dispose()


def _per_s(tally: Tally) -> int:
    return round(len(tally.waits_s) / tally.took_s)


def _say_waits(name: str, tally: Tally) -> None:
    shares = ((share, tally.percentile_ms(share / 100)) for share in (50, 90, 99))
    waits = ", ".join(f"p{share} {wait_ms:.1f} ms" for share, wait_ms in shares)
    _say(f"{name}: {len(tally.waits_s)} answers, {waits}")


def _say(words: str) -> None:
    sys.stderr.write(words + "\n")


if __name__ == "__main__":
    raise SystemExit(main())
