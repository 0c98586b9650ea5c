"""The tables of what partners open the drop with."""

from sqlalchemy import JSON, Column, Double, String, Table

from .tables import METADATA


PARTNER_KEYS = Table(
    "partner_keys",
    METADATA,
    Column("partner", String, primary_key=True),
    Column("fingerprint", String, primary_key=True),
    Column("public_key", String, nullable=False),
    Column("label", String, nullable=False),
    Column("added_at", Double, nullable=False),
    Column("added_by", String, nullable=False),
    Column("expires_at", Double),
    Column("addresses", JSON, nullable=False),
    Column("revoked_at", Double),
    comment="One row: a public key that lets a partner into the drop, or did; addresses empty: "
    "from anywhere.",
)
