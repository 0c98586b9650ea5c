"""TikTok's error codes and what each asks for (API page, sections 2, 4 and 5).

A code that is not here is not trusted to mean "had no effect": after a write it leaves the
outcome unknown, unless the HTTP status says more (see `wire`).
"""

from enum import StrEnum


class Remedy(StrEnum):
    """What a code asks for."""

    WAIT = "wait"
    """Turned away before anything was done."""
    REPEAT = "repeat"
    """Failed inside TikTok: a read may be repeated, a write may have taken effect."""
    REFRESH = "refresh"
    CONSENT = "consent"
    CREDENTIALS = "credentials"
    ALLOW_LIST = "allow_list"
    MEND = "mend"
    """Refused for what the request says: it had no effect and would be refused again."""


TOO_MANY_REQUESTS = 36009002
"""Over the quota, as a code."""

RESULT_CAP = 12052180
"""A product search has more than 10,000 results (API page, section 3)."""

QUANTITY_REFUSED = frozenset({12019024, 12052055})
"""The quantity is out of bounds: for 0, the sign that it cannot pause this SKU (section 4)."""

STOCK_LOCKED = frozenset({12052393, 12052371})
"""A running promotion or auction holds the stock: it cannot be lowered (section 4)."""

_REPEATED = (36009003, 36009007, 10037002, 10037003, 10037004)

_CREDENTIALS = (36009004, 106001, 106013)

# The request's path, method, version or body.
_MISFORMED = (36009009, 36009010, 36009014, 36009021, 36009022, 36009023)

_STOCK = (
    *(12019008, 12019015, 12019022, 12019024, 12019028, 12019120),
    *(12052031, 12052032, 12052036, 12052037, 12052048, 12052050, 12052055, 12052094),
    *(12052096, 12052097, 12052115, 12052141, 12052260, 12052308, 12052332, 12052364),
    *(12052371, 12052393, 12052403, 12052530, 12052531, 12052532, 12052533, 12052553),
    *(12052556, 12052700, 12052850, 12052901, 12052902, 12052910, 12052921, 12052990),
    RESULT_CAP,
)

_ORDERS = (10002014, 10002015, 21008111)

REMEDIES: dict[int, Remedy] = {
    TOO_MANY_REQUESTS: Remedy.WAIT,
    **dict.fromkeys(_REPEATED, Remedy.REPEAT),
    105002: Remedy.REFRESH,
    105005: Remedy.CONSENT,
    101000: Remedy.CONSENT,
    **dict.fromkeys(_CREDENTIALS, Remedy.CREDENTIALS),
    36009033: Remedy.ALLOW_LIST,
    **dict.fromkeys((*_MISFORMED, *_STOCK, *_ORDERS), Remedy.MEND),
}
"""The remedy of each code that the documentation explains."""


def remedy_of_status(status: int) -> Remedy | None:
    """Return what an HTTP status asks for by itself; None where it says nothing of the kind."""
    match status:
        case 429:
            return Remedy.WAIT
        case 401 | 403:
            return Remedy.CREDENTIALS
        case 408 | 425 | 499:
            return Remedy.REPEAT  # somebody on the way gave up waiting; TikTok need not have
        case _ if status >= 500:  # noqa: PLR2004 - the class of statuses that begin with 5
            return Remedy.REPEAT
        case _ if status >= 400:  # noqa: PLR2004 - as above
            return Remedy.MEND
        case _:
            return None
