"""How long a large feed takes from its bytes to accepted rows, faults and the difference.

Beside it runs the usual way: Python's csv module, strict row checks, and a comparison of two
dicts. Both read the export before and the new one: a million rows, of which 5 % have changed and
0.1 % are bad, in ten ways. Times are of the processor: several cores would favour the fast way.
"""

import json
import re
import sys
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from connectors.feeds.reading import read_feed
from connectors.feeds.stated_columns import LastColumns, columns_of
from reconciliation.feed import AsOfColumn, Dialect
from reconciliation.quantities import Instant
from tests.benchmarks.feed_scene import Exports, compare_with_csv, exports
from tests.benchmarks.feed_store_scene import store_seconds


ROWS, MANY_ROWS = 1_000_000, 5_000_000
# Rows that repeat others would make it more than the million which a file may have.
STORED_ROWS = 999_000
ROUNDS = 3
ARRIVED_AT = Instant(1_795_521_600.0)

DIALECT = Dialect(
    sku_column="sku",
    quantity_column="quantity",
    as_of=AsOfColumn(name="as_of"),
    bytes_max=1_000_000_000,
    rows_max=10_000_000,
)


def compare_fast(exported: Exports) -> None:
    """Read both exports and tell them apart."""
    before, after = (
        read_feed(content, DIALECT, file_name="east.csv", arrived_at=ARRIVED_AT)
        for content in (exported.before, exported.after)
    )
    LastColumns(sha256=before.sha256, stated=columns_of(before.rows)).contrast(after.rows)


def ratio(*, quoted: bool) -> dict[str, float]:
    """Return how much longer the usual way takes, both measured in turn."""
    exported = exports(ROWS, arrived_at=ARRIVED_AT, quoted=quoted)
    slow, fast = [], []
    for _ in range(ROUNDS):
        slow.append(_seconds(lambda: compare_with_csv(exported)))
        fast.append(_seconds(lambda: compare_fast(exported)))
    csv_s, fast_s = median(slow), median(fast)
    return {
        "csv_s": round(csv_s, 2),
        "fast_s": round(fast_s, 2),
        "ratio_vs_csv": round(csv_s / fast_s, 2),
    }


def peak_mb(*, quoted: bool) -> float:
    """Return the most memory that the fast way holds, the two files included."""
    compare_fast(exports(ROWS, arrived_at=ARRIVED_AT, quoted=quoted))
    # Not `getrusage`: there a new process begins with the peak of the one that started it.
    status = Path("/proc/self/status").read_text(encoding="ascii")
    (peak_kb,) = re.findall(r"VmHWM:\s+(\d+) kB", status)
    return int(peak_kb) / 1024


def seconds_of(rows: int, *, quoted: bool) -> float:
    """Return how long so many rows take."""
    exported = exports(rows, arrived_at=ARRIVED_AT, quoted=quoted)
    return median(_seconds(lambda: compare_fast(exported)) for _ in range(ROUNDS))


def seconds_to_stored(rows: int, *, quoted: bool) -> float:
    """Return how long the later export takes until its snapshots and the due work are stored."""
    with TemporaryDirectory() as folder:
        return store_seconds(rows, Path(folder), quoted=quoted)


def _seconds(act: Callable[[], object]) -> float:
    began = time.process_time()
    act()
    return time.process_time() - began


def main() -> int:
    """Print a line for plain files, and one for files with every cell quoted."""
    for quoted in (False, True):
        # In processes of their own: memory is never given back by one that has run.
        with ProcessPoolExecutor(1, get_context("spawn"), max_tasks_per_child=1) as pool:
            peak = pool.submit(peak_mb, quoted=quoted).result()
            few_s = pool.submit(seconds_of, ROWS, quoted=quoted).result()
            many_s = pool.submit(seconds_of, MANY_ROWS, quoted=quoted).result()
            stored_s = pool.submit(seconds_to_stored, STORED_ROWS, quoted=quoted).result()
        against_csv = ratio(quoted=quoted)
        line = {
            "bench": "feed_intake_quoted" if quoted else "feed_intake",
            "rows": ROWS,
            **against_csv,
            "stored_s": round(stored_s, 2),
            "store_ratio_vs_csv": round(against_csv["csv_s"] / stored_s, 2),
            "peak_mb": round(peak),
            "growth_5m": round(many_s / few_s / (MANY_ROWS / ROWS), 2),
        }
        sys.stdout.write(json.dumps(line) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
