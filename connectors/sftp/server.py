"""The drop itself: an SSH server in a thread of its own, behind a port that was taken for it."""

import asyncio
import logging
import socket
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from threading import Thread

import asyncssh
import structlog

from reconciliation.quantities import Instant

from .algorithms import CIPHERS, KEY_EXCHANGES, MACS, SIGNATURES
from .door import Door
from .hall import Hall, HallLimits, Hooks, PartnerPlace


THREADS = 32
"""Who waits for the disk or the record waits in one of these; a few partners cannot fill them."""

KEYS_LOOKED_AT_S = 2.0
"""How often it is looked whether the keys of open sessions are still good."""

GRACE_S = 5.0
"""As long as a process has that is told to end: half of what Docker lets pass."""

LEAVING_S = 1.0
"""How long clients have to go when they were told."""

SILENCES_MAX = 3
"""How many signs of life a client may leave unanswered."""

_LOG = structlog.get_logger("oversell_guard")


@dataclass(frozen=True, slots=True, kw_only=True)
class DropOptions:
    """The server's own key, how long a login may take, and how often life is asked for.

    `grace_s` is how long uploads that are under way have when the server is told to end.
    """

    host_key: asyncssh.SSHKey
    login_timeout_s: float
    keepalive_s: float
    grace_s: float = GRACE_S


class DropServer:
    """The partners' drop."""

    def __init__(
        self,
        listener: socket.socket,
        places: Mapping[str, PartnerPlace],
        *,
        hooks: Hooks,
        limits: HallLimits,
        options: DropOptions,
        clock: Callable[[], Instant],
    ) -> None:
        """Prepare the thread; `listener` is a socket that listens already, and becomes ours."""
        self._listener = listener
        self._options = options
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="drop")
        self.hall = Hall(places, hooks=hooks, limits=limits, clock=clock, threads=self._threads)
        self._places = places
        self._started = Future[asyncio.AbstractEventLoop]()
        self._ending: asyncio.Event | None = None
        self._thread = Thread(target=self._run, name="drop", daemon=True)

    @property
    def port(self) -> int:
        """Return the port that is listened on."""
        return int(self._listener.getsockname()[1])

    def start(self) -> None:
        """Remove what a killed server left, and answer from now on. Raises `TryLater`."""
        for place in self._places.values():
            place.landing.clear()
        asyncssh.set_log_level(logging.WARNING)
        self._thread.start()
        self._started.result()

    def stop(self) -> None:
        """Take nobody in any more, let uploads end that are under way, and close everything."""
        if self._thread.is_alive() and self._ending is not None:
            loop = self._started.result()
            with suppress(RuntimeError):  # it ended meanwhile
                loop.call_soon_threadsafe(self._ending.set)
            self._thread.join()
        self._threads.shutdown()
        for place in self._places.values():
            place.landing.abandon_all()
        self._listener.close()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except Exception as error:  # noqa: BLE001 - told to whoever started the thread
            if self._started.done():
                _LOG.error("drop_ended", exc_info=error)
            else:
                self._started.set_exception(error)

    async def _serve(self) -> None:
        self._ending = asyncio.Event()
        acceptor = await asyncssh.listen(
            sock=self._listener, server_factory=lambda: Door(self.hall), **self._settings()
        )
        looking = asyncio.create_task(self._look_over())
        self._started.set_result(asyncio.get_running_loop())
        await self._ending.wait()
        acceptor.close()
        looking.cancel()
        await _until(self._is_idle, self._options.grace_s)
        self.hall.end()
        await _until(lambda: self.hall.is_empty, LEAVING_S)

    def _settings(self) -> dict[str, object]:
        return {
            "server_host_keys": [self._options.host_key],
            "server_version": "oversell-guard",
            "kex_algs": KEY_EXCHANGES,
            "encryption_algs": CIPHERS,
            "mac_algs": MACS,
            "signature_algs": SIGNATURES,
            # Compressed, a small upload could become a large one.
            "compression_algs": None,
            "password_auth": False,
            "kbdint_auth": False,
            "host_based_auth": False,
            "gss_host": None,
            "agent_forwarding": False,
            "x11_forwarding": False,
            "allow_pty": False,
            "allow_scp": False,
            "send_server_host_keys": False,
            "login_timeout": self._options.login_timeout_s,
            "keepalive_interval": self._options.keepalive_s,
            "keepalive_count_max": SILENCES_MAX,
        }

    async def _look_over(self) -> None:
        while True:
            await asyncio.sleep(KEYS_LOOKED_AT_S)
            try:
                await self.hall.look_over()
            except Exception as error:  # noqa: BLE001 - looking over is what must never end
                # The record may be away for a while; nobody new is let in meanwhile.
                _LOG.warning("keys_not_looked_at", error=str(error))

    def _is_idle(self) -> bool:
        return not any(place.landing.is_busy for place in self._places.values())


async def _until(done: Callable[[], bool], most_s: float) -> None:
    """Wait for something that nobody tells of, looking often, and no longer than that."""
    with suppress(TimeoutError):
        async with asyncio.timeout(most_s):
            while not done():  # noqa: ASYNC110 - it comes about in threads that know no event
                await asyncio.sleep(0.05)
