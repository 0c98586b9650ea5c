"""The counters whose labels are known beforehand, at 0.

A counter that first appears as 1 has not risen: no rate and no alert sees its first event. So
what can be named is shown from the start.
"""

from collections.abc import Iterator
from itertools import product

from connectors.store.tallies import TallyKey
from connectors.store.writes import Outcome
from reconciliation.budget import Cause
from reconciliation.feed_gate import Ruling
from reconciliation.guard import GuardState

from ..queues import DOORBELLS
from ..settings.model import Settings
from .catalogue import TALLIED_BY_NAME
from .counting import FATES, LOGINS, PULLS, REPEATED, UPLOADS
from .tally import canonical


CALL_OUTCOMES = (Outcome.ANSWERED, Outcome.UNKNOWN, Outcome.REFUSED)
"""How a call that sends quantities can end."""


def zeros(settings: Settings) -> dict[TallyKey, float]:
    """Return the tallies that begin at 0 under a configuration."""
    return dict.fromkeys(_named(settings), 0.0)


def _named(settings: Settings) -> Iterator[tuple[str, str]]:
    """Yield the counters by name, with each choice of values for their labels."""
    rulings = [*(ruling.value for ruling in Ruling), REPEATED]
    choices: dict[str, tuple[list[str], ...]] = {
        "bound_breaches": ([*settings.shops],),
        "feed_files": ([*settings.feeds], rulings),
        "feed_rows": ([*settings.feeds], [*FATES]),
        "guard_changes": ([*settings.shops], [state.value for state in GuardState]),
        "oversold_orders": ([cause.value for cause in Cause],),
        "pulled_files": (
            [feed for feed, declared in settings.feeds.items() if declared.pull.url is not None],
            [*PULLS],
        ),
        "push_outcomes": ([*settings.shops], [outcome.value for outcome in CALL_OUTCOMES]),
        "sftp_logins": ([*settings.partners], [*LOGINS]),
        "sftp_uploads": ([*settings.partners], [*UPLOADS]),
        "step_failures": ([*DOORBELLS],),
    }
    for name, values in choices.items():
        labels = TALLIED_BY_NAME[name].labels
        for chosen in product(*values):
            yield name, canonical(dict(zip(labels, chosen, strict=True)))
