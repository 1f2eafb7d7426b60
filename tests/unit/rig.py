"""A kernel whose venue is the test: approved commands are recorded, the test answers with reports.

It judges nothing; what is expected stands in the tests.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from engine.gate.approved import Approved
from engine.gate.limits import Limits
from engine.gate.rates import NO_RATES, RateSetup
from engine.kernel import Kernel, StrategyStopped, TimersDue
from engine.ledger.account import AccountSpec
from engine.model.commands import CancelOrder, Command, ReplaceOrder, SubmitOrder
from engine.model.identifiers import OrderIds
from engine.model.instrument import Instrument
from engine.model.market import Bar, InstrumentStatus, QuoteTick, TradeTick
from engine.model.reports import (
    OrderAccepted,
    OrderCanceled,
    OrderDenied,
    OrderFilled,
    OrderRejected,
    OrderReplaced,
    OrderReport,
    OrderUnknown,
)
from engine.model.zones import SECOND_NS
from engine.orders.order import Order
from engine.strategy.attach import attach
from engine.strategy.base import Strategy
from engine.strategy.context import Context, SessionChange, Streams, Timer

ABC = Instrument.define("ABC.SIM", tick="0.01", currency="USD", margin_initial=0.1)
XYZ = Instrument.define(
    "XYZ.SIM", tick="0.5", currency="USD", quantity_step="0.1", multiplier="10", margin_initial=0.1
)
NAN = float("nan")
MINUTE = 60 * SECOND_NS
START = 1_704_067_200 * SECOND_NS
"""2024-01-01 00:00 UTC, a Monday."""

TICKS: Streams = (("quotes", None), ("trades", None))
STREAMS: Streams = (*TICKS, ("bars", "1m"))
"""What is recorded of every instrument unless a test says otherwise."""

Answer = TypeVar("Answer")
Report = TypeVar("Report", bound=OrderReport)


class Wire:
    """Take approved commands as an execution port does, and keep them in order."""

    def __init__(self) -> None:
        self.sent: list[Command] = []

    def send(self, approved: Approved[Command]) -> None:
        self.sent.append(approved.command)

    @property
    def orders(self) -> list[SubmitOrder]:
        return [each for each in self.sent if isinstance(each, SubmitOrder)]

    @property
    def cancels(self) -> list[CancelOrder]:
        return [each for each in self.sent if isinstance(each, CancelOrder)]

    @property
    def replaces(self) -> list[ReplaceOrder]:
        return [each for each in self.sent if isinstance(each, ReplaceOrder)]


class Probe(Strategy):
    """A strategy that hears everything and does what the test tells it to."""

    def __init__(
        self,
        start: Callable[["Probe"], object] = lambda _probe: None,
        act: Callable[["Probe", object], object] = lambda _probe, _event: None,
    ) -> None:
        super().__init__()
        self.heard: list[object] = []
        self.act = act
        self._start = start

    def on_start(self) -> None:
        self._start(self)

    def on_stop(self) -> None:
        self._hear("stop")

    def on_quote(self, quote: QuoteTick) -> None:
        self._hear(quote)

    def on_trade(self, trade: TradeTick) -> None:
        self._hear(trade)

    def on_bar(self, bar: Bar) -> None:
        self._hear(bar)

    def on_order(self, report: OrderReport) -> None:
        self._hear(report)

    def on_timer(self, timer: Timer) -> None:
        self._hear(timer)

    def on_session(self, change: SessionChange) -> None:
        self._hear(change)

    def on_status(self, status: InstrumentStatus) -> None:
        self._hear(status)

    def of(self, kind: type[Answer]) -> list[Answer]:
        return [event for event in self.heard if isinstance(event, kind)]

    def _hear(self, event: object) -> None:
        self.heard.append(event)
        self.act(self, event)


class Rig:
    """Run probes, named `one`, `two` and so on, over events that the test gives.

    Every event comes a second after the one before. A probe `trades` in the first account unless
    more are named.
    """

    def __init__(
        self,
        *probes: Probe,
        limits: Limits | Mapping[str, Limits] = Limits(),  # noqa: B008 - frozen
        instruments: Sequence[Instrument] = (ABC, XYZ),
        accounts: Sequence[AccountSpec] = (),
        trades: tuple[str, ...] = (),
        history: "History | None" = None,
        streams: Streams = STREAMS,
        rates: RateSetup = NO_RATES,
        flatten_on_error: bool = False,
        started: bool = True,
    ) -> None:
        self.wire = Wire()
        self.probes = probes or (Probe(),)
        self._trades = self._revisions = 0
        usual = AccountSpec(id="main", venue="SIM", currency="USD", balances={"USD": 1_000_000})
        accounts = tuple(accounts) or (usual,)
        self.kernel = Kernel(
            {each.id: each for each in instruments},
            accounts,
            lambda strategy, _account, _instrument: (
                limits if isinstance(limits, Limits) else limits[strategy]
            ),
            defaultdict(lambda: self.wire),
            OrderIds("t", 0),
            rates=rates,
            flatten_on_error=flatten_on_error,
        )
        self.kernel.clock.now = START
        for each in instruments:
            self.kernel.bus.market(each.id)
        names, trades = ("one", "two", "three"), trades or (accounts[0].id,)
        self.contexts: list[Context] = [
            attach(self.kernel, probe, name, trades, lambda _name: streams, history)
            for name, probe in zip(names, self.probes, strict=False)
        ]
        if started:
            self.start()

    @property
    def probe(self) -> Probe:
        return self.probes[0]

    @property
    def now(self) -> int:
        return self.kernel.clock.now

    @property
    def denials(self) -> list[str]:
        denied = [each for each in self.kernel.decisions if isinstance(each, OrderDenied)]
        return [each.reason.value for each in denied]

    @property
    def stops(self) -> list[StrategyStopped]:
        return [each for each in self.kernel.decisions if isinstance(each, StrategyStopped)]

    def start(self) -> None:
        for context in self.contexts:
            context.start()

    def do(self, action: Callable[[Probe], Answer], number: int = 0) -> Answer:
        """Let a probe act as if in a callback; return what the action gave."""
        probe, context = self.probes[number], self.contexts[number]
        given: list[Answer] = []
        self.kernel.call(context.host, lambda _event: given.append(action(probe)), None)
        assert given, f"the action raised {context.host.fault}"
        return given[0]

    def quote(
        self, bid: float, ask: float, instrument: Instrument = ABC, after: int = SECOND_NS
    ) -> None:
        ts = self.now + after
        self.feed(QuoteTick(instrument.id, ts, ts, bid, ask, 100.0, 100.0))

    def trade(self, price: float, instrument: Instrument = ABC, after: int = SECOND_NS) -> None:
        ts = self.now + after
        self.feed(TradeTick(instrument.id, ts, ts, price, 1.0, 0))

    def bar(self, close: float, instrument: Instrument = ABC, spec: str = "1m") -> None:
        """Give a bar of one price that ends a minute from now."""
        ts = self.now
        end = ts + MINUTE
        self.feed(Bar(instrument.id, spec, ts, end, end, close, close, close, close, 1.0))

    def feed(self, event: QuoteTick | TradeTick | Bar | InstrumentStatus | OrderReport) -> None:
        """Give an event; timers due before it fire first."""
        if self.kernel.timers.due < event.ts_recv:
            self.kernel.process(TimersDue(event.ts_recv - 1))
        self.kernel.process(event)

    def wait(self, nanoseconds: int) -> None:
        self.kernel.process(TimersDue(self.now + nanoseconds))

    def tell(self, kind: type[Report], order: Order | str, **fields: object) -> Report:
        """Give the report about an order that a venue would send, a second from now."""
        report = make_report(kind, order, self.now + SECOND_NS, **fields)
        self.feed(report)
        return report

    def accept(self, *orders: Order) -> None:
        for order in orders:
            self.tell(OrderAccepted, order, venue_order_id=f"V{order.id}")

    def fill(self, order: Order, quantity: float, price: float, **fields: object) -> OrderFilled:
        self._trades += 1
        named = {"trade_id": f"T{self._trades}", "quantity": quantity, "price": price, **fields}
        return self.tell(OrderFilled, order, **named)

    def cancel(self, order: Order, filled: float | None = None) -> None:
        self.tell(OrderCanceled, order, filled=filled)

    def reject(self, order: Order) -> None:
        self.tell(OrderRejected, order)

    def unsure(self, order: Order) -> None:
        self.tell(OrderUnknown, order)

    def amend(self, order: Order, quantity: float, price: float | None = None) -> None:
        """Confirm the last replace of an order."""
        self._revisions += 1
        leg = order.leg
        assert leg is not None
        self.tell(
            OrderReplaced,
            order,
            request=leg.requests,
            revision=self._revisions,
            quantity=quantity,
            price=price,
        )


class History:
    """Answer warm-up with bars given beforehand."""

    def __init__(self, bars: Sequence[Bar]) -> None:
        self._bars = bars

    def bars(self, instrument: str, spec: str, count: int, before: int) -> Sequence[Bar]:
        found = [bar for bar in self._bars if bar.instrument == instrument and bar.spec == spec]
        return [bar for bar in found if bar.ts_close <= before][-count:]


_USUAL: dict[type[OrderReport], dict[str, object]] = {
    OrderFilled: {"trade_id": "T", "fee": 0.0, "fee_currency": "USD"},
    OrderReplaced: {"request": 1, "revision": 1},
}


def flat_bar(instrument: Instrument, ts_close: int) -> Bar:
    """Return a minute bar of one price."""
    opened = ts_close - MINUTE
    return Bar(instrument.id, "1m", opened, ts_close, ts_close, 1.0, 1.0, 1.0, 1.0, 1.0)


def make_report(kind: type[Report], order: Order | str, ts: int, **fields: object) -> Report:
    """Return a report about an order, its usual fields filled in."""
    named: dict[str, Any] = {"ts_event": ts, "ts_recv": ts}
    if isinstance(order, Order):
        named |= {"client_order_id": order.id, "instrument": order.instrument}
    else:
        named |= {"client_order_id": order, "instrument": ABC.id, "account": "main"}
    if kind is OrderFilled and isinstance(order, Order):
        named["side"] = order.side
    if "reason" in kind.__struct_fields__:
        named["reason"] = "said the venue"
    return kind(**named | _USUAL.get(kind, {}) | fields)


Act = Callable[[Probe, object], object]


def watching(act: Act = lambda _probe, _event: None) -> Probe:
    """Return a probe that hears everything about ABC."""

    def start(probe: Probe) -> None:
        probe.subscribe_quotes(ABC.id)
        probe.subscribe_trades(ABC.id)
        probe.subscribe_bars(ABC.id, "1m")

    return Probe(start, act)


def on(kind: type, action: Callable[[Probe], object]) -> Act:
    """Act at events of one class only."""
    return lambda probe, event: action(probe) if isinstance(event, kind) else None


def once(kind: type, action: Callable[[Probe], object]) -> Act:
    """Act at the first event of a class only."""

    def act(probe: Probe, event: object) -> None:
        if isinstance(event, kind):
            probe.act = lambda _probe, _event: None
            action(probe)

    return act


def fail(_probe: Probe) -> None:
    """Raise what a strategy's own mistake would."""
    raise ZeroDivisionError("no luck")


def names(events: list[object]) -> list[str]:
    return [type(event).__name__ for event in events]
