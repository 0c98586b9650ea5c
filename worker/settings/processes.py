"""The settings of the processes: their threads, their ports, and what they are watched by."""

from pydantic import Field

from .section import Section


class QueueSettings(Section):
    """The threads that do the work."""

    threads: int = Field(8, ge=1, le=64, description="how many work at once")
    idle_poll_ms: int = Field(20, ge=1, le=1_000, description="how often an idle one looks")
    redis_poll_ms: int = Field(
        500, ge=1, le=10_000, description="how often one looks into Redis that was not rung for"
    )
    namespace: str = Field(
        "oversell-guard",
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$",
        description="what all our keys in Redis begin with",
    )


class WebSettings(Section):
    """Where webhooks and the HTTP API are served. TLS is a reverse proxy's, in front of it."""

    host: str = Field("127.0.0.1", min_length=1, description="the address that is listened on")
    port: int = Field(8080, ge=0, le=65_535, description="the port; 0 takes a free one")
    body_bytes_max: int = Field(
        1_048_576, ge=1_024, le=67_108_864, description="the largest body that is read"
    )


class MetricsSettings(Section):
    """Where `/metrics`, `/livez` and `/readyz` are served: a port of its own, never public."""

    host: str = Field("127.0.0.1", min_length=1, description="the address that is listened on")
    port: int = Field(9108, ge=0, le=65_535, description="the port; 0 takes a free one")
    cache_s: float = Field(
        5.0, ge=0, le=60, description="how long what was read from the record is shown again"
    )
    top_items: int = Field(
        20, ge=0, le=200, description="the most items that are named, those at the highest risk"
    )


class RiskSettings(Section):
    """What cancellation risk is measured against (seller-fault cancellation rate, SFCR).

    These are for shops that say nothing themselves and whose market is in no table of ours.
    """

    sfcr_limit_ratio: float = Field(
        0.025,
        gt=0,
        le=1,
        description="the rate above which TikTok punishes a shop of no known market",
    )
    sfcr_window_days: float = Field(
        30.0,
        gt=0,
        le=180,
        description="the days over which TikTok counts in a shop of no known market",
    )
