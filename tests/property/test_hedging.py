"""The legs of hedging accounts against a slow reference that adds everything up anew."""

from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.gate.limits import Limits
from engine.ledger.account import AccountSpec
from engine.model.commands import Side
from engine.model.reports import OrderFilled, OrderUnknown
from engine.orders.life import CLOSED
from engine.orders.order import Order
from engine.recovery.restore import restore, take_snapshot
from tests.unit.rig import ABC, Rig, watching

POSITION, GROSS = 30, 60.0
ACTIONS = st.lists(
    st.tuples(
        st.sampled_from(
            ["buy", "sell", "close", "close", "fill", "fill", "gone", "unknown", "hit"]
        ),
        st.integers(0, 20),
        st.integers(1, 12),
    ),
    max_size=40,
)


@dataclass
class Reference:
    """Remember every order and fill, and add up from the beginning whenever asked."""

    orders: list[Order] = field(default_factory=list)
    moves: list[tuple[str, int]] = field(default_factory=list)

    def volume(self, name: str) -> int:
        return sum(units for leg, units in self.moves if leg == name)

    def names(self) -> list[str]:
        return [name for name in dict(self.moves) if self.volume(name)]

    def reserved(self, side: Side, name: str | None) -> int:
        """Return what open orders of a side may still fill: openings, or closes of one leg."""
        total = 0
        for order in self.orders:
            leg = order.leg
            if leg is None or CLOSED[leg.life] or order.side is not side:
                continue
            if order.terms.position_id == (name or ""):
                total += leg.quantity - leg.filled
        return total

    def sums(self) -> tuple[int, int, int, int, int, int]:
        long = sum(max(self.volume(name), 0) for name in self.names())
        short = sum(max(-self.volume(name), 0) for name in self.names())
        return (
            long,
            short,
            self.reserved(Side.BUY, None),
            self.reserved(Side.SELL, None),
            sum(self.reserved(Side.BUY, name) for name in dict(self.moves)),
            sum(self.reserved(Side.SELL, name) for name in dict(self.moves)),
        )


class World:
    """Act on a kernel and tell the reference."""

    def __init__(self) -> None:
        account = AccountSpec(
            id="main", venue="SIM", currency="USD", balances={"USD": 1e6}, hedging=True
        )
        limits = Limits(position=POSITION, gross=GROSS * 100)
        self.rig = Rig(watching(), limits=limits, accounts=[account])
        self.rig.trade(100.0)
        self.reference = Reference()
        self.hits = 0

    def act(self, verb: str, choice: int, size: int) -> None:
        orders = [order for order in self.reference.orders if order.is_open]
        if verb in ("buy", "sell"):
            side = Side.BUY if verb == "buy" else Side.SELL
            self._sent(self.rig.do(lambda probe: probe.submit(ABC.id, side, size)))
        elif verb == "close":
            self._close(choice, size)
        elif verb == "hit":
            self._hit(choice)
        elif orders:
            order = orders[choice % len(orders)]
            if verb == "fill":
                self._fill(order, min(size, round(order.leaves)))
            elif verb == "gone":
                self.rig.cancel(order)
            else:
                self.rig.tell(OrderUnknown, order, reason="no answer")

    def check(self) -> None:
        long, short, buys, sells, closing_buys, closing_sells = self.reference.sums()
        exposure = self.rig.kernel.portfolio.exposure("main", ABC)
        legs = exposure.legs
        assert legs is not None
        assert (legs.long, legs.short) == (long, short)
        assert exposure.highest == long - short + buys + closing_buys
        assert exposure.lowest == long - short - sells - closing_sells
        volumes = {leg.id: leg.position.quantity for leg in legs}
        assert volumes == {name: self.reference.volume(name) for name in self.reference.names()}
        held = self.rig.kernel.portfolio.held("one", "main", ABC)
        assert held.position.quantity == long - short
        for leg in legs:
            side = Side.SELL if leg.position.quantity > 0 else Side.BUY
            assert leg.closing == self.reference.reserved(side, leg.id)

    def _sent(self, order: Order | None) -> None:
        """Hold what was approved against the limits, as the reference adds them up."""
        if order is None or order.leg is None:
            return
        self.reference.orders.append(order)
        long, short, buys, sells, closing_buys, closing_sells = self.reference.sums()
        if name := order.terms.position_id:
            assert self.reference.reserved(order.side, name) <= abs(self.reference.volume(name))
            return
        if order.side is Side.BUY:
            assert long - short + buys + closing_buys <= POSITION
        else:
            assert short - long + sells + closing_sells <= POSITION
        assert long + short + buys + sells <= GROSS

    def _close(self, choice: int, size: int) -> None:
        views = self.rig.probe.position(ABC.id).legs
        if views:
            leg = views[choice % len(views)]
            self._sent(self.rig.do(lambda probe: probe.close(leg, size)))

    def _fill(self, order: Order, size: int) -> None:
        name = order.terms.position_id or f"P{order.id}"
        self.reference.moves.append((name, size * order.side))
        self.rig.fill(order, size, 100.0, position_id=name)

    def _hit(self, choice: int) -> None:
        """Let the venue close a position by itself, where no order of ours is closing it."""
        free = [leg for leg in self.rig.probe.position(ABC.id).legs if not leg.closing]
        if free:
            leg = free[choice % len(free)]
            units, side = round(leg.quantity), Side.SELL if leg.quantity > 0 else Side.BUY
            self.hits += 1
            self.reference.moves.append((leg.id, -units))
            about = {"trade_id": f"H{self.hits}", "venue_order_id": f"S{self.hits}", "side": side}
            self.rig.tell(
                OrderFilled, "", **about, quantity=abs(units), price=99.0, position_id=leg.id
            )


@given(ACTIONS)
@settings(max_examples=60, deadline=None)
def test_legs_and_worst_cases_are_those_of_all_orders_and_fills(
    actions: list[tuple[str, int, int]],
) -> None:
    world = World()
    for action in actions:
        world.act(*action)
        world.check()


@given(ACTIONS)
@settings(max_examples=20, deadline=None)
def test_snapshot_keeps_the_legs_and_what_is_closing_them(
    actions: list[tuple[str, int, int]],
) -> None:
    world = World()
    for action in actions:
        world.act(*action)
    again = World()
    restore(again.rig.kernel, take_snapshot(world.rig.kernel, {}))
    again.reference = world.reference
    again.check()
