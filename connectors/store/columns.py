"""Columns that several tables of the record have."""

from sqlalchemy import Column, Double, Index, Integer, String, text

from reconciliation.sales_history import SIZES


def listing_key() -> list[Column[str]]:
    """Return the four columns that name a listing, as a primary key."""
    return [
        Column(name, String, primary_key=True)
        for name in ("shop", "product_id", "sku_id", "warehouse_id")
    ]


def counter(name: str) -> Column[int]:
    """Return a column for a count that begins at zero."""
    return Column(name, Integer, nullable=False, server_default=text("0"))


def orders_by_size() -> list[Column[float]]:
    """Return a column for each order size that is told apart."""
    return [Column(f"orders_of_{size}", Double, nullable=False) for size in SIZES]


def stock_terms() -> list[Column[int]]:
    """Return the columns for the stock of a pool, in units."""
    names = ("ats", "committed", "set_aside", "safety", "for_errors", "exposure")
    return [Column(f"{name}_units", Integer, nullable=False) for name in names]


def index_of_some(name: str, *columns: str, where: str) -> Index:
    """Return an index of the rows for which a condition holds, in words of both databases."""
    some = text(where)
    return Index(name, *columns, sqlite_where=some, postgresql_where=some)
