"""Asking the monitoring app as Prometheus and a probe would, without a network."""

import asyncio
from dataclasses import dataclass, field, replace

import httpx
from prometheus_client import Metric as Family
from prometheus_client.openmetrics.parser import text_string_to_metric_families as open_families
from prometheus_client.parser import text_string_to_metric_families as plain_families
from starlette.applications import Starlette

from worker.bootstrap import flusher_of
from worker.metrics.endpoints import monitoring_app
from worker.services import Services

from .shopfront import Shopfront


OPENMETRICS = "application/openmetrics-text;version=1.0.0"
"""What Prometheus asks for first."""


def ask(app: Starlette, path: str, accept: str = "") -> httpx.Response:
    """Return the app's answer to one request."""

    async def get() -> httpx.Response:
        wire = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=wire, base_url="http://monitoring.test") as client:
            return await client.get(path, headers={"accept": accept})

    return asyncio.run(get())


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What one scrape shows: families by name, and figures by name and labels."""

    families: dict[str, Family]

    def value(self, name: str, **labels: str) -> float:
        """Return one figure, named without prefix. Raises `KeyError` if it is not shown."""
        return self.all(name)[tuple(sorted(labels.items()))]

    def all(self, name: str) -> dict[tuple[tuple[str, str], ...], float]:
        """Return all figures of a name, by their labels."""
        return {
            tuple(sorted(sample.labels.items())): sample.value
            for family in self.families.values()
            for sample in family.samples
            if sample.name == f"oversell_guard_{name}"
        }


def scrape(app: Starlette, *, accept: str = "") -> Figures:
    """Return what `/metrics` shows, read by the library's own parser."""
    answer = ask(app, "/metrics", accept)
    read = open_families if accept == OPENMETRICS else plain_families
    return Figures(families={family.name: family for family in read(answer.text)})


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopAtRisk:
    """A shop of a risk report, as the report's contract has it."""

    shop: str
    orders_in_window: int = 200
    expected_cancelled_orders: dict[str, float] = field(default_factory=lambda: {"shortage": 3.0})
    projected_sfcr_by_cause: dict[str, float] = field(
        default_factory=lambda: {"shortage": 0.015, "already_cancelled": 0.005}
    )
    sfcr_limit_ratio: float = 0.025
    cancellation_chance: float = 0.5
    limit_crossed_in_days: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemAtRisk:
    """An item of a risk report, as the report's contract has it."""

    sku: str
    warehouse: str = "EAST"
    expected_cancelled_orders: float = 1.5
    shortage_units: int = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A risk report with only what is shown."""

    shops: tuple[ShopAtRisk, ...] = ()
    items: tuple[ItemAtRisk, ...] = ()

    def __call__(self, services: Services, *, items_max: int) -> "Report":  # noqa: ARG002 - as the contract has it
        """Report itself, with more items than were asked for."""
        return self


def expecting_files(services: Services) -> Services:
    """Return the services with a feed that is expected every minute."""
    feed = services.settings.feeds["east"].model_copy(update={"expected_every_s": 60.0})
    feeds = {"feeds": {"east": feed}}
    return replace(services, settings=services.settings.model_copy(update=feeds))


def figures(front: Shopfront, risk: Report | None = None, *, accept: str = "") -> Figures:
    """Return what a scrape shows, with everything brought in that was counted."""
    flusher_of(front.services).flush()
    app = monitoring_app(expecting_files(front.services), risk=risk)
    return scrape(app, accept=accept)
