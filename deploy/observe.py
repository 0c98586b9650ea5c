"""Proves that what we show and watch is there: `python deploy/observe.py`, or `make observe`.

Runs the demo under a real Prometheus, asks it for every query of every dashboard and every metric
of every rule, and prints what came. Ends with 1 if a query yields nothing, with 2 if Prometheus
is missing. `--exporter URL` watches a running program in place of the demo.
"""

import argparse
import contextlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx


HERE = Path(__file__).resolve().parent
DASHBOARDS = HERE / "grafana" / "dashboards"
RULES = HERE / "prometheus" / "rules" / "oversell-guard.yml"
METRIC = re.compile(r"\boversell_guard_\w+")

CHOSEN = {"$shop": ".+", "$warehouse": ".+", "$__rate_interval": "30s"}
"""What Grafana would put in place of its variables."""

EMPTY_IS_RIGHT = {
    "oversell_guard_api_requests_total": "nobody asked",
    "oversell_guard_item_expected_cancelled_orders": "no item was at risk",
    "oversell_guard_item_shortage_units": "no item was at risk",
}
"""Metrics that appear with what they tell of, and why the demo may have none of it."""

ASK_EVERY_S = 2.0
START_S_MAX = 30.0
"""How long the demo, and Prometheus, may take to answer at all."""
END_S_MAX = 30.0
NO_PROMETHEUS = (
    "prometheus is not on the PATH. On Debian and Ubuntu: "
    "sudo deploy/prometheus/install-promtool.sh; on macOS: brew install prometheus\n"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Something that must yield series, and where it stands.

    `excuse` says why it may yield none; it is empty where it must yield some.
    """

    place: str
    query: str
    excuse: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """How many series came for what was asked."""

    asked: Asked
    series: int

    @property
    def good(self) -> bool:
        """Tell whether series came, or none had to."""
        return self.series > 0 or bool(self.asked.excuse)


def main(arguments: Sequence[str] | None = None) -> int:
    """Watch a demo, or a running program, until all is there or the time is over."""
    wanted = _arguments(arguments)
    # On Debian a user's path may leave out the folders of programs.
    places = os.pathsep.join([os.environ.get("PATH", ""), "/usr/local/bin", "/usr/bin"])
    program = shutil.which("prometheus", path=places)
    if program is None:
        sys.stderr.write(NO_PROMETHEUS)
        return 2
    folder = Path(tempfile.mkdtemp(prefix="oversell-guard-observe-"))
    try:
        with contextlib.ExitStack() as running:
            exporter = wanted.exporter or running.enter_context(_demo(folder, wanted.seconds))
            api = running.enter_context(_prometheus(program, folder, exporter))
            answers = _ask_until_all_is_there(api, wanted.seconds)
            _print(answers, _alerts(api))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0 if all(answer.good for answer in answers) else 1


def everything_asked() -> list[Asked]:
    """Return every query of the dashboards and of their choices, and every metric named."""
    queries = [asked for path in sorted(DASHBOARDS.glob("*.json")) for asked in _of(path)]
    texts = [asked.query for asked in queries] + [RULES.read_text(encoding="utf-8")]
    names = sorted({name for text in texts for name in METRIC.findall(text)})
    metrics = [
        Asked(place="metric", query=name, excuse=EMPTY_IS_RIGHT.get(name, "")) for name in names
    ]
    return [*queries, *metrics]


def _of(path: Path) -> Iterator[Asked]:
    dashboard = json.loads(path.read_text(encoding="utf-8"))
    for choice in dashboard.get("templating", {}).get("list", ()):
        if choice["type"] == "query":
            found = re.fullmatch(r"label_values\((\w+), (\w+)\)", choice["query"]["query"])
            if found is None:
                raise ValueError(f"{path.name}: a list that is no label_values(metric, label)")
            query = f"count by ({found[2]}) ({found[1]})"
            yield Asked(place=f"{path.stem}: ${choice['name']}", query=query)
    for panel in dashboard["panels"]:
        for target in panel.get("targets", ()):
            yield Asked(place=f"{path.stem}: {panel['title']}", query=_filled(target["expr"]))


def _filled(query: str) -> str:
    for variable, value in CHOSEN.items():
        query = query.replace(variable, value)
    return query


def _ask_until_all_is_there(api: httpx.Client, seconds: float) -> list[Answer]:
    """Ask again and again, since histograms and pauses take their time to come."""
    asked = everything_asked()
    deadline = time.monotonic() + seconds
    while True:
        answers = [Answer(asked=each, series=_series(api, each.query)) for each in asked]
        answers += _rules(api)
        if all(answer.good for answer in answers) or time.monotonic() > deadline:
            return answers
        time.sleep(ASK_EVERY_S)


def _series(api: httpx.Client, query: str) -> int:
    """Return how many series a query yields; one that Prometheus refuses is our own fault."""
    answer = api.get("/api/v1/query", params={"query": query}).json()
    if answer["status"] != "success":
        raise ValueError(f"{query}: {answer['error']}")
    return len(answer["data"]["result"])


def _rules(api: httpx.Client) -> list[Answer]:
    """Return for each rule whether Prometheus evaluates it without an error."""
    groups = api.get("/api/v1/rules").json()["data"]["groups"]
    return [
        Answer(
            asked=Asked(place=f"rule: {rule['name']}", query=rule["query"]),
            series=int(rule["health"] == "ok"),
        )
        for group in groups
        for rule in group["rules"]
    ]


def _alerts(api: httpx.Client) -> list[str]:
    """Return the names of the alerts that wait or fire."""
    alerts = api.get("/api/v1/alerts").json()["data"]["alerts"]
    return sorted({f"{alert['labels']['alertname']} ({alert['state']})" for alert in alerts})


def _print(answers: Sequence[Answer], alerts: Sequence[str]) -> None:
    wide = max(len(answer.asked.place) for answer in answers)
    for answer in answers:
        note = "" if answer.series else f"   <- {answer.asked.excuse or 'NOTHING CAME'}"
        line = f"{answer.series:>6}  {answer.asked.place:<{wide}}  {answer.asked.query}{note}"
        sys.stdout.write(line + "\n")
    missing = [answer for answer in answers if not answer.good]
    sys.stdout.write(f"alerts: {', '.join(alerts) or 'none'}\n")
    sys.stdout.write(f"{len(answers)} asked, {len(missing)} without an answer\n")


@contextlib.contextmanager
def _demo(folder: Path, seconds: float) -> Iterator[str]:
    """Run the demo, for longer than anything is asked; yield the address of its metrics."""
    exporter, log = f"http://127.0.0.1:{(port := _free_port())}/metrics", folder / "demo.log"
    command = [sys.executable, "-m", "worker", "demo", "--metrics-port", str(port)]
    command += ["--seconds", f"{seconds + 2 * START_S_MAX:g}"]
    with _running(command, log) as process:
        _wait_until_it_answers(exporter, process, log)
        yield exporter


@contextlib.contextmanager
def _prometheus(program: str, folder: Path, exporter: str) -> Iterator[httpx.Client]:
    """Run Prometheus on the exporter, looking every second; yield a client of its API."""
    url, port, log = httpx.URL(exporter), _free_port(), folder / "prometheus.log"
    config = {
        "global": {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"},
        "rule_files": [str(RULES)],
        "scrape_configs": [
            {
                "job_name": "oversell-guard",
                "metrics_path": url.path,
                "static_configs": [{"targets": [url.netloc.decode("ascii")]}],
            }
        ],
    }
    # JSON is YAML.
    (folder / "prometheus.yml").write_text(json.dumps(config), encoding="utf-8")
    command = [
        program,
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--log.level=warn",
    ]
    with (
        _running(command, log) as process,
        httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as api,
    ):
        _wait_until_it_answers(f"http://127.0.0.1:{port}/-/ready", process, log)
        yield api


def _wait_until_it_answers(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_S_MAX
    while process.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(url, trust_env=False).is_success:
                return
        time.sleep(0.2)
    raise SystemExit(f"{url} does not answer:\n{log.read_text(encoding='utf-8')}")


@contextlib.contextmanager
def _running(command: Sequence[str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program and end it as a person would, so that it tidies up after itself."""
    with log.open("wb") as output:
        process = subprocess.Popen(command, cwd=HERE.parent, stdout=output, stderr=output)  # noqa: S603 - our own program, or Prometheus
        try:
            yield process
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(END_S_MAX)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Shows that every query and rule has its data.")
    parser.add_argument("--seconds", type=float, default=60.0, help="the longest that it may take")
    parser.add_argument("--exporter", default="", help="watch this /metrics, not the demo's")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    raise SystemExit(main())
