"""The sandbox as a process of its own: its scenario, its port, and its notifications."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from tiktok_shop_api import TikTokShop
from typer.testing import CliRunner

from connectors.sandbox.switch_table import SWITCHES
from worker.cli.program import app
from worker.sandbox.run import RunningSandbox, running_sandbox
from worker.sandbox.scenario import (
    ProductPlan,
    Scenario,
    ShopPlan,
    options_said,
    read_scenario,
)
from worker.settings.faults import ConfigFaults
from worker.web.serving import PortTaken


WHOLE = """
seed = 7
[switches]
zero_accepted = false
calls_per_second = "none"
[faults]
late_effect = 0.05
[webhooks]
url = "http://127.0.0.1:1/webhooks/tiktok"
lost = 0.1
[mishaps]
token_expires_s = 600
[[shops]]
name = "gamma"
warehouses = ["East", "West"]
[[products]]
skus = ["TEE"]
units = 3
"""


@contextmanager
def served(scenario: Scenario | None = None) -> Iterator[RunningSandbox]:
    """Serve a scenario on a free port."""
    plan = scenario or Scenario()
    with running_sandbox(plan, host="127.0.0.1", port=0, clock=time.time) as running:
        yield running


def told(running: RunningSandbox, method: str, path: str, **said: object) -> Any:  # noqa: ANN401 - any JSON
    """Make a control call that must work."""
    answer = httpx.request(method, f"{running.url}/sandbox{path}", json=said, trust_env=False)
    assert answer.status_code == 200, answer.text
    return answer.json()


def write(folder: Path, text: str) -> Path:
    """Write a scenario into a file."""
    path = folder / "scenario.toml"
    path.write_text(text, encoding="utf-8")
    return path


def faults_of(path: Path) -> list[str]:
    """Return all that is wrong with a scenario."""
    with pytest.raises(ConfigFaults) as faults:
        read_scenario(path, {})
    return [str(fault).removeprefix(f"{path}: ") for fault in faults.value.faults]


# --- the scenario ------------------------------------------------------------------------------


def test_a_file_says_all_that_a_world_is(tmp_path: Path) -> None:
    """Every section has its place in it."""
    scenario = read_scenario(write(tmp_path, WHOLE), {})

    assert scenario.seed == 7
    assert scenario.switches.zero_accepted is False
    assert scenario.switches.calls_per_second is None
    assert scenario.faults.late_effect == 0.05
    assert scenario.webhooks.faults.lost == 0.1
    assert scenario.mishaps.token_expires_s == 600.0
    assert scenario.shops == (ShopPlan(name="gamma", warehouses=("East", "West")),)
    assert scenario.products == (ProductPlan(skus=("TEE",), units=3),)


def test_options_lie_over_the_file(tmp_path: Path) -> None:
    """What they do not name stays as the file has it."""
    over = {"switches": options_said(["restock_delay_s=2"], option="--switch")}
    scenario = read_scenario(write(tmp_path, WHOLE), over, seed=9)

    assert (scenario.seed, scenario.switches.restock_delay_s) == (9, 2.0)
    assert scenario.switches.zero_accepted is False


def test_without_a_file_there_are_two_shops_and_three_skus() -> None:
    """Enough to begin with."""
    assert read_scenario(None, {}) == Scenario()


def test_all_that_is_wrong_is_told_at_once_with_its_line(tmp_path: Path) -> None:
    """Name, cause and remedy of each."""
    faults = faults_of(write(tmp_path, '[switches]\nzero = 1\n[faults]\noverloaded = "x"\n'))

    assert [fault.split(":")[0] for fault in faults] == [
        "switches.zero (line 2)",
        "faults.overloaded (line 4)",
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("sed = 1", "there is no such name"),
        ('seed = "x"', "is not a whole number"),
        ('[webhooks]\nurl = "here"', "is no address"),
        ("[webhooks]\ntopics = [2]", "never told of"),
        ("[webhooks]\nlast = 1", "there is no such name"),
        ("shops = []", "there is none"),
        ('shops = "alpha"', "is no list of tables"),
        ("[[shops]]\nname = 'a'\n[[shops]]\nname = 'a'", "opened twice"),
        ("[[products]]\nskus = ['X']\nshops = ['zeta']", "there is no shop 'zeta'"),
        ("[[products]]\nskus = []", "at least one SKU"),
        ("[[shops]]\nname = 'a'\nwarehouses = 'East'", "is not a list"),
        ("seed = ", "is not TOML"),
    ],
)
def test_a_scenario_that_cannot_be_meant_is_refused(
    tmp_path: Path, text: str, problem: str
) -> None:
    """Before anything listens."""
    assert any(problem in fault for fault in faults_of(write(tmp_path, text)))


def test_an_option_without_a_value_is_refused() -> None:
    """It says what to write instead."""
    with pytest.raises(ConfigFaults, match="write NAME=VALUE"):
        options_said(["zero_accepted"], option="--switch")


# --- served ------------------------------------------------------------------------------------


@pytest.mark.allow_hosts(["127.0.0.1"])
def test_a_program_that_is_not_ours_calls_it() -> None:
    """With what a control call told it."""
    with served() as running:
        shop = told(running, "GET", "/shops")["shops"][0]
        client = TikTokShop(
            shop["app_key"],
            shop["app_secret"],
            shop["access_token"],
            shop["cipher"],
            base_url=running.url,
        )
        found = client.products.search_products(page_size=10)
        client.close()

    assert found is not None
    assert found.data.total_count == 2  # type: ignore[union-attr]  # unset where it is missing


@pytest.mark.allow_hosts(["127.0.0.1"])
def test_time_is_moved_and_calls_are_judged_by_the_callers_clock() -> None:
    """A day later a call that is stamped today is as good as before."""
    with served() as running:
        before = told(running, "GET", "/clock")["now"]
        after = told(running, "POST", "/clock", advance_s=86_400)["now"]
        shop = running.stage.world.access("alpha")
        client = TikTokShop(
            shop.app_key, shop.app_secret, shop.access_token, shop.cipher, base_url=running.url
        )
        warehouses = client.logistics.get_warehouse_list()
        client.close()

    assert after - before >= 86_400
    assert warehouses is not None


@pytest.mark.allow_hosts(["127.0.0.1"])
def test_orders_are_told_to_whoever_is_named() -> None:
    """Signed, as TikTok tells them."""
    with (
        listener() as (url, heard),
        served(read_scenario(None, {"webhooks": {"url": url}})) as (running),
    ):
        told(running, "POST", "/orders", shop="alpha", sku="MUG")
        while len(heard) < 2:
            time.sleep(0.01)
        tally = told(running, "GET", "/webhooks")

    assert tally["told"] > 2


@pytest.mark.allow_hosts(["127.0.0.1"])
def test_a_port_that_is_taken_is_told() -> None:
    """With the option that chooses another."""
    with served() as running:
        port = httpx.URL(running.url).port or 0
        with (
            pytest.raises(PortTaken, match="--port"),
            running_sandbox(Scenario(), host="127.0.0.1", port=port, clock=time.time),
        ):
            pass


@contextmanager
def listener() -> Iterator[tuple[str, list[bytes]]]:
    """Take notifications at an address of this machine."""
    heard: list[bytes] = []

    class Ear(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.append(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Ear)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/", heard
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


# --- the command -------------------------------------------------------------------------------


def test_the_command_lists_every_switch_without_listening() -> None:
    """With what it asks."""
    shown = CliRunner().invoke(app, ["sandbox", "--switches", "--json"])

    assert shown.exit_code == 0
    assert all(row.name in shown.stdout for row in SWITCHES)


def test_the_table_warns_of_what_no_guard_can_bear() -> None:
    """Where a person looks for it."""
    shown = CliRunner().invoke(app, ["sandbox", "--switches"])

    assert "unpaid_holds_stock = false: no guard can" in " ".join(shown.stdout.split())


def test_a_wrong_switch_ends_the_command_with_its_name() -> None:
    """And the code of a configuration that is wrong."""
    shown = CliRunner().invoke(app, ["sandbox", "--switch", "zero=true"])

    assert shown.exit_code == 3
    assert "switches.zero" in shown.stderr
