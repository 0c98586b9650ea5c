"""Ids as TikTok writes them: strings of digits, too long for a float to hold."""

import itertools


_FIRST = {
    "shop": 7494049642642441621,
    "warehouse": 7068517275539719942,
    "product": 1729382561353664372,
    "sku": 1729592969712207013,
    "order": 576486316948490001,
    "line": 577086512123755123,
    "package": 1152321127278713123,
    "notification": 7327112393057371910,
    "cancellation": 4035318504086604100,
    "activity": 7136104329798256386,
    "request": 202603070749000101890810281000000,
}
# Neighbouring ids differ by less than a double can tell apart, so a client that reads ids as
# floating-point numbers mixes them up here as it would there.
_STRIDE = 37


class Identities:
    """Gives out ids, the same ones in every run."""

    def __init__(self) -> None:
        self._numbers = {kind: itertools.count(first, _STRIDE) for kind, first in _FIRST.items()}

    def new(self, kind: str) -> str:
        """Return the next id of a kind: shop, warehouse, product, sku, order, line ..."""
        return str(next(self._numbers[kind]))
