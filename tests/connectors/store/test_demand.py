"""What is learned of sales in the store: each once, in any batches, by many processes."""

import random
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Engine, event

from connectors.store import catalog, demand, listings
from connectors.store.engine import reading, writing
from connectors.store.listings import BookChange
from reconciliation.catalog import ListingKey, ListingSeen
from reconciliation.exposure import ListingBook, ListingRead
from reconciliation.quantities import Instant, Units, later
from reconciliation.sales_history import Contribution, SalesHistory, contribution, summed
from reconciliation.week_shape import hour_of_week


NOW = Instant(1_800_000_000.0)
DAY_S = 86_400.0
SOON = later(NOW, 30.0 * DAY_S)

Sale = tuple[ListingKey, Units, Instant]


def key(sku_id: str, shop: str = "a") -> ListingKey:
    """A listing of a shop."""
    return ListingKey(shop=shop, product_id="p", sku_id=sku_id, warehouse_id="w")


def sales(count: int, seed: int = 7) -> list[Sale]:
    """Orders of two shops' listings in a month, in no sequence."""
    rng = random.Random(seed)
    return [
        (
            key(rng.choice("stu"), rng.choice("ab")),
            rng.choice((1, 1, 2, 30)),
            later(NOW, rng.uniform(0.0, 30.0 * DAY_S)),
        )
        for _ in range(count)
    ]


def tell(engine: Engine, some: Sequence[Sale]) -> None:
    """Learn of orders in one transaction."""
    with writing(engine) as connection:
        for listing, units, placed_at in some:
            demand.learn_order(connection, listing, units=units, placed_at=placed_at)
            demand.learn_hour(connection, listing.shop, placed_at)


def tell_on_sale(engine: Engine, listing: ListingKey, *, is_on_sale: bool, at: Instant) -> None:
    """Learn in one transaction that a listing came on sale, or sold out."""
    with writing(engine) as connection:
        demand.learn_on_sale(connection, listing, is_on_sale=is_on_sale, at=at)


def histories(engine: Engine) -> dict[ListingKey, SalesHistory]:
    """What is known of every listing that the tests sell."""
    with reading(engine) as connection:
        return demand.load(connection, [key(sku, shop) for sku in "stu" for shop in "ab"])


def of_shop(engine: Engine, shop: str) -> Contribution:
    """What is known of a shop."""
    with reading(engine) as connection:
        return demand.load_shop(connection, shop)


def numbers(sums: Contribution) -> list[float]:
    """What a shop's sums come to, as of soon."""
    return [*sums.orders_at(SOON), sums.on_sale_s_at(SOON), float(sums.listings_on_sale)]


def test_what_was_learned_is_there(engine: Engine) -> None:
    """One order for three units: one order of that size, now."""
    tell(engine, [(key("s"), 3, NOW)])
    (history,) = histories(engine).values()

    assert (history.orders, history.updated_at) == ((0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0), NOW)
    assert history.is_on_sale is True


def test_batches_and_their_sequence_make_no_difference(engine: Engine) -> None:
    """Told one by one backwards, a shop and its listings know what they know told at once."""
    told = sales(40)
    tell(engine, told)
    at_once = {shop: numbers(of_shop(engine, shop)) for shop in "ab"}
    for listing, units, placed_at in reversed(told):
        other = key(listing.sku_id, f"{listing.shop}{listing.shop}")
        tell(engine, [(other, units, placed_at)])

    for shop in "ab":
        assert numbers(of_shop(engine, shop * 2)) == pytest.approx(at_once[shop], rel=1e-6)


def test_a_shop_is_the_sum_of_its_listings(engine: Engine) -> None:
    """However often listings were told of, came on sale and sold out."""
    for at in range(10):
        tell(engine, sales(5, seed=at))
        listing, moment = key("stu"[at % 3]), later(NOW, at * DAY_S)
        tell_on_sale(engine, listing, is_on_sale=at % 2 == 1, at=moment)
    known = histories(engine)

    for shop in "ab":
        anew = summed(contribution(known[each]) for each in known if each.shop == shop)
        assert numbers(of_shop(engine, shop)) == pytest.approx(numbers(anew), rel=1e-6)


def test_the_catalogue_is_the_sum_of_its_shops(engine: Engine) -> None:
    """One row a shop is added up, however many listings there are."""
    tell(engine, sales(20))
    with reading(engine) as connection:
        catalogue = demand.load_catalogue(connection)

    anew = summed([of_shop(engine, "a"), of_shop(engine, "b")])
    assert numbers(catalogue) == pytest.approx(numbers(anew))


def test_a_catalogue_without_sales_is_empty(engine: Engine) -> None:
    """Nothing was sold, and that is no error."""
    with reading(engine) as connection:
        assert demand.load_catalogue(connection) == Contribution()


def test_processes_that_learn_of_a_shop_at_once_lose_nothing(engine: Engine) -> None:
    """Each tells of a listing of its own, all add to the same shop and the same hour."""
    listing_keys = [key(f"sku{each}") for each in range(40)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda listing: tell(engine, [(listing, 1, NOW)]), listing_keys))
    shop = of_shop(engine, "a")

    assert shop.listings_on_sale == 40
    assert shop.orders_at(NOW)[0] == pytest.approx(40.0)


def test_shops_and_hours_are_touched_in_the_order_of_their_names(engine: Engine) -> None:
    """Two processes that touch the same then wait in one line, and never for each other."""
    sent: list[Any] = []

    def note(*told: Any) -> None:  # noqa: ANN401 - as the library tells it
        if "shop_" in told[2].partition("(")[0]:
            sent.extend(told[3])

    event.listen(engine, "before_cursor_execute", note)
    tell(engine, [(key("s", shop), 1, NOW) for shop in "cab"])
    # A driver takes a row's values by place or by name.
    rows = [tuple(row.values() if isinstance(row, dict) else row) for row in sent]

    assert [row[0] for row in rows] == [*"abc", *"abc"]


def test_learning_costs_the_same_however_much_was_sold(engine: Engine) -> None:
    """One statement to look, and one each for listings, shops and hours; no row is added."""
    tell(engine, sales(300))
    asked: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *told: asked.append(told[2]))
    tell(engine, [(key("s"), 1, NOW), (key("t", "b"), 1, NOW), (key("s"), 2, NOW)])
    verbs = [statement.split()[0] for statement in asked]

    assert [verb for verb in verbs if verb != "BEGIN"] == ["SELECT", "INSERT", "INSERT", "INSERT"]
    assert len(histories(engine)) == 6


def test_a_transaction_that_fails_learns_nothing(engine: Engine) -> None:
    """What is learned is kept with the orders that it was learned from, or not at all."""
    with pytest.raises(ValueError, match="at least one unit"):
        tell(engine, [(key("s"), 1, NOW), (key("t"), 0, NOW)])

    assert histories(engine) == {}


def test_a_week_has_its_orders_in_their_hours(engine: Engine) -> None:
    """A thousand orders at one hour of the week make it the busiest by far."""
    tell(engine, [(key("s"), 1, NOW)] * 1_000)
    with reading(engine) as connection:
        week = demand.load_week(connection, "a", NOW)

    assert max(range(168), key=week.factors.__getitem__) == hour_of_week(NOW)


def test_a_shop_without_orders_has_an_even_week(engine: Engine) -> None:
    """Nothing is known of its hours."""
    with reading(engine) as connection:
        week = demand.load_week(connection, "a", NOW)

    assert week.factors == pytest.approx((1.0,) * 168)


def test_a_book_tells_when_its_listing_is_on_sale(engine: Engine) -> None:
    """First read with units, then sold out, then back: the time without units does not count."""
    listing, book = key("s"), ListingBook()
    with writing(engine) as connection:
        catalog.record_listings(connection, [ListingSeen(key=listing, seller_sku="S")])
    for day, units in enumerate((5, 4, 0, 3)):
        moment = later(NOW, day * DAY_S)
        read = ListingRead(units=units, began_at=moment, finished_at=moment)
        after = ListingBook(read=read, shown_units=units)
        with writing(engine) as connection:
            change = BookChange(key=listing, before=book, after=after)
            listings.save_books(connection, [change], moment)
        book = after
    (history,) = histories(engine).values()

    assert history.is_on_sale
    assert 1.8 * DAY_S < history.on_sale_s < 2.0 * DAY_S
