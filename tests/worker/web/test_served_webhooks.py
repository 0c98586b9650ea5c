"""Notifications over a real socket: as the sandbox sends them, and as liars do."""

import random
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.types import ASGIApp

from connectors.sandbox.webhooks import WebhookFaults, WebhookSender
from connectors.store import orders
from connectors.store.engine import reading
from tests.support.shopfront import Shopfront, shopfront
from worker.dispatch import work_off
from worker.queues import WEBHOOKS
from worker.web.intake import webhook_intake
from worker.web.webhook_endpoint import PATH, webhook_routes

from .rig import door, signed, told


pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])

HEAD = f"POST {PATH} HTTP/1.1\r\nHost: guard\r\n".encode()
CLOSE = b"Connection: close\r\n"
PATIENCE_S = 20.0


@contextmanager
def served(app: ASGIApp) -> Iterator[int]:
    """Serve an application on this machine; yields its port."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    config = uvicorn.Config(app, http="httptools", ws="none", lifespan="off", log_config=None)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield int(listener.getsockname()[1])
    finally:
        server.should_exit = True
        thread.join(PATIENCE_S)
        listener.close()


def say(port: int, request: bytes, *, hang_up: bool = False) -> bytes:
    """Send bytes and return all that comes back until the server hangs up."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S) as line:
        line.sendall(request)
        if hang_up:
            line.shutdown(socket.SHUT_WR)
        answer = b""
        while more := line.recv(65_536):
            answer += more
        return answer


def in_chunks(body: bytes, *, last: bytes = b"0", closes: bool = True) -> bytes:
    """Return a signed request whose body comes in chunks."""
    pieces = [body[place : place + 50] for place in range(0, len(body), 50)]
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)
    head = HEAD + (CLOSE if closes else b"") + b"Authorization: " + signed(body)
    return head + b"\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks + last + b"\r\n\r\n"


def with_length(body: bytes, length: int, *, closes: bool = True) -> bytes:
    """Return a request that announces a length."""
    head = HEAD + (CLOSE if closes else b"")
    return head + b"Authorization: %s\r\nContent-Length: %d\r\n\r\n%s" % (
        signed(body),
        length,
        body,
    )


def test_a_body_in_chunks_is_a_body(tmp_path: Path) -> None:
    """How it is cut is no part of what is signed."""
    with door(tmp_path) as opened, served(opened.app) as port:
        answer = say(port, in_chunks(told()))

        assert answer.startswith(b"HTTP/1.1 200")
        assert opened.rows() == 1


def test_two_requests_on_one_connection_are_two(tmp_path: Path) -> None:
    """The second is not looked for in the first one's body."""
    both = [with_length(told(1), len(told(1)), closes=False), with_length(told(2), len(told(2)))]
    with door(tmp_path) as opened, served(opened.app) as port:
        answer = say(port, b"".join(both))

        assert answer.count(b"HTTP/1.1 200") == 2
        assert opened.rows() == 2


def test_chunks_without_end_are_cut_off(tmp_path: Path) -> None:
    """The connection is closed with them: what follows is no request."""
    endless = in_chunks(b"x" * 20_000, last=b"ffffffff", closes=False)
    with door(tmp_path) as opened, served(opened.app) as port:
        answer = say(port, endless)

        assert answer.startswith(b"HTTP/1.1 413")
        assert b"connection: close" in answer
        assert opened.rows() == 0


@pytest.mark.parametrize("last", [b"zz", b"-1", b"0x0"])
def test_a_lie_about_a_chunk_is_a_bad_request(tmp_path: Path, last: bytes) -> None:
    """The server itself finds it; nothing of it is kept."""
    with door(tmp_path) as opened, served(opened.app) as port:
        answer = say(port, in_chunks(told(), last=last), hang_up=True)

        assert b" 200 " not in answer
        assert b" 500 " not in answer
        assert opened.rows() == 0


def test_less_than_was_announced_is_nothing(tmp_path: Path) -> None:
    """A caller that hangs up in the middle of a body leaves no trace, good signature or not."""
    with door(tmp_path) as opened, served(opened.app) as port:
        answer = say(port, with_length(told(), len(told()) + 5), hang_up=True)

        assert answer == b""
        assert opened.rows() == 0


def test_more_than_was_announced_is_not_part_of_it(tmp_path: Path) -> None:
    """The signature is for the whole, so that the shorter body is forged."""
    with door(tmp_path) as opened, served(opened.app) as port:
        answer = say(port, with_length(told(), len(told()) - 5))

        assert answer.startswith(b"HTTP/1.1 401")
        assert opened.rows() == 0


def counted(front: Shopfront) -> int:
    """Work off the notifications that came, and return how many orders the ledger has."""
    work_off(front.services, WEBHOOKS, "alpha")
    with reading(front.services.engine) as connection:
        return orders.order_count(connection)


def test_what_the_sandbox_tells_comes_into_the_ledger(tmp_path: Path) -> None:
    """Doubled and overtaken, over a real socket, and each order counts once."""
    with shopfront(tmp_path) as front, webhook_intake(front.services) as intake:
        front.open_for_business(30)
        app = Starlette(routes=webhook_routes(front.services, intake))
        with served(app) as port:
            faults = WebhookFaults(doubled=0.4, reordered=0.4)
            url = f"http://127.0.0.1:{port}{PATH}"
            post = WebhookSender(front.world, url, rng=random.Random(3), faults=faults)
            for _ in range(5):
                front.buy("alpha")
            post.step(front.now + 60.0)
            post.stop()

        assert post.tally().refused == 0
        assert counted(front) == 5


def test_the_sandbox_posts_while_the_program_runs(tmp_path: Path) -> None:
    """Its thread needs nobody: what was bought is soon known."""
    with shopfront(tmp_path) as front, webhook_intake(front.services) as intake:
        front.open_for_business(10)
        with served(Starlette(routes=webhook_routes(front.services, intake))) as port:
            url = f"http://127.0.0.1:{port}{PATH}"
            post = WebhookSender(front.world, url, rng=random.Random(3))
            post.start()
            front.buy("alpha")
            deadline = time.monotonic() + PATIENCE_S
            while not counted(front) and time.monotonic() < deadline:
                time.sleep(0.02)
            post.stop()

        assert counted(front) == 1
