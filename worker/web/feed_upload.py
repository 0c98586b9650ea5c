"""`POST /api/feeds/{feed}`: one file, as the bytes of the body, by whoever may send for that feed.

It is written where the drop writes uploads, and arrives as they do: whole or not at all. The same
content again is answered alike, and the gate knows it for a repeat.
"""

import asyncio
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from http import HTTPStatus
from pathlib import Path
from threading import BoundedSemaphore
from typing import IO, Any
from urllib.parse import quote
from uuid import uuid4

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from connectors.feeds.durable import TEMPORARY_ENDING, disk_errors
from connectors.feeds.file_names import arriving_name, safe_name
from connectors.store import work
from connectors.store.engine import writing
from connectors.unfinished_names import is_unfinished

from ..access import Caller, Role
from ..queues import FEED
from ..services import Services
from .bearer import caller_from, require_feed, require_role
from .problems import Problem, refusal


UPLOAD_PATH = "/api/feeds/{feed}"

UPLOAD_S = 120.0
"""How long a file may take to arrive: 64 MiB at half a megabyte a second."""

UPLOADS_MAX = 8
"""Uploads under way at once in one process."""

FILES_WAITING_MAX = 200
"""As many files of a feed as may wait by SFTP: more come only if nobody works them off."""

BUSY_AGAIN_S = 10

NAME_HEADER = "x-file-name"


@dataclass(frozen=True, slots=True, kw_only=True)
class Uploaded:
    """A file that was taken whole, and where what becomes of it is to be seen."""

    feed: str
    file: str
    bytes: int
    sha256: str
    look_at: str
    receipt: str


class Uploading:
    """Takes uploads, a few at a time."""

    def __init__(self, services: Services) -> None:
        """Count those under way."""
        self._services = services
        self._free = BoundedSemaphore(UPLOADS_MAX)

    async def answer(self, request: Request) -> Response:
        """Return the answer to one upload. Raises `Problem`, and `ClientDisconnect`."""
        feed = str(request.path_params["feed"])
        await run_in_threadpool(self._admit, request, feed)
        name = name_of(request)
        with self._place():
            await run_in_threadpool(self._require_room, feed)
            uploaded = await self._take(request, feed, name)
        headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
        return JSONResponse(asdict(uploaded), status_code=HTTPStatus.ACCEPTED, headers=headers)

    def _admit(self, request: Request, feed: str) -> Caller:
        caller = caller_from(self._services, request.headers)
        require_role(caller, Role.SENDER)
        require_feed(caller, feed, self._services.settings.feeds)
        return caller

    @contextmanager
    def _place(self) -> Iterator[None]:
        if not self._free.acquire(blocking=False):
            raise _busy(f"{UPLOADS_MAX} uploads are under way already")
        try:
            yield
        finally:
            self._free.release()

    def _require_room(self, feed: str) -> None:
        if len(self._services.inboxes[feed].arrivals.waiting()) >= FILES_WAITING_MAX:
            raise _busy(f"{FILES_WAITING_MAX} files of this feed wait already")

    async def _take(self, request: Request, feed: str, name: str) -> Uploaded:
        bytes_max = self._services.settings.feeds[feed].bytes_max
        length = request.headers.get("content-length", "")
        if length.isdecimal() and int(length[:20]) > bytes_max:
            raise _too_large(bytes_max)
        arrivals = self._services.inboxes[feed].arrivals
        temporary = arrivals.arriving / f".{uuid4().hex}.api{TEMPORARY_ENDING}"
        try:
            taken = await _in_time(_write(request, temporary, bytes_max))
            await run_in_threadpool(self._arrive, feed, temporary, name)
        finally:
            temporary.unlink(missing_ok=True)
        await run_in_threadpool(self._ask_for, feed)
        return Uploaded(
            feed=feed,
            file=name,
            bytes=taken[0],
            sha256=taken[1],
            look_at=f"/api/feeds/{feed}/receipts?file={quote(name)}",
            receipt=f"{safe_name(name)}.receipt.json",
        )

    def _arrive(self, feed: str, temporary: Path, name: str) -> None:
        now = self._services.now()
        with disk_errors("dating an upload"):
            # By our clock: a disk that is shared may have another.
            os.utime(temporary, (now, now))
        self._services.inboxes[feed].arrivals.arrive(temporary, name)

    def _ask_for(self, feed: str) -> None:
        with writing(self._services.engine) as connection:
            work.ask(connection, FEED, [feed], due_at=self._services.now())
        self._services.ring(FEED, feed)


def name_of(request: Request) -> str:
    """Return the name under which a file is sent, made safe. Raises `Problem`."""
    given = request.query_params.getlist("name") or request.headers.getlist(NAME_HEADER)
    if len(given) != 1 or not given[0].strip():
        raise refusal(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "the file has no name, or several",
            "add ?name=stock.csv to the address, or the header X-File-Name",
        )
    if set(request.query_params) - {"name"}:
        raise refusal(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "the address has a field that is not known",
            "leave it out; known here: name",
        )
    name = given[0]
    if is_unfinished(name):
        raise refusal(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            f"{name[:64]!r} is what unfinished files are called",
            "give the file's own name",
        )
    return arriving_name(name)


async def _in_time(writing_it: Any) -> tuple[int, str]:  # noqa: ANN401 - a coroutine of that pair
    try:
        async with asyncio.timeout(UPLOAD_S):
            found: tuple[int, str] = await writing_it
            return found
    except TimeoutError:
        raise refusal(
            HTTPStatus.REQUEST_TIMEOUT,
            f"the file took more than {UPLOAD_S:g} s to arrive",
            "send it by SFTP, or packed by gzip if the feed is declared so",
            headers={"Connection": "close"},
        ) from None


async def _write(request: Request, path: Path, bytes_max: int) -> tuple[int, str]:
    """Write a body as it comes; return its length and its hash. Raises `Problem`."""
    if "content-encoding" in request.headers:
        raise refusal(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            "a packed body is not unpacked",
            "send the file's bytes as they are, without Content-Encoding",
        )
    digest, count = hashlib.sha256(), 0
    with disk_errors("writing an upload"), path.open("xb") as file:
        async for part in request.stream():
            count += len(part)
            if count > bytes_max:
                raise _too_large(bytes_max)
            await run_in_threadpool(_append, file, digest, part)
    if count == 0:
        raise refusal(
            HTTPStatus.UNPROCESSABLE_ENTITY, "the body is empty", "send the file's bytes"
        )
    return count, digest.hexdigest()


def _append(file: IO[bytes], digest: "hashlib._Hash", part: bytes) -> None:
    digest.update(part)
    file.write(part)


def _too_large(bytes_max: int) -> Problem:
    return refusal(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        f"the file has more than {bytes_max} bytes",
        "split it, or have the feed's bytes_max raised",
        # What is left of the body is not read.
        headers={"Connection": "close"},
    )


def _busy(cause: str) -> Problem:
    return refusal(
        HTTPStatus.TOO_MANY_REQUESTS,
        cause,
        f"try again in {BUSY_AGAIN_S} s",
        headers={"Retry-After": str(BUSY_AGAIN_S)},
    )


def upload_description() -> dict[str, Any]:
    """Return what the OpenAPI document says of the upload, but for how it may be refused."""
    names = {"name": "name", "in": "query", "required": False, "schema": {"type": "string"}}
    feed = {"name": "feed", "in": "path", "required": True, "schema": {"type": "string"}}
    return {
        "operationId": "upload",
        "summary": "Send one file of a feed.",
        "description": "The body is the file. Its name stands in the address or in the header "
        "X-File-Name. The same content again changes nothing.",
        "security": [{"bearer": [Role.SENDER.value]}],
        "parameters": [
            {**feed, "description": "the feed, as the token names it"},
            {**names, "description": "the file's name; or X-File-Name"},
        ],
        "requestBody": {
            "required": True,
            "content": {"application/octet-stream": {"schema": {"type": "string"}}},
        },
    }
