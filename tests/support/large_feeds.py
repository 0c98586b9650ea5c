"""Files of one feed that are large enough to be read as columns, whatever they say."""

from collections.abc import Mapping

from connectors.feeds.reading import FAST_FROM_BYTES

from .shopfront import Shopfront, iso


FILLER = "x" * 200
"""What a partner says of each row besides: a file is large by it with few rows."""

ROWS = FAST_FROM_BYTES // len(FILLER) + 1


def drop_large(
    front: Shopfront, units: Mapping[str, int], *, as_of: float | None = None, name: str = ""
) -> None:
    """Put a file into the inbox that states some SKUs as of now, beside many that never change."""
    moment = iso(front.now if as_of is None else as_of)
    stated = {**{f"FILL-{number:05}": 5 for number in range(ROWS)}, **units}
    lines = [f"{sku},{held},{moment},{FILLER}" for sku, held in stated.items()]
    front.drop_file("\n".join(["sku,quantity,as_of,note", *lines, ""]), name)
