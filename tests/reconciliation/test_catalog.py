"""A listing is joined to its goods by its SKU, or the cause and the remedy are named."""

from dataclasses import replace

import pytest

from reconciliation.catalog import (
    ANY_SHOP,
    Ingredient,
    Joinery,
    Listing,
    ListingSeen,
    MappingProblem,
    MappingRule,
    Match,
    PoolKey,
    Problem,
    Recipe,
    match_listings,
    rules_by_sku,
)
from reconciliation.quantities import Sku, SkuCase, Units

from ..support.boards import listing_key, pool_key, recipe


TEE, CAP = pool_key("TEE"), pool_key("CAP")


def seen(seller_sku: str, *, warehouse_id: str = "w") -> ListingSeen:
    """A listing of shop A as TikTok shows it."""
    return ListingSeen(key=listing_key(warehouse_id=warehouse_id), seller_sku=seller_sku)


def rule(seller_sku: str, item: str, units: Units = 1, *, shop: str = ANY_SHOP) -> MappingRule:
    """One line of the mapping file."""
    return MappingRule(shop=shop, seller_sku=Sku(seller_sku), item=Sku(item), units=units)


def joinery(
    *rules: MappingRule, items: tuple[PoolKey, ...] = (TEE, CAP), case: SkuCase = SkuCase.KEEP
) -> Joinery:
    """A catalog of tees and caps whose TikTok warehouse `w` is the partner's `east`."""
    return Joinery(
        warehouses={("A", "w"): "east"}, items=items, rules=rules_by_sku(rules), case=case
    )


def recipe_of(seller_sku: str, by: Joinery) -> Recipe:
    """The recipe of the one listing, which must join."""
    (listing,) = match_listings([seen(seller_sku)], by).listings
    return listing.recipe


def problem_of(look: ListingSeen, by: Joinery) -> MappingProblem:
    """The problem of the one listing, which must not join."""
    (problem,) = match_listings([look], by).problems
    return problem


# --- what joins ------------------------------------------------------------------------------


def test_a_sku_of_its_own_name_is_a_single() -> None:
    """Without a rule a sale takes one unit of the item of the same SKU."""
    assert recipe_of("TEE", joinery()) == recipe(TEE)


def test_a_rule_may_rename() -> None:
    """A shop may write another SKU than the partner."""
    assert recipe_of("SHIRT", joinery(rule("SHIRT", "TEE"))) == recipe(TEE)


def test_a_multipack_takes_several_units() -> None:
    """One sale of a pack takes all that is in it."""
    assert recipe_of("TEE-6", joinery(rule("TEE-6", "TEE", 6))) == recipe((TEE, 6))


def test_a_bundle_takes_from_several_pools() -> None:
    """One sale of a bundle takes each of its items."""
    bundle = joinery(rule("SET", "TEE", 2), rule("SET", "CAP"))

    assert set(recipe_of("SET", bundle)) == set(recipe(CAP, (TEE, 2)))


def test_a_shops_own_rule_beats_the_rule_for_any_shop() -> None:
    """What holds for all shops is for those that say nothing of their own."""
    rules = joinery(rule("SET", "TEE"), rule("SET", "CAP", 2, shop="A"))

    assert recipe_of("SET", rules) == recipe((CAP, 2))


def test_another_shops_rule_does_not_count() -> None:
    """A rule of shop B says nothing of shop A."""
    assert recipe_of("TEE", joinery(rule("TEE", "CAP", shop="B"))) == recipe(TEE)


def test_a_line_written_twice_is_one_rule() -> None:
    """A careless copy in the mapping file contradicts nothing."""
    assert recipe_of("SET", joinery(rule("SET", "TEE", 2), rule("SET", "TEE", 2))) == recipe(
        (TEE, 2)
    )


def test_blanks_around_the_sku_do_not_count() -> None:
    """A seller SKU is compared in its normal form."""
    assert recipe_of(" TEE ", joinery()) == recipe(TEE)


def test_accents_written_apart_do_not_count() -> None:
    """Composed and decomposed letters are the same SKU."""
    cafe = pool_key("CAF\u00c9")

    assert recipe_of("CAFE\u0301", joinery(items=(cafe,))) == recipe(cafe)


def test_case_does_not_count_under_the_upper_rule() -> None:
    """Where the configuration says so, `tee` sells tees."""
    assert recipe_of("tee", joinery(case=SkuCase.UPPER)) == recipe(TEE)


# --- what does not ---------------------------------------------------------------------------


def test_an_item_that_no_feed_names_is_unmapped() -> None:
    """Goods that nobody reports are never guessed."""
    assert problem_of(seen("SOCK"), joinery()).problem is Problem.UNMAPPED_SKU


def test_a_bundle_with_one_unknown_item_is_unmapped() -> None:
    """A bundle is no better known than the least known of its items."""
    by = joinery(rule("SET", "TEE"), rule("SET", "SOCK"))

    assert problem_of(seen("SET"), by).problem is Problem.UNMAPPED_SKU


def test_a_remedy_names_what_is_missing() -> None:
    """The person who mends it need not search."""
    assert "east/SOCK" in problem_of(seen("SOCK"), joinery()).remedy


def test_an_item_of_another_warehouse_does_not_count() -> None:
    """Tees in the west cannot be sold from the east."""
    by = joinery(items=(pool_key("TEE", "west"),))

    assert problem_of(seen("TEE"), by).problem is Problem.UNMAPPED_SKU


def test_a_twin_in_another_case_is_named() -> None:
    """The likeliest mistake is shown, and not mended by guessing."""
    assert "east/TEE differs only in letter case" in problem_of(seen("Tee"), joinery()).remedy


def test_an_unmapped_warehouse_is_named() -> None:
    """Without a partner warehouse nobody knows where the goods are."""
    problem = problem_of(seen("TEE", warehouse_id="new"), joinery())

    assert (problem.problem, "warehouse new" in problem.remedy) == (
        Problem.UNMAPPED_WAREHOUSE,
        True,
    )


def test_two_amounts_of_one_item_are_a_contradiction() -> None:
    """Which of two lines is meant is for a person to say."""
    by = joinery(rule("SET", "TEE", 2), rule("SET", "TEE", 3))

    assert problem_of(seen("SET"), by).problem is Problem.DOUBLY_MAPPED


@pytest.mark.parametrize("sku", ["", "  ", "TEE\u200b"])
def test_an_unreadable_sku_is_a_problem_and_no_error(sku: str) -> None:
    """A bad name in one shop stops no other listing."""
    assert problem_of(seen(sku), joinery()).problem is Problem.UNREADABLE_SKU


def test_every_listing_either_joins_or_is_a_problem() -> None:
    """Nothing falls between."""
    looks = [seen("TEE"), replace(seen("SOCK"), key=listing_key("A", "2"))]
    match = match_listings(looks, joinery())

    assert match == Match(
        listings=(Listing(key=looks[0].key, seller_sku="TEE", recipe=recipe(TEE)),),
        problems=(problem_of(looks[1], joinery()),),
    )


# --- values ----------------------------------------------------------------------------------


def test_an_ingredient_takes_something() -> None:
    """A recipe line that takes nothing would sell for ever."""
    with pytest.raises(ValueError, match="at least one unit"):
        Ingredient(pool=TEE, units=0)


def test_a_rule_takes_something() -> None:
    """A mapping line without units is refused when made, not at the first listing it meets."""
    with pytest.raises(ValueError, match="at least one"):
        rule("SET", "TEE", 0)


def test_units_of_a_pool_it_does_not_draw_on_are_zero() -> None:
    """A listing of tees takes no caps."""
    listing = Listing(key=listing_key(), seller_sku="TEE", recipe=recipe((TEE, 2)))

    assert (listing.units_of(TEE), listing.units_of(CAP)) == (2, 0)


def test_keys_are_written_as_people_read_them() -> None:
    """Logs and the command line show places, parted by strokes."""
    assert (str(TEE), str(listing_key())) == ("east/TEE", "A/p/1/w")
