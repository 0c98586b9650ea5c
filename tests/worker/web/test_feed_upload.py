"""One file by `POST /api/feeds/{feed}`: by whom it may be sent, how large, and what is told."""

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import httpx
import pytest

from connectors.store import filed
from connectors.store.engine import reading
from worker.access import BadToken, Role
from worker.reports.lookup import Unknown

from ...support.shopfront import ITEM, iso
from .api_rig import ApiRig, api_rig, causes_of


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[ApiRig]:
    """Two shops and a feed."""
    with api_rig(tmp_path) as rig:
        yield rig


def stock(rig: ApiRig, units: int = 18) -> bytes:
    """Return a file that speaks of now."""
    now = iso(rig.front.now)
    return f"sku,quantity,as_of\n{ITEM},{units},{now}\nMUG,7,{now}\nHAT,9,{now}\n".encode()


def send(
    rig: ApiRig,
    content: bytes | Iterable[bytes],
    *,
    token: str = "",
    path: str = "/api/feeds/east?name=stock.csv",
    headers: tuple[tuple[str, str], ...] = (),
) -> httpx.Response:
    """Send a file, as its sender unless told."""
    return rig.ask(token or rig.sender_token(), "POST", path, content=content, headers=headers)


def waiting(rig: ApiRig) -> list[str]:
    """Return the names of the files that have arrived."""
    return [path.name for path in rig.front.services.inboxes["east"].arrivals.waiting()]


def test_a_file_is_taken_and_comes_into_force(rig: ApiRig) -> None:
    """The answer has its hash, and the delivery is found by it."""
    content = stock(rig)
    answer = send(rig, content)
    rig.front.work(1.0)
    with reading(rig.front.services.engine) as connection:
        (found,) = filed.newest(connection, most=1)

    assert answer.status_code == 202
    assert answer.json()["sha256"] == hashlib.sha256(content).hexdigest()
    assert found.delivery.sha256 == answer.json()["sha256"]


def test_a_file_keeps_the_name_that_its_sender_gave_it(rig: ApiRig) -> None:
    """As in the drop."""
    sent = send(rig, stock(rig), path="/api/feeds/east?name=Bestand%20K%C3%B6ln%2024.csv")

    assert sent.json()["file"] == "Bestand Köln 24.csv"
    assert waiting(rig) == ["Bestand Köln 24.csv"]


def test_a_sender_reads_what_became_of_its_file(rig: ApiRig) -> None:
    """Where the answer says, with every refused row: it may see no outbox."""
    token = rig.sender_token()
    content = stock(rig) + f"CUP,many,{iso(rig.front.now)}\n".encode()
    sent = send(rig, content, token=token, path="/api/feeds/east?name=a%20b.csv")
    rig.front.work(1.0)
    told = rig.ask(token, "GET", sent.json()["look_at"]).json()

    (receipt,), (refused,) = told["receipts"], told["refused_rows"]
    assert (receipt["file"], receipt["sha256"]) == ("a b.csv", sent.json()["sha256"])
    assert (receipt["outcome"], receipt["rows"]["good"]) == ("taken", 3)
    assert (refused["row"], refused["column"], refused["text"]) == ("5", "quantity", "many")


def test_the_newest_receipts_are_listed_first(rig: ApiRig) -> None:
    """Of one feed, and as many as are asked for."""
    token = rig.sender_token()
    for name in ("a.csv", "b.csv", "c.csv"):
        send(rig, stock(rig, len(name)), token=token, path=f"/api/feeds/east?name={name}")
        rig.front.work(1.0)
    told = rig.ask(token, "GET", "/api/feeds/east/receipts?limit=2").json()

    assert [each["file"] for each in told["receipts"]] == ["c.csv", "b.csv"]
    assert told["refused_rows"] is None


def test_a_file_that_nobody_sent_has_no_receipt(rig: ApiRig) -> None:
    """Whatever its name leads to."""
    path = "/api/feeds/east/receipts?file=..%2Fstock.csv"
    told = rig.ask(rig.sender_token(), "GET", path).json()

    assert told == {"receipts": [], "refused_rows": []}


def test_receipts_of_another_feed_are_out_of_reach(rig: ApiRig) -> None:
    """Whether there is such a feed or not."""
    token = rig.sender_token()
    answers = [rig.ask(token, "GET", f"/api/feeds/{feed}/receipts") for feed in ("west", "none")]

    assert [each.status_code for each in answers] == [403, 403]


def test_the_receipt_is_where_the_answer_says(rig: ApiRig) -> None:
    """In the feed's outbox."""
    name = send(rig, stock(rig)).json()["receipt"]
    rig.front.work(1.0)

    assert (rig.front.services.inboxes["east"].outbox / name).is_file()


def test_the_same_content_again_is_answered_alike(rig: ApiRig) -> None:
    """And nothing counts twice."""
    content = stock(rig)
    first = send(rig, content)
    rig.front.work(1.0)
    again = send(rig, content)
    rig.front.work(1.0)
    with reading(rig.front.services.engine) as connection:
        (newest,) = filed.newest(connection, most=1)

    assert first.content == again.content
    assert newest.delivery.rows_accepted == 0


def test_the_name_may_stand_in_a_header(rig: ApiRig) -> None:
    """For clients that cannot write addresses."""
    send(rig, stock(rig), path="/api/feeds/east", headers=(("X-File-Name", "stock.csv"),))

    assert waiting(rig) == ["stock.csv"]


@pytest.mark.parametrize("query", ["", "?name=", "?name=a&name=b", "?name=.a", "?name=a.part"])
def test_a_file_without_a_good_name_is_refused(rig: ApiRig, query: str) -> None:
    """Its receipt would be found by nobody."""
    answer = send(rig, stock(rig), path=f"/api/feeds/east{query}")

    assert (answer.status_code, waiting(rig)) == (422, [])


def test_a_hostile_name_stays_in_its_folder(rig: ApiRig) -> None:
    """It becomes a name."""
    send(rig, stock(rig), path="/api/feeds/east?name=x/../../stolen.csv")

    (name,) = waiting(rig)
    assert name.startswith("x_.._.._stolen")


@pytest.mark.parametrize("role", [Role.READER, Role.OPERATOR])
def test_only_a_sender_may_send(rig: ApiRig, role: Role) -> None:
    """It is a right of its own."""
    answer = send(rig, stock(rig), token=rig.token(role).text)

    assert (answer.status_code, waiting(rig)) == (403, [])


def test_nobody_may_send(rig: ApiRig) -> None:
    """Without a token nothing is read."""
    assert send(rig, stock(rig), token="nonsense").status_code == 401


@pytest.mark.parametrize("feed", ["west", "deliverys"])
def test_a_sender_sends_for_its_feeds_only(rig: ApiRig, feed: str) -> None:
    """Whether there is another feed of that name or not."""
    answer = send(rig, stock(rig), path=f"/api/feeds/{feed}?name=stock.csv")

    assert answer.status_code == 403
    assert causes_of(answer) == f"the token is not for feed '{feed}'"


def test_a_file_that_is_too_large_is_cut_off(rig: ApiRig) -> None:
    """Though no length was announced; nothing of it is left."""
    feeds = rig.front.services.settings.feeds
    feeds["east"] = feeds["east"].model_copy(update={"bytes_max": 100})
    announced = send(rig, b"x" * 101)
    streamed = send(rig, iter([b"x" * 60, b"x" * 60]))

    assert (announced.status_code, streamed.status_code) == (413, 413)
    assert list(rig.front.services.inboxes["east"].arrivals.arriving.iterdir()) == []


def test_an_empty_body_is_no_file(rig: ApiRig) -> None:
    """It would empty the shelf."""
    assert (send(rig, b"").status_code, waiting(rig)) == (422, [])


def test_a_packed_body_is_refused(rig: ApiRig) -> None:
    """Files may be packed, and bodies are what they are."""
    answer = send(rig, stock(rig), headers=(("Content-Encoding", "gzip"),))

    assert answer.status_code == 415


def test_a_sender_must_name_its_feeds(rig: ApiRig) -> None:
    """None would be all of them."""
    with pytest.raises(BadToken, match="--role sender with --feed"):
        rig.token(Role.SENDER)


def test_a_sender_of_no_feed_of_ours_is_refused(rig: ApiRig) -> None:
    """A wrong name would let somebody into nothing, unnoticed."""
    with pytest.raises(Unknown):
        rig.sender_token("nowhere")
