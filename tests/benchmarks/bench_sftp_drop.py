"""How soon partners that upload all at once have their receipts, and whether a file is lost.

Fifty partners log in, then each sends 10 MB and looks into its outbox until the receipt is there.
The program runs whole in one process, on SQLite: what it takes it parses, judges and puts in
force. The partners are in this process, and both share the machine's cores.
"""

import argparse
import asyncio
import hashlib
import json
import multiprocessing
import os
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import asyncssh
from asyncssh import SFTPClient

from .drop_server import serve_program


PARTNERS = 50
FILE_BYTES = 10_000_000
ROW_BYTES = 500
"""An export of a warehouse system has some forty columns, of which two are of use."""

LOOK_EVERY_S = 0.25
RECEIPT_S_MAX = 900.0
KEPT_IN = ("inbox", "arrived", "claimed", "archive", "quarantine", "rejected")
"""In the order in which a file passes through them: one that moves meanwhile is seen once more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One upload: its content, when it was begun and closed, and when its receipt was seen."""

    sha256: str
    begun_at: float
    closed_at: float
    receipt_at: float | None


def main() -> int:
    """Print the waits until the receipt, and what was lost."""
    asked = _arguments()
    keys = {
        f"partner-{number:02}": asyncssh.generate_private_key("ssh-ed25519")
        for number in range(asked.partners)
    }
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with _program(folder, keys) as port:
            sent = asyncio.run(_all_at_once(port, keys, asked.file_bytes))
            kept = list(_kept(folder))
    hashes = {each.sha256 for each in sent}
    _say(f"load of the machine over 1, 5, 15 minutes: {os.getloadavg()}")
    line = {
        "bench": "sftp_drop",
        "partners": asked.partners,
        "file_mb": asked.file_bytes / 1_000_000,
        "lost": len(hashes - set(kept)) + sum(each.receipt_at is None for each in sent),
        "partial": len([each for each in kept if each not in hashes]),
        "p99_upload_s": _p99(each.closed_at - each.begun_at for each in sent),
        "p99_to_receipt_s": _p99((each.receipt_at or 1e9) - each.begun_at for each in sent),
        "p50_to_receipt_s": _quantile(
            ((each.receipt_at or 1e9) - each.begun_at for each in sent), 0.5
        ),
        "mb_per_s": round(
            asked.partners
            * asked.file_bytes
            / 1_000_000
            / (max(each.closed_at for each in sent) - min(each.begun_at for each in sent)),
            1,
        ),
        "program_cpu_s": round(_cpu_of_children_s(), 1),
        "partners_cpu_s": round(time.process_time(), 1),
    }
    sys.stdout.write(json.dumps(line) + "\n")
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--partners", type=int, default=PARTNERS, help="how many there are")
    parser.add_argument("--file-bytes", type=int, default=FILE_BYTES, help="what each one sends")
    return parser.parse_args()


@contextmanager
def _program(folder: Path, keys: dict[str, asyncssh.SSHKey]) -> Iterator[int]:
    """Run the program in a process of its own; yields the drop's port."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    public = {name: key.export_public_key().decode() for name, key in keys.items()}
    process = context.Process(target=serve_program, args=(folder, public, theirs), daemon=True)
    process.start()
    try:
        yield ours.recv()
    finally:
        # All receipts are there; what it still plans is nobody's concern here.
        process.kill()
        process.join()


async def _all_at_once(
    port: int, keys: dict[str, asyncssh.SSHKey], file_bytes: int
) -> tuple[Sent, ...]:
    contents = {name: content(name, file_bytes) for name in keys}
    async with AsyncExitStack() as stack:
        clients = {name: await _log_in(stack, port, name, key) for name, key in keys.items()}
        sending = (_send(clients[name], name, contents[name]) for name in keys)
        return tuple(await asyncio.gather(*sending))


async def _log_in(stack: AsyncExitStack, port: int, name: str, key: asyncssh.SSHKey) -> SFTPClient:
    connection = await stack.enter_async_context(
        asyncssh.connect(
            "127.0.0.1",
            port,
            username=name,
            client_keys=[key],
            known_hosts=None,
            config=None,
            agent_path=None,
        )
    )
    return await stack.enter_async_context(connection.start_sftp_client())


async def _send(client: SFTPClient, name: str, data: bytes) -> Sent:
    begun_at = time.monotonic()
    async with client.open(f"/inbox/{name}.csv", "wb", block_size=0) as file:
        for start in range(0, len(data), 256 * 1024):
            await file.write(data[start : start + 256 * 1024], start)
    closed_at = time.monotonic()
    return Sent(
        sha256=hashlib.sha256(data).hexdigest(),
        begun_at=begun_at,
        closed_at=closed_at,
        receipt_at=await _receipt(client, name, until=closed_at + RECEIPT_S_MAX),
    )


async def _receipt(client: SFTPClient, name: str, *, until: float) -> float | None:
    """Look into the outbox until a receipt for the file is there."""
    while time.monotonic() < until:
        if any(str(each).startswith(name) for each in await client.listdir("/outbox")):
            return time.monotonic()
        await asyncio.sleep(LOOK_EVERY_S)
    return None


def content(partner: str, file_bytes: int) -> bytes:
    """Return a feed of that many bytes, in which one row is refused: so there is a receipt."""
    as_of = datetime.now(UTC).isoformat(timespec="seconds")
    lines, size = ["sku,quantity,as_of,more\n", f"BAD,many,{as_of},\n"], 0
    more = "x" * (ROW_BYTES - 60)
    while size < file_bytes:
        lines.append(f"{partner}-{len(lines):06},{len(lines) % 90},{as_of},{more}\n")
        size += len(lines[-1])
    return "".join(lines).encode()


def _kept(folder: Path) -> Iterator[str]:
    """Yield the hash of every file that the feeds have, wherever it is by now."""
    for feed in (folder / "feeds").iterdir():
        for where in KEPT_IN:
            for path in (feed / where).rglob("*.csv"):
                with path.open("rb") as file:
                    yield hashlib.file_digest(file, "sha256").hexdigest()


def _p99(waits_s: Iterator[float]) -> float:
    return _quantile(waits_s, 0.99)


def _quantile(waits_s: Iterator[float], share: float) -> float:
    ordered = sorted(waits_s)
    return round(ordered[min(int(len(ordered) * share), len(ordered) - 1)], 2)


def _cpu_of_children_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _say(words: str) -> None:
    sys.stderr.write(words + "\n")


if __name__ == "__main__":
    raise SystemExit(main())
