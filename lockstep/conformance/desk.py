"""The gate of a stage: every command that a card asks for is approved, or the card fails.

Bounds nothing, so that a connector meets what its venue refuses.
"""

import msgspec

from engine.gate.approved import Approved
from engine.gate.gate import RiskGate
from engine.gate.limits import Limits
from engine.ledger.account import Account, AccountSpec
from engine.ledger.position import Position
from engine.market_state import MarketState
from engine.model.commands import OrderType, Side, TimeInForce
from engine.model.instrument import Instrument
from engine.model.reports import OrderAccepted
from engine.orders.exposure import Exposure
from engine.orders.order import Order, Terms
from engine.orders.route import Route
from engine.orders.table import OrderTable
from engine.ports import ExecutionPort


class StageDesk:
    """Send orders of one account and instrument through a gate to a connector.

    An order counts as working from when it was sent, whatever becomes of it: a cancel may meet one
    that is filled or lost, as it does when messages cross.
    """

    def __init__(self, account: str, instrument: Instrument, port: ExecutionPort) -> None:
        self._gate = RiskGate()
        self._table = OrderTable(_nobody)
        unbounded = msgspec.structs.replace(instrument, quantity_min=1, quantity_max=None)
        spec = AccountSpec(id=account, venue=instrument.venue, currency="USD", balances={})
        self._route = Route(
            "strategy",
            Account(spec),
            unbounded,
            Exposure(Position(unbounded)),
            Exposure(Position(unbounded)),
            Limits(),
            MarketState(unbounded),
            port,
        )

    def submit(
        self,
        name: str,
        now: int,
        side: Side,
        quantity: float,
        prices: tuple[float | None, float | None],
        time_in_force: TimeInForce,
    ) -> None:
        """Send an order: at the market, or with a limit and a trigger where those are given."""
        price, stop = prices
        kind = OrderType.MARKET if price is None else OrderType.LIMIT
        order = Order(
            self._route,
            name,
            side,
            kind if stop is None else OrderType.STOP,
            Terms(time_in_force),
            quantity,
            price,
            stop,
            None,
        )
        order.units = round(quantity * self._route.quantity_scale)
        self._send(self._gate.submit(order, now))
        self._table.sent(order)
        ids = {"client_order_id": name, "instrument": order.instrument}
        self._table.apply(OrderAccepted(**ids, ts_event=now, ts_recv=now))

    def replace(self, name: str, now: int, quantity: float, price: float) -> None:
        """Send a change of an order."""
        order = self._table.orders[name]
        assert order.leg is not None
        self._send(self._gate.replace(order, order.leg, (quantity, price, None), now))

    def cancel(self, name: str, now: int) -> None:
        """Send a cancel of an order."""
        order = self._table.orders[name]
        assert order.leg is not None
        self._send(self._gate.cancel(order, order.leg, now))

    def _send(self, verdict: object) -> None:
        assert isinstance(verdict, Approved), f"the gate says {verdict}"
        self._route.port.send(verdict)


def _nobody(_order: Order) -> None:
    """Be told of an order that late evidence brings back; none comes here."""
