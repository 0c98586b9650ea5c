"""The partners' drop, joined with the settings, the feeds' folders and the record."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

import structlog
from sqlalchemy.exc import SQLAlchemyError

from connectors.sftp.hall import HallLimits, Hooks, PartnerPlace
from connectors.sftp.host_key import host_key_at
from connectors.sftp.landing import Landing, LandingLimits
from connectors.sftp.outbox import Outbox
from connectors.sftp.server import DropOptions, DropServer
from connectors.sftp.slots import Slot
from connectors.store import work
from connectors.store.engine import writing

from .partners import keys_of
from .queues import FEED
from .services import Services
from .settings.drops import drop_faults, feeds_of, host_key_path
from .settings.faults import ConfigFaults
from .web.serving import take_port


_LOG = structlog.get_logger("oversell_guard")


@dataclass(frozen=True, slots=True, kw_only=True)
class DropPlace:
    """Where the drop is reached; partners know it by the fingerprint of its key."""

    port: int
    fingerprint: str


@contextmanager
def serving_drop(services: Services) -> Iterator[DropPlace]:
    """Serve the drop while the context lasts.

    Raises `PortTaken`, `HostKeyUnusable`, and `ConfigFaults` for a feed that would get no file.
    """
    settings = services.settings.sftp
    if faults := drop_faults(services.settings):
        raise ConfigFaults(faults)
    host_key = host_key_at(host_key_path(services.settings))
    server = DropServer(
        take_port(settings.host, settings.port, "sftp"),
        {name: _place(services, name) for name in services.settings.partners},
        hooks=_hooks(services),
        limits=HallLimits(
            per_partner_max=settings.sessions_per_partner_max,
            inside_max=settings.sessions_max,
            waiting_max=settings.logins_waiting_max,
        ),
        options=DropOptions(
            host_key=host_key,
            login_timeout_s=settings.login_timeout_s,
            keepalive_s=settings.keepalive_s,
        ),
        clock=services.clock,
    )
    try:
        server.start()
        yield DropPlace(port=server.port, fingerprint=host_key.get_fingerprint())
    finally:
        server.stop()


def _hooks(services: Services) -> Hooks:
    def note_login(partner: str, outcome: str) -> None:
        services.meter.count("sftp_logins", {"partner": partner, "outcome": outcome})

    def note_upload(partner: str, outcome: str) -> None:
        services.meter.count("sftp_uploads", {"partner": partner, "outcome": outcome})
        _LOG.info("upload", partner=partner, outcome=outcome)

    return Hooks(keys_of=partial(keys_of, services), login=note_login, upload=note_upload)


def _place(services: Services, partner: str) -> PartnerPlace:
    settings = services.settings.sftp
    slots = [_slot(services, feed) for feed in feeds_of(services.settings, partner)]
    limits = LandingLimits(
        files_max=settings.files_waiting_max, bytes_max=settings.bytes_waiting_max
    )
    return PartnerPlace(
        landing=Landing(
            slots, limits=limits, clock=services.clock, landed=partial(_ask_for, services)
        ),
        outbox=Outbox(slots),
    )


def _slot(services: Services, feed: str) -> Slot:
    declared, inbox = services.settings.feeds[feed], services.inboxes[feed]
    return Slot(
        feed=feed,
        file_names=declared.file_names,
        bytes_max=declared.bytes_max,
        arrivals=inbox.arrivals,
        outbox=inbox.outbox,
    )


def _ask_for(services: Services, feed: str) -> None:
    """Have a feed's file taken now. It is whole and in its place: what fails here costs a scan."""
    try:
        with writing(services.engine) as connection:
            work.ask(connection, FEED, [feed], due_at=services.now())
    except SQLAlchemyError as error:
        _LOG.warning("feed_not_asked_for", feed=feed, error=type(error).__name__)
        return
    services.ring(FEED, feed)
