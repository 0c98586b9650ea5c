"""The command line as a whole: its commands, and how their failures are told."""

from typing import Any

import typer
from typer.core import TyperGroup

from . import (
    feeds,
    hands,
    looking,
    partners,
    policies,
    processes,
    replaying,
    sandboxing,
    setting_up,
    shops,
    stock,
    tokens,
)
from .desk import Desk, Seams
from .endings import EXIT_CODES
from .words import Config


class _Told(TyperGroup):
    """A group that tells the failures of its commands: cause and remedy, no traceback."""

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 - typer's own classes are not public
        try:
            return super().invoke(ctx)
        except Exception as error:
            if type(error).__module__.startswith("typer"):
                raise
            # The table of errors loads what raises them, which a wrong word need not wait for.
            from .failures import failure_of

            failure = failure_of(error)
            if failure is None:
                raise
            ctx.obj.tell_failure(failure)
            raise typer.Exit(failure.code) from None


app = typer.Typer(
    name="oversell-guard",
    cls=_Told,
    help="Keeps every TikTok Shop listing as high as is safe and no higher.",
    epilog=EXIT_CODES,
    add_completion=False,
    context_settings={"max_content_width": 99},
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
"""All commands. A test may hand in `Seams` as the context's object."""

for _commands in (
    setting_up,
    processes,
    stock,
    feeds,
    looking,
    hands,
    partners,
    policies,
    shops,
    tokens,
    replaying,
    sandboxing,
):
    _commands.add_to(app)


@app.callback()
def _begin(ctx: typer.Context, config: Config = None) -> None:
    """Note where the configuration is; nothing is read yet."""
    seams = ctx.obj if isinstance(ctx.obj, Seams) else Seams()
    ctx.obj = Desk(seams, config)


def main() -> None:
    """Run the command that the process was started with."""
    app(prog_name="python -m worker")
