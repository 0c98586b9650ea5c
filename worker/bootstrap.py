"""The one place where real things are made and joined up."""

import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import httpx
from dramatiq import Broker, Middleware, Worker
from dramatiq.brokers.stub import StubBroker
from sqlalchemy import Engine
from starlette.applications import Starlette

from connectors.feeds.inbox import Inbox
from connectors.http_client import HttpClient, HttpOptions, Timeouts
from connectors.store.engine import open_engine
from connectors.store.schema import ensure_schema
from connectors.tiktok.client import TikTokShopClient
from connectors.tiktok.quota import Quota
from reconciliation.quantities import Instant

from .actors import Doorbell
from .alarm import Alarm
from .brokers import DoorbellBroker, Lifetime, RingAgain, require_broker, trouble_of
from .claims import ClaimKeeper
from .drop import DropPlace, serving_drop
from .garbage import collect_seldom
from .metrics.counting import call_hook
from .metrics.endpoints import monitoring_app
from .metrics.flusher import Flusher
from .metrics.tally import Tally
from .policy.in_force import PoliciesInForce
from .pull_sources import sources_of
from .reports.kept_risk import KeptRisk
from .reports.risk import risk
from .scheduler import Scheduler, ask_for_rounds
from .services import Services
from .settings.model import Settings
from .shops.escrow import Escrow
from .shops.exchange import app_of, exchange_of, sealer_of
from .shops.keeper import TokenKeeper
from .tiktok_desk import TikTokDesk
from .web.api import api_routes
from .web.intake import webhook_intake
from .web.serving import served
from .web.webhook_endpoint import webhook_routes


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
    """Make the services of one process.

    Raises `SchemaBehind` for a store that is too old, and `ConfigFaults` for one whose policy
    this program cannot read.

    What happens is counted in `tally`; `flusher_of` brings it into the record.
    """
    collect_seldom()
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
    return Services(
        claims=ClaimKeeper(engine, now),
        alarm=Alarm(ring, now),
        settings=settings,
        policies=PoliciesInForce(engine, settings, now),
        engine=engine,
        tiktok=_desk(settings, http, engine, now),
        clock=now,
        sleep=sleep,
        holder=f"{socket.gethostname()}/{os.getpid()}",
        ring=ring,
        inboxes={feed: _inbox(settings, feed, now) for feed in settings.feeds},
        sources=sources_of(settings, clock=time.monotonic),
        meter=meter,
    )


def _desk(
    settings: Settings, http: HttpClient, engine: Engine, clock: Callable[[], Instant]
) -> TikTokDesk:
    app = app_of(settings)
    client = TikTokShopClient(
        http=http, app=app, quota=Quota(calls_per_s=settings.tiktok.calls_per_second)
    )
    keeper = TokenKeeper(
        engine=engine,
        settings=settings,
        escrow=Escrow(folder=settings.data_dir / "tokens", sealer=sealer_of(settings)),
        exchange=exchange_of(settings, http, app),
        clock=clock,
    )
    return TikTokDesk(client=client, http=http, settings=settings, keeper=keeper, clock=clock)


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


# -- processes ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """What runs, and the ports at which it is reached: 0 where it serves nothing there.

    `drop` is where partners drop their files, None where they do not.
    """

    services: Services
    web_port: int = 0
    metrics_port: int = 0
    drop: DropPlace | None = None


@contextmanager
def running_program(
    settings: Settings,
    *,
    transport: httpx.BaseTransport | None = None,
    clock: Callable[[], float] = time.time,
) -> Iterator[Program]:
    """Run everything in one process while the context lasts: any store, any broker.

    At the end what is under way is finished; the rest stays due in the record.
    Raises `SchemaBehind`, `PortTaken`, and for the drop `HostKeyUnusable`.
    """
    broker = build_broker(settings)
    doorbell = Doorbell(broker)
    services = build_services(settings, ring=doorbell.ring, transport=transport, clock=clock)
    doorbell.serve(services)
    worker = Worker(
        broker,
        worker_threads=settings.queue.threads,
        # Left alone, an idle worker looks for messages once a second only.
        worker_timeout=settings.queue.idle_poll_ms,
    )
    with _in_service(services), _serving(services, broker) as program, _sweeping(services):
        worker.start()
        try:
            with _dropping(services) as drop:
                yield replace(program, drop=drop)
        finally:
            worker.stop()


@contextmanager
def running_web(settings: Settings) -> Iterator[Program]:
    """Serve webhooks, API and metrics while the context lasts; others do the work.

    Raises `SchemaBehind` and `PortTaken`.
    """
    broker = build_broker(settings)
    services = build_services(settings, ring=_ring_elsewhere(settings, broker))
    with _in_service(services), _serving(services, broker) as program:
        yield program


@contextmanager
def running_drop(settings: Settings) -> Iterator[DropPlace]:
    """Take partners' files by SFTP while the context lasts; others work them off.

    Raises `SchemaBehind`, `PortTaken`, `HostKeyUnusable`, and `ConfigFaults` for a feed that
    would get no file.
    """
    ring = _ring_elsewhere(settings, build_broker(settings))
    services = build_services(settings, ring=ring)
    with _in_service(services), serving_drop(services) as drop:
        yield drop


def _ring_elsewhere(settings: Settings, broker: Broker) -> Ring:
    """Return what wakes other processes."""
    # A ring in memory would be heard by nobody: without Redis the work stays due in the record.
    return no_ring if settings.redis_url is None else Doorbell(broker).ring


@contextmanager
def running_scheduler(settings: Settings) -> Iterator[None]:
    """Ring for due work while the context lasts. Raises `NoBroker` where nobody can be rung."""
    require_broker(settings.redis_url)
    services = build_services(settings, ring=Doorbell(build_broker(settings)).ring)
    with _in_service(services), _sweeping(services):
        yield


def build_queue_process(settings: Settings) -> Broker:
    """Make what the `dramatiq` command runs: a broker whose actors have their services.

    Raises `NoBroker` where no Redis is named: nobody could ring this process.
    """
    require_broker(settings.redis_url)
    lifetime = Lifetime()
    broker = build_broker(settings, lifetime)
    doorbell = Doorbell(broker)
    services = build_services(settings, ring=doorbell.ring)
    doorbell.serve(services)
    lifetime.run(_in_service(services))
    return broker


@contextmanager
def _in_service(services: Services) -> Iterator[None]:
    """Keep claims and bring in counts while the context lasts, and close the services."""
    flusher = flusher_of(services)
    services.claims.start()
    services.alarm.start()
    flusher.start()
    try:
        yield
    finally:
        services.alarm.stop()
        services.claims.stop()
        flusher.stop()
        close(services)


@contextmanager
def _sweeping(services: Services) -> Iterator[None]:
    scheduler = Scheduler(services)
    ask_for_rounds(services)
    scheduler.start()
    try:
        yield
    finally:
        scheduler.stop()


@contextmanager
def _dropping(services: Services) -> Iterator[DropPlace | None]:
    """Serve the drop where the settings say so."""
    if not services.settings.sftp.enabled:
        yield None
        return
    with serving_drop(services) as drop:
        yield drop


@contextmanager
def _serving(services: Services, broker: Broker) -> Iterator[Program]:
    """Serve both ports while the context lasts; what was taken in is kept before the end."""
    settings = services.settings
    with webhook_intake(services) as intake:
        kept = KeptRisk(risk)
        routes = [*webhook_routes(services, intake), *api_routes(services, risk=kept.recent)]
        monitoring = monitoring_app(services, risk=kept.anew, broker=partial(trouble_of, broker))
        with (
            served(Starlette(routes=routes), place=settings.web, setting="web") as web_port,
            served(monitoring, place=settings.metrics, setting="metrics") as metrics_port,
        ):
            yield Program(services=services, web_port=web_port, metrics_port=metrics_port)


def flusher_of(services: Services) -> Flusher:
    """Return what brings the counts of these services into the record, not yet started."""
    meter = services.meter
    return Flusher(meter if isinstance(meter, Tally) else Tally(), services.engine)


def build_broker(settings: Settings, *more: Middleware) -> Broker:
    """Make the broker: Redis where one is named, else one that lives in this process only."""
    if settings.redis_url is None:
        return StubBroker(middleware=list(more))
    return DoorbellBroker(
        settings.redis_url,
        namespace=settings.queue.namespace,
        poll_ms=settings.queue.redis_poll_ms,
        prefetch=settings.queue.threads,
        middleware=[RingAgain(), *more],
    )


def close(services: Services) -> None:
    """Bring in what was counted, and close what the services hold open."""
    flusher_of(services).flush()
    services.tiktok.close()
    services.engine.dispose()
