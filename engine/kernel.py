"""The kernel: an event in, state up to date, strategies called, intents gated, commands out.

Synchronous and the only writer. Reads no clock, draws no chance, does no I/O and never awaits.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from engine import intents
from engine.book_publishing import BOOK_PUBLISHERS
from engine.bus import EventBus
from engine.clock import Clock
from engine.errors import StrategyError, UsageError
from engine.gate.control import RiskControl
from engine.gate.gate import RiskGate
from engine.gate.limits import Limits
from engine.gate.pacing import NO_RATES, Pacing, RateEvent, RateSetup
from engine.ledger.account import Account, AccountSpec
from engine.ledger.portfolio import Portfolio, fill_price
from engine.model.commands import Command, Side
from engine.model.identifiers import OrderIds
from engine.model.instrument import Instrument
from engine.model.reports import CashAdjusted, OrderFilled, OrderReport, ProtectionSet
from engine.model.requests import Answer, HistoryReceived, Request, ResultReceived
from engine.model.risk import RiskEvent
from engine.orders.order import Order
from engine.orders.route import Route
from engine.orders.strangers import (
    SETTLE_NS,
    FillClaimed,
    FillUnclaimed,
    Strangers,
    book_leg,
    leg_name,
    note_exits,
)
from engine.orders.table import OrderTable
from engine.ports import ExecutionPort, RequestPort
from engine.publishing import NOTHING_BEFORE, PUBLISHERS, After, Before, Step, Walk
from engine.strategy.faults import describe
from engine.strategy.host import Host
from engine.strategy.state import HostState
from engine.timers import Phase, TimerQueue

if TYPE_CHECKING:
    from engine.strategy.host import Intent

_PUBLISHED = frozenset({*PUBLISHERS, *BOOK_PUBLISHERS})

INTENTS_MAX = 10_000
"""How many intents one event may lead a strategy to; beyond that it is taken for a runaway and
stopped.
"""

REPORTS_MAX = 100_000
"""How many reports of one moment a strategy may hear, as many intents bring some each; beyond that
it is taken for one that answers each of its own fills, and stopped.
"""


class TimersDue(msgspec.Struct, frozen=True, gc=False, tag=True, tag_field="event"):
    """Let engine time reach `ts_recv`: everything scheduled up to then happens, in its order."""

    ts_recv: int


class StrategyStopped(msgspec.Struct, frozen=True, gc=False, tag=True, tag_field="event"):
    """Record that the engine stopped a strategy, and the fault that made it."""

    strategy: str
    ts: int
    error: str


Decision = (
    Command
    | OrderReport
    | StrategyStopped
    | CashAdjusted
    | RiskEvent
    | RateEvent
    | Request
    | FillClaimed
    | FillUnclaimed
)


class Observer(Protocol):
    """Listen to what has happened, without a say in it: recorders and meters."""

    def on_fill(self, order: Order, fill: OrderFilled, profit: float) -> None:
        """Take note of a booked fill and its realised profit (instrument currency, before fees)."""

    def on_closed(self, order: Order) -> None:
        """Take note that an order is closed or was denied; again if it was reopened meanwhile."""


class Kernel:
    """Run strategies over events.

    `process` takes every kind of event there is. `decisions` grows by each command, denial, report,
    stop and change of risk states in the order they happened; whoever writes the log takes them
    away. `limits` gives a route its limits, `ports` the way to the venue of an account,
    `rates` the limits on how often venues may be asked.
    `flatten_on_error` says whether a strategy that fails has its orders canceled and its positions
    closed, or is only stopped.
    """

    def __init__(
        self,
        instruments: Mapping[str, Instrument],
        accounts: Iterable[AccountSpec],
        limits: Callable[[str, str, Instrument], Limits],
        ports: Mapping[str, ExecutionPort],
        ids: OrderIds,
        *,
        rates: RateSetup = NO_RATES,
        flatten_on_error: bool = False,
    ) -> None:
        self.clock = Clock()
        self.bus = EventBus(instruments)
        self.portfolio = Portfolio(map(Account, accounts), self.bus.markets)
        self.gate = RiskGate()
        self.orders = OrderTable(self._reopened)
        self.timers: TimerQueue[Callable[[int], None]] = TimerQueue()
        self.hosts: dict[str, Host] = {}
        self.ids = ids
        self.decisions: list[Decision] = []
        self.observers: list[Observer] = []
        self.strangers = Strangers()
        self.requests: RequestPort | None = None
        self._limits = limits
        self._ports = ports
        self._flatten_on_error = flatten_on_error
        self.control = RiskControl(self)
        self.pacing = Pacing(self, rates)
        self._steps: dict[type, Step] = {
            TimersDue: self._on_timers,
            CashAdjusted: self._on_cash,
            HistoryReceived: self._on_answer,
            ResultReceived: self._on_answer,
            **self.control.steps,
            **self.pacing.steps,
        }
        self._walks: dict[tuple[type, str], Walk] = {}

    def process(self, event: Any) -> None:  # noqa: ANN401 - every event there is
        """Take one event; when this returns, what follows from it has been sent or scheduled."""
        kind = type(event)
        if kind not in _PUBLISHED:
            self.step(kind)(event)
            return
        key = kind, event.instrument
        walk = self._walks.get(key)
        if walk is None:
            walk = self._walks[key] = self.walk(*key)
        walk((event,))

    def step(self, kind: type) -> Step:
        """Return what `process` does with reports, timers or cash, for those who feed many."""
        return self._steps.get(kind, self._on_report)

    def on(self, kind: type, step: Step) -> None:
        """Let `process` do `step` with events of a kind that it does not know by itself."""
        self._steps[kind] = step

    def takes(self, kind: type) -> bool:
        """Say whether `process` does anything with a kind of event."""
        return kind in _PUBLISHED or kind in self._steps or issubclass(kind, OrderReport)

    def walk(self, kind: type, instrument: str, before: Before = NOTHING_BEFORE) -> Walk:
        """Return what `process` does with market events of one kind and instrument, for many."""
        market = self.bus.market(instrument)
        after = After(self._failed, self._gate, self.control.rulebook.watches)
        if kind in BOOK_PUBLISHERS:
            return BOOK_PUBLISHERS[kind](kind, market, self.clock, before, after).walk
        return PUBLISHERS[kind](market, self.clock, before, after).walk

    def route(self, strategy: str, account: str, instrument: str) -> Route:
        """Bind the way of a strategy's orders in an instrument.

        Raises KeyError for an unknown instrument.
        """
        market = self.bus.market(instrument)
        definition = market.instrument
        route = Route(
            strategy,
            self.portfolio.accounts[account],
            definition,
            self.portfolio.held(strategy, account, definition),
            self.portfolio.exposure(account, definition),
            self._limits(strategy, account, definition),
            market,
            self._ports[account],
        )
        self.control.bind(route)
        route.pace = self.pacing.pace(route)
        route.replace_adds = self.pacing.replace_adds(definition.venue)
        route.keeps_protection = self.pacing.keeps_protection(definition.venue)
        route.keeps_reduce_only = self.pacing.keeps_reduce_only(definition.venue)
        return route

    def call(self, host: Host, callback: Callable[[Any], None], event: object) -> None:
        """Call a strategy's callback, then gate what it asked for; a fault stops it alone."""
        self.invoke(host, callback, event)
        if host.intents:
            self._gate(host)

    def invoke(self, host: Host, callback: Callable[[Any], None], event: object) -> None:
        """Call one callback and leave its intents waiting, where others are being gated already."""
        asked_before = len(host.intents)
        try:
            callback(event)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a strategy's fault stays its own
            self._failed(host, error, asked_before)

    def _on_timers(self, event: TimersDue) -> None:
        timers, clock, until = self.timers, self.clock, event.ts_recv
        while timers.due <= until and (timer := timers.pop(until)) is not None:
            ts, action = timer
            clock.now = max(clock.now, ts)
            action(ts)
        clock.now = max(clock.now, until)

    def _on_cash(self, cash: CashAdjusted) -> None:
        self.clock.now = cash.ts_recv
        self.decisions.append(cash)
        account = self.portfolio.accounts[cash.account]
        if cash.price is None:
            account.adjust(cash.currency, cash.amount)
        else:
            definition = self.bus.market(cash.instrument).instrument
            self.portfolio.clear(account, definition, cash.price)
        self.control.observe()

    def _on_answer(self, answer: Answer) -> None:
        """Tell the strategy that asked, if it still runs and has written the callback."""
        self.clock.now = answer.ts_recv
        host = self.hosts[answer.strategy]
        callback = host.calls.get(type(answer))
        if callback is not None and host.state == HostState.RUNNING:
            self.call(host, callback, answer)

    def _on_report(self, report: OrderReport) -> None:
        orders = self.orders
        self.clock.now = report.ts_recv
        self.decisions.append(report)
        order, filled = orders.apply(report)
        if order is None:
            self._stranger(report)
            return
        if filled:
            assert isinstance(report, OrderFilled)
            is_new = not (self.strangers.fills and self.strangers.take(report, order.account))
            self._book(order, report, filled if order.side > 0 else -filled, is_new=is_new)
        host = self.hosts[order.route.strategy]
        claimed = self._claim(order) if self.strangers.fills else ()
        if orders.closed:
            self._take_closed(host)
        if order.group is not None:
            order.group.on_change()
        if host.hears or host.intents:
            self._tell(host, report)
            for fill in claimed:
                self._tell(host, fill)

    def _book(self, order: Order, fill: OrderFilled, quantity: int, *, is_new: bool = True) -> None:
        """Book a fill; one that is not new has moved the account's position already."""
        route = order.route
        position, ours = route.held.position, route.exposure.position
        if is_new:
            price, digits = self.portfolio.book(route.account, ours, fill, quantity)
        else:
            price, digits = fill_price(position.instrument, fill.price)
        profit = position.book(quantity, price, digits)
        if route.exposure.legs is not None:
            name = order.terms.position_id or leg_name(fill)
            moved = quantity if is_new else 0
            route.exposure.legs.book(name, moved, (price, digits), route.strategy)
        for observer in self.observers:
            observer.on_fill(order, fill, position.money(profit))

    def _take_closed(self, host: Host) -> None:
        closed = self.orders.closed
        for order in closed:
            if host.open_orders.pop(order.id, None) is not None:
                for observer in self.observers:
                    observer.on_closed(order)
        closed.clear()

    def _reopened(self, order: Order) -> None:
        self.hosts[order.route.strategy].open_orders[order.id] = order

    def _stranger(self, report: OrderReport) -> None:
        """Move the account's position for a fill of an order nobody knows; no strategy owns it yet.

        A doubled fill moves nothing.
        """
        known = report.account in self.portfolio.accounts
        if known and isinstance(report, ProtectionSet):
            note_exits(self.portfolio, self.bus.market(report.instrument).instrument, report)
        if not known or not isinstance(report, OrderFilled):
            return
        if not self.strangers.add(report):
            self.orders.counts["doubled fill"] += 1
            return
        account = self.portfolio.accounts[report.account]
        instrument = self.bus.market(report.instrument).instrument
        exposure = self.portfolio.exposure(account.id, instrument)
        units = round(report.quantity * instrument.quantity_scale)
        signed = units if report.side == Side.BUY else -units
        price = self.portfolio.book(account, exposure.position, report, signed)
        legs, owner = exposure.legs, None
        if legs is not None:
            owner = book_leg(self.portfolio, legs, report, signed, price)
        self.control.moved(account.id, instrument.id)
        if owner is not None and owner in self.hosts:
            self._tell(self.hosts[owner], report)
            return
        due = self.clock.now + SETTLE_NS
        self.timers.schedule(due, Phase.OPERATOR, lambda ts: self._warn(report, ts))

    def _warn(self, fill: OrderFilled, ts: int) -> None:
        """Tell of a fill that no order of ours explains after all this time."""
        if self.strangers.holds(fill):
            about = fill.account, fill.instrument, fill.venue_order_id, fill.trade_id
            self.decisions.append(FillUnclaimed(*about, ts))

    def _claim(self, order: Order) -> list[OrderFilled]:
        """Give an order the fills that came before the venue's id for it was known."""
        account, leg = order.account, order.leg
        claimed = []
        for fill in self.strangers.claim(account, "" if leg is None else leg.venue_order_id):
            now = self.clock.now
            named = msgspec.structs.replace(fill, client_order_id=order.id, ts_recv=now)
            _, filled = self.orders.apply(named)
            if filled:
                signed = filled if order.side > 0 else -filled
                self._book(order, named, signed, is_new=False)
                self.decisions.append(
                    FillClaimed(order.id, fill.instrument, account, fill.trade_id, now)
                )
                claimed.append(named)
        return claimed

    def _tell(self, host: Host, report: OrderReport) -> None:
        """Call back a strategy about a report, unless it has heard too many at one moment."""
        if host.moment != report.ts_recv:
            host.moment, host.heard = report.ts_recv, 0
        host.heard += 1
        if host.heard > REPORTS_MAX and host.state != HostState.STOPPED:
            error = RuntimeError(f"more than {REPORTS_MAX} reports at one moment")
            self._failed(host, error, len(host.intents))
        if host.on_order is not None:
            self.invoke(host, host.on_order, report)
        if host.on_fill is not None and type(report) is OrderFilled:
            self.invoke(host, host.on_fill, report)
        if host.intents:
            self._gate(host)

    def _gate(self, host: Host) -> None:
        """Gate a strategy's intents in order; denials may lead to more, up to INTENTS_MAX."""
        left = INTENTS_MAX
        while host.intents:
            taken, host.intents = host.intents, []
            if len(taken) > left and host.state != HostState.STOPPED:
                self._run_away(host, taken, left)
                continue
            left -= len(taken)
            for verb, order, detail in taken:
                verb(self, host, order, detail)

    def _run_away(self, host: Host, taken: "list[Intent]", left: int) -> None:
        """Stop a strategy that asks for too much; what it asked for within the limit is gated."""
        for verb, order, detail in taken[:left]:
            verb(self, host, order, detail)
        host.intents[:0] = taken[left:]
        if host.state != HostState.STOPPED:
            self._failed(host, RuntimeError(f"more than {INTENTS_MAX} intents from one event"))

    def _failed(self, host: Host, error: Exception | SystemExit, asked_before: int = 0) -> None:
        """Stop a strategy whose callback raised: it sends nothing and is never called again.

        `asked_before` intents were there before the callback and are still gated.
        """
        dropped = host.intents[asked_before:]
        del host.intents[asked_before:]
        if isinstance(error, UsageError) and host.state == HostState.STARTING:
            raise StrategyError(f"strategy {host.name} does not start: {error}") from error
        host.stop(describe(error), error)
        for market in self.bus.markets.values():
            market.drop(host)
        self.decisions.append(StrategyStopped(host.name, self.clock.now, host.fault))
        for verb, order, _ in dropped:
            if verb is intents.submit:
                intents.deny(self, host, order, host.stopped())
        if self._flatten_on_error:
            host.flatten()
