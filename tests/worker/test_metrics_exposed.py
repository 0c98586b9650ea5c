"""What Prometheus is shown after a story in two shops: everything, and no more."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from connectors.sandbox.faults import FaultKind
from connectors.store.engine import writing
from tests.support.monitoring import (
    OPENMETRICS,
    Figures,
    ItemAtRisk,
    Report,
    ShopAtRisk,
    ask,
    figures,
    scrape,
)
from tests.support.shopfront import SHOPS, Shopfront, shopfront
from worker.bootstrap import flusher_of
from worker.metrics.catalogue import METRICS
from worker.metrics.endpoints import monitoring_app
from worker.metrics.metric import Kind
from worker.services import Services


@pytest.fixture
def front(tmp_path: Path) -> Iterator[Shopfront]:
    """Two shops in write mode, nothing done yet."""
    with shopfront(tmp_path) as opened:
        yield opened


def with_settings(services: Services, **changed: dict[str, Any]) -> Services:
    """Return the services under settings of which some sections have other values."""
    settings = services.settings
    sections = {
        name: getattr(settings, name).model_copy(update=values) for name, values in changed.items()
    }
    return replace(services, settings=settings.model_copy(update=sections))


def tell_a_story(front: Shopfront) -> None:
    """Sell in both shops, sell out and come back, with a call that fails once."""
    front.faults.force(FaultKind.INTERNAL_ERROR, api="orders_search")
    front.open_for_business(10)
    front.buy("alpha")
    front.work(2)
    for units in (0, 100):
        front.drop_feed(units)
        front.work(12)
    # The endpoints of webhooks and of the API count these; no request comes in this story.
    front.services.meter.count("webhooks", {"type": "1", "outcome": "stored"})
    front.services.meter.count(
        "api_requests", {"route": "/api/status", "method": "GET", "status": "200"}
    )
    # Nor is any file fetched: the partner drops them.
    front.services.meter.count("pulled_files", {"feed": "east", "outcome": "taken"})


RISK = Report(shops=tuple(ShopAtRisk(shop=shop) for shop in SHOPS), items=(ItemAtRisk(sku="TEE"),))


# -- everything is shown ------------------------------------------------------------------------


@pytest.mark.parametrize("accept", ["", OPENMETRICS])
def test_every_metric_has_a_figure_after_a_story(front: Shopfront, accept: str) -> None:
    """Nothing stands in the catalogue that is never shown, in either form."""
    tell_a_story(front)
    shown = figures(front, RISK, accept=accept)
    suffixes = {Kind.HISTOGRAM: "_bucket", Kind.COUNTER: "_total"}
    missing = [
        each.exposed for each in METRICS if not shown.all(each.name + suffixes.get(each.kind, ""))
    ]

    assert missing == []


def test_nothing_is_shown_that_the_catalogue_does_not_have(front: Shopfront) -> None:
    """Beside ours there are only the process's own figures."""
    tell_a_story(front)
    known = {each.family for each in METRICS} | {each.exposed for each in METRICS}
    strange = {
        name
        for name in figures(front, RISK).families
        if name not in known and not name.startswith(("process_", "python_"))
    }

    assert strange == set()


def test_the_processs_own_figures_are_shown(front: Shopfront) -> None:
    """How much memory the exporter takes, beside what it exports."""
    families = figures(front).families

    assert "python_info" in families


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("", "text/plain; version=0.0.4"),
        ("text/html", "text/plain; version=0.0.4"),
        ("application/openmetrics-text;version=x", ""),
        (OPENMETRICS, "application/openmetrics-text; version=1.0.0"),
    ],
)
def test_the_form_is_the_one_asked_for(front: Shopfront, accept: str, media_type: str) -> None:
    """OpenMetrics where it is asked for, the plain form otherwise; never an error."""
    answer = ask(monitoring_app(front.services), "/metrics", accept)

    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith(media_type)


def test_two_exporters_show_the_same(front: Shopfront) -> None:
    """All figures are those of the record, not of the process that is asked."""
    tell_a_story(front)
    own = {"oversell_guard_state_read_age_seconds"}
    first, second = figures(front), figures(front)

    def ours(shown: Figures) -> list[Any]:
        return [
            family.samples
            for name, family in shown.families.items()
            if name.startswith("oversell_guard_") and name not in own
        ]

    assert ours(first) == ours(second)


# -- what must not be shown ---------------------------------------------------------------------


@pytest.mark.parametrize("most", [0, 3])
def test_items_are_capped(front: Shopfront, most: int) -> None:
    """However long the report is, at most `metrics.top_items` items are named."""
    services = with_settings(front.services, metrics={"top_items": most})
    report = Report(items=tuple(ItemAtRisk(sku=f"SKU-{number}") for number in range(50)))
    shown = scrape(monitoring_app(services, risk=report))

    assert len(shown.all("item_shortage_units")) == most
    assert len(shown.all("item_expected_cancelled_orders")) == most


def test_no_item_is_named_outside_the_capped_metrics(front: Shopfront) -> None:
    """Neither as a label's value nor within one."""
    tell_a_story(front)
    naming = {
        family.name
        for family in figures(front, RISK).families.values()
        for each in family.samples
        if "sku" in each.labels or any("TEE" in value for value in each.labels.values())
    }

    assert naming == {
        "oversell_guard_item_expected_cancelled_orders",
        "oversell_guard_item_shortage_units",
    }


def test_no_secret_is_shown(front: Shopfront) -> None:
    """Neither tokens, ciphers nor the app's secret, whatever happened."""
    front.faults.force(FaultKind.TOO_MANY_REQUESTS)
    tell_a_story(front)
    flusher_of(front.services).flush()
    app = monitoring_app(front.services, risk=RISK)
    told = "".join(ask(app, path).text for path in ("/metrics", "/readyz", "/livez"))
    secrets = [front.world.app_key, front.world.app_secret]
    for shop in SHOPS:
        access = front.world.access(shop)
        secrets += [access.access_token, access.refresh_token, access.cipher]

    assert [secret for secret in secrets if secret in told] == []


def test_what_cannot_be_read_is_missing_and_the_rest_is_shown(front: Shopfront) -> None:
    """A table that is away takes its own figures along, and no others."""
    with writing(front.services.engine) as connection:
        connection.execute(text("ALTER TABLE deliveries RENAME TO away"))
    shown = figures(front)

    assert shown.all("feed_age_seconds") == {}
    assert shown.value("unmapped_listings", shop="alpha") == 0.0
