"""A file on a web server: asked for only if it was changed, and never off its host."""

import base64
from collections.abc import Callable, Iterator

import httpx
import pytest

from connectors.errors import ConnectorError
from connectors.pull.errors import BadAnswer, FileChanging, LoginRefused, PlaceRefused, SourceAway
from connectors.pull.over_https import WebPlace, WebSource
from connectors.pull.source import Mark

from .fetching import STOCK, content, fetched, names


URL = "https://partner.test/export/stock.csv"
MODIFIED = "Fri, 15 Jan 2027 08:00:00 GMT"
MARK = Mark(size_bytes=len(STOCK), modified=MODIFIED, etag='"v1"')

Handler = Callable[[httpx.Request], httpx.Response]


def good(_request: httpx.Request) -> httpx.Response:
    """Answer with the file."""
    headers = {"etag": '"v1"', "last-modified": MODIFIED}
    return httpx.Response(200, content=iter([STOCK]), headers=headers)


def source(handler: Handler = good, *, place: WebPlace | None = None) -> WebSource:
    """A file on a server that answers as told."""
    return WebSource(
        place or WebPlace(url=URL),
        bytes_max=100,
        clock=lambda: 0.0,
        transport=httpx.MockTransport(handler),
    )


def asked(place: WebPlace, *, known: Mark | None = None) -> httpx.Headers:
    """Return the headers of the request that is made."""
    seen: list[httpx.Headers] = []

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers)
        return good(request)

    fetched(source(handle, place=place), known=known)
    return seen[0]


def answering(status: int, **headers: str) -> Handler:
    """Answer each request alike."""
    return lambda _request: httpx.Response(status, headers=headers, content=STOCK)


def test_the_file_is_named_by_its_address() -> None:
    """Without a call."""
    assert names(source()) == ["stock.csv"]


def test_a_file_is_fetched_with_its_mark() -> None:
    """ETag and Last-Modified are kept as they came."""
    found = fetched(source())

    assert found is not None
    assert (found.mark, found.modified_at) == (MARK, 1_800_000_000.0)
    assert content(source()) == STOCK


def test_the_last_mark_is_sent() -> None:
    """So that a server need not send what we have."""
    headers = asked(WebPlace(url=URL), known=MARK)

    assert (headers["if-none-match"], headers["if-modified-since"]) == ('"v1"', MODIFIED)


def test_nothing_is_asked_under_a_condition_before_there_is_one() -> None:
    """An empty condition would be met by anything."""
    headers = asked(WebPlace(url=URL))

    assert not {"if-none-match", "if-modified-since"} & {*headers}


def test_what_was_not_changed_is_not_fetched() -> None:
    """304 has no content."""
    assert fetched(source(answering(304)), known=MARK) is None


def test_a_bearer_token_is_shown() -> None:
    """As RFC 6750 has it."""
    headers = asked(WebPlace(url=URL, bearer="token-canary"))

    assert headers["authorization"] == "Bearer token-canary"


def test_a_password_is_shown() -> None:
    """As RFC 7617 has it."""
    headers = asked(WebPlace(url=URL, user="ann", password="pw"))

    assert headers["authorization"] == f"Basic {base64.b64encode(b'ann:pw').decode()}"


@pytest.mark.parametrize(
    "to",
    [
        "https://elsewhere.test/stock.csv",
        "//elsewhere.test/stock.csv",
        "http://partner.test/export/stock.csv",
        "https://partner.test:8443/stock.csv",
    ],
)
def test_no_redirect_leads_off_the_host(to: str) -> None:
    """Nobody there is asked, so our token goes nowhere."""
    hosts: list[str] = []

    def handle(request: httpx.Request) -> httpx.Response:
        hosts.append(str(request.url))
        return httpx.Response(302, headers={"location": to})

    with pytest.raises(PlaceRefused, match="leads to another host"):
        fetched(source(handle))
    assert hosts == [URL]


def test_a_redirect_within_the_host_is_followed() -> None:
    """Many exports are found by a name that leads to the newest."""

    def handle(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/export/stock.csv":
            return httpx.Response(302, headers={"location": "/export/stock-17.csv"})
        return good(request)

    assert content(source(handle)) == STOCK


def test_a_circle_of_redirects_ends() -> None:
    """After a few."""
    with pytest.raises(PlaceRefused, match="leads on more than 3 times"):
        fetched(source(answering(302, location="/export/stock.csv")))


def endless() -> Iterator[bytes]:
    """A content that never ends."""
    while True:
        yield b"x" * 50


def test_a_content_without_end_is_cut_at_the_cap() -> None:
    """It is counted as it streams: no length was announced."""
    with pytest.raises(ConnectorError, match="more than 100 bytes"):
        fetched(source(lambda _request: httpx.Response(200, content=endless())))


def test_a_content_that_drips_ends_in_time() -> None:
    """Each piece comes in time, and the whole does not."""
    moments = iter(range(0, 10_000, 100))
    slow = WebSource(
        WebPlace(url=URL, call_s=120.0),
        bytes_max=10_000_000,
        clock=lambda: float(next(moments)),
        transport=httpx.MockTransport(lambda _request: httpx.Response(200, content=endless())),
    )

    with pytest.raises(SourceAway, match="took more than 120 s"):
        fetched(slow)


def test_a_content_that_is_cut_short_is_not_taken() -> None:
    """A server that dies in the middle has announced more than came."""

    def handle(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=iter([STOCK]), headers={"content-length": "90"})

    with pytest.raises(FileChanging, match="ended after 19 of 90 bytes"):
        fetched(source(handle))


def test_a_packed_answer_is_refused() -> None:
    """It was asked for as it is: unpacked it may have any size."""
    with pytest.raises(BadAnswer, match="packed by 'gzip'"):
        fetched(source(lambda _request: _packed()))


def _packed() -> httpx.Response:
    return httpx.Response(200, stream=httpx.ByteStream(b"x"), headers={"content-encoding": "gzip"})


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, LoginRefused),
        (403, LoginRefused),
        (404, PlaceRefused),
        (410, PlaceRefused),
        (429, SourceAway),
        (500, SourceAway),
        (503, SourceAway),
        (204, BadAnswer),
        (206, BadAnswer),
        (400, BadAnswer),
    ],
)
def test_a_refusal_is_sorted_by_its_remedy(status: int, kind: type[ConnectorError]) -> None:
    """Nothing but a whole file is a file."""
    with pytest.raises(kind):
        fetched(source(answering(status)))


def test_a_server_that_is_away_is_tried_later_and_tells_no_secret() -> None:
    """The foreign error holds the request, and with it the token."""

    def handle(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("token-canary", request=request)

    place = WebPlace(url=f"{URL}?key=query-canary", bearer="token-canary")
    with pytest.raises(SourceAway) as caught:
        fetched(source(handle, place=place))

    assert "canary" not in f"{caught.value}{place!r}"
    assert caught.value.__context__ is None


@pytest.mark.parametrize(
    "url",
    ["http://partner.test/a.csv", "ftp://partner.test/a.csv", "https://a:b@partner.test/a.csv"],
)
def test_an_address_that_others_could_read_is_refused(url: str) -> None:
    """As is a login that would stand in every log."""
    with pytest.raises(ValueError, match=r"https|login"):
        WebPlace(url=url)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_http_will_do_on_this_machine(host: str) -> None:
    """Nobody listens on the way."""
    assert WebPlace(url=f"http://{host}:8000/a.csv").name == "a.csv"
