"""Seals what the record must keep and must not show: authenticated encryption under named keys.

What is sealed carries the id of its key, so that keys can be changed: the first key seals, and
every key opens. Each key is derived from a secret, which may be any text that cannot be guessed.
"""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from reconciliation.quantities import Instant


KEY_BYTES = 32
"""What Fernet takes: 128 bits that encrypt, 128 that vouch."""

ID_BYTES = 6
"""An id only has to tell a few keys apart; nothing of the key can be learned from it."""


class CannotUnseal(ValueError):
    """Raised for what none of our keys opens, or what was sealed for somebody else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """Sealed values, and the id of the key that opens them."""

    key_id: str
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Key:
    key_id: str
    fernet: Fernet = field(repr=False)


class Sealer:
    """Seals with the key of the first secret, and opens with those of all. No repr shows them."""

    def __init__(self, secrets: Sequence[str]) -> None:
        """Derive the keys. Raises `ValueError` without any secret."""
        if not secrets:
            raise ValueError("a sealer needs at least one secret")
        self._keys = tuple(_key(secret) for secret in dict.fromkeys(secrets))

    @property
    def key_id(self) -> str:
        """Return the id of the key that seals."""
        return self._keys[0].key_id

    def seal(self, subject: str, values: Mapping[str, str], now: Instant) -> Sealed:
        """Seal values for a subject; for any other they cannot be opened."""
        plain = json.dumps({"subject": subject, "values": dict(values)}).encode()
        key = self._keys[0]
        text = key.fernet.encrypt_at_time(plain, int(now)).decode()
        return Sealed(key_id=key.key_id, text=text)

    def unseal(self, subject: str, sealed: Sealed) -> dict[str, str]:
        """Return the values that were sealed for a subject. Raises `CannotUnseal`."""
        for key in self._keys:
            if key.key_id == sealed.key_id:
                return _opened(key, subject, sealed)
        known = ", ".join(key.key_id for key in self._keys)
        raise CannotUnseal(f"sealed under key {sealed.key_id}, and this process has {known}")


def _key(secret: str) -> _Key:
    return _Key(
        key_id=_derived(secret, b"oversell-guard key id", ID_BYTES).hex(),
        fernet=Fernet(
            base64.urlsafe_b64encode(_derived(secret, b"oversell-guard seal", KEY_BYTES))
        ),
    )


def _derived(secret: str, purpose: bytes, length: int) -> bytes:
    return HKDF(algorithm=SHA256(), length=length, salt=None, info=purpose).derive(secret.encode())


def _opened(key: _Key, subject: str, sealed: Sealed) -> dict[str, str]:
    try:
        plain = key.fernet.decrypt(sealed.text.encode())
    except InvalidToken:
        raise CannotUnseal(f"changed since it was sealed under key {key.key_id}") from None
    document = json.loads(plain)
    if document["subject"] != subject:
        raise CannotUnseal("sealed for another subject")
    values: dict[str, str] = document["values"]
    return values
