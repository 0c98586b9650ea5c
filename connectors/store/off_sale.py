"""Products that we took off sale, and how far they are on their way back."""

from dataclasses import asdict, dataclass

from sqlalchemy import ColumnElement, Connection, select

from reconciliation.off_sale import Step
from reconciliation.quantities import Instant

from .engine import upsert
from .market_tables import PRODUCTS_OFF_SALE


@dataclass(frozen=True, slots=True, kw_only=True)
class OffSale:
    """A product, the step that it is at since `changed_at`, and why it was taken off."""

    shop: str
    product_id: str
    step: Step
    because: str
    since: Instant
    changed_at: Instant


def load(connection: Connection, shop: str, product_id: str) -> OffSale | None:
    """Return what became of a product, None where we never touched it."""
    named = _named(shop, product_id)
    row = connection.execute(select(PRODUCTS_OFF_SALE).where(*named)).one_or_none()
    if row is None:
        return None
    terms = {name: getattr(row, name) for name in OffSale.__slots__}
    return OffSale(**{**terms, "step": Step(row.step)})


def save(connection: Connection, row: OffSale) -> None:
    """Store the step that a product is at."""
    upsert(connection, PRODUCTS_OFF_SALE, [asdict(row)])


def forget(connection: Connection, shop: str, product_id: str) -> None:
    """Forget a product that is on sale again, or is none of our business any more."""
    connection.execute(PRODUCTS_OFF_SALE.delete().where(*_named(shop, product_id)))


def _named(shop: str, product_id: str) -> tuple[ColumnElement[bool], ...]:
    columns = PRODUCTS_OFF_SALE.c
    return (columns.shop == shop, columns.product_id == product_id)
