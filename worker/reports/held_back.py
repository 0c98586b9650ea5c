"""Why so many units of a pool are held back, in a sentence. Pure; from the terms of a decision."""

from collections.abc import Mapping
from typing import Any

from reconciliation.position import SafetyRule

from .moments import span_text


def safety_text(part: Mapping[str, Any]) -> str:
    """Return what decides a pool's safety stock, empty where the decision does not tell."""
    terms = part.get("safety")
    if terms is None:
        return ""
    return f"{_rule_text(terms, part['safety_units'])}{_errors_text(terms)}"


def _rule_text(terms: Mapping[str, Any], units: int) -> str:
    rule, percent = SafetyRule(terms["rule"]), terms["percent_units"]
    texts = {
        SafetyRule.FLOOR: f"{units} are always held back (safety_units_min)",
        SafetyRule.PERCENT: f"{units} are held back as a percentage of the feed's figure",
        SafetyRule.DECLINE: f"{units} are held back because so many may be missing already",
        SafetyRule.CAP: f"safety_units_max holds it at {units}: otherwise "
        f"{max(terms['floor_units'], percent, terms['decline_units'] or 0)} were held back",
    }
    return texts[rule]


def _errors_text(terms: Mapping[str, Any]) -> str:
    """Return what is known of the partner's errors, and what that asks for."""
    grows = f"it grows once the feed is older than {span_text(terms['grows_after_s'])}"
    if terms["decline_units"] is None:
        return f"; nothing is learned of the partner's errors yet: {grows}"
    return (
        f"; {terms['per_day_units']:.2g} a day go unexplained on average, "
        f"and {terms['decline_units']} cover that in {terms['level']:.2%} of cases: {grows}"
    )
