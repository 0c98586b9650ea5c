"""A load generator on plain sockets: requests made beforehand, connections kept alive."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import cast

import uvloop


OK = b"HTTP/1.1 200"
END = b"\r\n\r\n"
NO_BODY = b"content-length: 0"


@dataclass(slots=True)
class Tally:
    """What came of a run: the seconds that each good answer took, and how many were none."""

    waits_s: list[float] = field(default_factory=list)
    errors: int = 0
    took_s: float = 0.0

    def percentile_ms(self, share: float) -> float:
        """Return the wait that this share of the answers kept within; endless without answers."""
        ordered = sorted(self.waits_s) or [float("inf")]
        return ordered[min(int(len(ordered) * share), len(ordered) - 1)] * 1_000.0


class _Line(asyncio.Protocol):
    """One connection, with one request under way at most; `free` holds it between requests."""

    def __init__(self, tally: Tally, free: "asyncio.Queue[_Line]") -> None:
        self._tally = tally
        self._free = free
        self._transport: asyncio.Transport | None = None
        self._due_at = 0.0
        self._answer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are asyncio's in all but their type.
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the protocol's own
        """Give the connection back as it is: whoever uses it next finds out, and says so."""
        self._free.put_nowait(self)

    def send(self, request: bytes, due_at: float) -> None:
        """Send a request; its wait counts from `due_at`."""
        if self._transport is None or self._transport.is_closing():
            raise RuntimeError("the server closed a connection: see what it said")
        self._due_at = due_at
        self._answer = b""
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        """Count an answer that is whole; none of ours has a body."""
        self._answer += data
        if END not in self._answer:
            return
        if self._answer.startswith(OK) and NO_BODY in self._answer:
            self._tally.waits_s.append(time.perf_counter() - self._due_at)
        else:
            self._tally.errors += 1
        self._free.put_nowait(self)

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.close()


def closed_loop(port: int, requests: Sequence[bytes], lines: int, seconds: float) -> Tally:
    """Send on each connection as soon as its last answer came, for some seconds."""
    return uvloop.run(_closed_loop(port, iter(requests), lines, seconds))


def open_loop(port: int, requests: Sequence[bytes], per_s: float, lines: int) -> Tally:
    """Send at a fixed rate whatever comes back; a wait counts from when its turn was due."""
    return uvloop.run(_open_loop(port, requests, per_s, lines))


async def _closed_loop(port: int, requests: Iterator[bytes], lines: int, seconds: float) -> Tally:
    tally = Tally()
    free = await _connect(port, lines, tally)
    began = time.perf_counter()
    for request in requests:
        line = await free.get()
        if (now := time.perf_counter()) > began + seconds:
            free.put_nowait(line)
            break
        line.send(request, now)
    await _hang_up(free, lines)
    tally.took_s = time.perf_counter() - began
    return tally


async def _open_loop(port: int, requests: Sequence[bytes], per_s: float, lines: int) -> Tally:
    tally = Tally()
    free = await _connect(port, lines, tally)
    began = time.perf_counter()
    for number, request in enumerate(requests):
        due_at = began + number / per_s
        if (early_s := due_at - time.perf_counter()) > 0:
            await asyncio.sleep(early_s)
        (await free.get()).send(request, due_at)
    await _hang_up(free, lines)
    tally.took_s = time.perf_counter() - began
    return tally


async def _connect(port: int, lines: int, tally: Tally) -> "asyncio.Queue[_Line]":
    free: asyncio.Queue[_Line] = asyncio.Queue()
    loop = asyncio.get_running_loop()
    for _ in range(lines):
        _, line = await loop.create_connection(lambda: _Line(tally, free), "127.0.0.1", port)
        free.put_nowait(line)
    return free


async def _hang_up(free: "asyncio.Queue[_Line]", lines: int) -> None:
    """Close each connection once its last answer is there."""
    for line in [await free.get() for _ in range(lines)]:
        line.close()
