"""Requests and answers of TikTok Shop as values. Pure: what goes out, and what came back.

A request's body is serialised once, and the very bytes that are signed are sent. An answer is
judged by its body first and by its HTTP status second (API page, section 5), since TikTok sends
error codes with HTTP 200. `code: 0` alone is no success either: `data.errors` may still refuse
parts of a write (API page, section 3; see `translate.write_answer`).
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import TypeVar

from connectors.errors import (
    AnswerUnreadable,
    ConnectorError,
    Mend,
    NotAuthorised,
    OutcomeUnknown,
    RequestRefused,
    TryLater,
)
from connectors.http_client import HttpAnswer, HttpRequest
from reconciliation.quantities import Instant

from .access import AppAccess
from .codes import REMEDIES, Remedy, remedy_of_status
from .json_parts import JsonPart, json_object
from .signing import sign


SERVICE = "tiktok"
CONTENT_TYPE = "application/json"

MESSAGE_CHARACTERS_MAX = 300
"""How much of TikTok's own words an error keeps."""

SECRET_CHARACTERS_MIN = 6
"""No real secret is shorter; hiding a shorter one would only garble every text."""

_MENDS = {
    Remedy.REFRESH: Mend.REFRESH,
    Remedy.CONSENT: Mend.CONSENT,
    Remedy.CREDENTIALS: Mend.CREDENTIALS,
    Remedy.ALLOW_LIST: Mend.ALLOW_LIST,
}

Read = TypeVar("Read")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call of the API, before it is addressed to a shop and signed.

    `operation` is its name for the quota and in reports. `deadline_s`: by when it must end.
    """

    operation: str
    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    is_write: bool = False
    deadline_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Whom a call is for. An empty cipher is left out, as some calls demand (section 1)."""

    shop: str
    cipher: str
    access_token: str
    base_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Data:
    """The `data` of a successful answer, and between which moments it was had."""

    part: JsonPart
    request_id: str
    began_at: Instant
    finished_at: Instant


def json_bytes(value: object) -> bytes:
    """Serialise a body; the only place where that happens."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode()


def signed_request(call: Call, address: Address, app: AppAccess, now: float) -> HttpRequest:
    """Return the request to send at `now`, signed (section 1).

    Empty parameters are never sent: one SDK in use leaves them out of the signature.
    """
    cipher = (("shop_cipher", address.cipher),) if address.cipher else ()
    known = (("app_key", app.app_key), ("timestamp", str(int(now))))
    query = tuple((key, value) for key, value in (*call.query, *cipher, *known) if value)
    signature = sign(call.path, query, call.body, CONTENT_TYPE, app.app_secret)
    return HttpRequest(
        service=SERVICE,
        operation=call.operation,
        shop=address.shop,
        method=call.method,
        url=address.base_url.rstrip("/") + call.path,
        query=(*query, ("sign", signature)),
        headers=(("x-tts-access-token", address.access_token), ("content-type", CONTENT_TYPE)),
        body=call.body,
        is_write=call.is_write,
        deadline_s=call.deadline_s,
    )


def data_of(answer: HttpAnswer, *, is_write: bool, secret: bool = False) -> Data:
    """Return the data of a successful answer. Raises the `ConnectorError` that a failed one is.

    `secret` data is never shown in an error.
    """
    try:
        envelope = replace(json_object(answer.body), secret=secret)
        code = envelope.number("code")
        message = envelope.text("message", "")
        request_id = envelope.identity("request_id", "")
    except AnswerUnreadable as fault:
        raise _judged(answer, fault, is_write=is_write) from None
    if code != 0 or not answer.is_success:
        raise failure(answer, (code, message, request_id), is_write=is_write)
    return Data(
        part=replace(envelope.part("data"), path="data"),
        request_id=request_id,
        began_at=Instant(answer.began_at),
        finished_at=Instant(answer.finished_at),
    )


def failure(answer: HttpAnswer, said: tuple[int, str, str], *, is_write: bool) -> ConnectorError:
    """Return the error that an unsuccessful answer means; `said` is code, message, request id."""
    code, message, request_id = said
    remedy = REMEDIES.get(code) or remedy_of_status(answer.status)
    text = message or "no message"
    if remedy is Remedy.WAIT or (remedy is Remedy.REPEAT and not is_write):
        return TryLater(text, retry_after_s=answer.retry_after_s, code=code, request_id=request_id)
    if remedy in _MENDS:
        return NotAuthorised(text, mend=_MENDS[remedy], code=code, request_id=request_id)
    if is_write and remedy is not Remedy.MEND:
        return OutcomeUnknown(text, code=code, request_id=request_id)
    return RequestRefused(text, code=code, request_id=request_id)


def guarded(
    read: Callable[[HttpAnswer], Read], *, is_write: bool, secrets: Iterable[str]
) -> Callable[[HttpAnswer], Read]:
    """Return `read` with two promises added to it.

    An unreadable answer to a write is an `OutcomeUnknown`; and an error is one short line that
    repeats none of the `secrets`, should the answer have quoted them.
    """
    hidden = tuple(secret for secret in secrets if len(secret) >= SECRET_CHARACTERS_MIN)

    def guarded_read(answer: HttpAnswer) -> Read:
        try:
            return read(answer)
        except ConnectorError as error:
            failed = error
        if is_write and isinstance(failed, AnswerUnreadable):
            failed = OutcomeUnknown(failed.message, request_id=failed.request_id)
        # Cut last: a secret cut in two would not be found.
        failed.message = _tidy(_without(failed.message, hidden))
        failed.request_id = _tidy(_without(failed.request_id, hidden))
        failed.args = (failed.message,)
        raise failed

    return guarded_read


def _judged(answer: HttpAnswer, fault: AnswerUnreadable, *, is_write: bool) -> ConnectorError:
    """Judge an answer that is no envelope by its status, which is all there is."""
    if remedy_of_status(answer.status) is None:
        return fault
    return failure(answer, (0, fault.message, ""), is_write=is_write)


def _tidy(message: str) -> str:
    printable = "".join(letter if letter.isprintable() else " " for letter in message)
    return printable[:MESSAGE_CHARACTERS_MAX].strip()


def _without(text: str, secrets: tuple[str, ...]) -> str:
    for secret in secrets:
        text = text.replace(secret, "***")
    return text
