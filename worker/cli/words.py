"""The words that several commands share: their options, declared once."""

from pathlib import Path
from typing import Annotated, TypeAlias

import typer


Json: TypeAlias = Annotated[
    bool, typer.Option("--json", help="Answer with one JSON document on standard output.")
]
Config: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--config",
        metavar="PATH",
        help="The configuration (default: $OVERSELL_GUARD_CONFIG, then oversell-guard.toml).",
    ),
]
ShopName: TypeAlias = Annotated[
    str | None, typer.Option("--shop", metavar="SHOP", help="Only this shop (default: all).")
]
SkuName: TypeAlias = Annotated[
    str, typer.Argument(metavar="SKU", help="A seller SKU, or an item as the partner names it.")
]
Who: TypeAlias = Annotated[
    str, typer.Option("--who", metavar="NAME", help="Who says so; kept in the trail.")
]
Why: TypeAlias = Annotated[
    str, typer.Option("--why", metavar="TEXT", help="Why; kept in the trail.")
]
