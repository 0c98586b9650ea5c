"""How soon a would-oversell decrease is confirmed while 100,000 raises wait for the same quota.

One shop of 50 calls a second, on a virtual clock, until all is written: in the guard's order and,
in the same run, first in, first out. `p99_s` and `fifo_p99_s` run from the decrease being asked
for to the read that shows it. Nothing waits for ever: every raise is written, the last of them
after `raise_max_s`. See `push_order_scene` for what is real.
"""

import argparse
import json
import sys
import time

from worker.cli.desk import log_to_stderr

from .push_order_scene import scene


RAISES = 100_000
DECREASES = 2_000
"""All come while raises wait, whatever the order."""
EVERY_S = 1.0
SEED = 6


def measured(*, ranks: bool, raises: int, decreases: int) -> dict[str, float]:
    """Write all in one order and return its figures."""
    worked = time.process_time()
    with scene(ranks=ranks, decreases=decreases, every_s=EVERY_S, seed=SEED) as run:
        run.fill(raises)
        run.drain()
        if len(run.decreases_s) != decreases or len(run.raises_s) != raises:
            raise RuntimeError("something was never written")
        times_s = sorted(run.decreases_s)
        return {
            "p50_s": round(times_s[decreases // 2], 3),
            "p99_s": round(times_s[int(decreases * 0.99)], 3),
            "max_s": round(times_s[-1], 3),
            "answered_p99_s": round(sorted(run.answers_s)[int(decreases * 0.99)], 3),
            "raise_max_s": round(max(run.raises_s), 1),
            "cpu_s": round(time.process_time() - worked, 1),
        }


def main() -> int:
    """Print both orders in one line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--raises", type=int, default=RAISES)
    parser.add_argument("--decreases", type=int, default=DECREASES)
    asked = parser.parse_args()
    log_to_stderr()
    sizes = {"raises": asked.raises, "decreases": asked.decreases}
    guarded = measured(ranks=True, **sizes)
    fifo = {f"fifo_{name}": value for name, value in measured(ranks=False, **sizes).items()}
    line = {"bench": "push_order", **guarded, **fifo, **sizes}
    sys.stdout.write(json.dumps(line) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
