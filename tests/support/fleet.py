"""Many processes around one sandbox: the program as it is deployed, for tests to kill.

The world, its shoppers and its partners live in the test; what is guarded runs in processes of
its own, each started anew when it ends, as any supervisor does.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from sqlalchemy import Engine

from connectors.sandbox.api import make_api
from connectors.sandbox.server import serve
from connectors.sandbox.story import DemoWorld, demo_world
from connectors.store import intake, listings, orders, trail, work_due, writes
from connectors.store.engine import open_engine, reading
from connectors.store.schema import ensure_schema
from reconciliation.quantities import Instant
from worker.demo.driver import Driver
from worker.demo.settings import demo_values
from worker.settings.model import PREFIX
from worker.steps.intents import BREACH


ROOT = Path(__file__).parents[2]
QUEUE_PROCESS = (
    *(sys.executable, "-m", "dramatiq", "worker.entry:broker"),
    *("--processes", "1", "--threads", "4", "--worker-shutdown-timeout", "5000"),
)
SCHEDULER = (sys.executable, "-m", "worker", "schedule")
LOOK_EVERY_S = 0.25


class Fleet:
    """The processes of a deployment, by name; each in a process group that dies as one."""

    def __init__(self, folder: Path, environ: Mapping[str, str]) -> None:
        """Start nothing yet; what the processes say goes into files of the folder."""
        self._folder = folder
        self._environ = {**os.environ, **environ}
        self._running: dict[str, tuple[Sequence[str], subprocess.Popen[bytes]]] = {}

    def start(self, name: str, command: Sequence[str]) -> None:
        """Start a process under a name."""
        with (self._folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=self._environ,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._running[name] = (command, process)

    def kill(self, name: str) -> None:
        """End a process and all its children with `kill -9`, and start it anew."""
        command, process = self._running[name]
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        self.start(name, command)

    def ended(self) -> list[str]:
        """Return the names of processes that ended by themselves."""
        return [name for name, (_, each) in self._running.items() if each.poll() is not None]

    def stop(self) -> None:
        """End all processes in an orderly way, and those that do not listen with `kill -9`."""
        for _, process in self._running.values():
            with suppress(ProcessLookupError):
                process.terminate()
        for _, process in self._running.values():
            with suppress(subprocess.TimeoutExpired):
                process.wait(15)
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def said(self) -> str:
        """Return what all processes said."""
        logs = sorted(self._folder.glob("*.log"))
        return "\n".join(f"--- {log.name}\n{log.read_text(errors='replace')}" for log in logs)


class GuardedStory:
    """The demo's story, guarded by a fleet."""

    def __init__(self, story: DemoWorld, fleet: Fleet, engine: Engine, driver: Driver) -> None:
        """Keep what plays together."""
        self.story = story
        self.fleet = fleet
        self.engine = engine
        self._driver = driver

    def begin(self) -> None:
        """Let shoppers and partners act from now on."""
        self._driver.start()

    def end(self) -> None:
        """Let nobody act any more."""
        self._driver.stop()

    def lost_orders(self) -> int:
        """Return how many of the world's orders the ledger does not hold."""
        with reading(self.engine) as connection:
            held = orders.order_count(connection)
        return len(self.story.world.snapshot().orders) - held

    def breaches(self) -> int:
        """Return how often the second check of the bound refused a write."""
        with reading(self.engine) as connection:
            return trail.count_of(connection, BREACH)

    def unrest(self) -> list[str]:
        """Return in words what is still under way: nothing, once all has converged."""
        found = []
        with reading(self.engine) as connection:
            if left := writes.write_counts(connection).open:
                found.append(f"{left} writes are not settled")
            if due := overdue_work(self.engine):
                found.append(f"work is overdue: {due}")
            facts = [
                str(row.key)
                for row in listings.load(connection, listings.all_keys(connection)).values()
                if row.fact_at is not None
            ]
        if facts:
            found.append(f"facts that TikTok does not show yet: {facts}")
        if lost := self.lost_orders():
            found.append(f"{lost} orders are not in the ledger")
        return found

    def comes_to_rest(self, within_s: float) -> list[str]:
        """Wait until nothing is under way; return what still is when the time is over."""
        deadline = time.monotonic() + within_s
        while (unrest := self.unrest()) and time.monotonic() < deadline:
            time.sleep(LOOK_EVERY_S)
        return unrest

    def has_begun(self) -> bool:
        """Tell whether the guard has taken the first file and settled a write."""
        with reading(self.engine) as connection:
            counts = writes.write_counts(connection)
            return counts.made > counts.open and intake.row_counts(connection)[0] > 0


def overdue_work(engine: Engine) -> list[tuple[str, str]]:
    """Return the rows that have been due for two seconds."""
    with reading(engine) as connection:
        return work_due.due(connection, Instant(time.time() - 2.0), most=5)


def wait_until(condition: Callable[[], bool], within_s: float) -> bool:
    """Wait until a condition holds; False if it does not in all that time."""
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(LOOK_EVERY_S)
    return False


def environment_of(values: Mapping[str, object]) -> dict[str, str]:
    """Return settings as the variables that set them, section by section in JSON."""
    return {
        f"{PREFIX}{name.upper()}": value if isinstance(value, str) else json.dumps(value)
        for name, value in values.items()
    }


@contextmanager
def guarded_story(
    folder: Path, *, seed: int, seconds: float, database_url: str, redis_url: str
) -> Iterator[GuardedStory]:
    """Set the demo's scene, with two queue processes and two schedulers around it."""
    engine = open_engine(database_url)
    ensure_schema(engine)
    story = demo_world(seed, time.time, seconds)
    with serve(make_api(story.world), latency_s=0.02) as url:
        values = demo_values(story, folder=folder, api_url=url)
        values |= {"database_url": database_url, "redis_url": redis_url}
        fleet = Fleet(folder, environment_of(values))
        guarded = GuardedStory(story, fleet, engine, Driver(story, feeds=folder / "feeds"))
        try:
            for number in (1, 2):
                fleet.start(f"queue-{number}", QUEUE_PROCESS)
                fleet.start(f"scheduler-{number}", SCHEDULER)
            yield guarded
        finally:
            fleet.stop()
            engine.dispose()
