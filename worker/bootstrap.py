"""The one place where real things are made and joined up."""

import os
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import httpx
from dramatiq import Worker
from dramatiq.brokers.stub import StubBroker

from connectors.feeds.inbox import Inbox
from connectors.http_client import HttpClient, HttpOptions, Timeouts
from connectors.store.engine import open_engine
from connectors.store.schema import ensure_schema
from connectors.tiktok.access import AppAccess
from connectors.tiktok.client import TikTokShopClient
from connectors.tiktok.quota import Quota
from reconciliation.quantities import Instant

from .actors import Doorbell
from .metrics.counting import call_hook
from .metrics.flusher import Flusher
from .metrics.tally import Tally
from .scheduler import Scheduler, ask_for_rounds
from .services import Services
from .settings.model import Settings
from .settings.values import policy_book
from .tiktok_desk import TikTokDesk


Ring = Callable[[str, str], None]
"""Wakes a worker for a queue and a key."""


def no_ring(_queue: str, _key: str) -> None:
    """Ring for nobody: the work stays due in the record, and whoever sweeps it finds it.

    This is right for a command that works off its own rows, or leaves them to a running `up`.
    """


def build_services(
    settings: Settings,
    *,
    ring: Ring = no_ring,
    transport: httpx.BaseTransport | None = None,
    clock: Callable[[], float] = time.time,
    sleep: Callable[[float], None] = time.sleep,
    tally: Tally | None = None,
) -> Services:
    """Make the services of one process. Raises `SchemaBehind` for a store that is too old.

    What happens is counted in `tally`; `flusher_of` brings it into the record.
    """
    meter = tally if tally is not None else Tally()
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    engine = open_engine(settings.database_url)
    ensure_schema(engine)

    def now() -> Instant:
        return Instant(clock())

    http = HttpClient(
        clock=clock,
        sleep=sleep,
        options=_http_options(settings),
        hook=call_hook(meter),
        transport=transport,
    )
    app = AppAccess(
        app_key=settings.tiktok.app_key.get_secret_value(),
        app_secret=settings.tiktok.app_secret.get_secret_value(),
    )
    client = TikTokShopClient(
        http=http, app=app, quota=Quota(calls_per_s=settings.tiktok.calls_per_second)
    )
    desk = TikTokDesk(
        client=client, http=http, app=app, settings=settings, engine=engine, clock=now
    )
    return Services(
        settings=settings,
        policies=policy_book(settings),
        engine=engine,
        tiktok=desk,
        clock=now,
        sleep=sleep,
        holder=f"{socket.gethostname()}/{os.getpid()}",
        ring=ring,
        inboxes={feed: _inbox(settings, feed, now) for feed in settings.feeds},
        meter=meter,
    )


def _http_options(settings: Settings) -> HttpOptions:
    """Share the call's timeout out over its phases, so that together they keep it."""
    return HttpOptions(timeouts=Timeouts().within(settings.tiktok.timeout_s))


def _inbox(settings: Settings, feed: str, clock: Callable[[], Instant]) -> Inbox:
    declared = settings.feeds[feed]
    root = declared.inbox or settings.data_dir / "feeds"
    return Inbox(
        Path(root),
        feed,
        clock=clock,
        settle_s=declared.settle_s,
        bytes_max=declared.bytes_max,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """Everything in one process: services, an in-memory broker, its threads, the scheduler."""

    services: Services
    worker: Worker
    scheduler: Scheduler
    flusher: Flusher

    def start(self) -> None:
        """Ask for the regular rounds, and start the threads."""
        ask_for_rounds(self.services)
        self.worker.start()
        self.scheduler.start()
        self.flusher.start()

    def stop(self) -> None:
        """Finish what is under way and stop; what is left stays due in the record."""
        self.scheduler.stop()
        self.worker.stop()
        self.flusher.stop()
        close(self.services)


def build_program(
    settings: Settings,
    *,
    transport: httpx.BaseTransport | None = None,
    clock: Callable[[], float] = time.time,
) -> Program:
    """Make the embedded program: SQLite or any store, in-memory broker, one process."""
    broker = StubBroker(middleware=[])
    doorbell = Doorbell(broker)
    services = build_services(settings, ring=doorbell.ring, transport=transport, clock=clock)
    doorbell.serve(services)
    worker = Worker(
        broker,
        worker_threads=settings.queue.threads,
        # Left alone, an idle worker looks for messages once a second only.
        worker_timeout=settings.queue.idle_poll_ms,
    )
    return Program(
        services=services,
        worker=worker,
        scheduler=Scheduler(services),
        flusher=flusher_of(services),
    )


def flusher_of(services: Services) -> Flusher:
    """Return what brings the counts of these services into the record, not yet started."""
    meter = services.meter
    return Flusher(meter if isinstance(meter, Tally) else Tally(), services.engine)


def close(services: Services) -> None:
    """Bring in what was counted, and close what the services hold open."""
    flusher_of(services).flush()
    services.tiktok.close()
    services.engine.dispose()
