"""Matching the orders of a run with those of its backtest, and the bridge between their profits."""

import pytest

from engine.model.commands import OrderType, Side, SubmitOrder
from engine.model.reports import OrderAccepted, OrderFilled
from lockstep.parity.comparison import Comparison, Value, compare
from lockstep.parity.observed import Observed, latencies, observe
from lockstep.parity.report import summary
from lockstep.parity.run import Parity

VALUES = {"ABC.SIM": Value(100.0, 10.0)}
SECOND = 1_000_000_000


def order(name: str, ts: int = 0, side: Side = Side.BUY, **changes: object) -> SubmitOrder:
    terms: dict[str, object] = {"quantity": 2.0, "price": 99.0} | changes
    return SubmitOrder(name, "bot", "main", "ABC.SIM", ts, side, OrderType.LIMIT, **terms)  # type: ignore[arg-type] # the fields of an order


def sent(name: str, *fills: tuple[float, float, float], ts: int = 0, **changes: object) -> Observed:
    """Return an order with fills of (quantity, price, fee)."""
    made = order(name, ts, **changes)  # type: ignore[arg-type] # as above
    return Observed(
        made,
        [
            OrderFilled(
                client_order_id=name,
                instrument="ABC.SIM",
                ts_event=ts,
                ts_recv=ts,
                trade_id=f"{name}/{number}",
                side=made.side,
                quantity=quantity,
                price=price,
                fee=fee,
                fee_currency="USD",
            )
            for number, (quantity, price, fee) in enumerate(fills)
        ],
    )


def holds(found: Comparison) -> bool:
    """Say whether the parts of the bridge add up."""
    bridge = found.bridge
    parts = bridge.prices + bridge.quantities + bridge.fees
    parts += bridge.only_live - bridge.only_backtest
    return bridge.live == pytest.approx(bridge.backtest + parts)


def test_equal_orders_with_equal_fills_are_equal() -> None:
    live = [sent("a", (2.0, 99.0, 0.1)), sent("b", price=98.0)]
    test = [sent("x", (2.0, 99.0, 0.1)), sent("y", price=98.0)]
    found = compare(live, test, VALUES)
    assert found.is_equal
    assert [(p.live.order.client_order_id, p.test.order.client_order_id) for p in found.pairs] == [
        ("a", "x"),
        ("b", "y"),
    ]


def test_an_order_that_one_side_lacks_does_not_shift_the_rest() -> None:
    live = [sent("a", price=97.0), sent("b", price=98.0), sent("c", price=99.0)]
    test = [sent("x", price=97.0), sent("z", price=99.0)]
    found = compare(live, test, VALUES)
    assert [each.order.client_order_id for each in found.missing] == ["b"]
    assert not found.extra
    assert len(found.pairs) == 2


def test_orders_with_other_terms_match_when_they_are_near() -> None:
    near = compare([sent("a", ts=SECOND)], [sent("x", ts=2 * SECOND, price=98.5)], VALUES)
    far = compare([sent("a", ts=SECOND)], [sent("x", ts=9 * SECOND, price=98.5)], VALUES)
    other = compare([sent("a")], [sent("x", side=Side.SELL, price=98.5)], VALUES)
    assert [len(each.pairs) for each in (near, far, other)] == [1, 0, 0]
    assert near.pairs[0].delay_ns == SECOND
    assert not near.is_equal


def test_the_bridge_names_prices_quantities_fees_and_lone_orders() -> None:
    live = [sent("a", (2.0, 99.0, 0.5)), sent("b", (1.0, 98.0, 0.0), price=98.0)]
    test = [sent("x", (1.0, 98.0, 0.2)), sent("y", (1.0, 90.0, 0.0), price=90.0, ts=99 * SECOND)]
    found = compare(live, test, VALUES)
    bridge = found.bridge
    assert bridge.prices == pytest.approx(-10.0)  # one unit bought 1.0 dearer, worth 10 a point
    assert bridge.fees == pytest.approx(-0.3)
    assert bridge.quantities == pytest.approx(10.0)  # one unit more, bought 1.0 below the mark
    assert bridge.only_live == pytest.approx(20.0)
    assert bridge.only_backtest == pytest.approx(100.0)
    assert holds(found)


def test_shown_parts_lead_from_the_profit_above_them_to_the_one_below() -> None:
    live = [sent("a", (2.0, 99.0, 0.5)), sent("b", (1.0, 98.0, 0.0), price=98.0)]
    test = [sent("x", (1.0, 98.0, 0.2)), sent("y", (1.0, 90.0, 0.0), price=90.0, ts=99 * SECOND)]
    rows = summary(Parity("run", "live", 0, 0.0, compare(live, test, VALUES), ()))
    first = next(place for place, row in enumerate(rows) if row[0].startswith("profit"))
    begun, *parts, ended = (float(figure) for _, figure in rows[first:])
    assert sum(parts) == pytest.approx(ended - begun)
    assert ended != begun


def test_orders_of_two_instruments_never_match() -> None:
    values = VALUES | {"XYZ.SIM": Value(1.0, 1.0)}
    one, other = sent("a"), sent("x")
    other.order = SubmitOrder(
        "x", "bot", "main", "XYZ.SIM", 0, Side.BUY, OrderType.LIMIT, 2.0, 99.0
    )
    found = compare([one], [other], values)
    assert (len(found.missing), len(found.extra)) == (1, 1)


def test_latencies_come_from_the_first_answer_and_keep_to_our_clock() -> None:
    def accepted(name: str, event: int, received: int) -> OrderAccepted:
        return OrderAccepted(
            client_order_id=name, instrument="ABC.SIM", ts_event=event, ts_recv=received
        )

    bodies = [
        order("a", 10),
        accepted("a", 14, 20),
        order("b", 30),
        accepted("b", 99, 50),  # the venue's clock is ahead
        accepted("b", 99, 60),
        order("c", 70),  # never answered
    ]
    assert latencies(bodies) == [(10, 14, 20), (30, 40, 50)]


def test_fills_belong_to_orders_that_were_sent() -> None:
    lone = sent("b", (1.0, 1.0, 0.0)).fills[0]
    (found,) = observe([order("a"), lone])
    assert found.fills == []
