"""Quantities: absolute writes, every refusal of theirs, and failures hidden under code 0."""

import pytest

from connectors.sandbox.faults import FaultKind
from connectors.sandbox.merchandise import NewSku, ProductStatus
from connectors.sandbox.switches import SandboxSwitches

from .scene import Json, Scene, update_path


INVENTORY = "/product/202309/inventory/search"


def first_error(answer: Json) -> Json:
    """Return the one error of an update that was answered with code 0."""
    assert answer["code"] == 0
    assert answer["message"] == "Success"
    (error,) = answer["data"]["errors"]
    found: Json = error
    return found


def fault_of(answer: Json) -> int:
    """Return the code that says what is wrong: the extra one where there is one."""
    error = first_error(answer)
    extras = error["detail"]["extra_errors"]
    if extras:
        assert error["code"] == 12052990
    code: int = extras[0]["code"] if extras else error["code"]
    return code


def test_a_write_sets_the_quantity() -> None:
    """What is written is shown, and read back as available."""
    scene = Scene()
    mug = scene.list_sku()
    scene.write(mug, 7)

    (product,) = scene.data("POST", INVENTORY, {"sku_ids": [mug.sku_id]})["inventory"]

    assert scene.shown(mug) == 7
    assert product["skus"][0]["total_available_quantity"] == 7


def test_a_write_gives_back_what_was_sold_meanwhile() -> None:
    """Counterexample 2: of 2 units 3 are sold, because the write was worked out before a sale."""
    scene = Scene()
    mug = scene.list_sku(units=1)
    scene.buy(mug)
    scene.write(mug, 2)
    scene.buy(mug, 2)

    assert sum(order.units for order in scene.world.snapshot().orders) == 3


def test_committed_units_are_not_in_available() -> None:
    """Ordered units stand beside the quantity, and a write leaves them alone."""
    scene = Scene()
    mug = scene.list_sku(units=5)
    scene.buy(mug, 2, paid=True)
    scene.write(mug, 9)

    (product,) = scene.data("POST", INVENTORY, {"sku_ids": [mug.sku_id]})["inventory"]

    assert product["skus"][0]["warehouse_inventory"] == [
        {"warehouse_id": scene.key(mug)[1], "available_quantity": 9, "committed_quantity": 2}
    ]


@pytest.mark.parametrize(("counted", "committed"), [(False, 0), (True, 2)])
def test_unpaid_units_may_be_in_committed(counted: bool, committed: int) -> None:  # noqa: FBT001 - a parameter of the test
    """Whether committed holds UNPAID orders is a switch; available lost them either way."""
    scene = Scene(SandboxSwitches(unpaid_in_committed=counted))
    mug = scene.list_sku(units=5)
    scene.buy(mug, 2)

    sku = scene.data("POST", INVENTORY, {"sku_ids": [mug.sku_id]})["inventory"][0]["skus"][0]

    assert (sku["total_available_quantity"], sku["total_committed_quantity"]) == (3, committed)


def test_campaign_and_creator_units_are_inside_available() -> None:
    """The page's sample: 100 available are 50 in the shop, 30 in a campaign, 20 at creators."""
    scene = Scene()
    mug = scene.list_sku(units=100)
    scene.world.edit_stock_by_hand(*scene.key(mug), campaign=30, creator=20)

    sku = scene.data("POST", INVENTORY, {"sku_ids": [mug.sku_id]})["inventory"][0]["skus"][0]

    assert sku["total_available_quantity"] == 100
    assert sku["total_available_inventory_distribution"] == {
        "campaign_inventory": [{"quantity": 30, "campaign_name": "Big Sale"}],
        "creator_inventory": [{"quantity": 20, "creator_name": "py001"}],
        "in_shop_inventory": {"quantity": 50},
    }


@pytest.mark.parametrize(
    ("quantity", "code"),
    [(-1, 12019024), ("7", 12019024), (True, 12019024), (7.0, 12019024), (100_000, 12052055)],
)
def test_a_bad_quantity_is_refused(quantity: object, code: int) -> None:
    """No whole number is 12019024, too high a one 12052055, and nothing changes."""
    scene = Scene()
    mug = scene.list_sku(units=3)

    answer = scene.write(mug, quantity).json()

    assert fault_of(answer) == code
    assert scene.shown(mug) == 3


@pytest.mark.parametrize("code", [12052055, 12019024])
def test_zero_may_be_refused(code: int) -> None:
    """Where 0 is not accepted it is refused by the code of the switch."""
    scene = Scene(SandboxSwitches(zero_accepted=False, zero_refusal_code=code))

    assert fault_of(scene.write(scene.list_sku(units=3), 0).json()) == code


@pytest.mark.parametrize(("whole", "refused_below"), [(False, 4), (True, 10)])
def test_a_campaign_locks_stock(whole: bool, refused_below: int) -> None:  # noqa: FBT001 - a parameter of the test
    """12052393 below the campaign's units, or below all of them, as the switch says."""
    scene = Scene(SandboxSwitches(campaign_floor_is_whole_stock=whole))
    mug = scene.list_sku(units=10)
    scene.world.edit_stock_by_hand(*scene.key(mug), campaign=4)

    assert fault_of(scene.write(mug, refused_below - 1).json()) == 12052393
    assert scene.write(mug, refused_below).json()["data"] == {}


@pytest.mark.parametrize(
    ("where", "code"),
    [
        ("nowhere", 12052097),
        ("of another shop", 12052530),
        ("disabled", 12052531),
        ("for returns", 12052532),
        ("not stocking it", 12052533),
    ],
)
def test_a_wrong_warehouse_has_its_code(where: str, code: int) -> None:
    """Each way in which a warehouse can be wrong is told apart."""
    scene = Scene()
    scene.open_shop("beta")
    add = scene.world.add_warehouse
    ids = {
        "nowhere": "7",
        "of another shop": scene.warehouses["beta"],
        "disabled": add("alpha", "Shut", effect_status="DISABLED").warehouse_id,
        "for returns": add("alpha", "Returns", kind="RETURN_WAREHOUSE").warehouse_id,
        "not stocking it": add("alpha", "Other").warehouse_id,
    }
    mug = scene.list_sku(units=3)

    answer = scene.write_rows(mug, [{"warehouse_id": ids[where], "quantity": 1}]).json()

    assert fault_of(answer) == code
    assert first_error(answer)["detail"]["extra_errors"][0]["warehouse_id"] == ids[where]


def test_no_warehouse_of_a_sku_may_be_left_out() -> None:
    """With two warehouses both are sent, by id, or it is 12019028."""
    scene = Scene()
    second = scene.world.add_warehouse("alpha", "Second").warehouse_id
    places = (scene.warehouses["alpha"], second)
    (mug,) = scene.world.list_product(
        "alpha", "Mug", [NewSku(seller_sku="MUG", warehouse_ids=places)]
    )
    rows = [{"warehouse_id": place, "quantity": 4} for place in places]

    assert fault_of(scene.write_rows(mug, rows[:1]).json()) == 12019028
    assert fault_of(scene.write_rows(mug, [{"quantity": 4}]).json()) == 12019028
    assert fault_of(scene.write_rows(mug, [rows[0], rows[0]]).json()) == 12019028
    assert scene.write_rows(mug, rows).json()["data"] == {}


def test_a_single_warehouse_needs_no_id() -> None:
    """The warehouse id is optional where there is only one."""
    scene = Scene()
    mug = scene.list_sku()
    scene.write_rows(mug, [{"quantity": 4}])

    assert scene.shown(mug) == 4


@pytest.mark.parametrize("rows", [None, [], "many"])
def test_a_sku_without_inventory_is_refused(rows: object) -> None:
    """An entry that names no warehouse at all is 12019022."""
    scene = Scene()

    assert fault_of(scene.write_rows(scene.list_sku(), rows).json()) == 12019022


def test_bundles_and_shared_stock_cannot_be_edited() -> None:
    """A virtual bundle is 12052850, stock of a source shop 12052921."""
    scene = Scene()
    mug = scene.list_sku()

    assert fault_of(scene.write(scene.list_bundle(mug), 1).json()) == 12052850
    assert fault_of(scene.write(scene.list_sku("PLATE", shared=True), 1).json()) == 12052921


@pytest.mark.parametrize(
    ("skus", "code"),
    [
        (None, 12052902),
        ([], 12052902),
        ("all", 12052910),
        ([{}], 12052036),
        ([{"id": "1"}, {"id": "1"}], 12052553),
        ([{"id": str(number)} for number in range(101)], 12052050),
    ],
)
def test_a_malformed_list_fails_the_whole_call(skus: object, code: int) -> None:
    """An empty list is 12052902, a SKU twice 12052553, no id 12052036, over 100 12052050."""
    scene = Scene()
    path = update_path(scene.list_sku())

    assert scene.call("POST", path, {"skus": skus}).json()["code"] == code


@pytest.mark.parametrize(("product_id", "code"), [("mug", 12052031), ("7", 12052260)])
def test_a_wrong_product_id_fails_the_whole_call(product_id: str, code: int) -> None:
    """No number is 12052031, a number without a product 12052260."""
    path = f"/product/202309/products/{product_id}/inventory/update"

    assert Scene().call("POST", path, {"skus": [{"id": "1"}]}).json()["code"] == code


def test_another_shops_product_is_not_ours() -> None:
    """A product of another shop is 12052048."""
    scene = Scene()
    scene.open_shop("beta")
    path = update_path(scene.list_sku(shop="beta"))

    assert scene.call("POST", path, {"skus": [{"id": "1"}]}).json()["code"] == 12052048


@pytest.mark.parametrize(
    ("only_active", "status", "code"),
    [
        (False, ProductStatus.SELLER_DEACTIVATED, 0),
        (True, ProductStatus.SELLER_DEACTIVATED, 12052901),
        (False, ProductStatus.FREEZE, 12052901),
    ],
)
def test_the_products_status_decides(only_active: bool, status: ProductStatus, code: int) -> None:  # noqa: FBT001 - a parameter of the test
    """A frozen product is 12052901; a deactivated one where the switch says so."""
    scene = Scene(SandboxSwitches(only_active_products_updatable=only_active))
    mug = scene.list_sku()
    scene.world.set_product_status(mug.product_id, status)

    assert scene.write(mug, 1).json()["code"] == code


def two_skus(scene: Scene) -> tuple[str, str, str]:
    """List a product of two SKUs; returns its path and the SKUs' ids."""
    places = (scene.warehouses["alpha"],)
    red, blue = scene.world.list_product(
        "alpha",
        "Mug",
        [NewSku(seller_sku=name, warehouse_ids=places) for name in ("RED", "BLUE")],
    )
    return update_path(red), red.sku_id, blue.sku_id


def test_a_partial_failure_is_a_success_by_its_code() -> None:
    """One unknown SKU is listed in data.errors as 12052556, the others take effect."""
    scene = Scene()
    path, red, blue = two_skus(scene)
    body = {
        "skus": [
            {"id": red, "inventory": [{"quantity": 5}]},
            {"id": "1", "inventory": [{"quantity": 5}]},
            {"id": blue, "inventory": [{"quantity": -5}]},
        ]
    }

    data = scene.data("POST", path, body)
    place = scene.warehouses["alpha"]

    assert {error["detail"]["sku_id"]: error["code"] for error in data["errors"]} == {
        "1": 12052556,
        blue: 12052990,
    }
    assert scene.world.listing_quantity(red, place) == 5
    assert scene.world.listing_quantity(blue, place) == 0


def test_a_refused_sku_may_fail_the_whole_call() -> None:
    """With partial failures off the first fault's code refuses everything."""
    scene = Scene(SandboxSwitches(partial_failures=False))
    path, red, blue = two_skus(scene)
    rows = [(red, 5), (blue, -5)]
    body = {"skus": [{"id": each, "inventory": [{"quantity": units}]} for each, units in rows]}

    assert scene.call("POST", path, body).json()["code"] == 12019024
    assert scene.world.listing_quantity(red, scene.warehouses["alpha"]) == 0


def test_a_partial_failure_can_be_a_fault() -> None:
    """A forced partial failure names the first SKU and keeps its quantity."""
    scene = Scene()
    mug = scene.list_sku(units=3)
    scene.faults.force(FaultKind.PARTIAL_FAILURE)

    assert fault_of(scene.write(mug, 8).json()) == 36009003
    assert scene.shown(mug) == 3


def test_an_omitted_backorder_is_kept() -> None:
    """A SKU set to 0 stays buyable through the backorder it still has."""
    scene = Scene()
    mug = scene.list_sku(units=1)
    scene.write(mug, 1, backorder_quantity=4, handling_time=5)
    scene.write(mug, 0)

    assert scene.buy(mug, 4).units == 4


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, 12052910),
        ({"product_ids": ["x"]}, 12019008),
        ({"product_ids": [str(number) for number in range(101)]}, 12019120),
        ({"sku_ids": [str(number) for number in range(601)]}, 12019015),
        ({"sku_ids": [7]}, 36009004),
    ],
)
def test_an_inventory_search_has_limits(body: Json, code: int) -> None:
    """100 products or 600 SKUs, ids as strings, and at least one of them."""
    assert Scene().call("POST", INVENTORY, body).json()["code"] == code


def test_sku_ids_win_over_product_ids() -> None:
    """With both lists given only the SKUs count, and unknown ones are left out."""
    scene = Scene()
    mug, plate = scene.list_sku("MUG"), scene.list_sku("PLATE")
    body = {"product_ids": [plate.product_id], "sku_ids": [mug.sku_id, "9"]}

    (product,) = scene.data("POST", INVENTORY, body)["inventory"]

    assert product["product_id"] == mug.product_id


def test_reads_may_be_stale_within_their_bound() -> None:
    """A read shows a moment of the last 5 seconds: old and new are both seen, then only new."""
    scene = Scene(SandboxSwitches(read_staleness_s=5.0, calls_per_second=None))
    mug = scene.list_sku(units=3)
    scene.clock.wait(10)
    scene.write(mug, 9)
    scene.clock.wait(2.5)

    def seen() -> set[int]:
        return {
            scene.data("POST", INVENTORY, {"sku_ids": [mug.sku_id]})["inventory"][0]["skus"][0][
                "total_available_quantity"
            ]
            for _ in range(40)
        }

    early = seen()
    scene.clock.wait(3.0)

    assert early == {3, 9}
    assert seen() == {9}
