"""Which public keys are good enough, and how addresses are written."""

import asyncssh
import pytest

from connectors.sftp.partner_keys import (
    PartnerKey,
    UnusableKey,
    read_network,
    read_public_key,
)
from reconciliation.quantities import Instant


def public(kind: str, **options: int) -> str:
    """A new public key as a partner sends it."""
    key = asyncssh.generate_private_key(kind, comment="ann@north", **options)
    return key.export_public_key().decode()


@pytest.mark.parametrize(
    "kind",
    ["ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521"],
)
def test_a_modern_key_is_taken(kind: str) -> None:
    """With its comment, and bare."""
    text = public(kind)

    key = read_public_key(text)

    assert (key.comment, key.text) == ("ann@north", " ".join(text.split()[:2]))
    assert key.fingerprint.startswith("SHA256:")


def test_an_rsa_key_of_3072_bits_is_taken() -> None:
    """The shortest."""
    assert read_public_key(public("ssh-rsa", key_size=3072)).text.startswith("ssh-rsa ")


def test_a_key_in_another_form_is_taken() -> None:
    """As PuTTY and OpenSSL write them."""
    key = asyncssh.generate_private_key("ssh-ed25519")

    found = {
        read_public_key(key.export_public_key(form).decode()).fingerprint
        for form in ("openssh", "rfc4716", "pkcs8-pem")
    }

    assert found == {key.get_fingerprint()}


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        (public("ssh-rsa", key_size=2048), "2048 bits is too weak"),
        (public("ssh-ed448"), "kind ssh-ed448 are not taken"),
        ("", "no public key"),
        ("ssh-ed25519 AAAA", "no public key"),
        ("stock.csv", "no public key"),
        (public("ssh-ed25519") * 1_000, "too long"),
        (public("ssh-ed25519") + public("ssh-ed25519"), "several keys"),
        ("-----BEGIN OPENSSH PRIVATE KEY-----\nsecret\n", "private key"),
    ],
    ids=["weak", "kind", "empty", "cut", "text", "long", "several", "private"],
)
def test_any_other_is_refused(text: str, cause: str) -> None:
    """With the cause and a remedy, and without a word of the file."""
    with pytest.raises(UnusableKey, match=cause) as refused:
        read_public_key(text)
    assert refused.value.remedy
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("203.0.113.7", "203.0.113.7/32"),
        (" 203.0.113.7/24 ", "203.0.113.0/24"),
        ("2001:db8::1", "2001:db8::1/128"),
    ],
)
def test_a_network_is_written_plainly(text: str, plain: str) -> None:
    """An address is a network of one."""
    assert read_network(text) == plain


def test_what_is_no_network_is_refused() -> None:
    """Names are not looked up."""
    with pytest.raises(UnusableKey, match=r"'north\.example'"):
        read_network("north.example")


@pytest.mark.parametrize("address", ["203.0.113.7", "::ffff:203.0.113.7"])
def test_a_key_opens_from_its_network(address: str) -> None:
    """Also where the machine shows old addresses as new ones."""
    key = PartnerKey(fingerprint="SHA256:a", networks=("203.0.113.0/24",))

    assert key.opens(now=Instant(0.0), address=address)


@pytest.mark.parametrize("address", ["203.0.114.7", "2001:db8::1", "fe80::1%eth0", "", "nowhere"])
def test_a_key_opens_from_nowhere_else(address: str) -> None:
    """An address that is unknown is elsewhere."""
    key = PartnerKey(fingerprint="SHA256:a", networks=("203.0.113.0/24",))

    assert not key.opens(now=Instant(0.0), address=address)


def test_a_key_ends_at_its_moment() -> None:
    """Not a second later."""
    key = PartnerKey(fingerprint="SHA256:a", expires_at=Instant(100.0))

    assert key.opens(now=Instant(99.9), address="203.0.113.7")
    assert not key.opens(now=Instant(100.0), address="203.0.113.7")
