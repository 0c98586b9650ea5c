"""How soon an idle queue answers: from a ring to the start of the work, in one process."""

import json
import statistics
import sys
import threading
import time

import dramatiq
from dramatiq import Worker
from dramatiq.brokers.stub import StubBroker


RINGS = 50
IDLE_S = 0.15
IDLE_POLL_MS = 20


def main() -> int:
    """Ring an idle worker again and again; print the median and the slowest answer."""
    broker = StubBroker(middleware=[])
    answered = threading.Event()

    def answer() -> None:
        answered.set()

    bell = dramatiq.actor(actor_name="bell", queue_name="urgent", broker=broker)(answer)
    worker = Worker(broker, worker_threads=8, worker_timeout=IDLE_POLL_MS)
    worker.start()
    waits_ms = []
    try:
        for _ in range(RINGS):
            time.sleep(IDLE_S)
            answered.clear()
            began = time.perf_counter()
            bell.send()
            answered.wait(5.0)
            waits_ms.append((time.perf_counter() - began) * 1000.0)
    finally:
        worker.stop()
    line = {
        "bench": "idle_queue",
        "p50_ms": round(statistics.median(waits_ms), 2),
        "max_ms": round(max(waits_ms), 2),
    }
    sys.stdout.write(json.dumps(line) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
