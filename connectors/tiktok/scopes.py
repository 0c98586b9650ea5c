"""What the guard asks of TikTok, and the scope that each of it needs (API page, section 2)."""

AUTHORISATION = "seller.authorization.info"
LOGISTICS = "seller.logistics"
ORDERS = "seller.order.info"
PRODUCT_READ = "seller.product.basic"
PRODUCT_WRITE = "seller.product.write"
PROMOTIONS = "seller.promotion.info"
RETURNS = "seller.return_refund.basic"

NEEDED = frozenset({AUTHORISATION, LOGISTICS, ORDERS, PRODUCT_READ, PRODUCT_WRITE})
"""Without any of these the guard cannot vouch for a shop."""


def missing(granted: frozenset[str] | None) -> tuple[str, ...]:
    """Return the scopes that are needed and not granted; none where nobody said what is."""
    return () if granted is None else tuple(sorted(NEEDED - granted))
