"""Whether TikTok lets us into a shop: its states, what moves them, and how each one ends.

Theory of operation
-------------------
`STEPS` is the whole law. Signs come from what TikTok answers, never from what it notifies: a
notification only says where to look. In a state that is not among `WRITES_IN` nothing is written
to the shop; what it shows goes on counting, so that the other shops stay safe.

A state ends by whatever proves its cause gone, and by nothing less. A good answer to any call ends
what would have refused every call (wrong credentials, an address that is not let in). It proves
nothing of a missing scope, which refuses only some calls: a new consent ends that. A withdrawn
consent ends by a new one, or where the old pair turns out to be good after all.
"""

from enum import StrEnum


class ShopState(StrEnum):
    """How a shop stands with TikTok."""

    UNCONNECTED = "unconnected"
    """No tokens are known."""
    AUTHORISED = "authorised"
    EXPIRING = "expiring"
    """The seller's consent ends soon; until then all is well."""
    REFUSED = "refused"
    """TikTok takes our key, secret, token or cipher for wrong."""
    ADDRESS_REFUSED = "address_refused"
    """This machine's address is not on the app's list."""
    SCOPE_MISSING = "scope_missing"
    """The consent does not cover a call that the guard needs."""
    REVOKED = "revoked"
    """The consent was withdrawn or has run out."""


class Sign(StrEnum):
    """What is learned of a shop's access."""

    CONSENTED = "consented"
    """The seller's consent became a new pair of tokens."""
    REFRESHED = "refreshed"
    ANSWERED = "answered"
    """A call was answered as it should be."""
    ENDS_SOON = "ends_soon"
    REFUSED = "refused"
    ADDRESS_REFUSED = "address_refused"
    SCOPE_MISSING = "scope_missing"
    REVOKED = "revoked"


_U, _A, _E = ShopState.UNCONNECTED, ShopState.AUTHORISED, ShopState.EXPIRING
_F, _L = ShopState.REFUSED, ShopState.ADDRESS_REFUSED
_S, _R = ShopState.SCOPE_MISSING, ShopState.REVOKED

_GOOD = {Sign.CONSENTED: _A, Sign.REFRESHED: _A, Sign.ANSWERED: _A}
_BAD = {
    Sign.ENDS_SOON: _E,
    Sign.REFUSED: _F,
    Sign.ADDRESS_REFUSED: _L,
    Sign.SCOPE_MISSING: _S,
    Sign.REVOKED: _R,
}

STEPS: dict[ShopState, dict[Sign, ShopState]] = {
    # state: sign -> state
    _U: {**_GOOD, **_BAD},
    _A: {**_GOOD, **_BAD},
    # A good answer does not put off the end of a consent; a new pair tells of its own end.
    _E: {**_GOOD, **_BAD, Sign.ANSWERED: _E},
    _F: {**_GOOD, **_BAD, Sign.ENDS_SOON: _F},
    _L: {**_GOOD, **_BAD, Sign.ENDS_SOON: _L},
    # What ends more easily must not take the place of what ends by a consent alone.
    _S: {
        **dict.fromkeys(Sign, _S),
        Sign.CONSENTED: _A,
        Sign.REVOKED: _R,
    },
    _R: {
        **dict.fromkeys(Sign, _R),
        Sign.CONSENTED: _A,
        Sign.REFRESHED: _A,
    },
}

WRITES_IN = frozenset({_A, _E})
"""States in which a shop may be written to."""

ENDED_BY_AN_ANSWER = frozenset(
    state for state, steps in STEPS.items() if steps[Sign.ANSWERED] is not state
)
"""States that any good answer ends."""

REMEDIES: dict[ShopState, str] = {
    _U: "run `shop add {shop}`, have the seller open the link, and hand in where it leads to",
    _A: "",
    _E: "before it ends, run `shop add {shop}` and have the seller consent anew",
    _F: "compare app key, secret, cipher and the clock with TikTok's; it goes on by itself at "
    "the next good answer",
    _L: "have this machine's address put on the app's allow list; it goes on by itself at the "
    "next good answer",
    _S: "give the app the scope in Partner Center, then run `shop add {shop}`: only a new consent "
    "covers it",
    _R: "run `shop add {shop}` and have the seller consent anew; if he says that he withdrew "
    "nothing, try `shop refresh {shop}` first",
}
"""What a person does about each state."""


def after(state: ShopState, sign: Sign) -> ShopState:
    """Return the state that follows."""
    return STEPS[state][sign]


def remedy(state: ShopState, shop: str) -> str:
    """Return what a person does about a shop's state, empty where nothing is to be done."""
    return REMEDIES[state].format(shop=shop)
