"""From a fact to its proof on TikTok: fifty changes of stock a second, over ten sandbox shops.

Each change is one row of a partner's file: an item sells out, or is back. The time runs from the
moment at which the row is recorded to the read that proves what TikTok shows. One line for each
broker: `memory` is one process on SQLite, `redis` are two queue processes and a scheduler on
PostgreSQL and Valkey. The sandbox answers each call after 20 ms, in a process of its own.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, select

from connectors.store import writes
from connectors.store.engine import open_engine, reading
from connectors.store.schema import ensure_schema
from connectors.store.tables import WRITES
from tests.support.fleet import QUEUE_PROCESS, SCHEDULER, Fleet, environment_of, wait_until
from tests.support.servers import postgres, valkey
from worker.bootstrap import running_program
from worker.settings.model import Settings

from .latency_scene import CHANGES_PER_S, UNITS, drop, items


FILES_PER_S = 5
SETTLE_S_MAX = 60.0
"""How long the first raises and the last proofs may take."""


@contextmanager
def sandbox() -> Iterator[dict[str, Any]]:
    """Run the sandbox in a process of its own; yields the settings of a guard for it."""
    command = [sys.executable, "-m", "tests.benchmarks.latency_scene"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("the sandbox has no pipes")
        try:
            yield json.loads(process.stdout.readline())
        finally:
            process.stdin.close()


@contextmanager
def in_memory(folder: Path, values: dict[str, Any]) -> Iterator[Engine]:
    """Guard in this process, as `up` does by itself."""
    values |= {"database_url": f"sqlite:///{folder / 'record.sqlite3'}"}
    # As many threads as a small machine has use for: more only wait for each other.
    values |= {"queue": {"threads": 4}, "web": {"port": 0}, "metrics": {"port": 0}}
    with running_program(Settings.model_validate(values)) as program:
        yield program.services.engine


@contextmanager
def over_redis(folder: Path, values: dict[str, Any]) -> Iterator[Engine]:
    """Guard in processes of its own, on real servers."""
    with postgres(durable=True) as record, valkey() as broker:
        values |= {
            "database_url": record.url(record.make_database()),
            "redis_url": broker.url(),
        }
        engine = open_engine(values["database_url"])
        ensure_schema(engine)
        fleet = Fleet(folder, environment_of(values))
        try:
            for number in (1, 2):
                fleet.start(f"queue-{number}", QUEUE_PROCESS)
            fleet.start("scheduler", SCHEDULER)
            yield engine
        finally:
            fleet.stop()
            engine.dispose()


def confirmed_s(engine: Engine, since: float) -> list[float]:
    """Return the seconds from fact to proof of every write whose fact came after a moment."""
    with reading(engine) as connection:
        rows = connection.execute(
            select(WRITES.c.settled_at - WRITES.c.fact_at).where(
                WRITES.c.fact_at >= since, WRITES.c.settled_at.is_not(None)
            )
        )
        return sorted(float(row[0]) for row in rows)


def settled(engine: Engine) -> int:
    """Return how many writes are settled."""
    with reading(engine) as connection:
        counts = writes.write_counts(connection)
    return counts.made - counts.refused - counts.open


def change(inbox: Path, seconds: int, rate: int) -> int:
    """Drop files evenly; items take turns, and each goes the other way at its next turn."""
    turns = cycle([*((sku, 0) for sku in items()), *((sku, UNITS) for sku in items())])
    began = time.time()
    for number in range(seconds * FILES_PER_S):
        rows = dict(islice(turns, rate // FILES_PER_S))
        drop(inbox, f"change-{number:05}.csv", rows)
        time.sleep(max(0.0, began + (number + 1) / FILES_PER_S - time.time()))
    return seconds * (rate // FILES_PER_S) * FILES_PER_S


def measured(broker: str, seconds: int, rate: int) -> dict[str, object]:
    """Run one broker and return its line."""
    with tempfile.TemporaryDirectory() as name, sandbox() as values:
        folder = Path(name)
        values |= {"data_dir": str(folder)}
        inbox = folder / "feeds" / "east" / "inbox"
        inbox.mkdir(parents=True)
        run = in_memory if broker == "memory" else over_redis
        with run(folder, values) as engine:
            drop(inbox, "first.csv", dict.fromkeys(items(), UNITS))
            wait_until(lambda: settled(engine) >= len(items()), SETTLE_S_MAX)
            since = time.time()
            changes = change(inbox, seconds, rate)
            wait_until(lambda: len(confirmed_s(engine, since)) >= changes, SETTLE_S_MAX)
            times_s = confirmed_s(engine, since)
    return {
        "bench": "latency",
        "broker": broker,
        "p50_s": round(times_s[len(times_s) // 2], 3),
        "p99_s": round(times_s[int(len(times_s) * 0.99)], 3),
        "changes_per_s": rate,
        "changes": changes,
        "confirmed": len(times_s),
    }


def main() -> int:
    """Print a line for each broker."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--rate", type=int, default=CHANGES_PER_S, help="changes a second")
    parser.add_argument("--broker", choices=["memory", "redis"], action="append")
    asked = parser.parse_args()
    for broker in asked.broker or ["memory", "redis"]:
        sys.stdout.write(json.dumps(measured(broker, asked.seconds, asked.rate)) + "\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
