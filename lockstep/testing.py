"""A bench for testing strategies: feed events, see what was sent, answer as a venue would.

Runs the real kernel and gate with a venue that does nothing by itself; needs no data and no files.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.gate.approved import Approved
from engine.gate.limits import Limits
from engine.kernel import Kernel, TimersDue
from engine.ledger.account import AccountSpec
from engine.model.commands import CancelOrder, Command, ReplaceOrder, SubmitOrder
from engine.model.identifiers import OrderIds
from engine.model.instrument import Instrument
from engine.model.market import Bar, BookSnapshot, MarketEvent, QuoteTick, TradeTick
from engine.model.reports import (
    OrderAccepted,
    OrderCanceled,
    OrderDenied,
    OrderFilled,
    OrderRejected,
    OrderReport,
)
from engine.orders.order import Order
from engine.strategy.attach import attach
from engine.strategy.base import Strategy

START = 1_704_067_200_000_000_000
"""The bench's first moment: 2024-01-01 00:00 UTC."""

MINUTE = 60_000_000_000
_SPECS = ("1s", "1m", "5m", "10m", "15m", "30m", "1h", "4h", "1d")


@dataclass
class Sent:
    """Hold what passed the gate, in order, by kind."""

    orders: list[SubmitOrder] = field(default_factory=list)
    cancels: list[CancelOrder] = field(default_factory=list)
    replaces: list[ReplaceOrder] = field(default_factory=list)

    def send(self, approved: Approved[Command]) -> None:
        """Take a command, as an execution port does."""
        command = approved.command
        if isinstance(command, SubmitOrder):
            self.orders.append(command)
        elif isinstance(command, CancelOrder):
            self.cancels.append(command)
        elif isinstance(command, ReplaceOrder):
            self.replaces.append(command)


class _AnyInstrument(dict[str, Instrument]):
    """Define every instrument that is asked for: ticks of 0.00001, currency of the account."""

    def __missing__(self, name: str) -> Instrument:
        made = self[name] = Instrument.define(name, tick="0.00001", currency="USD")
        return made


class Bench:
    """Run one strategy against events given by hand.

    The account holds 1,000,000 USD. Time starts at START and moves by the events' own times: each
    bar a minute later, quotes and trades a second, or by `wait`. Faults of the strategy are raised,
    not swallowed.
    """

    def __init__(
        self, strategy: Strategy, instruments: Mapping[str, Instrument] | None = None
    ) -> None:
        self.strategy = strategy
        self.sent = Sent()
        self.reports: list[OrderReport] = []
        self._trades = 0
        account = AccountSpec(id="main", venue="SIM", currency="USD", balances={"USD": 1_000_000})
        self.kernel = Kernel(
            _AnyInstrument(instruments or {}),
            [account],
            lambda _strategy, _account, _instrument: Limits(),
            {"main": self.sent},
            OrderIds("test", 0),
        )
        self.kernel.clock.now = START
        streams = (
            ("quotes", None),
            ("trades", None),
            ("book", None),
            *(("bars", spec) for spec in _SPECS),
        )
        context = attach(self.kernel, strategy, "test", ("main",), lambda _name: streams)
        context.start()
        self._raise_fault()

    @property
    def now(self) -> int:
        """Return engine time in nanoseconds UTC."""
        return self.kernel.clock.now

    @property
    def orders(self) -> list[Order]:
        """Return the strategy's open orders, oldest first."""
        return list(self.kernel.hosts["test"].open_orders.values())

    @property
    def denials(self) -> list[OrderDenied]:
        """Return every denial so far."""
        return [each for each in self.kernel.decisions if isinstance(each, OrderDenied)]

    def bars(self, instrument: str, closes: Iterable[float], spec: str = "1m") -> None:
        """Feed one bar a minute with these closes; each opens at the close before it."""
        before = None
        for close in closes:
            start = close if before is None else before
            high, low = max(start, close), min(start, close)
            self.bar(instrument, (start, high, low, close), spec)
            before = close

    def bar(
        self, instrument: str, prices: tuple[float, float, float, float], spec: str = "1m"
    ) -> None:
        """Feed one bar of (open, high, low, close) that ends a minute from now."""
        end = self.now + MINUTE
        self.feed(Bar(instrument, spec, self.now, end, end, *prices, 1_000.0))

    def quote(self, instrument: str, bid: float, ask: float, size: float = 100.0) -> None:
        """Feed one quote, a second from now."""
        ts = self.now + 1_000_000_000
        self.feed(QuoteTick(instrument, ts, ts, bid, ask, size, size))

    def trade(self, instrument: str, price: float, size: float = 1.0, aggressor: int = 0) -> None:
        """Feed one public trade, a second from now."""
        ts = self.now + 1_000_000_000
        self.feed(TradeTick(instrument, ts, ts, price, size, aggressor))

    def book(
        self,
        instrument: str,
        bids: Iterable[tuple[float, float]],
        asks: Iterable[tuple[float, float]],
    ) -> None:
        """Feed a whole book of (price, size) pairs, best first, a second from now."""
        ts = self.now + 1_000_000_000
        self.feed(BookSnapshot(instrument, ts, ts, tuple(bids), tuple(asks)))

    def feed(self, event: MarketEvent | OrderReport) -> None:
        """Feed any event; timers due before it fire first."""
        if self.kernel.timers.due < event.ts_recv:
            self.kernel.process(TimersDue(event.ts_recv - 1))
        self.kernel.bus.market(event.instrument)
        self.kernel.process(event)
        self._raise_fault()

    def wait(self, seconds: float) -> None:
        """Let time pass, firing timers on the way."""
        self.kernel.process(TimersDue(self.now + round(seconds * 1e9)))
        self._raise_fault()

    def accept(self, order: Order) -> None:
        """Answer that the venue has an order."""
        self.feed(OrderAccepted(**self._about(order), venue_order_id=f"V{order.id}"))

    def fill(self, order: Order, price: float, quantity: float | None = None) -> None:
        """Answer with a fill, of all that is left unless a quantity is given, without a fee."""
        self._trades += 1
        self.feed(
            OrderFilled(
                **self._about(order),
                trade_id=f"T{self._trades}",
                side=order.side,
                quantity=order.leaves if quantity is None else quantity,
                price=price,
                fee=0.0,
                fee_currency="USD",
            )
        )

    def cancel(self, order: Order) -> None:
        """Answer that an order was canceled."""
        self.feed(OrderCanceled(**self._about(order)))

    def reject(self, order: Order, reason: str = "no") -> None:
        """Answer that the venue refused an order."""
        self.feed(OrderRejected(**self._about(order), reason=reason))

    def _about(self, order: Order) -> dict[str, Any]:
        return {
            "client_order_id": order.id,
            "instrument": order.instrument,
            "ts_event": self.now,
            "ts_recv": self.now,
        }

    def _raise_fault(self) -> None:
        error = self.kernel.hosts["test"].error
        if error is not None:
            raise error
