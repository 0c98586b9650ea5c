"""The sandbox's own reading of request signing (API page, section 1).

Written from the page and from nothing else, so that the product's signing is checked by a
second pair of eyes. The page's vectors V1 to V6 are its tests.
"""

import hashlib
import hmac
from collections.abc import Iterable

from .refusals import ApiRefusal


UNSIGNED_PARAMETERS = frozenset({"sign", "access_token", "x-tts-access-token"})
"""Query parameters that step 1 leaves out."""

OLDEST_S = 300
NEWEST_S = 30
"""A timestamp is accepted from five minutes ago to thirty seconds ahead."""

_TIMESTAMP_DIGITS = 10


def sign(
    secret: str, path: str, query: Iterable[tuple[str, str]], content_type: str, body: bytes
) -> str:
    """Return the sign of a request; `query` is decoded, `body` exactly what is sent."""
    pairs = sorted(pair for pair in query if pair[0] not in UNSIGNED_PARAMETERS)
    text = path + "".join(key + value for key, value in pairs)
    # Step 5: by prefix, since a multipart header goes on with its boundary.
    signed_body = b"" if content_type.startswith("multipart/form-data") else body
    message = secret.encode() + text.encode() + signed_body + secret.encode()
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()


def require_fresh(timestamp: str | None, now: float) -> None:
    """Raise `ApiRefusal` 36009004 unless `timestamp` lies in the accepted window."""
    if timestamp is None or not (timestamp.isascii() and timestamp.isdigit()):
        raise ApiRefusal(36009004, "timestamp is missing or not a number")
    if len(timestamp) != _TIMESTAMP_DIGITS:
        raise ApiRefusal(36009004, "timestamp must be Unix seconds, of 10 digits")
    if not now - OLDEST_S <= int(timestamp) <= now + NEWEST_S:
        raise ApiRefusal(36009004, f"timestamp {timestamp} is out of range: check your clock")


def require_equal(given: str | None, expected: str) -> None:
    """Raise `ApiRefusal` 36009004 for no sign at all, 106001 for a wrong one."""
    if not given:
        raise ApiRefusal(36009004, "sign is missing")
    if not hmac.compare_digest(given, expected):
        raise ApiRefusal(106001, "the signature is invalid")
