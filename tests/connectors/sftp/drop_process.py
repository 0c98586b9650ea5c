"""A drop in a process of its own, to be killed."""

import multiprocessing
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import asyncssh

from connectors.sftp.hall import HallLimits
from connectors.sftp.landing import LandingLimits

from .drop_rig import MIB, Drop, Partner


START_S_MAX = 20.0

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload([__name__])


class DropProcess:
    """A server for one partner, on the folders of a drop."""

    def __init__(self, folder: Path, partner: Partner) -> None:
        """Start it, and wait until it listens."""
        ours, theirs = _FORKS.Pipe()
        arguments = (folder, partner.name, partner.key.export_private_key(), theirs)
        self.process: ForkServerProcess = _FORKS.Process(target=_serve, args=arguments)
        self.process.start()
        theirs.close()
        if not ours.poll(START_S_MAX):
            raise TimeoutError("the drop did not start")
        self.port: int = ours.recv()
        ours.close()

    def kill(self) -> None:
        """End it without a word, as a power cut would; once is enough."""
        self.process.kill()
        self.process.join()


@contextmanager
def drop_process(folder: Path, partner: Partner) -> Iterator[DropProcess]:
    """Run a drop that the context's body may kill."""
    running = DropProcess(folder, partner)
    try:
        yield running
    finally:
        running.kill()


def _serve(folder: Path, name: str, key: bytes, told: Connection) -> None:
    drop = Drop(
        folder,
        [Partner(name, key=asyncssh.import_private_key(key))],
        landing_limits=LandingLimits(files_max=600, bytes_max=600 * MIB),
        hall_limits=HallLimits(per_partner_max=100, inside_max=100, waiting_max=100),
    )
    drop.server.start()
    told.send(drop.server.port)
    signal.pause()
