"""A seed: one small file with one trap in it, and the dialect that its partner declared."""

from collections.abc import Iterable
from dataclasses import dataclass

from reconciliation.feed import Compression, Dialect, FileForm, TextForm
from reconciliation.quantities import Instant


NOON = Instant(1_795_521_600.0)  # 2026-11-24T12:00:00Z, when every file arrives


@dataclass(frozen=True, slots=True, kw_only=True)
class Seed:
    """A file and its dialect. `name` is the trap; `codec` is what the bytes are really in."""

    name: str
    content: bytes
    dialect: Dialect
    codec: str = "utf-8"
    file_name: str = "stock.csv"

    @property
    def delimiter(self) -> str:
        """What parts cells, or what comes near to it."""
        form = self.dialect.form
        return form.delimiter if isinstance(form, TextForm) else ","

    @property
    def is_packed(self) -> bool:
        """Whether the bytes are no text."""
        return self.dialect.compression is not Compression.NONE


def dialect_of(form: FileForm | None = None, **fields: object) -> Dialect:
    """A dialect with the columns sku and qty."""
    given: dict[str, object] = {"sku_column": "sku", "quantity_column": "qty", **fields}
    return Dialect(form=form or TextForm(), **given)  # type: ignore[arg-type]  # the seeds' own


PLAIN = dialect_of()


def of_rows(
    name: str, rows: Iterable[str], dialect: Dialect = PLAIN, head: str = "sku,qty"
) -> Seed:
    """A file of UTF-8 with these lines below its header."""
    return of_text(name, "\n".join([head, *rows]) + "\n", dialect)


def of_text(
    name: str, text: str, dialect: Dialect = PLAIN, *, codec: str = "utf-8", file_name: str = "s"
) -> Seed:
    """A file of this text in this encoding."""
    return Seed(
        name=name,
        content=text.encode(codec),
        dialect=dialect,
        codec=codec.removesuffix("-sig"),
        file_name=file_name,
    )
