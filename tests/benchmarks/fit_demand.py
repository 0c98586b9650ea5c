"""Which values of the demand model's constants make recorded orders likeliest: today's, or others.

    python -m tests.benchmarks.fit_demand ORDERS [--days N] [--skus N]

Only orders of the first `--days` are looked at, and no SKU that the published backtest draws, so
that its later months are judged by a model that has not seen them. Each constant is moved by
itself, all others left at today's values. A line of JSON for each value says by how much an order
is likelier than under today's (`gain_per_order`, natural logarithm), with the standard error over
days, since the lines of one basket are no independent orders. The first two weeks teach and do not
count. A gain within two standard errors is none, and one below a hundredth changes nothing.
"""

import argparse
import json
import math
import statistics
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from reconciliation import demand, sales_history, week_shape
from tests.benchmarks.demand_scene import DAY_S, Hours, Record, Score
from worker.backtest.history import Demand, History, demand_of, history_of, sample
from worker.backtest.order_file import read_orders
from worker.backtest.scene import Scene


DAYS = 90
"""December to February, of a record that begins on 1 December."""

SKUS = 100

SEED = 1

DRAWN_SEEDS, DRAWN_SKUS = range(1, 21), 15
"""What the published backtest draws: none of it is fitted to."""

LEARNING_DAYS = 14
"""Days that are not counted: the hours of a week must have been seen, and seen again."""

NOISE = 2.0
"""Standard errors within which a gain is none."""

WORTH = 0.01
"""A gain below so much an order, a hundredth of its chance, is not worth another value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Constant:
    """A constant of the model, and the values that are tried beside today's."""

    name: str
    today: float
    tried: tuple[float, ...]
    put: Callable[[float], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitting:
    """The orders that a model is fitted to, some SKUs of all."""

    demand: Demand
    all_orders: tuple[tuple[float, int], ...]
    begins_at: float
    shops: int

    def scores(self) -> Sequence[Score]:
        """Return how likely the orders of each day are under the constants of this moment."""
        hours = Hours(self.all_orders, self.shops)
        record = Record(self.demand, hours, begins_at=self.begins_at, shops=self.shops)
        days = record.run()
        return [days[day] for day in sorted(days) if day >= LEARNING_DAYS]


def constants() -> Iterator[Constant]:
    """Yield the constants of the model: a quarter to four times today's value."""
    for module, name in (
        (demand, "LISTING_PRIOR_ORDERS"),
        (demand, "LISTING_PRIOR_S_MAX"),
        (demand, "SHOP_PRIOR_ORDERS"),
        (demand, "SIZE_PRIOR_ORDERS"),
        (demand, "UNEVEN_SHAPE"),
        (demand, "RUSH_CHANCE"),
        (demand, "RUSH_DECADES"),
        (week_shape, "LEAN_ORDERS"),
        (week_shape, "WEEK_HALF_LIFE_S"),
    ):
        yield _constant(name, getattr(module, name), _putter(module, name))
    yield _constant("HALF_LIFE_S", sales_history.HALF_LIFE_S, _put_half_life)
    yield _constant("longest of BURSTS_S", sales_history.BURSTS_S[-1], _put_longest_burst)
    for place, today in enumerate(demand.FOLLOWERS):
        tried = (0.0, today / 2.0, today * 2.0, today * 4.0) if today else (0.005, 0.02, 0.04)
        yield Constant(
            name=f"FOLLOWERS[{place}]", today=today, tried=tried, put=_put_followers(place)
        )


def _constant(name: str, today: float, put: Callable[[float], None]) -> Constant:
    tried = tuple(today * times for times in (0.25, 0.5, 2.0, 4.0))
    return Constant(name=name, today=today, tried=tried, put=put)


def _putter(module: ModuleType, name: str) -> Callable[[float], None]:
    return lambda value: setattr(module, name, value)


def _put_half_life(value: float) -> None:
    life_s = "_LIFE_S"
    sales_history.HALF_LIFE_S = value
    setattr(sales_history, life_s, value / math.log(2.0))
    sales_history.weight_at.__defaults__ = (value,)


def _put_longest_burst(value: float) -> None:
    bursts = (*sales_history.BURSTS_S[:-1], value)
    lives = tuple(half_life_s / math.log(2.0) for half_life_s in bursts)
    for module in (sales_history, demand):
        setattr(module, "BURST_LIVES_S", lives)  # noqa: B010 - two modules hold the name


def _put_followers(place: int) -> Callable[[float], None]:
    def put(value: float) -> None:
        kept = [*demand.FOLLOWERS]
        kept[place] = value
        demand.FOLLOWERS = (kept[0], kept[1], kept[2], kept[3])

    return put


@contextmanager
def at(constant: Constant, value: float) -> Iterator[None]:
    """Let a constant have another value for a while."""
    constant.put(value)
    try:
        yield
    finally:
        constant.put(constant.today)


def fitting(history: History, *, days: float, skus: int) -> Fitting:
    """Return what is fitted to: the first days, some SKUs that no published backtest draws."""
    drawn = {sku for seed in DRAWN_SEEDS for sku in sample(history, most=DRAWN_SKUS, seed=seed)}
    lines = [each for each in history.lines if each.placed_at < days * DAY_S]
    known = history_of(lines, begins_at=history.begins_at)
    # Also what nobody ordered in these days: it was on sale, or might have been.
    others = history_of([each for each in history.lines if each.sku not in drawn])
    shops, latencies = Scene().shops, Scene().latencies
    chosen = sample(others, most=skus, seed=SEED)
    every = demand_of(known, known.skus, seed=SEED, shops=shops, latencies=latencies)
    return Fitting(
        demand=demand_of(known, chosen, seed=SEED, shops=shops, latencies=latencies),
        all_orders=tuple((known.begins_at + each.at, each.shop) for each in every.arrivals),
        begins_at=known.begins_at,
        shops=shops,
    )


def compared(today: Sequence[Score], other: Sequence[Score]) -> tuple[float, float]:
    """Return by how much an order is likelier under the other, and the standard error."""
    orders = sum(each.orders for each in today)
    gains = [after.total - before.total for before, after in zip(today, other, strict=True)]
    error = statistics.stdev(gains) * math.sqrt(len(gains))
    return math.fsum(gains) / orders, error / orders


def main() -> int:
    """Print a line for today's values and one for each that was tried."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("orders", type=Path)
    parser.add_argument("--days", type=float, default=DAYS)
    parser.add_argument("--skus", type=int, default=SKUS)
    asked = parser.parse_args()
    fitted = fitting(read_orders(asked.orders), days=asked.days, skus=asked.skus)
    today = fitted.scores()
    orders = sum(each.orders for each in today)
    _print(
        skus=asked.skus,
        days=len(today),
        orders=orders,
        moments_per_order=math.fsum(each.moments for each in today) / orders,
        sizes_per_order=math.fsum(each.sizes for each in today) / orders,
    )
    for constant in constants():
        for value in constant.tried:
            with at(constant, value):
                gain, error = compared(today, fitted.scores())
            _print(
                constant=constant.name,
                today=constant.today,
                value=value,
                gain_per_order=gain,
                standard_error=error,
                better=gain > max(NOISE * error, WORTH),
                worse=gain < -max(NOISE * error, WORTH),
            )
    return 0


def _print(**told: str | float) -> None:
    rounded = {
        key: float(f"{told[key]:.4g}") if isinstance(told[key], float) else told[key]
        for key in told
    }
    sys.stdout.write(json.dumps({"fit": "demand"} | rounded) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main())
