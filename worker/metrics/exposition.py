"""What Prometheus reads: the record's figures and those of this process, in the form it asks for.

Every process that exposes shows the same figures of the record, so that queries take the
greatest over the instances: `max without (instance, job) (...)`.
"""

from collections.abc import Iterator

from prometheus_client import (
    CollectorRegistry,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)
from prometheus_client import Metric as Family
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, choose_encoder
from prometheus_client.registry import Collector

from .state import State


class RecordCollector(Collector):
    """Gives the record's figures to a registry."""

    def __init__(self, state: State) -> None:
        """Keep where the figures come from."""
        self._state = state

    def collect(self) -> Iterator[Family]:
        """Yield each metric with its figures."""
        return self._state.families()

    def describe(self) -> Iterator[Family]:
        """Yield nothing: a registry need not read the record to take this in."""
        return iter(())


def open_registry(state: State) -> CollectorRegistry:
    """Return a registry of its own with the record's figures and those of this process."""
    registry = CollectorRegistry()
    registry.register(RecordCollector(state))
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    return registry


def expose(registry: CollectorRegistry, accept: str) -> tuple[bytes, str]:
    """Return all figures and their media type: OpenMetrics where `accept` asks for it."""
    try:
        encode, content_type = choose_encoder(accept)
    except (TypeError, ValueError):
        # A version that is no number: whoever asks so is given the oldest form.
        encode, content_type = generate_latest, CONTENT_TYPE_PLAIN_0_0_4
    return encode(registry), content_type
