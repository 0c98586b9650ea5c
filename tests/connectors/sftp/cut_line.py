"""A line to a server that breaks after so many bytes of what the client sends."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass


@dataclass(slots=True)
class CutLine:
    """Passes bytes on to a port of this machine, `bytes_max` of them towards it, then resets."""

    target: int
    bytes_max: int
    port: int = 0
    passed: int = 0

    async def carry(self, near: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        """Carry one connection until it breaks or ends."""
        far, on = await asyncio.open_connection("127.0.0.1", self.target)
        returning = asyncio.create_task(_pass_on(far, back))
        with suppress(ConnectionError):
            while data := await near.read(65_536):
                data = data[: self.bytes_max - self.passed]
                self.passed += len(data)
                on.write(data)
                await on.drain()
                if self.passed >= self.bytes_max:
                    break
        for writer in (on, back):
            _reset(writer)
        await returning


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()


def _reset(writer: asyncio.StreamWriter) -> None:
    line = writer.get_extra_info("socket")
    if line is not None and line.fileno() >= 0:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


@asynccontextmanager
async def cut_line(target: int, bytes_max: int) -> AsyncIterator[CutLine]:
    """Open a line that breaks."""
    line = CutLine(target, bytes_max)
    server = await asyncio.start_server(line.carry, "127.0.0.1", 0)
    line.port = server.sockets[0].getsockname()[1]
    try:
        yield line
    finally:
        server.close()
        await server.wait_closed()
        # What was carried has ended; its transports need a turn to close.
        await asyncio.sleep(0.01)
