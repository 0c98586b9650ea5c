"""What is sealed is opened by its key, for its subject, unchanged, and by nothing else."""

import pytest

from connectors.store.sealing import CannotUnseal, Sealed, Sealer
from reconciliation.quantities import Instant


NOW = Instant(1_800_000_000.0)
VALUES = {"access_token": "canary-access", "refresh_token": "canary-refresh"}


def sealed(*secrets: str) -> Sealed:
    """Return the values, sealed for alpha under the first secret."""
    return Sealer(secrets).seal("alpha", VALUES, NOW)


def test_what_was_sealed_is_opened() -> None:
    """The same values come back."""
    assert Sealer(["one"]).unseal("alpha", sealed("one")) == VALUES


def test_nothing_of_it_can_be_read() -> None:
    """Neither what is sealed nor its repr shows a value."""
    shown = f"{sealed('one')!r} {sealed('one').text}"

    assert "canary" not in shown


def test_a_key_that_was_replaced_still_opens() -> None:
    """As long as its secret is given too."""
    assert Sealer(["two", "one"]).unseal("alpha", sealed("one")) == VALUES


def test_the_first_key_seals() -> None:
    """A new secret is put first, and from then on the old one only opens."""
    assert sealed("two", "one").key_id == Sealer(["two"]).key_id


def test_another_key_opens_nothing() -> None:
    """And the error names both keys, not the secrets."""
    with pytest.raises(CannotUnseal, match=sealed("one").key_id):
        Sealer(["two"]).unseal("alpha", sealed("one"))


def test_what_was_sealed_for_one_shop_is_nothing_for_another() -> None:
    """Rows that somebody swapped open no shop."""
    with pytest.raises(CannotUnseal, match="another subject"):
        Sealer(["one"]).unseal("beta", sealed("one"))


def test_a_change_is_found() -> None:
    """One letter more or less, and it is not opened."""
    whole = sealed("one")
    letter = "A" if whole.text[40] != "A" else "B"
    changed = Sealed(key_id=whole.key_id, text=whole.text[:40] + letter + whole.text[41:])

    with pytest.raises(CannotUnseal, match="changed since"):
        Sealer(["one"]).unseal("alpha", changed)


def test_a_repr_shows_no_key() -> None:
    """Whoever prints a sealer learns nothing."""
    assert "one-canary" not in repr(vars(Sealer(["one-canary"])))
