"""What stands in for the guard when it is taken out: each sale is copied to the other shops.

It knows the goods at every moment, better than any program could, and writes by the program's
own client. It only lacks the bound: nothing keeps two shops from showing the same unit, and a
write that comes late gives back what was sold.
"""

from connectors.errors import ConnectorError
from reconciliation.verdict import Write, WriteClass
from tests.support.shopfront import Shopfront


DEADLINE_S = 5.0


def mirror(front: Shopfront) -> None:
    """Write what is left on the shelf to every listing that shows something else."""
    left = max(0, front.shelf.sellable_units(front.pool))
    for shop, shown in front.shown().items():
        if shown != left:
            write(front, shop, left)


def write(front: Shopfront, shop: str, units: int) -> None:
    """Set a listing's quantity; what goes wrong is tried again by the next look."""
    wanted = Write(
        key=front.key(shop),
        units=units,
        shown_units=front.shown()[shop],
        write_class=WriteClass.DECREASE,
        reason="it is what is left",
    )
    try:
        front.services.tiktok.write_stock(
            shop, wanted.key.product_id, [wanted], deadline_s=DEADLINE_S
        )
    except ConnectorError:
        return
