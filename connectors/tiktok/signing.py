"""Signs a request as TikTok Shop asks (API page, section 1). Pure."""

import hashlib
import hmac
from collections.abc import Iterable


UNSIGNED = frozenset({"sign", "access_token"})
"""Query parameters that are no part of what is signed."""


def sign(
    path: str,
    query: Iterable[tuple[str, str]],
    body: bytes,
    content_type: str,
    app_secret: str,
) -> str:
    """Return the `sign` parameter: HMAC-SHA256 in lower-case hex.

    `query` has decoded values, `body` the very bytes that will be sent (empty: no body).
    The steps are those of section 1.
    """
    # Steps 1 to 3: all other parameters, in the order of their keys, nothing between them.
    signed = sorted((key, value) for key, value in query if key not in UNSIGNED)
    joined = "".join(key + value for key, value in signed)
    # Steps 4 and 5: the path before it, the body behind it. A multipart type is told by its
    # beginning, since its boundary follows.
    is_multipart = content_type.strip().lower().startswith("multipart/form-data")
    message = (path + joined).encode() + (b"" if is_multipart else body)
    # Steps 6 and 7: wrapped in the secret, and keyed with it.
    secret = app_secret.encode()
    return hmac.new(secret, secret + message + secret, hashlib.sha256).hexdigest()
