"""What Grafana and Alertmanager are started with fits together."""

from typing import Any

from .written import DASHBOARDS, DEPLOY, alerts, dashboard, read_yaml


PROVISIONING = DEPLOY / "grafana" / "provisioning"
ALERTMANAGER: dict[str, Any] = read_yaml(DEPLOY / "alertmanager" / "alertmanager.yml")
PROMETHEUS: dict[str, Any] = read_yaml(DEPLOY / "prometheus" / "prometheus.yml")


def routes(route: dict[str, Any]) -> list[dict[str, Any]]:
    """A route and all below it."""
    return [route, *(each for below in route.get("routes", ()) for each in routes(below))]


def test_alerts_are_grouped_by_kind_and_shop() -> None:
    """One message tells of one kind of alert in one shop."""
    assert ALERTMANAGER["route"]["group_by"] == ["alertname", "shop"]


def test_every_route_ends_at_a_receiver() -> None:
    """No alert is routed to nobody."""
    receivers = {receiver["name"] for receiver in ALERTMANAGER["receivers"]}

    assert {route["receiver"] for route in routes(ALERTMANAGER["route"])} <= receivers


def test_what_keeps_alerts_quiet_names_alerts_that_are_there() -> None:
    """A rule of silence names alerts as the rules do, or it would never take effect."""
    matchers = [
        matcher
        for rule in ALERTMANAGER["inhibit_rules"]
        for matcher in (*rule["source_matchers"], *rule["target_matchers"])
    ]
    named = {name for each in matchers for name in each.split('"')[1].split("|")}

    assert named <= {rule["alert"] for rule in alerts()}


def test_grafana_knows_how_often_prometheus_looks() -> None:
    """The spans of rates follow from the interval of scraping; both files say the same."""
    [source] = read_yaml(PROVISIONING / "datasources" / "prometheus.yaml")["datasources"]

    assert source["jsonData"]["timeInterval"] == PROMETHEUS["global"]["scrape_interval"]


def test_dashboards_are_read_from_files() -> None:
    """Grafana is told to take the dashboards from a folder, and nobody edits them there."""
    [provider] = read_yaml(PROVISIONING / "dashboards" / "oversell-guard.yaml")["providers"]

    assert (provider["type"], provider["allowUiUpdates"]) == ("file", False)


def test_dashboards_have_addresses_of_their_own() -> None:
    """No two dashboards share a uid, or Grafana would show only one."""
    uids = [dashboard(path)["uid"] for path in DASHBOARDS]

    assert len(uids) == len(set(uids))
