"""Paper trading: live market data, and the exchange of the backtest in place of the venue's.

Sends nothing to any venue: commands go to the simulated exchange, behind the configured latencies.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from heapq import heappop, heappush

import msgspec

from backtest.exchange.core import Exchange
from backtest.latency import Link
from backtest.models_from_config import latency_of, models_of
from engine.config.exchange import ExchangeConfig
from engine.errors import ConfigError
from engine.gate.approved import Approved
from engine.live.connection import Connection
from engine.live.runner import Clock
from engine.model.commands import CancelOrder, ClosePosition, Command, ReplaceOrder, SubmitOrder
from engine.model.instrument import Instrument
from engine.model.market import Bar, QuoteTick, TradeTick
from engine.model.notices import AccountChanged, MarginCalled
from engine.model.reports import CashAdjusted, OrderFilled, OrderReport
from engine.model.subscription import Subscription
from engine.model.truth import BalanceRecord, OrderRecord, PositionRecord, Standing, VenueTruth
from engine.model.zones import NEVER
from engine.recovery.snapshot import OrderBooks

_SECOND_NS = 1_000_000_000
_PRIVATE = (
    OrderReport,
    PositionRecord,
    BalanceRecord,
    VenueTruth,
    CashAdjusted,
    MarginCalled,
    AccountChanged,
)


class PaperVenue:
    """Stand between a venue's connector and the engine.

    `connect` makes the connector, whose events come to `hear`: market data goes to the exchange
    first and then on to `sink`; what the venue tells of the real account goes nowhere. Fills need
    quotes or trades: a paper run has no recorded bars. Orders of an earlier run are listed as
    canceled, since the exchange begins anew with each run; `epoch` makes its ids unlike those of
    other runs.
    """

    def __init__(
        self,
        connect: Callable[[Callable[[object], None]], Connection],
        sink: Callable[[object], None],
        clock: Clock,
        config: ExchangeConfig,
        accounts: Sequence[str],
        *,
        epoch: int,
        seed: int,
        hedging: Iterable[str] = (),
    ) -> None:
        self._connection = connect(self.hear)
        self._sink = sink
        self._clock = clock
        self._config = config
        self._accounts = accounts
        self._epoch = epoch
        self._exchange = Exchange(
            (), models_of(config, "quotes"), hedging=hedging, prefix=f"{epoch}-"
        )
        self._links: dict[str, Link] = {}
        self._seed = seed
        self._road = _Road(clock)
        self._expiry = NEVER
        self._left: tuple[OrderBooks, ...] = ()

    @property
    def is_ready(self) -> bool:
        """Say that orders can be sent: the exchange is always there."""
        return True

    async def open(self, names: tuple[str, ...]) -> tuple[Instrument, ...]:
        """Open the venue's connector and list its instruments on the exchange."""
        instruments = await self._connection.open(names)
        for instrument in instruments:
            rules = self._config.rules(instrument.id)
            if rules.fills not in ("auto", "quotes"):
                raise ConfigError(
                    f"exchange.fills = {rules.fills!r} fills on bars, which a paper run of "
                    f'{instrument.id} does not have; use "auto" or "quotes"'
                )
            self._exchange.list(instrument, models_of(rules, "quotes"))
            self._links[instrument.id] = Link(latency_of(rules, self._seed))
        return instruments

    async def close(self) -> None:
        """Close the venue's connector."""
        await self._connection.close()

    def forget(self, orders: Iterable[OrderBooks]) -> None:
        """Take note of what an earlier run left: it is listed as canceled."""
        self._left = tuple(orders)

    def subscribe(self, subscription: Subscription) -> None:
        """Ask the venue for a stream."""
        self._connection.subscribe(subscription)

    async def history(self, instrument: str, spec: str, start: int, end: int) -> Sequence[Bar]:
        """Ask the venue for bars."""
        return await self._connection.history(instrument, spec, start, end)

    async def resync(self) -> None:
        """Tell what became of the orders that an earlier run left."""
        now = self._clock.now()
        for account in self._accounts:
            orders = tuple(_canceled(each, now) for each in self._left if each.account == account)
            self._sink(
                VenueTruth(venue="PAPER", account=account, ts_asked=now, ts_recv=now, orders=orders)
            )

    def send(self, approved: Approved[Command]) -> None:
        """Take an approved command; it reaches the exchange after its latency."""
        command, now = approved.command, self._clock.now()
        due = self._links[command.instrument].command_at(command, now)
        self._road.send(due, lambda: self._execute(command))

    def hear(self, event: object) -> None:
        """Take an event of the venue's connector."""
        if isinstance(event, QuoteTick | TradeTick) and event.instrument in self._links:
            self._exchange.row(event)
            self._sink(event)  # what it filled is told behind it, as in a backtest
            self._deliver(event.ts_recv)
        elif not isinstance(event, _PRIVATE):
            self._sink(event)

    def _execute(self, command: Command) -> None:
        now = self._clock.now()
        if isinstance(command, SubmitOrder):
            self._exchange.submit(command, now)
            self._await_expiry()
        elif isinstance(command, CancelOrder):
            self._exchange.cancel(command, now)
        elif isinstance(command, ClosePosition):
            self._exchange.close(command, now)
        elif isinstance(command, ReplaceOrder):
            self._exchange.replace(command, now)
        else:
            self._exchange.protect(command, now)
        self._deliver(now)

    def _deliver(self, now: int) -> None:
        """Let reports of one moment travel: how long this program takes is no latency of theirs."""
        self._exchange.keep_exits()
        reports = self._exchange.reports
        while reports:
            self._travel(reports.pop(0), now)

    def _travel(self, report: OrderReport | CashAdjusted, now: int) -> None:
        """Let a report reach the engine after the latency of its instrument."""
        if isinstance(report, OrderReport):
            report = self._named(report, now)
            due = self._links[report.instrument].report_at(report)
            if due > now:
                late = msgspec.structs.replace(report, ts_recv=due)
                self._road.send(due, lambda: self._sink(late))
                return
        self._sink(report)

    def _named(self, report: OrderReport, now: int) -> OrderReport:
        """Give a report ids that no other run has."""
        own = f"{self._epoch}-{report.venue_order_id}"
        named = msgspec.structs.replace(report, ts_recv=now, venue_order_id=own)
        if isinstance(named, OrderFilled):
            return msgspec.structs.replace(named, trade_id=f"{self._epoch}-{named.trade_id}")
        return named

    def _await_expiry(self) -> None:
        due = self._exchange.next_expiry
        if due < self._expiry:
            self._expiry = due
            self._road.send(due, self._expire)

    def _expire(self) -> None:
        self._expiry = NEVER
        now = self._clock.now()
        self._exchange.expire(now)
        self._deliver(now)
        self._await_expiry()


class _Road:
    """Let things arrive when they are due, those of equal time in the order they were sent."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._loop = asyncio.get_running_loop()
        self._waiting: list[tuple[int, int, Callable[[], object]]] = []
        self._sent = 0
        self._timer: asyncio.TimerHandle | None = None

    def send(self, due: int, arrive: Callable[[], object]) -> None:
        """Call `arrive` at a time (ns), or as soon as the loop gets to it."""
        self._sent += 1
        heappush(self._waiting, (due, self._sent, arrive))
        self._set_timer()

    def _arrive(self) -> None:
        self._timer = None
        while self._waiting and self._waiting[0][0] <= self._clock.now():
            heappop(self._waiting)[2]()
        self._set_timer()

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._waiting:
            delay = max(0, self._waiting[0][0] - self._clock.now()) / _SECOND_NS
            self._timer = self._loop.call_later(delay, self._arrive)


def _canceled(order: OrderBooks, now: int) -> OrderRecord:
    scale = order.quantity / order.units if order.units else 0.0
    return OrderRecord(
        account=order.account,
        instrument=order.instrument,
        venue_order_id=order.venue_order_id,
        side=order.side,
        type=order.type,
        quantity=order.quantity,
        filled=order.filled * scale,
        standing=Standing.CANCELED,
        ts_event=now,
        client_order_id=order.client_order_id,
        price=order.price,
        stop=order.stop,
        reason="the paper exchange began anew",
    )
