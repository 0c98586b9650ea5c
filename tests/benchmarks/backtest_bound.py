"""Which trade-off of lost sales and oversold orders no late sync can better, on recorded orders.

    python -m tests.benchmarks.backtest_bound --orders FILE > tests/benchmarks/backtest/bound.jsonl

Each line of JSON tells by `line` what it is:

`frontier`: the best that a sync can do which knows of nothing sooner than `delay_s`, at a price.
`least_lost`, `least_oversold`: what that means for a target.
`guard`: the same for what a guard reached (`backtest.jsonl`).
`replayed`: the recorded orders under the best listings at a price, with no other fault than the
delay; without a price, with everything shown everywhere.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from worker.backtest.frontier import (
    PRICES,
    Plans,
    Point,
    least_lost_pct,
    least_oversold_per_10k,
    plans,
    point,
)
from worker.backtest.history import Demand, History, demand_of, sample
from worker.backtest.late_sync import replay_late
from worker.backtest.nearly_gone import Classes, Known, count
from worker.backtest.order_file import read_orders
from worker.backtest.outcome import outcome_of
from worker.backtest.scene import CLOSE_READ_S_MIN, Latencies, Scene
from worker.backtest.tally import Tally


Figures = dict[str, float]

UNITS_MAX = 8
"""With more units left, races are left out: the bound is lower for it."""

LATENCIES = Latencies()

CALLS_S = LATENCIES.read_s + LATENCIES.write_s
"""One read and one write, begun at the best moment: nobody is sooner, on average."""

DELAYS_S = (CALLS_S, CALLS_S + CLOSE_READ_S_MIN / 2.0)
"""Without and with the mean wait for the next close read."""

TARGETS_PER_10K = {30.0: (1.0,), 1_000.0: (5.0, 2.1, 1.6)}
"""What was aimed at; and what the largest buffers and the percentage split oversell."""

TARGETS_PCT = {30.0: (0.5,), 1_000.0: (5.0,)}

REPLAYED_PRICES = (8.0, 20.0, 50.0, 120.0, 400.0)

REACHED = Path(__file__).parent / "backtest" / "backtest.jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The orders, and the set-up in which they are looked at."""

    demands: tuple[Demand, ...]
    skus: int
    scene: Scene
    delay_s: float

    def line(self, kind: str, **figures: object) -> str:
        """Return a line of JSON about this set-up."""
        told = {
            "line": kind,
            "skus": self.skus,
            "seeds": len(self.demands),
            "intensity": self.scene.intensity,
            "delay_s": self.delay_s,
        }
        return json.dumps({**told, **figures})

    def classes(self) -> Classes:
        """Return how goods are ordered while nearly gone."""
        classes: Classes = {}
        for demand in self.demands:
            count(
                demand,
                classes,
                delay_s=self.delay_s * self.scene.intensity,
                units_max=UNITS_MAX,
                stock_weeks=self.scene.stock_weeks,
            )
        return classes


def main() -> int:
    """Print every line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--orders", type=Path, required=True, help="recorded orders")
    parser.add_argument("--skus", type=int, default=15, help="SKUs for each seed; 0 are all")
    parser.add_argument("--seeds", type=int, default=20, help="how many seeds")
    given = parser.parse_args()
    demands = tuple(_demands(read_orders(given.orders), given.skus, given.seeds))
    for intensity in TARGETS_PER_10K:
        for delay_s in DELAYS_S:
            scene = Scene(intensity=intensity)
            asked = Asked(demands=demands, skus=given.skus, scene=scene, delay_s=delay_s)
            for line in _answers(asked):
                sys.stdout.write(line + "\n")
                sys.stdout.flush()
    return 0


def _demands(history: History, skus: int, seeds: int) -> Iterator[Demand]:
    for seed in range(1, seeds + 1):
        chosen = sample(history, most=skus or len(history.skus), seed=seed)
        yield demand_of(history, chosen, seed=seed, shops=Scene().shops, latencies=LATENCIES)


def _answers(asked: Asked) -> Iterator[str]:
    classes = asked.classes()
    for known in Known:
        points = [
            point(classes, price, known, shops=asked.scene.shops, units_max=UNITS_MAX)
            for price in PRICES
        ]
        yield from _bounds(asked, known, points)
    yield from _replayed(asked, classes)


def _bounds(asked: Asked, known: Known, points: list[Point]) -> Iterator[str]:
    knows = known.value
    for each in points:
        oversold, lost = each.oversold_orders_per_10k, each.lost_sales_pct
        yield asked.line("frontier", knows=knows, price=each.price, **_figures(oversold, lost))
    for oversold in TARGETS_PER_10K[asked.scene.intensity]:
        lost = least_lost_pct(points, oversold)
        yield asked.line("least_lost", knows=knows, **_figures(oversold, lost))
    for lost in TARGETS_PCT[asked.scene.intensity]:
        oversold = least_oversold_per_10k(points, lost)
        yield asked.line("least_oversold", knows=knows, **_figures(oversold, lost))
    for policy, oversold, lost in _reached(asked.scene.intensity):
        bounds = {
            "least_lost_sales_pct": round(least_lost_pct(points, oversold), 4),
            "least_oversold_orders_per_10k": round(least_oversold_per_10k(points, lost), 4),
        }
        yield asked.line("guard", knows=knows, policy=policy, **_figures(oversold, lost), **bounds)


def _figures(oversold: float, lost: float) -> Figures:
    return {"oversold_orders_per_10k": round(oversold, 4), "lost_sales_pct": round(lost, 4)}


def _reached(intensity: float) -> Iterator[tuple[str, float, float]]:
    for text in REACHED.read_text().splitlines():
        told = json.loads(text)
        if told["policy"].startswith("guard") and told["intensity"] == intensity:
            yield told["policy"], told["oversold_orders_per_10k"], told["lost_sales_pct"]


def _replayed(asked: Asked, classes: Classes) -> Iterator[str]:
    one_counter = _tallies(asked, {}, 0.0)
    planned: dict[float | None, Plans] = {None: {}}
    for price in REPLAYED_PRICES:
        planned[price] = plans(classes, price, shops=asked.scene.shops, units_max=UNITS_MAX)
    for shown_for, plan in planned.items():
        tallies = _tallies(asked, plan, asked.delay_s)
        scene = asked.scene
        told = outcome_of("late", scene.intensity, scene.feed, tallies, one_counter)
        yield asked.line(
            "replayed",
            price=shown_for,
            orders=told.orders,
            oversold_interval=told.oversold_interval,
            **_figures(told.oversold_orders_per_10k, told.lost_sales_pct),
        )


def _tallies(asked: Asked, plan: Plans, delay_s: float) -> list[Tally]:
    return [
        replay_late(
            demand,
            plan,
            delay_s=delay_s,
            stock_weeks=asked.scene.stock_weeks,
            intensity=asked.scene.intensity,
        )
        for demand in asked.demands
    ]


if __name__ == "__main__":
    raise SystemExit(main())
