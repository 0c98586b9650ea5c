"""PromQL for figures that several processes show alike.

Every exporter reads the same record, so each of them shows the same series. They are one figure:
the largest over the exporters is taken before anything is added up or compared.
"""

PREFIX = "oversell_guard_"
ONE_FIGURE = "max without (instance, job, pod)"

OF_SHOP = 'shop=~"$shop"'
"""Only the shops that are chosen at the head of the dashboard."""
OF_WAREHOUSE = 'warehouse=~"$warehouse"'
"""Only the warehouses that are chosen at the head of the dashboard."""


def each(name: str, *only: str) -> str:
    """Return the query for a gauge as each exporter shows it: to be taken the largest of."""
    return f"{PREFIX}{name}{{{', '.join(only)}}}" if only else f"{PREFIX}{name}"


def state(name: str, *only: str) -> str:
    """Return the query for a gauge as it stands."""
    return f"{ONE_FIGURE} ({each(name, *only)})"


def per_second(name: str, *only: str, window: str = "$__rate_interval") -> str:
    """Return the query for how fast a counter grows; `name` ends in `_total` or `_bucket`."""
    return f"{ONE_FIGURE} (rate({each(name, *only)}[{window}]))"


def past_hour(name: str, *only: str) -> str:
    """Return the query for what a counter gained in the hour before each point."""
    return f"{ONE_FIGURE} (increase({each(name, *only)}[1h]))"


def total(query: str, by: str = "") -> str:
    """Return the sum of a query, over everything or for each of the labels in `by`."""
    return f"sum by ({by}) ({query})" if by else f"sum ({query})"


def largest(query: str, by: str = "") -> str:
    """Return the largest value of a query, over everything or for each of the labels in `by`."""
    return f"max by ({by}) ({query})" if by else f"max ({query})"


def quantile(
    share: float, histogram: str, *only: str, by: str = "", window: str = "$__rate_interval"
) -> str:
    """Return the time within which a share of what a histogram counted was done.

    Where nothing was counted it yields nothing: the comparison takes out "not a number".
    """
    labels = f"le, {by}" if by else "le"
    buckets = total(per_second(f"{histogram}_bucket", *only, window=window), labels)
    return f"histogram_quantile({share:g}, {buckets}) >= 0"


def or_zero(query: str) -> str:
    """Return the query with 0 for as long as it yields nothing."""
    return f"{query} or on () vector(0)"


def or_none(query: str, label: str) -> str:
    """Return the query with one line at 0, named `none`, for as long as it yields nothing."""
    return f'{query} or on () label_replace(vector(0), "{label}", "none", "", "")'


def or_no_item(query: str) -> str:
    """Return the query with one row that says so, for as long as figures come but no item's."""
    figures = f"group ({each('ats_units', OF_WAREHOUSE)})"
    return f'{query} or on () label_replace({figures} * 0, "sku", "none at risk", "", "")'


def projected_sfcr() -> str:
    """Return the projected seller-fault cancellation rate of each chosen shop."""
    return total(state("projected_sfcr_ratio", OF_SHOP), "shop")


def share_of_limit() -> str:
    """Return how much of its limit each chosen shop is projected to use; 1 is the limit."""
    return f"{projected_sfcr()} / on (shop) {largest(each('sfcr_limit_ratio', OF_SHOP), 'shop')}"
