"""TikTok's products, warehouses and stock become ours; an answer to a write hides nothing."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.errors import AnswerUnreadable
from connectors.tiktok import translate
from connectors.tiktok.seen import WriteAnswer
from reconciliation.catalog import ListingKey, ListingSeen

from .rig import data_of


Json = dict[str, Any]

LINES = [("S1", "W1", 5), ("S1", "W2", 0), ("S2", "W1", 7)]


def product(**fields: object) -> Json:
    """A product of one SKU in two warehouses."""
    sku = {
        "id": "2729382476852921560",
        "seller_sku": "RED-1",
        "inventory": [
            {"warehouse_id": "W1", "quantity": 999, "backorder_quantity": 88},
            {"warehouse_id": 68, "quantity": 3},
        ],
    }
    return {"id": "P1", "title": "Red", "status": "ACTIVATE", "skus": [sku], **fields}


def error(code: int, sku_id: str | None = None, *extras: Json) -> Json:
    """An entry of `data.errors`, as the API page shows it."""
    detail: Json = {"sku_id": sku_id} if sku_id else {"product_id": "P1"}
    if extras:
        detail["extra_errors"] = list(extras)
    return {"code": code, "message": f"m{code}", "detail": detail}


def extra(code: int, warehouse_id: str | None = None) -> Json:
    """An entry of `extra_errors`."""
    place = {"warehouse_id": warehouse_id} if warehouse_id else {}
    return {"code": code, "message": f"m{code}", **place}


def written(*errors: Json) -> WriteAnswer:
    """The answer to a write of `LINES` with these errors."""
    return translate.write_answer(data_of({"errors": list(errors)}), LINES)


def refused(answer: WriteAnswer) -> dict[tuple[str, str], int]:
    """The code of each refused line."""
    return {(line.sku_id, line.warehouse_id): line.code for line in answer.refused}


def unclear(answer: WriteAnswer) -> dict[tuple[str, str], int]:
    """The code of each unclear line."""
    return {(line.sku_id, line.warehouse_id): line.code for line in answer.unclear}


def test_a_listing_is_a_sku_in_a_warehouse() -> None:
    """Each SKU gives one listing for each of its warehouses, with its own backorder."""
    page = translate.listing_page(
        data_of({"products": [product()], "total_count": 1, "next_page_token": "T"}), "uk"
    )

    key = {"shop": "uk", "product_id": "P1", "sku_id": "2729382476852921560"}
    assert page.listings == (
        ListingSeen(
            key=ListingKey(**key, warehouse_id="W1"),
            seller_sku="RED-1",
            title="Red",
            backorder_units=88,
        ),
        ListingSeen(key=ListingKey(**key, warehouse_id="68"), seller_sku="RED-1", title="Red"),
    )
    assert (page.total_count, page.next_page_token) == (1, "T")


def test_a_combined_sku_is_a_virtual_bundle() -> None:
    """A SKU that names components is flagged, so that it is never written."""
    bundle = product()
    bundle["skus"][0]["combined_skus"] = [{"product_id": "P9", "sku_id": "S9", "sku_count": 2}]

    page = translate.listing_page(data_of({"products": [bundle], "total_count": 1}), "uk")

    assert all(listing.is_virtual_bundle for listing in page.listings)


def test_what_nobody_needs_is_ignored() -> None:
    """A field that TikTok adds tomorrow breaks nothing."""
    plain, fuller = product(), product(new_field={"deep": [1]}, audit=None)
    pages = [
        translate.listing_page(data_of({"products": [each], "total_count": 1}), "uk")
        for each in (plain, fuller)
    ]

    assert pages[0] == pages[1]


def test_an_odd_field_is_named() -> None:
    """The error leads to the place: product, SKU, warehouse, field, value."""
    odd = product()
    odd["skus"][0]["inventory"][1]["backorder_quantity"] = -4

    with pytest.raises(AnswerUnreadable) as caught:
        translate.listing_page(data_of({"products": [odd], "total_count": 1}), "uk")

    assert str(caught.value) == (
        "data.products[0].skus[0].inventory[1].backorder_quantity is negative: -4"
    )


@pytest.mark.parametrize(
    ("kind", "status", "sells"),
    [
        ("SALES_WAREHOUSE", "ENABLED", True),
        ("SALES_WAREHOUSE", "RESTRICTED", False),
        ("SALES_WAREHOUSE", "DISABLED", False),
        ("RETURN_WAREHOUSE", "ENABLED", False),
    ],
)
def test_a_warehouse_sells_if_it_is_open(kind: str, status: str, *, sells: bool) -> None:
    """Only an enabled sales warehouse sells."""
    found = {"id": "W1", "name": "Hull", "effect_status": status, "type": kind}

    (warehouse,) = translate.warehouses(data_of({"warehouses": [found]}))

    assert warehouse.sells is sells


def test_stock_is_read_for_each_warehouse() -> None:
    """Available and committed are told apart, and what was not answered is named."""
    sku = {
        "id": "S1",
        "warehouse_inventory": [
            {"warehouse_id": "W1", "available_quantity": 100, "committed_quantity": 10}
        ],
    }
    data = data_of({"inventory": [{"product_id": "P1", "skus": [sku, {"id": "S3"}]}]})

    read = translate.stock_read(data, ["S1", "S2", "S3"])

    (stock,) = read.stocks
    assert (stock.available_units, stock.committed_units) == (100, 10)
    assert read.absent_sku_ids == ("S2", "S3")
    assert (read.began_at, read.finished_at) == (data.began_at, data.finished_at)


def test_stock_that_is_not_told_is_not_taken_for_zero() -> None:
    """A missing quantity is an error, not an empty shelf."""
    sku = {"id": "S1", "warehouse_inventory": [{"warehouse_id": "W1", "committed_quantity": 0}]}

    with pytest.raises(AnswerUnreadable, match="available_quantity is missing"):
        translate.stock_read(data_of({"inventory": [{"product_id": "P1", "skus": [sku]}]}), [])


def test_a_clean_answer_accepts_all_lines() -> None:
    """No errors, or none at all, is accepted."""
    accepted = {(sku_id, warehouse_id) for sku_id, warehouse_id, _ in LINES}

    assert set(written().accepted) == accepted
    assert set(translate.write_answer(data_of({}), LINES).accepted) == accepted


def test_a_refused_sku_is_refused_everywhere() -> None:
    """An error of a SKU without more detail is about each of its warehouses."""
    answer = written(error(12052901, "S1"))

    assert refused(answer) == {("S1", "W1"): 12052901, ("S1", "W2"): 12052901}
    assert answer.accepted == (("S2", "W1"),)


def test_a_refused_warehouse_leaves_its_neighbour_unclear() -> None:
    """Nobody says whether the SKU's other warehouses were set: they count as unsettled."""
    answer = written(error(12052990, "S1", extra(12052097, "W1")))

    assert refused(answer) == {("S1", "W1"): 12052097}
    assert unclear(answer) == {("S1", "W2"): 12052990}
    assert answer.accepted == (("S2", "W1"),)


def test_a_warehouse_we_did_not_send_makes_the_sku_unclear() -> None:
    """TikTok names the warehouse that was left out: what became of the others is not said."""
    answer = written(error(12019028, "S1", extra(12019028, "W9")))

    assert set(unclear(answer)) == {("S1", "W1"), ("S1", "W2")}


def test_an_extra_error_without_a_warehouse_is_about_the_sku() -> None:
    """The inner code is the cause, for all warehouses of the SKU."""
    answer = written(error(12052990, "S1", extra(12052393)))

    assert refused(answer) == {("S1", "W1"): 12052393, ("S1", "W2"): 12052393}


def test_an_error_of_the_product_is_about_all_lines() -> None:
    """Where no SKU is named, every line is meant."""
    assert len(written(error(12052048)).refused) == len(LINES)


@pytest.mark.parametrize("code", [36009003, 36009007, 99999999])
def test_a_failure_inside_tiktok_is_unclear(code: int) -> None:
    """A line that failed for no documented cause of ours may have been set all the same."""
    assert set(unclear(written(error(code, "S2")))) == {("S2", "W1")}
    assert set(unclear(written(error(12052990, "S2", extra(36009003, "W1"))))) == {("S2", "W1")}


def test_a_line_named_twice_is_as_sure_as_its_less_sure_word() -> None:
    """Refused and failed inside is unclear, in whichever order."""
    sure, unsure = error(12052901, "S2"), error(36009003, "S2")

    assert set(unclear(written(sure, unsure))) == {("S2", "W1")}
    assert set(unclear(written(unsure, sure))) == {("S2", "W1")}


def test_a_sku_we_did_not_send_makes_the_answer_unreadable() -> None:
    """An answer about something else cannot be trusted about ours."""
    with pytest.raises(AnswerUnreadable, match="S9"):
        written(error(12052901, "S9"))


codes = st.sampled_from([12052097, 12052990, 36009003, 5])
some_errors = st.lists(
    st.builds(
        lambda code, sku_id, extras: error(code, sku_id, *extras),
        codes,
        st.sampled_from(["S1", "S2", None]),
        st.lists(st.builds(extra, codes, st.sampled_from(["W1", "W2", "W9", None])), max_size=3),
    ),
    max_size=4,
)


@given(errors=some_errors)
def test_every_line_is_in_exactly_one_place(errors: list[Json]) -> None:
    """Whatever the errors, each line is accepted, refused or unclear, and none is two of them."""
    answer = written(*errors)

    placed = [*answer.accepted, *refused(answer), *unclear(answer)]
    assert sorted(placed) == sorted((sku_id, place) for sku_id, place, _ in LINES)
