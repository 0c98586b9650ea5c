"""A rig whose shops are connected by hand, and sellers who consent."""

import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from worker.cli.endings import ExitCode

from .cli_rig import Rig


HOOK = "https://guard.example/webhooks/tiktok"
DAY_S = 86_400.0


def rig_of(folder: Path, made: Rig | None = None) -> Rig:
    """A rig whose settings give no tokens: shops are connected by hand."""
    rig = made if made is not None else Rig(folder)
    text = re.sub(r"(?m)^(cipher|access_token) = .*\n", "", rig.config.read_text())
    rig.config.write_text(text + f'\n[authorisation]\nservice_id = "71"\nwebhook_url = "{HOOK}"\n')
    rig.environ["OVERSELL_GUARD_TIKTOK__API_URL"] = "https://sandbox.test"
    return rig


def link_of(rig: Rig, shop: str = "alpha") -> str:
    """Ask for the link of a shop, as its first seller would get it."""
    links = rig.run("shop", "add", shop, "--json").document["links"]
    return str(links[0]["link"])


def consented(rig: Rig, shop: str = "alpha", **changes: str) -> str:
    """Open the link and consent; return where the browser went to."""
    query = parse_qs(urlsplit(link_of(rig, shop)).query)
    code = rig.world.issue_auth_code(shop)
    answer = {"code": code, "state": query["state"][0], **changes}
    return "https://app.example/back?" + "&".join(f"{k}={v}" for k, v in answer.items())


def connect(rig: Rig, shop: str = "alpha") -> None:
    """Connect a shop as its documentation says."""
    answer = rig.run("shop", "add", shop, consented(rig, shop))
    assert answer.code == ExitCode.OK, answer


def sell(rig: Rig, units: int = 2) -> None:
    """Have a shop sell units of a lamp that were ordered and paid long before we came."""
    sku = rig.list_sku(units=9)
    for _ in range(units):
        rig.world.pay(rig.world.checkout("alpha", sku.sku_id, 1).order_id)


def lamp(rig: Rig, *, committed: int) -> None:
    """List a lamp whose units are committed though no order can be shown for them."""
    sku = rig.list_sku(units=9)
    rig.world.edit_stock_by_hand(sku.sku_id, rig.places["alpha"], committed=committed)


def set_up(rig: Rig) -> list[dict[str, object]]:
    """Connect the shop with its feed; return what no order explains of its lamp."""
    rig.take_in(LAMP=20)
    done = rig.run("shop", "add", "alpha", consented(rig), "--json").document["set_up"]
    found: list[dict[str, object]] = done["unexplained"]
    return found


def ats_units(rig: Rig) -> int:
    """Return how many lamps are available to sell, as it is decided now."""
    rig.run("reconcile", "--shop", "alpha", "--timeout", "60")
    explained = rig.run("explain", "LAMP", "--json").document
    return int(explained["listings"][0]["decision"]["pools"][0]["ats_units"])
