"""Brackets and one-cancels-the-other pairs: legs that follow fills, and each other."""

import pytest

from engine import kernel as kernel_module
from engine.errors import StrategyError
from engine.gate.rates import NO_RATES, CommandKind, RateSetup, VenueRates
from engine.model.commands import Side, SubmitOrder
from engine.model.market import TradeTick
from engine.model.reports import OrderDenied, OrderFilled, OrderReport
from engine.orders.groups import Bracket, OneCancelsOther
from engine.orders.order import Order
from tests.unit.rig import ABC, NAN, Probe, Rig, fail, on

BUY, SELL = Side.BUY, Side.SELL


class Desk:
    """A rig with a bracket for ten units around 100."""

    def __init__(
        self, side: Side = BUY, *, flatten: bool = False, rates: RateSetup = NO_RATES
    ) -> None:
        self.rig = Rig(flatten_on_error=flatten, rates=rates)
        self.rig.trade(100.0)
        self.bracket = self.rig.do(
            lambda probe: probe.bracket(
                ABC.id,
                side,
                10,
                stop_loss=100 - 5 * side,
                take_profit=100 + 5 * side,
                tag="swing",
            )
        )
        self.rig.accept(self.entry)

    @property
    def entry(self) -> Order:
        return self.bracket.entry

    @property
    def legs(self) -> list[SubmitOrder]:
        return self.rig.wire.orders[1:]

    @property
    def stop(self) -> Order:
        assert self.bracket.stop_loss is not None
        return self.bracket.stop_loss

    @property
    def profit(self) -> Order:
        assert self.bracket.take_profit is not None
        return self.bracket.take_profit

    def fill(self, order: Order, quantity: float) -> None:
        self.rig.fill(order, quantity, order.price or order.stop or 100.0)

    def fill_entry(self, quantity: float) -> None:
        self.fill(self.entry, quantity)
        legs = self.bracket.orders[1:]
        self.rig.accept(*(leg for leg in legs if leg.status == "pending_new"))


def replaced(rig: Rig) -> list[tuple[str, float]]:
    return [(each.client_order_id, each.quantity) for each in rig.wire.replaces]


def canceled(rig: Rig) -> list[str]:
    return [each.client_order_id for each in rig.wire.cancels]


@pytest.mark.parametrize("side", [BUY, SELL])
def test_legs_are_sent_at_the_first_fill_for_what_has_filled(side: Side) -> None:
    desk = Desk(side)
    assert desk.legs == []
    desk.fill_entry(4)
    assert {(each.side, each.quantity, each.reduce_only) for each in desk.legs} == {
        (-side, 4.0, True)
    }
    prices = [(each.price, each.stop) for each in desk.legs]
    assert prices == [(None, 100.0 - 5 * side), (100.0 + 5 * side, None)]
    assert desk.bracket.orders == (desk.entry, desk.stop, desk.profit)
    assert desk.stop.tag == "swing"


def test_legs_grow_with_further_fills() -> None:
    desk = Desk()
    desk.fill_entry(4)
    desk.fill_entry(5)
    assert replaced(desk.rig) == [(desk.stop.id, 9.0), (desk.profit.id, 9.0)]
    desk.rig.amend(desk.stop, 9)
    desk.rig.amend(desk.profit, 9)
    desk.fill_entry(1)
    assert replaced(desk.rig)[2:] == [(desk.stop.id, 10.0), (desk.profit.id, 10.0)]
    assert desk.rig.denials == []


def test_legs_that_are_not_acknowledged_yet_grow_once_they_are() -> None:
    desk = Desk()
    desk.fill(desk.entry, 4)
    desk.fill(desk.entry, 6)
    assert replaced(desk.rig) == []
    assert desk.rig.denials == []
    desk.rig.accept(desk.stop)
    assert replaced(desk.rig) == [(desk.stop.id, 10.0)]
    desk.rig.accept(desk.profit)
    assert replaced(desk.rig)[1:] == [(desk.profit.id, 10.0)]


def test_growth_while_a_change_is_in_flight_waits_for_its_answer() -> None:
    desk = Desk()
    for size in (4, 3, 3):
        desk.fill_entry(size)
    assert replaced(desk.rig) == [(desk.stop.id, 7.0), (desk.profit.id, 7.0)]
    desk.rig.amend(desk.stop, 7)
    assert replaced(desk.rig)[2:] == [(desk.stop.id, 10.0)]


def test_what_one_leg_fills_the_other_shrinks_by() -> None:
    desk = Desk()
    desk.fill_entry(10)
    desk.fill(desk.profit, 3)
    assert replaced(desk.rig) == [(desk.stop.id, 7.0)]
    desk.rig.amend(desk.stop, 7)
    desk.fill(desk.stop, 2)
    assert replaced(desk.rig)[1:] == [(desk.profit.id, 8.0)]


@pytest.mark.parametrize("name", ["stop", "profit"])
def test_leg_that_fills_whole_cancels_the_other(name: str) -> None:
    desk = Desk()
    desk.fill_entry(10)
    first, other = (desk.stop, desk.profit) if name == "stop" else (desk.profit, desk.stop)
    desk.fill(first, 10)
    assert canceled(desk.rig) == [other.id]
    desk.rig.cancel(other)
    assert desk.rig.probe.orders() == []
    assert desk.rig.probe.position(ABC.id).is_flat


def test_entry_that_fills_on_after_a_leg_closed_the_first_part_gets_new_legs() -> None:
    desk = Desk()
    desk.fill_entry(4)
    first_stop = desk.stop
    desk.fill(desk.profit, 4)
    assert canceled(desk.rig) == [first_stop.id]
    desk.fill_entry(6)
    assert (desk.profit.leaves, desk.stop) == (6.0, first_stop)
    desk.rig.cancel(first_stop)
    assert desk.stop is not first_stop
    assert (desk.stop.quantity, desk.stop.stop) == (6.0, 95.0)
    desk.rig.accept(desk.stop)
    desk.fill(desk.stop, 6)
    assert canceled(desk.rig)[1:] == [desk.profit.id]
    assert desk.rig.probe.position(ABC.id).is_flat


def test_leg_that_the_strategy_canceled_is_not_sent_anew() -> None:
    desk = Desk()
    desk.fill_entry(4)
    desk.rig.do(lambda probe: probe.cancel(desk.stop))
    desk.rig.cancel(desk.stop)
    desk.fill_entry(6)
    assert [each.quantity for each in desk.legs] == [4.0, 4.0]
    assert replaced(desk.rig) == [(desk.profit.id, 10.0)]


def test_entry_that_ends_unfilled_sends_no_legs() -> None:
    desk = Desk()
    desk.rig.cancel(desk.entry)
    assert desk.legs == []


def test_legs_stay_when_the_rest_of_the_entry_is_canceled() -> None:
    desk = Desk()
    desk.fill_entry(4)
    desk.rig.cancel(desk.entry)
    assert (desk.stop.leaves, desk.profit.leaves) == (4.0, 4.0)
    assert canceled(desk.rig) == []


def test_doubled_fill_of_the_entry_changes_nothing() -> None:
    desk = Desk()
    desk.rig.fill(desk.entry, 4, 100.0, trade_id="A")
    desk.rig.fill(desk.entry, 4, 100.0, trade_id="A")
    assert [each.quantity for each in desk.legs] == [4.0, 4.0]
    assert replaced(desk.rig) == []


@pytest.mark.parametrize(
    ("stop_loss", "take_profit", "legs"), [(95.0, None, ["stop"]), (None, 105.0, ["limit"])]
)
def test_bracket_may_have_one_leg(
    stop_loss: float | None, take_profit: float | None, legs: list[str]
) -> None:
    rig = Rig()
    rig.trade(100.0)
    made = rig.do(
        lambda p: p.bracket(ABC.id, BUY, 10, stop_loss=stop_loss, take_profit=take_profit)
    )
    rig.fill(made.entry, 10, 100.0)
    assert [each.type.value for each in rig.wire.orders[1:]] == legs


def test_bracket_without_legs_is_refused() -> None:
    rig = Rig()
    with pytest.raises(StrategyError, match="needs stop_loss, take_profit or both"):
        rig.probe.bracket(ABC.id, BUY, 10)


@pytest.mark.parametrize("price", [NAN, float("inf"), 1e300])
def test_bracket_whose_leg_could_not_be_sent_is_denied_at_once(price: float) -> None:
    rig = Rig()
    rig.trade(100.0)
    made = rig.do(lambda p: p.bracket(ABC.id, BUY, 10, stop_loss=price, take_profit=105.0))
    assert (made.entry.status, made.entry.reason) == ("denied", "price_invalid")
    assert rig.wire.sent == []


def test_bracket_of_a_stopped_strategy_goes_on_protecting() -> None:
    desk = Desk()
    desk.fill_entry(4)
    stop_strategy(desk.rig)
    desk.fill_entry(6)
    assert replaced(desk.rig) == [(desk.stop.id, 10.0), (desk.profit.id, 10.0)]
    desk.rig.amend(desk.stop, 10)
    desk.fill(desk.stop, 10)
    assert canceled(desk.rig) == []  # its change is still in flight
    desk.rig.amend(desk.profit, 10)
    assert canceled(desk.rig) == [desk.profit.id]


def test_entry_of_a_stopped_strategy_that_fills_is_protected() -> None:
    desk = Desk()
    stop_strategy(desk.rig)
    desk.fill_entry(10)
    assert [each.quantity for each in desk.legs] == [10.0, 10.0]


@pytest.mark.parametrize("kind", [OrderFilled, OrderReport])
def test_fault_in_the_callback_of_the_very_fill_leaves_the_position_protected(
    kind: type[OrderReport],
) -> None:
    desk = Desk()
    desk.rig.probe.act = on(kind, fail)
    desk.fill_entry(10)
    assert len(desk.rig.stops) == 1
    assert [each.quantity for each in desk.legs] == [10.0, 10.0]


def test_stop_at_the_very_fill_for_too_many_reports_leaves_the_position_protected(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    desk = Desk()
    monkeypatch.setattr(kernel_module, "REPORTS_MAX", 0)
    desk.fill(desk.entry, 10)
    assert [stop.error for stop in desk.rig.stops] == [
        "RuntimeError: more than 0 reports at one moment"
    ]
    assert [each.quantity for each in desk.legs] == [10.0, 10.0]


def test_flattened_bracket_is_canceled_and_closed() -> None:
    desk = Desk(flatten=True)
    desk.fill_entry(4)
    stop_strategy(desk.rig)
    assert canceled(desk.rig) == [desk.entry.id, desk.stop.id, desk.profit.id]
    close = desk.rig.wire.orders[-1]
    assert (close.side, close.quantity, close.reduce_only) == (SELL, 4.0, True)


def stop_strategy(rig: Rig) -> None:
    """Make the probe fail in a callback of its own."""
    context = rig.contexts[0]
    rig.kernel.call(context.host, lambda _event: fail(rig.probe), None)
    assert rig.stops


def make_oco(rig: Rig, quantity: float = 10) -> OneCancelsOther:
    pair = rig.do(lambda p: p.oco(ABC.id, SELL, quantity, price=105.0, stop=95.0))
    rig.accept(*(order for order in pair.orders if order.is_open))
    return pair


def test_pair_is_a_limit_and_a_stop_of_which_one_cancels_the_other() -> None:
    rig = Rig()
    rig.trade(100.0)
    pair = make_oco(rig)
    assert [(each.price, each.stop) for each in rig.wire.orders] == [(105.0, None), (None, 95.0)]
    rig.fill(pair.first, 4, 105.0)
    assert replaced(rig) == [(pair.second.id, 6.0)]
    rig.amend(pair.second, 6)
    rig.fill(pair.second, 6, 95.0)
    assert canceled(rig) == [pair.first.id]


def test_ended_order_of_a_pair_leaves_the_other_working() -> None:
    rig = Rig()
    rig.trade(100.0)
    pair = make_oco(rig)
    rig.cancel(pair.first)
    assert pair.second.is_open
    assert canceled(rig) == []


def test_pair_of_no_quantity_is_denied_whole() -> None:
    rig = Rig()
    rig.trade(100.0)
    pair = make_oco(rig, NAN)
    assert [order.status.value for order in pair.orders] == ["denied", "denied"]
    assert rig.denials == ["order_invalid", "order_invalid"]


def test_leg_that_the_venue_rejects_leaves_the_other_and_is_heard() -> None:
    desk = Desk()
    desk.fill(desk.entry, 10)
    desk.rig.reject(desk.stop)
    desk.rig.accept(desk.profit)
    assert desk.profit.leaves == 10.0
    assert type(desk.rig.probe.heard[-2]).__name__ == "OrderRejected"


def test_strategy_may_move_and_cancel_a_leg() -> None:
    desk = Desk()
    desk.fill_entry(10)
    assert desk.rig.do(lambda probe: probe.replace(desk.stop, stop=97.0))
    desk.rig.do(lambda probe: probe.cancel(desk.profit))
    assert desk.rig.wire.replaces[-1].stop == 97.0
    assert canceled(desk.rig) == [desk.profit.id]
    assert not [each for each in desk.rig.kernel.decisions if isinstance(each, OrderDenied)]


def test_bracket_made_in_a_callback_is_gated_like_any_order() -> None:
    groups: list[Bracket] = []

    def act(probe: Probe) -> None:
        groups.append(probe.bracket(ABC.id, BUY, 0.5, stop_loss=95.0))

    rig = Rig(Probe(lambda p: p.subscribe_trades(ABC.id), on(TradeTick, act)))
    rig.trade(100.0)
    assert groups[0].entry.status == "denied"
    assert groups[0].orders == (groups[0].entry,)


COSTS = {kind: {"requests": 1} for kind in CommandKind}
VENUE = VenueRates(venue="SIM", endpoints=("requests",), costs=COSTS, keeps_reduce_only=False)
PLAIN = RateSetup({"SIM": VENUE}, {})
"""A venue that knows no reduce-only orders."""


def test_legs_at_a_venue_without_reduce_only_count_as_what_they_could_sell() -> None:
    desk = Desk(rates=PLAIN)
    desk.fill_entry(10)
    assert [leg.reduce_only for leg in desk.legs] == [False, False]
    exposure = desk.entry.route.exposure
    assert (exposure.lowest, exposure.reducing_sells) == (-10, 0)


def test_position_at_a_venue_without_reduce_only_is_closed_by_a_plain_order() -> None:
    rig = Rig(rates=PLAIN)
    rig.trade(100.0)
    entry = rig.do(lambda probe: probe.buy(ABC.id, 10))
    rig.accept(entry)
    rig.fill(entry, 10, 100.0)
    close = rig.do(lambda probe: probe.close(ABC.id))
    assert close is not None
    assert (close.side, close.quantity, close.reduce_only) == (SELL, 10.0, False)


def test_reduce_only_order_is_denied_where_the_venue_would_not_keep_to_it() -> None:
    rig = Rig(rates=PLAIN)
    rig.trade(100.0)
    rig.do(lambda probe: probe.submit(ABC.id, SELL, 5, 101.0, reduce_only=True))
    assert rig.denials == ["not_supported"]
    assert rig.wire.orders == []
