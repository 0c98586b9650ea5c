"""A partner's public keys: which are good enough, and from where and until when one opens."""

from dataclasses import dataclass
from ipaddress import ip_address, ip_network

import asyncssh
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_ssh_public_key

from reconciliation.quantities import Instant


RSA_BITS_MIN = 3072
"""NIST SP 800-57: as strong as 128 bits, and good beyond 2030."""

TEXT_LETTERS_MAX = 20_000
"""An RSA key of 16,384 bits has 2,800 letters."""

KINDS = (
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "ssh-rsa",
)

BEGINNINGS = ("ssh-", "ecdsa-sha2-", "sk-", "-----BEGIN ", "---- BEGIN ")
"""How the first line of a key begins, in each of the forms that are read."""


class UnusableKey(ValueError):
    """A key or an address list that cannot be taken; `cause` and `remedy` are for people."""

    def __init__(self, cause: str, remedy: str) -> None:
        """Keep both halves apart, and join them for people."""
        super().__init__(f"{cause}; {remedy}")
        self.cause = cause
        self.remedy = remedy


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicKey:
    """A key as it is kept: one line of OpenSSH's form without its comment."""

    fingerprint: str
    text: str
    comment: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerKey:
    """A key that lets a partner in until `expires_at`, from anywhere or from these networks."""

    fingerprint: str
    expires_at: Instant | None = None
    networks: tuple[str, ...] = ()

    def opens(self, *, now: Instant, address: str) -> bool:
        """Tell whether the key is good now, for somebody at this address."""
        if self.expires_at is not None and self.expires_at <= now:
            return False
        return not self.networks or any(_is_within(address, each) for each in self.networks)


def read_public_key(text: str) -> PublicKey:
    """Return the one key that a file holds. Raises `UnusableKey`, which never quotes the file."""
    if "PRIVATE KEY" in text:
        raise UnusableKey(
            "this is a private key, which nobody but its owner may have",
            "have the partner make a new pair and send the public half, which ends in .pub",
        )
    if len(text) > TEXT_LETTERS_MAX:
        raise UnusableKey("this is too long for a public key", "give the one key of one file")
    if sum(line.lstrip().startswith(BEGINNINGS) for line in text.splitlines()) > 1:
        raise UnusableKey(
            "there are several keys in this file, of which only the first would be taken",
            "give each key by a command of its own: they can be revoked one by one then",
        )
    try:
        key = asyncssh.import_public_key(text)
        line = key.export_public_key("openssh").decode()
    except (ValueError, asyncssh.KeyImportError) as fault:
        raise UnusableKey(
            "this is no public key that can be read",
            "give one line that begins with ssh-ed25519, ecdsa-sha2- or ssh-rsa",
        ) from fault
    bare = " ".join(line.split()[:2])
    _require_strong(bare)
    return PublicKey(fingerprint=key.get_fingerprint(), text=bare, comment=key.get_comment() or "")


def _require_strong(line: str) -> None:
    kind = line.split(maxsplit=1)[0]
    remedy = "have the partner run `ssh-keygen -t ed25519` and send the .pub file"
    if kind not in KINDS:
        raise UnusableKey(f"keys of the kind {kind} are not taken", remedy)
    key = load_ssh_public_key(line.encode())
    if isinstance(key, RSAPublicKey) and key.key_size < RSA_BITS_MIN:
        raise UnusableKey(
            f"an RSA key of {key.key_size} bits is too weak, {RSA_BITS_MIN} is the least", remedy
        )


def read_network(text: str) -> str:
    """Return an address or a network in its plain form. Raises `UnusableKey`."""
    try:
        return str(ip_network(text.strip(), strict=False))
    except ValueError as fault:
        raise UnusableKey(
            f"{text[:64]!r} is neither an address nor a network",
            "write 203.0.113.7 or 203.0.113.0/24",
        ) from fault


def _is_within(address: str, network: str) -> bool:
    try:
        # A zone (fe80::1%eth0) is this machine's name for a cable, and nothing of the address.
        here = ip_address(address.partition("%")[0])
        mapped = getattr(here, "ipv4_mapped", None)
        return (mapped or here) in ip_network(network)
    except ValueError:
        return False
