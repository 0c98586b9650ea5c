"""A product that is taken off sale because its quantity cannot be lowered, and its way back.

Theory of operation
-------------------
Where TikTok refuses zero, or a campaign holds the stock, nothing that we write hides the goods
that are not there. What is left is to take the whole product off sale, if a policy allows it: all
its SKUs go with it, and to come back it has to pass TikTok's audit anew, which takes its time and
may fail. Nothing is believed of a call's answer: each step follows from the status that the
product is seen in. `AFTER` is the whole law of it.

What a person does counts for more (W10). A product that is on sale again without us is left alone
for a day; one that a person took off sale, while we waited for its audit or before we began, is
never put back.
"""

from dataclasses import dataclass
from enum import StrEnum


class Step(StrEnum):
    """How far a product is."""

    ON_SALE = "on_sale"
    """None of our business: on sale, or not by our doing."""
    LEAVING = "leaving"
    """TikTok was asked to take it off sale."""
    OFF = "off"
    """Off sale by our doing."""
    RETURNING = "returning"
    """TikTok was asked to put it back."""
    IN_AUDIT = "in_audit"
    """On its way back, while TikTok audits it."""
    FAILED = "failed"
    """The audit failed: a person has to mend it."""
    LEFT_ALONE = "left_alone"
    """Somebody else put it back."""


class Seen(StrEnum):
    """The status of a product, as far as it matters here."""

    ON = "on"
    OFF = "off"
    AUDIT = "audit"
    FAILED = "failed"
    GONE = "gone"
    """Frozen, deleted, taken off by TikTok, or in a status that nobody knows."""


class Wish(StrEnum):
    """What the guard wants of a product."""

    TAKE_OFF = "take_off"
    PUT_BACK = "put_back"
    NOTHING = "nothing"


class Call(StrEnum):
    """What TikTok is asked to do now."""

    DEACTIVATE = "deactivate"
    ACTIVATE = "activate"


_N, _L, _O, _R = Step.ON_SALE, Step.LEAVING, Step.OFF, Step.RETURNING
_A, _F, _X = Step.IN_AUDIT, Step.FAILED, Step.LEFT_ALONE
_ON, _OFF, _AUDIT, _FAILED, _GONE = Seen.ON, Seen.OFF, Seen.AUDIT, Seen.FAILED, Seen.GONE

AFTER: dict[Step, dict[Seen, Step]] = {
    # step:  status -> step
    _N: dict.fromkeys(Seen, _N),
    _L: {_ON: _L, _OFF: _O, _AUDIT: _L, _FAILED: _N, _GONE: _N},
    _O: {_ON: _X, _OFF: _O, _AUDIT: _X, _FAILED: _F, _GONE: _N},
    _R: {_ON: _N, _OFF: _R, _AUDIT: _A, _FAILED: _F, _GONE: _N},
    # Off sale again while it was audited: a person's doing, to which we keep.
    _A: {_ON: _N, _OFF: _N, _AUDIT: _A, _FAILED: _F, _GONE: _N},
    _F: {_ON: _N, _OFF: _F, _AUDIT: _F, _FAILED: _F, _GONE: _N},
    _X: dict.fromkeys(Seen, _X),
}

SEEN_BY_STATUS: dict[str, Seen] = {
    "ACTIVATE": Seen.ON,
    "SELLER_DEACTIVATED": Seen.OFF,
    "PENDING": Seen.AUDIT,
    "FAILED": Seen.FAILED,
    "DRAFT": Seen.FAILED,
}
"""TikTok's product statuses (API page, section 3); any other is `GONE`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """The step that a product is at now, and what to ask of TikTok, None where nothing."""

    step: Step
    call: Call | None = None


def next_move(step: Step, status: str, wish: Wish) -> Move:
    """Return what follows from a product's status and the guard's wish."""
    seen = SEEN_BY_STATUS.get(status, Seen.GONE)
    after = AFTER[step][seen]
    if after in (Step.ON_SALE, Step.LEAVING) and seen is Seen.ON:
        if wish is Wish.TAKE_OFF and step in (Step.ON_SALE, Step.LEAVING):
            return Move(step=Step.LEAVING, call=Call.DEACTIVATE)
        return Move(step=Step.ON_SALE)
    if after is Step.OFF and wish is Wish.PUT_BACK:
        return Move(step=Step.RETURNING, call=Call.ACTIVATE)
    if after is Step.RETURNING:
        return Move(step=Step.RETURNING, call=Call.ACTIVATE)
    return Move(step=after)
