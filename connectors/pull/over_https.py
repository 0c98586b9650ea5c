"""One file on a web server: asked for only if it was changed, and never off its host.

The listing has one name and no mark: whether the file was changed is learned by asking for it with
the ETag and the Last-Modified of the last time (RFC 9110, section 13).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import IO
from urllib.parse import unquote

import httpx

from reconciliation.quantities import Instant

from ..errors import ConnectorError
from .errors import BadAnswer, FileChanging, LoginRefused, PlaceRefused, SourceAway
from .source import PART_BYTES, Fetched, Keeping, Mark, RemoteFile, require_size


REDIRECTS_MAX = 3
"""Within the host, such as to the newest export; more is a circle."""

PHASE_S = 15.0
"""How long connecting, and each piece, may take."""

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
"""Where nobody listens on the way, so that http will do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebPlace:
    """An address, and how it is entered: by a bearer token, by user and password, or openly.

    Raises `ValueError` for http to anywhere but this machine. `call_s` is the longest that a file
    may take.
    """

    url: str = field(repr=False)
    bearer: str = field(default="", repr=False)
    user: str = ""
    password: str = field(default="", repr=False)
    call_s: float = 120.0

    def __post_init__(self) -> None:
        """Refuse an address at which others could read along, or that names no file."""
        url = httpx.URL(self.url)
        if url.scheme != "https" and not (url.scheme == "http" and url.host in LOOPBACK):
            raise ValueError("files are fetched by https; http is for this machine only")
        if url.userinfo:
            raise ValueError("a login does not belong into an address")
        if not self.name:
            raise ValueError("the address ends in no file name")

    @property
    def name(self) -> str:
        """What the file is called: the last part of the address."""
        return unquote(httpx.URL(self.url).path.rpartition("/")[2])


class WebSource:
    """The one file at an address."""

    def __init__(
        self,
        place: WebPlace,
        *,
        bytes_max: int,
        clock: Callable[[], float],
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """Keep where; nothing is called yet."""
        self._place = place
        self._bytes_max = bytes_max
        self._clock = clock
        self._transport = transport

    def listing(self) -> tuple[RemoteFile, ...]:
        """Return the one file, of which nothing is known before it is asked for."""
        return (RemoteFile(name=self._place.name),)

    def fetch(self, file: RemoteFile, into: IO[bytes], *, known: Mark) -> Fetched | None:
        """Write the file's content; None where the server says that it was not changed."""
        keeping = Keeping(into=into, name=file.name, bytes_max=self._bytes_max)
        until = self._clock() + self._place.call_s
        try:
            with self._answer(known) as response:
                if response.status_code == HTTPStatus.NOT_MODIFIED:
                    return None
                return self._take(response, keeping, until)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            failure = SourceAway(f"{self._where}: no whole answer ({type(error).__name__})")
        # Raised out here and not chained: the foreign error holds the request with its secrets.
        raise failure

    @property
    def _where(self) -> str:
        url = httpx.URL(self._place.url)
        return f"{url.scheme}://{url.netloc.decode()}{url.path}"

    @contextmanager
    def _answer(self, known: Mark) -> Iterator[httpx.Response]:
        place = self._place
        with httpx.Client(
            transport=self._transport,
            follow_redirects=False,  # one could carry our token to another host
            trust_env=False,  # the environment is read in one place, and that is not here
            auth=(place.user, place.password) if place.user else None,
            headers={"Authorization": f"Bearer {place.bearer}"} if place.bearer else None,
            timeout=PHASE_S,
        ) as client:
            response = self._followed(client, _conditions(known))
            try:
                self._require_good(response)
                yield response
            finally:
                response.close()

    def _followed(self, client: httpx.Client, conditions: dict[str, str]) -> httpx.Response:
        url = httpx.URL(self._place.url)
        for _ in range(REDIRECTS_MAX + 1):
            request = client.build_request("GET", url, headers=conditions)
            response = client.send(request, stream=True)
            # 304 is counted among the redirects, and is none.
            if not response.has_redirect_location:
                return response
            response.close()
            url = self._next(url, url.join(response.headers["location"]))
        raise PlaceRefused(f"{self._where} leads on more than {REDIRECTS_MAX} times")

    def _next(self, url: httpx.URL, to: httpx.URL) -> httpx.URL:
        if _origin(to) != _origin(url):
            raise PlaceRefused(
                f"{self._where} leads to another host, {to.scheme}://{to.host}: ask the partner "
                "for the file's own address, and give that"
            )
        return to

    def _require_good(self, response: httpx.Response) -> None:
        if response.status_code not in (HTTPStatus.OK, HTTPStatus.NOT_MODIFIED):
            raise self._refusal(response.status_code)
        coding = response.headers.get("content-encoding", "identity")
        if coding != "identity":
            raise BadAnswer(f"{self._where} is packed by {coding[:20]!r}, which was not asked for")

    def _refusal(self, status: int) -> ConnectorError:
        if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            return LoginRefused(f"{self._where} does not let us in", status=status)
        if status in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE):
            return PlaceRefused(f"there is nothing at {self._where}", status=status)
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in (
            HTTPStatus.REQUEST_TIMEOUT,
            HTTPStatus.TOO_MANY_REQUESTS,
        ):
            return SourceAway(f"{self._where} is in trouble", status=status)
        return BadAnswer(
            f"{self._where} answers neither with a file nor with a refusal", status=status
        )

    def _take(self, response: httpx.Response, keeping: Keeping, until: float) -> Fetched:
        length = response.headers.get("content-length", "")
        announced = int(length) if length.isdecimal() else None
        require_size(keeping.name, announced, self._bytes_max)
        for part in response.iter_raw(PART_BYTES):
            keeping.take(part)
            # Each piece restarts its own time, so the whole needs a limit of its own.
            if self._clock() > until:
                raise SourceAway(f"{self._where} took more than {self._place.call_s:g} s")
        if announced is not None and announced != keeping.bytes_found:
            raise FileChanging(
                f"{self._where} ended after {keeping.bytes_found} of {announced} bytes"
            )
        modified = response.headers.get("last-modified", "")
        mark = Mark(
            size_bytes=keeping.bytes_found,
            modified=modified,
            etag=response.headers.get("etag", ""),
        )
        return keeping.fetched(mark, _moment(modified))


def _conditions(known: Mark) -> dict[str, str]:
    asked = {"Accept-Encoding": "identity"}
    if known.etag:
        asked["If-None-Match"] = known.etag
    if known.modified:
        asked["If-Modified-Since"] = known.modified
    return asked


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port


def _moment(modified: str) -> Instant | None:
    try:
        return Instant(parsedate_to_datetime(modified).timestamp())
    except ValueError:
        return None
