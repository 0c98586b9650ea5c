"""The sandbox behind a real socket on this machine: the same answers, through real HTTP.

A lost answer (`httpx.ReadTimeout` from the handler) becomes a connection that stays silent for
a while and then breaks, so that a client meets its own read timeout or a disconnect.
"""

import asyncio
import logging
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx
import uvicorn
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from .api import Handle


JOIN_S = 10.0
"""The longest wait for the server's thread to end; it takes a tenth of a second."""

_BACKLOG = 128


@contextmanager
def serve(
    handle: Handle,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    latency_s: float = 0.0,
    silence_s: float = 1.0,
) -> Iterator[str]:
    """Serve `handle` while the context lasts; yields the base URL. Port 0 takes a free one.

    `latency_s` is added to each call, half before and half after its effect. `silence_s` is how
    long a lost answer keeps its client waiting before the connection breaks.
    """
    with _listener(host, port) as listener:
        lines: dict[tuple[str, int], asyncio.Transport] = {}
        app = _App(handle=handle, latency_s=latency_s, silence_s=silence_s, lines=lines)
        server = uvicorn.Server(_config(app, lines))
        thread = threading.Thread(
            target=server.run, kwargs={"sockets": [listener]}, name="sandbox-server", daemon=True
        )
        with _quiet(thread):
            thread.start()
            try:
                yield f"http://{host}:{listener.getsockname()[1]}"
            finally:
                server.should_exit = True
                thread.join(JOIN_S)


def _listener(host: str, port: int) -> socket.socket:
    # asyncio switches Nagle's algorithm off only where the protocol is named; with it on, each
    # answer waits some 40 ms for the client's acknowledgement.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


@dataclass(frozen=True, slots=True, kw_only=True)
class _App:
    handle: Handle
    latency_s: float
    silence_s: float
    lines: dict[tuple[str, int], asyncio.Transport]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        asked = httpx.Request(
            request.method,
            _raw_url(scope),
            headers=request.headers.raw,
            content=await request.body(),
        )
        await asyncio.sleep(self.latency_s / 2)
        try:
            answer = await run_in_threadpool(self.handle, asked)
        except httpx.TimeoutException:
            await self._fall_silent(scope, receive)
            return
        await asyncio.sleep(self.latency_s / 2)
        response = Response(answer.content, answer.status_code, dict(answer.headers))
        await response(scope, receive, send)

    async def _fall_silent(self, scope: Scope, receive: Receive) -> None:
        gone = asyncio.ensure_future(_disconnected(receive))
        await asyncio.wait({gone}, timeout=self.silence_s)
        # uvicorn would answer 500 for an app that says nothing: break the line instead.
        if line := self.lines.get(scope["client"]):
            line.abort()
        await gone


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _raw_url(scope: Scope) -> str:
    # The path and query exactly as sent: the signature covers them.
    host, port = scope["server"]
    query = scope["query_string"].decode("ascii")
    return f"http://{host}:{port}{scope['raw_path'].decode('ascii')}" + (
        f"?{query}" if query else ""
    )


def _config(app: _App, lines: dict[tuple[str, int], asyncio.Transport]) -> uvicorn.Config:
    class Line(H11Protocol):
        """A connection that can be found by its client's address, and broken."""

        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            if isinstance(transport, asyncio.Transport):
                lines[transport.get_extra_info("peername")] = transport
                super().connection_made(transport)

        def connection_lost(self, exc: Exception | None) -> None:
            lines.pop(self.transport.get_extra_info("peername"), None)
            super().connection_lost(exc)

    return uvicorn.Config(
        app,
        http=Line,
        loop="asyncio",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=1,
    )


@contextmanager
def _quiet(thread: threading.Thread) -> Iterator[None]:
    # The program under test may run a uvicorn of its own, which keeps its voice.
    def speaks_elsewhere(record: logging.LogRecord) -> bool:
        return record.threadName != thread.name

    logger = logging.getLogger("uvicorn.error")
    logger.addFilter(speaks_elsewhere)
    try:
        yield
    finally:
        logger.removeFilter(speaks_elsewhere)
