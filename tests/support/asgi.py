"""Asks an ASGI application in this process, without a socket and without a server."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import httpx
from starlette.types import ASGIApp


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """Whoever asks. An error that the application lets out fails the test."""

    app: ASGIApp

    def send(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,  # noqa: ANN401 - any JSON value
        content: bytes | Iterable[bytes] | None = None,
        headers: Sequence[tuple[str, str]] = (),
    ) -> httpx.Response:
        """Return the answer to one request; content in parts goes out without its length."""
        return asyncio.run(self._send(method, path, json, content, list(headers)))

    async def _send(
        self,
        method: str,
        path: str,
        json: Any,  # noqa: ANN401 - any JSON value
        content: bytes | Iterable[bytes] | None,
        headers: list[tuple[str, str]],
    ) -> httpx.Response:
        transport = httpx.ASGITransport(self.app)
        body = content if isinstance(content, bytes | None) else _parts(content)
        async with httpx.AsyncClient(transport=transport, base_url="http://guard.test") as client:
            return await client.request(method, path, json=json, content=body, headers=headers)


async def _parts(content: Iterable[bytes]) -> AsyncIterator[bytes]:
    for part in content:
        yield part
