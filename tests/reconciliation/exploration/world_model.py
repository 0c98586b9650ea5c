"""A small world: listings, pools, and the steps that need to see more than one listing.

A state is a tuple of numbers, each standing for a value that the model has met before: first
the outside (goods and what is left of the path's budget), then each listing. Steps of a
listing by itself, plans and rechecks are worked out once for each combination that is met.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import starmap
from typing import Generic, NamedTuple, TypeVar

from reconciliation.board import Board, ListingFacts, PoolFacts
from reconciliation.catalog import Ingredient, Listing, ListingKey, PoolKey
from reconciliation.policy import GuardPolicy
from reconciliation.position import Position
from reconciliation.quantities import Sku, Units

from .cells import Cell
from .instants import ASSUMPTIONS, LAST_READ, NOW
from .steps import Cost, Stepper


Value = TypeVar("Value")
State = tuple[int, ...]
Quantities = tuple[Units | None, ...]
Ledger = tuple[tuple[Units, ...], tuple[Units, ...]]
"""Goods and committed units of each pool."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One listing, and the quantity that its shop has decided on but not committed."""

    cell: Cell
    decided: Units | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """The goods of each pool, the most there ever were, and the budget that is left.

    `feeds`: by how many units the first pool may change, once, on this path.
    """

    goods: tuple[Units, ...]
    peak: tuple[Units, ...]
    faults: int = 0
    cancellations: int = 0
    feeds: tuple[Units, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What does not change. Each listing has a (shop, pool); `symmetric`: two alike shops."""

    places: tuple[tuple[int, int], ...]
    stepper: Stepper
    policy: GuardPolicy
    symmetric: bool = False

    @property
    def shops(self) -> tuple[tuple[int, ...], ...]:
        """The listings of each shop."""
        names = sorted({shop for shop, _ in self.places})
        return tuple(
            tuple(at for at, (shop, _) in enumerate(self.places) if shop == name) for name in names
        )

    @property
    def pools(self) -> tuple[PoolKey, ...]:
        """Every pool's key."""
        return tuple(_pool_key(pool) for pool in sorted({pool for _, pool in self.places}))


class Register(Generic[Value]):
    """Numbers for values: equal values have one number."""

    def __init__(self) -> None:
        """Begin with no value."""
        self._numbers: dict[Value, int] = {}
        self._values: list[Value] = []

    def number(self, value: Value) -> int:
        """Return the number of a value."""
        number = self._numbers.setdefault(value, len(self._values))
        if number == len(self._values):
            self._values.append(value)
        return number

    def value(self, number: int) -> Value:
        """Return the value of a number."""
        return self._values[number]


class Glance(NamedTuple):
    """What a state needs to know of a listing: asked often, so worked out once."""

    view: int
    committed: Units
    live: Units
    claimed: Units
    decided: Units | None
    busy: bool


class WorldModel:
    """Successors of states, and what they promise."""

    def __init__(self, setting: Setting) -> None:
        """Begin with nothing met."""
        self.setting = setting
        self.posts: Register[Post] = Register()
        self.outsides: Register[Outside] = Register()
        self._shops = setting.shops
        self._pools = setting.pools
        self._pool_of = tuple(pool for _, pool in setting.places)
        self._keys = tuple(starmap(_key, setting.places))
        self._views: Register[ListingFacts] = Register()
        self._ledgers: Register[Ledger] = Register()
        self._glances: dict[tuple[int, int], Glance] = {}
        self._alone: dict[int, list[tuple[str, Cost, int]]] = {}
        self._paid: dict[tuple[int, Cost], int | None] = {}
        self._plans: dict[tuple[int, ...], Quantities | None] = {}
        self._rechecks: dict[tuple[object, ...], bool] = {}
        self._deciding: dict[tuple[int, Units | None], int] = {}
        self._called: dict[tuple[int, bool], int] = {}

    def state(self, outside: Outside, cells: tuple[Cell, ...]) -> State:
        """Return the state of these values, listings not in order."""
        numbers = [self.posts.number(Post(cell=cell)) for cell in cells]
        return (self.outsides.number(outside), *numbers)

    def normal(self, state: State) -> State:
        """Return the state with interchangeable listings in order."""
        if self.setting.symmetric and state[1] > state[2]:
            return (state[0], state[2], state[1])
        return state

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the listings, in the order of a state."""
        return tuple(f"{key.shop}/{key.warehouse_id}" for key in self._keys)

    def cells(self, state: State) -> tuple[Cell, ...]:
        """Return the listings of a state."""
        return tuple(self.posts.value(post).cell for post in state[1:])

    # -- what may happen ----------------------------------------------------------------------

    def successors(self, state: State) -> Iterator[tuple[str, State]]:
        """Yield each step and the state after it, listings not yet in order."""
        outside, posts = state[0], state[1:]
        for at, post in enumerate(posts, start=1):
            before, behind = state[1:at], state[at + 1 :]
            for label, cost, after in self._steps_alone(post):
                paid = outside if cost is Cost.FREE else self._pay(outside, cost)
                if paid is not None:
                    yield label, (paid, *before, after, *behind)
        for shop in range(len(self._shops)):
            yield from self._writer_steps(state, shop)
        for change in self.outsides.value(outside).feeds:
            yield f"feed: {change:+d}", (self._fed(outside, change), *posts)

    def _steps_alone(self, post: int) -> list[tuple[str, Cost, int]]:
        known = self._alone.get(post)
        if known is None:
            before = self.posts.value(post)
            known = self._alone[post] = [
                (step.label, step.cost, self.posts.number(replace(before, cell=step.after)))
                for step in self.setting.stepper.steps(before.cell)
            ]
        return known

    def _pay(self, outside: int, cost: Cost) -> int | None:
        if (outside, cost) not in self._paid:
            after = _less(self.outsides.value(outside), cost)
            number = None if after is None else self.outsides.number(after)
            self._paid[outside, cost] = number
        return self._paid[outside, cost]

    def _fed(self, outside: int, change: Units) -> int:
        now = self.outsides.value(outside)
        goods = (now.goods[0] + change, *now.goods[1:])
        peak = tuple(map(max, now.peak, goods))
        return self.outsides.number(replace(now, goods=goods, peak=peak, feeds=()))

    # -- deciding and committing --------------------------------------------------------------

    def _writer_steps(self, state: State, shop: int) -> Iterator[tuple[str, State]]:
        glances = [self.glance(at, state[at + 1]) for at in self._shops[shop]]
        decided = tuple(glance.decided for glance in glances)
        if any(units is not None for units in decided):
            fits = self._fits(state, shop, decided)
            label = f"{'commits' if fits else 'drops'} {_shown(decided)}"
            yield label, self._after_call(state, shop, fits=fits)
        elif not any(glance.busy for glance in glances):
            planned = self.plan(state, shop)
            if planned is not None:
                yield f"decides {_shown(planned)}", self._after_decision(state, shop, planned)

    def plan(self, state: State, shop: int) -> Quantities | None:
        """Return what the shop would write now, None if nothing."""
        key = (shop, *self._view(state))
        if key not in self._plans:
            writes = self.setting.stepper.rulebook.plan(self.board(state), _shop_name(shop))
            units = tuple(writes.get(self._keys[at]) for at in self._shops[shop])
            self._plans[key] = units if writes else None
        return self._plans[key]

    def _fits(self, state: State, shop: int, decided: Quantities) -> bool:
        key = (shop, decided, *self._view(state))
        if key not in self._rechecks:
            keyed = zip(self._shops[shop], decided, strict=True)
            writes = {self._keys[at]: units for at, units in keyed if units is not None}
            self._rechecks[key] = self.setting.stepper.rulebook.recheck(self.board(state), writes)
        return self._rechecks[key]

    @property
    def shop_count(self) -> int:
        """How many shops there are."""
        return len(self._shops)

    def undecided(self, state: State) -> bool:
        """Tell whether no shop has a call in hand."""
        return all(self.posts.value(post).decided is None for post in state[1:])

    def decided_and_committed(self, state: State, shop: int, planned: Quantities) -> State:
        """Return the state after a call that nobody came in between of."""
        decided = self._after_decision(state, shop, planned)
        return self._after_call(decided, shop, fits=self._fits(state, shop, planned))

    def _after_decision(self, state: State, shop: int, planned: Quantities) -> State:
        after = list(state)
        for at, units in zip(self._shops[shop], planned, strict=True):
            key = (state[at + 1], units)
            if key not in self._deciding:
                post = replace(self.posts.value(key[0]), decided=units)
                self._deciding[key] = self.posts.number(post)
            after[at + 1] = self._deciding[key]
        return tuple(after)

    def _after_call(self, state: State, shop: int, *, fits: bool) -> State:
        after = list(state)
        for at in self._shops[shop]:
            key = (state[at + 1], fits)
            if key not in self._called:
                post = self.posts.value(key[0])
                cell = self._intended(post) if fits else post.cell
                self._called[key] = self.posts.number(Post(cell=cell))
            after[at + 1] = self._called[key]
        return tuple(after)

    def _intended(self, post: Post) -> Cell:
        cell = post.cell
        if post.decided is None:
            return cell
        book = self.setting.stepper.rulebook.intend(cell.book, post.decided)
        kept = cell.fates[len(cell.fates) + 1 - len(book.writes) :]
        return replace(cell, book=book, fates=(*kept, self.setting.stepper.fate_at_commit))

    # -- what the planner sees ----------------------------------------------------------------

    def _view(self, state: State) -> tuple[int, ...]:
        """Return what a plan depends on: goods and ledger, and each listing's book."""
        glances = [self.glance(at, post) for at, post in enumerate(state[1:])]
        committed = self._per_pool([glance.committed for glance in glances])
        goods = self.outsides.value(state[0]).goods
        ledger = self._ledgers.number((goods, committed))
        return (ledger, *(glance.view for glance in glances))

    def glance(self, at: int, post: int) -> Glance:
        """Return what a state needs to know of a listing in its place."""
        known = self._glances.get((at, post))
        if known is None:
            known = self._glances[at, post] = self._look(at, self.posts.value(post))
        return known

    def _look(self, at: int, post: Post) -> Glance:
        cell = post.cell
        return Glance(
            view=self._views.number(self._facts(at, cell)),
            committed=cell.committed,
            live=cell.live,
            claimed=cell.live + cell.promised,
            decided=post.decided,
            busy=cell.busy,
        )

    def _facts(self, at: int, cell: Cell) -> ListingFacts:
        shop, pool = self.setting.places[at]
        recipe = (Ingredient(pool=self._pools[pool], units=1),)
        return ListingFacts(
            listing=Listing(key=self._keys[at], seller_sku="TEE", recipe=recipe),
            book=cell.book,
            policy=self.setting.policy,
            ledger_complete_up_to=LAST_READ if cell.complete else None,
            rank=shop,
        )

    def board(self, state: State) -> Board:
        """Return the board that the real functions look at."""
        ledger, *views = self._view(state)
        return Board(
            now=NOW,
            pools={
                key: PoolFacts(
                    position=Position(snapshot_units=goods, as_of=NOW, committed_units=taken)
                )
                for key, goods, taken in zip(
                    self._pools, *self._ledgers.value(ledger), strict=True
                )
            },
            listings=tuple(self._views.value(view) for view in views),
            assumptions=ASSUMPTIONS,
        )

    # -- the promise --------------------------------------------------------------------------

    def claimed(self, state: State) -> tuple[Units, ...]:
        """Return, per pool, the orders and all that TikTok could still sell."""
        return self._per_pool([self.glance(at, post)[3] for at, post in enumerate(state[1:])])

    def live(self, state: State) -> tuple[Units, ...]:
        """Return, per pool, the orders that want a unit."""
        return self._per_pool([self.glance(at, post)[2] for at, post in enumerate(state[1:])])

    def _per_pool(self, units: list[Units]) -> tuple[Units, ...]:
        totals = [0] * len(self._pools)
        for pool, each in zip(self._pool_of, units, strict=True):
            totals[pool] += each
        return tuple(totals)


def _less(outside: Outside, cost: Cost) -> Outside | None:
    if cost is Cost.FAULT:
        return replace(outside, faults=outside.faults - 1) if outside.faults else None
    left = outside.cancellations
    return replace(outside, cancellations=left - 1) if left else None


def _shown(quantities: Quantities) -> str:
    return ", ".join("-" if units is None else str(units) for units in quantities)


def _shop_name(shop: int) -> str:
    return "AB"[shop]


def _pool_key(pool: int) -> PoolKey:
    return PoolKey(warehouse="XY"[pool], sku=Sku("TEE"))


def _key(shop: int, pool: int) -> ListingKey:
    return ListingKey(shop=_shop_name(shop), product_id="P", sku_id="TEE", warehouse_id="XY"[pool])
