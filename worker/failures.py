"""What each error of ours means to a person: whose move it is, the cause, the remedy.

The tree of errors is sorted by remedy already; here each leaf gets its words. What is not in
the table is a fault of the program and keeps its traceback. The command line makes exit codes
of it, the HTTP API status codes.
"""

import re
from collections.abc import Callable
from typing import Any

from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError

from connectors.errors import (
    AnswerUnreadable,
    ConnectorError,
    Mend,
    NotAuthorised,
    OutcomeUnknown,
    RequestRefused,
    TryLater,
)
from connectors.feeds.errors import FileGone
from connectors.sftp.host_key import HostKeyUnusable
from connectors.sftp.partner_keys import UnusableKey
from connectors.store.engine import DriverMissing
from connectors.store.schema import SchemaBehind
from reconciliation.feed import FileFault
from reconciliation.policy import PolicyFault

from .access import BadToken
from .backtest.faults import BadReplay
from .brokers import NoBroker
from .causes import Cause, Kind, Told
from .feed_desk import NotApproved, NotDecided
from .holding import BadHold
from .ingest import FileNotTaken
from .mapping_file import MappingFault
from .partners import BadKey
from .policy.applying import PolicyNotApplied
from .policy.stages import UnreadableStage
from .reconcile.run import OutOfTime
from .reports.lookup import Unknown
from .reports.moments import UnreadableEnd
from .settings.faults import ConfigFaults
from .shops.connecting import BadConsent
from .web.serving import PortTaken


_MENDS = {
    Mend.REFRESH: "refresh the shop's token (`shop refresh`), or connect it anew (`shop add`)",
    Mend.CONSENT: "have the seller authorise the app again, with all its scopes (`shop add`)",
    Mend.CREDENTIALS: "compare app key, app secret, tokens and cipher with those at TikTok; where "
    "they are right, connect the shop anew (`shop add`)",
    Mend.ALLOW_LIST: "have this machine's address put on the app's allow list",
}

_SECRETS_OF_URLS = re.compile(r"//[^/\s@]*@")


def told(error: BaseException) -> Told | None:
    """Return what an error means to a person, None where it is a fault of the program."""
    for kind, translate in _TRANSLATIONS:
        if isinstance(error, kind):
            return translate(error)
    return None


def _one(kind: Kind, cause: str, remedy: str, *, retry_after_s: float | None = None) -> Told:
    one = Cause(cause=" ".join(cause.split()), remedy=remedy)
    return Told(kind=kind, causes=(one,), retry_after_s=retry_after_s)


def _unknown(error: Unknown) -> Told:
    return _one(Kind.UNKNOWN_NAME, error.cause, error.remedy)


def _halves(error: Any) -> Told:  # noqa: ANN401 - several classes with the same two halves
    return _one(Kind.BAD_REQUEST, error.cause, error.remedy)


def _found_wrong(error: NotApproved) -> Told:
    return _one(Kind.FOUND_WRONG, error.cause, error.remedy)


def _file_gone(error: FileGone) -> Told:
    remedy = "refuse the delivery (`feed refuse ID`), and ask the partner to send the file again"
    return _one(Kind.BAD_REQUEST, str(error), remedy)


def _out_of_time(error: OutOfTime) -> Told:
    return _one(Kind.OUT_OF_TIME, error.cause, error.remedy)


def _file_fault(error: FileFault) -> Told:
    return _one(Kind.FOUND_WRONG, error.detail, error.remedy)


def _config(error: ConfigFaults) -> Told:
    return Told(
        kind=Kind.BAD_CONFIGURATION,
        causes=tuple(
            Cause(
                cause=f"{fault.place}{f' (line {fault.line})' if fault.line else ''}: "
                f"{fault.problem}",
                remedy=fault.remedy,
            )
            for fault in error.faults
        ),
    )


def _mapping(error: MappingFault) -> Told:
    remedy = "mend the mapping file (columns: shop, seller_sku, item, units)"
    causes = tuple(Cause(cause=line, remedy=remedy) for line in str(error).splitlines())
    return Told(kind=Kind.BAD_CONFIGURATION, causes=causes)


def _policy(error: PolicyFault) -> Told:
    remedy = "mend [guard] or the [[overrides]] that together say so"
    causes = tuple(Cause(cause=fault, remedy=remedy) for fault in error.faults)
    return Told(kind=Kind.BAD_CONFIGURATION, causes=causes)


def _schema(error: SchemaBehind) -> Told:
    remedy = "run `python -m worker migrate` with this version of the program"
    return _one(Kind.BAD_CONFIGURATION, str(error).partition(":")[0], remedy)


def _driver(error: DriverMissing) -> Told:
    cause, _, remedy = str(error).partition(": ")
    return _one(Kind.BAD_CONFIGURATION, cause, remedy)


def _connector(error: ConnectorError) -> Told:
    wait_s = error.retry_after_s if isinstance(error, TryLater) else None
    return _one(Kind.TIKTOK_FAILED, str(error), _connector_remedy(error), retry_after_s=wait_s)


def _connector_remedy(error: ConnectorError) -> str:
    match error:
        case NotAuthorised():
            return _MENDS[error.mend]
        case TryLater():
            return f"nothing happened: try again in {max(error.retry_after_s, 1.0):.0f} s"
        case OutcomeUnknown():
            return "it may have taken effect: look again with `status`, and let `up` settle it"
        case RequestRefused():
            return "the request is wrong: compare the shop's settings with TikTok's answer"
        case AnswerUnreadable():
            return "the answer breaks the agreed form: nothing of it was believed; report it"
        case _:
            return "try again"


def _store(error: SQLAlchemyError) -> Told:
    said = error.orig if isinstance(error, DBAPIError) else error
    text = _SECRETS_OF_URLS.sub("//...@", str(said).splitlines()[0])
    if isinstance(error, OperationalError) and "locked" in text:
        return _one(
            Kind.STORE_FAILED,
            f"the store is locked: {text}",
            "another process has been writing for too long: try again, or see what it does",
        )
    remedy = "see that database_url is right, and that the store is up and may be written to"
    return _one(Kind.STORE_FAILED, f"the store failed: {text}", remedy)


def _port(error: PortTaken | HostKeyUnusable) -> Told:
    return _one(Kind.BAD_CONFIGURATION, error.cause, error.remedy)


def _disk(error: OSError) -> Told:
    place = f"{error.filename}: " if error.filename else ""
    return _one(
        Kind.STORE_FAILED,
        f"{place}{error.strerror or error}",
        "see to the file or folder, its rights, and the space on its disk",
    )


_TRANSLATIONS: tuple[tuple[type[BaseException], Callable[[Any], Told]], ...] = (
    (Unknown, _unknown),
    (BadHold, _halves),
    (BadReplay, _halves),
    (BadToken, _halves),
    (BadKey, _halves),
    (BadConsent, _halves),
    (UnusableKey, _halves),
    (PolicyNotApplied, _halves),
    (UnreadableStage, _halves),
    (FileNotTaken, _halves),
    (UnreadableEnd, _halves),
    (NotApproved, _found_wrong),
    (NotDecided, _halves),
    (FileGone, _file_gone),
    (FileFault, _file_fault),
    (ConfigFaults, _config),
    (MappingFault, _mapping),
    (PolicyFault, _policy),
    (SchemaBehind, _schema),
    (DriverMissing, _driver),
    (NoBroker, _driver),
    (PortTaken, _port),
    (HostKeyUnusable, _port),
    (ConnectorError, _connector),
    (SQLAlchemyError, _store),
    (OutOfTime, _out_of_time),
    (OSError, _disk),
)
