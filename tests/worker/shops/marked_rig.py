"""A program whose secrets are marked, used well and badly in every way, and what it left."""

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field, replace
from pathlib import Path

import httpx
from dramatiq import Worker
from dramatiq.brokers.stub import StubBroker
from sqlalchemy import MetaData, select
from starlette.applications import Starlette

from connectors.sandbox.api import make_api
from connectors.store.engine import open_engine, reading
from tests.support.monitoring import ask as ask_monitoring
from tests.worker.cli_rig import Rig
from tests.worker.shop_cli_rig import connect, consented, rig_of, sell
from tests.worker.web.rig import Post, deliver, running, signed, told
from worker.actors import Doorbell
from worker.bootstrap import flusher_of
from worker.cli.desk import log_to_stderr
from worker.metrics.endpoints import monitoring_app
from worker.reports.status import status
from worker.scheduler import ask_for_rounds
from worker.services import Services
from worker.shops.exchange import app_of
from worker.web.intake import webhook_intake
from worker.web.webhook_endpoint import webhook_routes


BUYER = "canary-buyer"
APP_SECRET = "canary-app-secret-0123456789abcdef"
ORDER_PATHS = ("/order/202309/orders/search", "/order/202507/orders")


@dataclass(slots=True)
class Wire:
    """The way to TikTok: notes every secret that passes, and adds what a real answer has more.

    While `quotes` is set, calls are refused in a message that repeats all of the request; while
    `breaks` is set, the wire itself fails in a way that nobody expects.
    """

    rig: Rig
    secrets: set[str] = field(default_factory=set)
    quotes: bool = False
    breaks: bool = False

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        given = dict(request.url.params)
        header = request.headers.get("x-tts-access-token", "")
        names = ("sign", "shop_cipher", "auth_code", "refresh_token", "app_secret")
        self.secrets |= {given[name] for name in names if name in given} | {header} - {""}
        if self.breaks:
            raise RuntimeError("the wire broke")
        if self.quotes:
            text = " ".join([header, str(request.url), *given.values()])
            return httpx.Response(200, json={"code": 12052910, "message": text, "request_id": "1"})
        answer = make_api(self.rig.world, self.rig.faults)(request)
        return self._with_buyers(request, answer)

    def _with_buyers(self, request: httpx.Request, answer: httpx.Response) -> httpx.Response:
        document = answer.json()
        if isinstance(data := document.get("data"), dict):
            for name in ("access_token", "refresh_token"):
                self.secrets |= {str(data[name])} if name in data else set()
        if request.url.path not in ORDER_PATHS or not document.get("data"):
            return answer
        for order in document["data"]["orders"]:
            order["buyer_email"] = f"{BUYER}@mail.example"
            order["buyer_message"] = f"{BUYER} says hello"
            order["recipient_address"] = {"name": BUYER, "phone_number": f"{BUYER}-phone"}
        return httpx.Response(answer.status_code, json=document)


class MarkedRig(Rig):
    """A rig whose calls go over a marked wire."""

    wire: Wire

    @property
    def transport(self) -> httpx.MockTransport:
        """Return the way to the sandbox."""
        return httpx.MockTransport(self.wire)


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What a program left behind, by place, and the secrets that it had."""

    places: dict[str, str]
    secrets: frozenset[str]


def used_in_every_way(folder: Path) -> Left:
    """Use a program with marked secrets well and badly; return all that it left behind."""
    rig = MarkedRig(folder)
    rig_of(folder, rig)
    rig.world.app_secret = rig.environ["APP_SECRET"] = APP_SECRET
    rig.wire = Wire(rig)
    with _heard() as output:
        answers = [*_commanded(rig), *_commanded_badly(rig)]
        with rig.services() as services:
            figures = _worked(rig, services)
            reprs = _shown(services)
    return Left(
        places={
            "answers": "\n".join(answers),
            "logs": output.getvalue(),
            "metrics": figures,
            "reprs": reprs,
            "tables": _tables(rig),
            "files": "\n".join(
                path.read_bytes().decode("latin-1")
                for path in sorted((folder / "var").rglob("*"))
                if path.is_file()
            ),
        },
        secrets=frozenset(rig.wire.secrets | {APP_SECRET, BUYER}),
    )


@contextmanager
def _heard() -> Iterator[io.StringIO]:
    """Yield everything that is printed or logged meanwhile, by anybody and at every level."""
    output = io.StringIO()
    handler = logging.StreamHandler(output)
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        with redirect_stdout(output), redirect_stderr(output):
            log_to_stderr()
            yield output
    finally:
        root.removeHandler(handler)
        root.setLevel(before)


def _commanded(rig: Rig) -> Iterator[str]:
    """Give every command of a shop's life."""
    sell(rig)
    connect(rig)
    for words in (
        ("shop", "list"),
        ("shop", "list", "--json"),
        ("shop", "check", "alpha", "--json"),
        ("shop", "accept", "alpha", "--why", "sold before"),
        ("reconcile", "--shop", "alpha", "--timeout", "30"),
        ("status", "--json"),
        ("explain", "LAMP", "--json"),
        ("shop", "refresh", "alpha"),
    ):
        answer = rig.run(*words)
        yield f"{words} {answer.code} {answer.out} {answer.err}"


def _commanded_badly(rig: MarkedRig) -> Iterator[str]:
    """Give commands that are refused, in messages that quote the request among others."""
    address = consented(rig)
    code = address.partition("code=")[2].partition("&")[0]
    rig.wire.secrets.add(code)
    rig.wire.quotes = True
    for words in (
        ("shop", "add", "alpha", address),
        ("shop", "add", "alpha", address.replace("state=", "state=x")),
        ("shop", "refresh", "alpha"),
        ("shop", "check", "alpha"),
        ("reconcile", "--shop", "alpha", "--timeout", "5"),
    ):
        answer = rig.run(*words)
        yield f"{answer.code} {answer.out} {answer.err}"
    rig.wire.quotes = False


def _worked(rig: MarkedRig, services: Services) -> str:
    """Let actors work, well, with failing calls and with errors that nobody expects."""
    _notify(rig, services)
    ask_for_rounds(services)
    _act(services)
    rig.wire.breaks = True
    ask_for_rounds(services)
    _act(services)
    rig.wire.breaks = False
    _act(replace(services, engine=open_engine("sqlite:////nowhere/record.sqlite3")))
    rig.world.revoke("alpha")
    rig.clock.now += 8 * 86_400.0
    ask_for_rounds(services)
    _act(services)
    flusher_of(services).flush()
    app = monitoring_app(services, risk=None, broker=lambda: "")
    return ask_monitoring(app, "/metrics").text


def _act(services: Services) -> None:
    """Ring for every kind of work of alpha, and let a real worker answer."""
    broker = StubBroker(middleware=[])
    doorbell = Doorbell(broker)
    doorbell.serve(services)
    worker = Worker(broker, worker_threads=1, worker_timeout=10)
    worker.start()
    try:
        for queue in ("tokens", "catalogue", "orders", "webhooks", "read"):
            doorbell.ring(queue, "alpha")
        for name in broker.queues:
            broker.join(name)
    finally:
        worker.stop()


def _notify(rig: MarkedRig, services: Services) -> None:
    """Let TikTok notify us of orders and people, in notifications good and bad."""
    order_id = next(iter(rig.world.orders.all())).order_id
    about_people: list[dict[str, object]] = [
        {"type": 1, "data": {"order_id": order_id, "buyer_email": BUYER, "note": {"x": BUYER}}},
        {"type": 3, "data": {"order_id": order_id, "recipient_address": {"name": BUYER}}},
        {"type": 14, "data": {"content": BUYER, "sender": {"nickname": BUYER}}},
        {"type": 99, "data": {BUYER: BUYER}},
        {"type": 1, "data": {"order_id": {"name": BUYER}}},
    ]
    shop_id = rig.world.registry.shop("alpha").shop_id
    with webhook_intake(services) as intake:
        app = Starlette(routes=webhook_routes(services, intake))
        for number, each in enumerate(about_people):
            body = told(number, shop_id=shop_id, timestamp=int(rig.clock.now), **each)
            signature = signed(body, app_key=rig.world.app_key, secret=APP_SECRET)
            rig.wire.secrets.add(signature.decode())
            running(deliver(app, Post(body=body, signature=signature)))


def _shown(services: Services) -> str:
    """Return what a debugger or a careless log line would show."""
    keeper = services.tiktok.keeper
    opening = keeper.open("alpha")
    sealed = keeper.sealer.seal("alpha", {"x": "y"}, services.now())
    app = app_of(services.settings)
    parts = [services, services.settings, keeper, opening, opening.row.pair, sealed, app]
    return "\n".join(map(repr, [*parts, status(services)]))


def _tables(rig: Rig) -> str:
    """Return every row of every table."""
    found = MetaData()
    with rig.services() as services:
        found.reflect(services.engine)
        with reading(services.engine) as connection:
            return repr([connection.execute(select(each)).all() for each in found.sorted_tables])
