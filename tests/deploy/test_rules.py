"""The alert rules: valid, tested both ways, and each with a section in the runbook."""

from pathlib import Path
from typing import Any

import pytest

from .promtool import promtool
from .written import DEPLOY, RULE_TESTS, RULES, alert_tests, alerts, runbook_sections


ALERTS = alerts()
NAMES = [rule["alert"] for rule in ALERTS]
SEVERITIES = {"critical", "warning", "info"}
HEADINGS = ["**Means.**", "**Confirm.**", "**Do", "**Ends"]


def test_promtool_takes_the_rules() -> None:
    """Prometheus would load the rules."""
    assert "SUCCESS" in promtool("check", "rules", str(RULES))


def test_promtool_takes_the_configuration() -> None:
    """Prometheus would start with its configuration, which loads the rules."""
    said = promtool("check", "config", str(DEPLOY / "prometheus" / "prometheus.yml"))

    assert f"{len(ALERTS)} rules found" in said


@pytest.mark.parametrize("path", RULE_TESTS, ids=lambda path: path.stem)
def test_rules_fire_and_stay_silent_as_told(path: Path) -> None:
    """Every rule does what its tests say, text for text."""
    assert "SUCCESS" in promtool("test", "rules", str(path))


def test_a_rule_that_does_not_fire_as_told_is_found(tmp_path: Path) -> None:
    """Promtool's judgement can fail: a test that expects silence of a firing rule is refused."""
    told = RULE_TESTS[0].read_text(encoding="utf-8").replace("exp_alerts:", "exp_nothing:")
    wrong = tmp_path / "wrong.yml"
    wrong.write_text(told.replace("../rules", str(RULES.parent)), encoding="utf-8")

    with pytest.raises(pytest.fail.Exception, match="promtool test rules"):
        promtool("test", "rules", str(wrong))


@pytest.mark.parametrize("name", NAMES)
def test_a_rule_is_seen_to_fire(name: str) -> None:
    """Some test of the rule expects it to fire."""
    firing = [check for check in alert_tests() if check.get("exp_alerts")]

    assert name in {check["alertname"] for check in firing}


@pytest.mark.parametrize("name", NAMES)
def test_a_rule_is_seen_to_stay_silent(name: str) -> None:
    """Some test of the rule expects it to stay silent."""
    silent = [check for check in alert_tests() if not check.get("exp_alerts")]

    assert name in {check["alertname"] for check in silent}


@pytest.mark.parametrize("rule", ALERTS, ids=NAMES)
def test_a_rule_says_how_urgent_it_is(rule: dict[str, Any]) -> None:
    """A rule's severity is one of three words."""
    assert rule["labels"]["severity"] in SEVERITIES


@pytest.mark.parametrize("rule", ALERTS, ids=NAMES)
def test_a_rule_says_what_it_is_about(rule: dict[str, Any]) -> None:
    """A rule has a summary, a description, and the way to the runbook."""
    assert set(rule["annotations"]) == {"summary", "description", "runbook_url"}


@pytest.mark.parametrize("rule", ALERTS, ids=NAMES)
def test_a_rule_leads_to_its_section_of_the_runbook(rule: dict[str, Any]) -> None:
    """The link is the section's anchor, as it is made from a heading."""
    anchor = rule["alert"].lower()

    assert rule["annotations"]["runbook_url"] == f"deploy/runbook.md#{anchor}"


def test_the_runbook_has_a_section_for_each_alert_and_no_other() -> None:
    """No alert is without help, and no help is for an alert that is gone."""
    assert sorted(runbook_sections()) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_section_says_all_that_helps(name: str) -> None:
    """A section says what the alert means, how to confirm it, what to do, and when it ends."""
    text = (DEPLOY / "runbook.md").read_text(encoding="utf-8")
    section = text.split(f"## {name}\n")[1].split("\n## ")[0]

    assert [heading for heading in HEADINGS if heading in section] == HEADINGS
