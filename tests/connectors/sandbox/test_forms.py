"""What people write becomes a value, or a fault that says where, what, and how to mend it."""

import pytest

from connectors.sandbox.control_acts import Advance, NextFault, Purchase
from connectors.sandbox.faults import FaultKind
from connectors.sandbox.forms import Misfit, made
from connectors.sandbox.mishaps import MishapIntervals
from connectors.sandbox.switches import SandboxSwitches


def fault_of(kind: type, said: object) -> tuple[str, str]:
    """Return the field that is at fault, and what is wrong with it."""
    with pytest.raises(Misfit) as misfit:
        made(kind, said)
    return misfit.value.name, misfit.value.problem


def test_what_is_said_becomes_a_value() -> None:
    """What is left out has its default."""
    assert made(Purchase, {"shop": "a", "sku": "TEE"}) == Purchase(shop="a", sku="TEE")


def test_a_word_becomes_what_it_stands_for() -> None:
    """As the value of its enum."""
    assert made(NextFault, {"kind": "overloaded"}).kind is FaultKind.OVERLOADED


def test_a_whole_number_is_a_number() -> None:
    """JSON and TOML write 5 for 5.0."""
    assert made(SandboxSwitches, {"restock_delay_s": 5}).restock_delay_s == 5.0


@pytest.mark.parametrize("nothing", [None, "none"])
def test_nothing_can_be_said_where_it_means_something(nothing: object) -> None:
    """TOML has no word for it, so `none` is one."""
    assert made(SandboxSwitches, {"calls_per_second": nothing}).calls_per_second is None


def test_a_span_is_a_list_of_two() -> None:
    """The least and the most."""
    assert made(MishapIntervals, {"away_s": [1, 2.5]}).away_s == (1.0, 2.5)


@pytest.mark.parametrize(
    ("kind", "said", "name", "problem"),
    [
        (Purchase, [], "", "no table"),
        (Purchase, {"shop": "a"}, "sku", "missing"),
        (Purchase, {"shop": "a", "sku": "T", "unit": 2}, "unit", "no such name"),
        (Purchase, {"shop": "a", "sku": "T", "units": "2"}, "units", "not a whole number"),
        (Purchase, {"shop": "a", "sku": "T", "units": True}, "units", "not a whole number"),
        (Purchase, {"shop": "a", "sku": "T", "units": 0}, "", "at least 1"),
        (Purchase, {"shop": None, "sku": "T"}, "shop", "not a text"),
        (Advance, {"order_id": "1", "step": "fly"}, "step", "not known"),
        (SandboxSwitches, {"zero_accepted": 1}, "zero_accepted", "not true or false"),
        (SandboxSwitches, {"audit_s": -1}, "", "audit_s"),
        (MishapIntervals, {"away_s": [1]}, "away_s", "list of 2"),
    ],
)
def test_what_cannot_be_meant_is_told_with_its_name(
    kind: type, said: object, name: str, problem: str
) -> None:
    """And nothing is made of it."""
    at, told = fault_of(kind, said)

    assert at == name
    assert problem in told
