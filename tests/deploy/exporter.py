"""An exporter that shows every metric of the catalogue, but those that are to be missing."""

import threading
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from .known_metrics import FIGURES, HISTOGRAMS


# Values that queries select by; every other label has its own name for a value.
VALUES = {"fate": ("accepted", "refused"), "state": ("open", "stranded")}


@contextmanager
def exporting(*, without: Collection[str] = ()) -> Iterator[str]:
    """Serve the metrics on this machine; yield their address."""

    class Exporter(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.end_headers()
            self.wfile.write("".join(_lines(without)).encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Exporter)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/metrics"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _lines(without: Collection[str]) -> Iterator[str]:
    # Counters must grow, or no rate and no quantile comes of them.
    count = int(time.monotonic() * 10)
    for name, labels in FIGURES.items():
        if name not in without:
            yield from (f"{name}{{{chosen}}} {count}\n" for chosen in _label_sets(labels))
    for name, labels in HISTOGRAMS.items():
        chosen = "".join(f'{label}="{label}",' for label in labels)
        yield from (f'{name}_bucket{{{chosen}le="{le}"}} {count}\n' for le in ("1", "+Inf"))
        yield f"{name}_sum{{{chosen}}} {count}\n{name}_count{{{chosen}}} {count}\n"


def _label_sets(labels: tuple[str, ...]) -> Iterator[str]:
    sets = [""]
    for label in labels:
        values = VALUES.get(label, (label,))
        sets = [f'{before}{label}="{value}",' for before in sets for value in values]
    yield from sets
