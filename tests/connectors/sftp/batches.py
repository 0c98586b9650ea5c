"""Commands to a drop by OpenSSH's own client, and the same commands by a raw one.

The raw client is always tried; OpenSSH's where this machine has it.
"""

import asyncio
import shlex
import shutil
import subprocess
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from asyncssh import SFTPClient, SFTPError

from connectors.sftp.host_key import host_key_at

from .drop_rig import Drop, Partner, session


@dataclass(slots=True)
class Answers:
    """What a batch of commands said: a line for each that failed, and what was listed."""

    failed: list[str] = field(default_factory=list)
    said: str = ""


Speaker: TypeAlias = Callable[[Drop, Partner, list[str]], Answers]


def openssh(drop: Drop, partner: Partner, commands: list[str]) -> Answers:
    """Give commands to OpenSSH's client, and go on after one that fails."""
    private, known = drop.folder / f"{partner.name}.key", drop.folder / "known_hosts"
    if not private.exists():
        private.touch(0o600)
        partner.key.write_private_key(private)
    host_key = host_key_at(drop.folder / "host_key").export_public_key().decode()
    known.write_text(f"[127.0.0.1]:{drop.server.port} {host_key}")
    options = ("BatchMode=yes", "IdentitiesOnly=yes", f"UserKnownHostsFile={known}")
    ran = subprocess.run(
        [
            str(shutil.which("sftp")),
            *("-q", "-F", "none", "-b", "-", "-P", str(drop.server.port), "-i", str(private)),
            *(word for each in options for word in ("-o", each)),
            f"{partner.name}@127.0.0.1",
        ],
        input="".join(f"-{command}\n" for command in commands),
        capture_output=True,
        text=True,
        check=False,
        timeout=50,
    )
    assert ran.returncode == 0, ran.stderr
    return Answers(failed=ran.stderr.splitlines(), said=ran.stdout)


def raw(drop: Drop, partner: Partner, commands: list[str]) -> Answers:
    """Give the same commands to asyncssh's client."""

    async def speak() -> Answers:
        answers = Answers()
        async with session(drop, partner) as client:
            for command in commands:
                try:
                    answers.said += await _obey(client, shlex.split(command))
                except (SFTPError, OSError, ValueError) as fault:
                    answers.failed.append(f"{command}: {fault}")
        return answers

    return asyncio.run(speak())


SPEAKERS: list[Speaker] = [raw, *([openssh] if shutil.which("sftp") else [])]


async def _obey(client: SFTPClient, words: list[str]) -> str:
    verb, *rest = words
    if verb == "ls":
        return "\n".join(map(str, await client.listdir(*rest)))
    if verb == "put":
        *options, path = rest[:-1] if len(rest) > 1 else rest
        await client.put(path, rest[-1].rpartition("/")[2], preserve="-p" in options)
        return ""
    await _VERBS[verb](client, *rest)
    return ""


_VERBS: dict[str, Callable[..., Awaitable[object]]] = {
    "cd": SFTPClient.chdir,
    "get": SFTPClient.get,
    "rename": SFTPClient.posix_rename,
    "rm": SFTPClient.remove,
    "mkdir": SFTPClient.mkdir,
    "rmdir": SFTPClient.rmdir,
    "symlink": SFTPClient.symlink,
    "ln": SFTPClient.link,
    "chmod": lambda client, mode, path: client.chmod(path, int(mode, 8)),
    "df": SFTPClient.statvfs,
}
