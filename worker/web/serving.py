"""Serves an app on a port of this machine, in a thread of its own."""

import os
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import uvicorn
from starlette.types import ASGIApp

from ..settings.processes import MetricsSettings, WebSettings


BACKLOG = 2_048
"""Connections that wait for the server to accept them: a burst of webhooks opens many at once."""

KEEP_ALIVE_S = 30
GRACE_S = 10
"""How long requests that are under way have when the server is told to end."""

START_S_MAX = 10.0

LOOP = "asyncio" if sys.platform == "win32" else "uvloop"


class PortTaken(OSError):
    """Raised where an address cannot be listened on; `cause` and `remedy` are for people."""

    def __init__(self, cause: str, remedy: str) -> None:
        """Keep both halves apart, and join them for people."""
        super().__init__(f"{cause}; {remedy}")
        self.cause = cause
        self.remedy = remedy


class Served:
    """An app behind a port; the port is taken when this is made, and answered after `start`."""

    def __init__(self, app: ASGIApp, *, host: str, port: int, setting: str) -> None:
        """Take the port; 0 takes a free one. Raises `PortTaken`, naming the table of `setting`."""
        self._listener = take_port(host, port, setting)
        self._server = uvicorn.Server(_config(app))
        self._thread = threading.Thread(
            target=self._server.run,
            kwargs={"sockets": [self._listener]},
            name=f"serving-{setting}",
            daemon=True,
        )

    @property
    def port(self) -> int:
        """Return the port that was taken."""
        return int(self._listener.getsockname()[1])

    def start(self) -> None:
        """Answer from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Take no new requests, finish what is under way, and give the port back."""
        self._server.should_exit = True
        if self._thread.is_alive():
            self._thread.join(GRACE_S + START_S_MAX)
        with suppress(OSError):
            self._listener.close()


@contextmanager
def served(app: ASGIApp, *, place: WebSettings | MetricsSettings, setting: str) -> Iterator[int]:
    """Serve an app while the context lasts; yields its port. Raises `PortTaken`."""
    server = Served(app, host=place.host, port=place.port, setting=setting)
    server.start()
    try:
        yield server.port
    finally:
        server.stop()


def _config(app: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http="httptools",
        loop=LOOP,
        ws="none",
        lifespan="off",
        # URLs of requests are nobody's business; our own log tells what matters.
        access_log=False,
        log_config=None,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=GRACE_S,
    )


def take_port(host: str, port: int, setting: str) -> socket.socket:
    """Return a socket that listens; 0 takes a free port. Raises `PortTaken`, naming a table."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP
        )[0]
        # With the protocol named, asyncio switches Nagle's algorithm off.
        listener = socket.socket(family, kind, protocol)
    except OSError as fault:
        raise _taken(host, port, setting, fault) from None
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
    except OSError as fault:
        listener.close()
        raise _taken(host, port, setting, fault) from None
    listener.listen(BACKLOG)
    return listener


def _taken(host: str, port: int, setting: str, fault: OSError) -> PortTaken:
    why = os.strerror(fault.errno) if fault.errno and fault.errno > 0 else str(fault)
    return PortTaken(
        f"{host}:{port} cannot be listened on: {why}",
        f"set host and port of [{setting}] to an address of this machine that is free",
    )
