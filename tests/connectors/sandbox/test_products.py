"""Products, warehouses, and going off sale and on again."""

import pytest

from connectors.sandbox.merchandise import ProductStatus
from connectors.sandbox.switches import SandboxSwitches

from .scene import Json, Scene


SEARCH = "/product/202502/products/search"


def titles(scene: Scene, body: Json | None = None) -> list[str]:
    """Return the titles that a search finds."""
    data = scene.data("POST", SEARCH, body or {}, page_size="100")
    return [product["title"] for product in data["products"]]


def test_the_search_pages_through_all_products() -> None:
    """Three products on pages of two: two pages, the last without a token."""
    scene = Scene()
    for name in ("A", "B", "C"):
        scene.list_sku(name)
    first = scene.data("POST", SEARCH, {}, page_size="2")
    second = scene.data("POST", SEARCH, {}, page_size="2", page_token=first["next_page_token"])

    assert [product["title"] for product in first["products"] + second["products"]] == [
        "A",
        "B",
        "C",
    ]
    assert (first["total_count"], second["next_page_token"]) == (3, "")


@pytest.mark.parametrize("size", [None, "0", "101"])
def test_the_page_size_is_required(size: str | None) -> None:
    """Unlike orders, products have no default page size."""
    assert Scene().call("POST", SEARCH, {}, page_size=size).json()["code"] == 36009004


def test_the_search_filters() -> None:
    """By SKU id, seller SKU, status and time windows that hold both their ends."""
    scene = Scene()
    mug = scene.list_sku("MUG")
    scene.clock.wait(10)
    plate = scene.list_sku("PLATE")
    born = int(scene.clock.now)
    scene.world.set_product_status(mug.product_id, ProductStatus.FREEZE)

    assert titles(scene, {"sku_ids": [plate.sku_id]}) == ["PLATE"]
    assert titles(scene, {"seller_skus": ["MUG"]}) == ["MUG"]
    assert titles(scene, {"status": "ACTIVATE"}) == ["PLATE"]
    assert titles(scene, {"create_time_le": born - 10}) == ["MUG"]
    assert titles(scene, {"update_time_ge": born}) == ["MUG", "PLATE"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"status": "LOST"}, 12052910),
        ({"sku_ids": [str(number) for number in range(11)]}, 12052910),
    ],
)
def test_a_bad_filter_is_refused(body: Json, code: int) -> None:
    """A status that is none and more than ten SKUs are bad parameters."""
    scene = Scene()
    scene.list_sku()

    assert scene.call("POST", SEARCH, body, page_size="10").json()["code"] == code


def test_a_product_shows_its_stock_and_components() -> None:
    """`quantity` is what can be ordered, backorders beside it; bundles name their parts."""
    scene = Scene()
    mug = scene.list_sku(units=4)
    scene.world.edit_stock_by_hand(*scene.key(mug), backorder=2)
    bundle = scene.list_bundle(mug)
    path = "/product/202309/products/"

    single = scene.data("GET", path + mug.product_id)["skus"][0]
    combined = scene.data("GET", path + bundle.product_id)["skus"][0]["combined_skus"]

    assert single["inventory"] == [
        {"warehouse_id": scene.key(mug)[1], "quantity": 4, "backorder_quantity": 2}
    ]
    assert [part["sku_id"] for part in combined] == [mug.sku_id]


def test_a_frozen_product_has_no_detail() -> None:
    """FREEZE and DELETED are seen in the search and not in the detail."""
    scene = Scene()
    mug = scene.list_sku()
    scene.world.set_product_status(mug.product_id, ProductStatus.FREEZE)

    answer = scene.call("GET", f"/product/202309/products/{mug.product_id}")

    assert answer.json()["code"] == 12052901


def test_warehouses_are_listed_with_their_state() -> None:
    """Id, state and kind, and the docs' own spelling of the district."""
    scene = Scene()

    (place,) = scene.data("GET", "/logistics/202309/warehouses")["warehouses"]

    assert place["id"] == scene.warehouses["alpha"]
    assert (place["effect_status"], place["type"]) == ("ENABLED", "SALES_WAREHOUSE")
    assert "distict" in place["address"]


def test_coming_back_on_sale_means_an_audit() -> None:
    """Deactivated at once, then PENDING for the audit's time, then ACTIVATE."""
    scene = Scene(SandboxSwitches(audit_s=60))
    mug = scene.list_sku()
    body = {"product_ids": [mug.product_id]}
    seen = []
    for verb, wait_s in (("deactivate", 0), ("activate", 0), ("", 60)):
        if verb:
            assert scene.data("POST", f"/product/202309/products/{verb}", body) == {}
        scene.clock.wait(wait_s)
        seen.append(scene.world.snapshot().products[0].status.value)

    assert seen == ["SELLER_DEACTIVATED", "PENDING", "ACTIVATE"]


def test_a_wrong_state_is_a_partial_failure() -> None:
    """Activating what is active is code 0 with 12052901 inside."""
    scene = Scene()
    body = {"product_ids": [scene.list_sku().product_id, "7"]}

    data = scene.data("POST", "/product/202309/products/activate", body)

    assert [error["code"] for error in data["errors"]] == [12052901, 12052260]


def test_the_search_does_not_tell_the_parts_of_a_bundle() -> None:
    """Only the detail does (section 3): whoever goes by the search alone takes it for a SKU."""
    scene = Scene()
    scene.list_bundle(scene.list_sku("MUG"))
    found = scene.data("POST", SEARCH, {}, page_size="100")["products"]

    assert [sku for product in found for sku in product["skus"] if "combined_skus" in sku] == []
