"""Recorded orders made up for tests: a few items that many want, in bursts, for some weeks."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from worker.backtest.history import Demand, History, OrderLine, demand_of, history_of
from worker.backtest.scene import Latencies


DAY_S = 86_400.0
DAYS = 28


UNITS = (1, 1, 1, 2, 3, 40)
"""Units of an order line, each as likely; the last is a wholesaler's."""


def made_up_history(*, units: Sequence[int] = UNITS, orders: int = 300, skus: int = 3) -> History:
    """Orders of one to three lines at whole minutes, half of them in a few crowded hours."""
    rng = Random(7)
    crowded = [rng.randrange(DAYS * 24) * 3_600.0 for _ in range(6)]
    lines = [
        OrderLine(placed_at=minute, order_id=f"order-{n}", sku=f"sku-{sku}", units=count)
        for n in range(orders)
        for minute, sku, count in _order(rng, crowded, skus, units)
    ]
    return history_of(lines)


def _order(
    rng: Random, crowded: list[float], skus: int, units: Sequence[int]
) -> Iterator[tuple[float, int, int]]:
    hour = rng.choice(crowded) if rng.random() < 0.5 else rng.randrange(DAYS * 24) * 3_600.0
    minute = hour + 60.0 * rng.randrange(60)
    for sku in rng.sample(range(skus), k=rng.randint(1, min(3, skus))):
        yield minute, sku, rng.choice(units)


def demand_under(history: History, *, seed: int = 1, skus: Sequence[str] | None = None) -> Demand:
    """Some of a history's SKUs, or all, as they reach three shops under a seed."""
    chosen = history.skus if skus is None else skus
    return demand_of(history, chosen, seed=seed, shops=3, latencies=Latencies())


def orders_file(folder: Path, history: History, name: str = "orders.csv") -> Path:
    """A history as a file in the form that the command reads."""
    path = folder / name
    rows = [
        f"{_time(line.placed_at)},{line.order_id},{line.sku},{line.units}"
        for line in history.lines
    ]
    path.write_text("\n".join(["placed_at,order_id,sku,units", *rows]) + "\n")
    return path


def _time(placed_at: float) -> str:
    return datetime.fromtimestamp(placed_at, UTC).isoformat()
