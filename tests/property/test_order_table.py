"""Orders at a venue whose messages get lost, doubled and reordered: nothing drifts, ever.

The machine plays the random races that the order tables were designed by.
"""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from engine.model.commands import Side
from engine.orders.life import CLOSED, Life, Request
from engine.orders.order import Order
from tests.property.lossy_venue import LIMIT, World, leg_of
from tests.unit.rig import ABC

PICK = st.integers(0, 30)


def owed(order: Order) -> int:
    """Return what an order must reserve, by the rules as they are written down."""
    leg = leg_of(order)
    if leg.life in (Life.FILLED, Life.CANCELED, Life.EXPIRED, Life.REJECTED):
        return max(0, leg.cumulative - leg.filled)
    largest = max(leg.quantity, leg.new_quantity) if leg.amending else leg.quantity
    return max(0, largest - leg.filled)


def check_sums(world: World) -> None:
    """Hold both scopes to the sums over all orders."""
    portfolio, orders = world.rig.kernel.portfolio, world.orders
    position = sum(order.side * leg_of(order).filled for order in orders)
    for scope in (portfolio.exposure("main", ABC), portfolio.held("one", "main", ABC)):
        assert scope.position.quantity == position
        sums = scope.buys, scope.sells, scope.reducing_buys, scope.reducing_sells
        assert sums == tuple(
            sum(owed(order) for order in orders if (order.side, order.reduce_only) == kind)
            for kind in ((1, False), (-1, False), (1, True), (-1, True))
        )
        assert scope.open_orders == sum(not CLOSED[leg_of(order).life] for order in orders)


def check_limit(world: World) -> None:
    """Hold what did fill, by the venue's own books, and what still may, as the engine sees it.

    A reduce-only fill that overtakes the fill which made the position looks like an opening one.
    """
    assert -LIMIT <= world.position <= LIMIT
    if not any(order.reduce_only for order in world.orders):
        exposure = world.rig.kernel.portfolio.exposure("main", ABC)
        assert exposure.lowest >= -LIMIT
        assert exposure.highest <= LIMIT


def check_truth(world: World) -> None:
    """Compare with the venue once everything has arrived."""
    kernel = world.rig.kernel
    assert kernel.portfolio.exposure("main", ABC).position.quantity == world.position
    open_names = sorted(kernel.hosts["one"].open_orders)
    assert open_names == sorted(order.id for order in world.orders if order.is_open)
    for order in world.orders:
        leg, truth = leg_of(order), world.listed.get(order.id)
        if truth is None:
            assert leg.life in (Life.REJECTED, Life.LOST)
        else:
            assert leg.filled == truth.filled
            assert order.is_open is truth.alive
            assert leg.request == Request.NONE


class Races(RuleBasedStateMachine):
    """A strategy, a wire and a venue that each do what they like."""

    @initialize()
    def begin(self) -> None:
        self.world = World()

    @rule(side=st.sampled_from(Side), quantity=st.integers(1, 8), reducing=st.booleans())
    def submit(self, side: Side, quantity: int, reducing: bool) -> None:
        self.world.submit(side, quantity, reducing=reducing)

    @rule(pick=PICK, quantity=st.integers(1, 12))
    def replace(self, pick: int, quantity: int) -> None:
        self.world.replace(pick, quantity)

    @rule(pick=PICK)
    def cancel(self, pick: int) -> None:
        self.world.cancel(pick)

    @rule(pick=PICK, reply_lost=st.booleans(), refuse=st.booleans())
    def arrive(self, pick: int, reply_lost: bool, refuse: bool) -> None:
        self.world.arrive(pick, reply_lost=reply_lost, refuse=refuse and reply_lost)

    @rule(pick=PICK)
    def refuse(self, pick: int) -> None:
        self.world.arrive(pick, refuse=True)

    @rule(pick=PICK)
    def lose(self, pick: int) -> None:
        self.world.lose(pick)

    @rule(pick=PICK)
    def give_up_on(self, pick: int) -> None:
        self.world.give_up_on(pick)

    @rule(pick=PICK, doubled=st.booleans())
    def deliver(self, pick: int, doubled: bool) -> None:
        self.world.deliver(pick, doubled=doubled)

    @rule(pick=PICK)
    def time_out(self, pick: int) -> None:
        self.world.time_out(pick)

    @rule(pick=PICK, quantity=st.integers(1, 8))
    def trade(self, pick: int, quantity: int) -> None:
        self.world.trade(pick, quantity)

    @rule(pick=PICK)
    def end(self, pick: int) -> None:
        self.world.end(pick)

    @invariant()
    def sums_are_those_of_the_orders(self) -> None:
        check_sums(self.world)

    @invariant()
    def limit_holds(self) -> None:
        check_limit(self.world)

    def teardown(self) -> None:
        if hasattr(self, "world"):
            self.world.drain()
            check_sums(self.world)
            check_limit(self.world)
            check_truth(self.world)


TestRaces = Races.TestCase
TestRaces.settings = settings(max_examples=60, stateful_step_count=80)
