"""The simulated venue: an exchange behind latency, and all that is due at a time, in one order.

Matches nothing (the exchange does) and decides nothing (the kernel does).
"""

from collections import deque
from collections.abc import Callable, Iterable
from heapq import heappop, heappush
from typing import cast

import msgspec

from backtest.exchange.core import Exchange
from backtest.exchange.market import Market
from backtest.latency import Latency, Link
from engine.gate.approved import Approved
from engine.kernel import Kernel, TimersDue
from engine.model.commands import (
    CancelOrder,
    ClosePosition,
    Command,
    ReplaceOrder,
    SetProtection,
    SubmitOrder,
)
from engine.model.market import Bar
from engine.model.reports import CashAdjusted, OrderReport
from engine.model.zones import NEVER

_REPORT, _ROW, _EXPIRY, _CASH, _OPEN, _COMMAND = 0, 1, 5, 6, 7, 8
_ROUNDS_MAX = 1_000
"""How often reactions may meet one bar; what a strategy sends beyond that reaches the next one."""


class NextOpen(msgspec.Struct, frozen=True):
    """Give the open of a bar to come: its time, the bar's end, its price and its volume."""

    ts: int
    end: int
    price: float
    volume: float


Action = Callable[[object, int], None]
"""Does what is due with an item, at a time."""

FindOpen = Callable[[int], NextOpen | None]
"""Given a time, find the first bar that opens at or after it."""


def _nothing(_item: object, _ts: int) -> None:
    """Stand for what is due when nothing is."""


_NOTHING: tuple[int, int, int, Action, object] = (NEVER, _COMMAND, 0, _nothing, None)


_INSTANT = Link(Latency())


class Links(dict[str, Link]):
    """Look the latency of an instrument up when it is asked for first."""

    def __init__(self, find: Callable[[str], Latency]) -> None:
        super().__init__()
        self._find = find
        self.reports_travel = False

    def __missing__(self, instrument: str) -> Link:
        """Keep the one shared link for an instrument without latency."""
        found = self._find(instrument)
        delays = found.order or found.cancel or found.replace or found.response
        link = self[instrument] = Link(found) if delays else _INSTANT
        self.reports_travel = self.reports_travel or link.reports_travel
        return link


class SimulatedVenue:
    """Carry commands to the exchange and reports back, each after its latency.

    It is the execution port of backtest and paper. From `due` on, rows wait for `advance`.

    Order at equal time: reports, rows, timers, expiries, cash, opens of bars, commands. In a bar
    there is no clock, so reactions to the fills of a bar reach the exchange at once, whatever the
    latency. Commands without latency wait in a line of their own, behind what is queued for their
    time: nearly all do, and they come in order.
    """

    def __init__(
        self, kernel: Kernel, exchange: Exchange, latency: Callable[[str], Latency]
    ) -> None:
        self.exchange = exchange
        self.due = NEVER
        self._kernel = kernel
        self._clock = kernel.clock
        self._timers = kernel.timers
        self._reports = exchange.reports
        self._hedges = exchange.hedges
        self._report = kernel.step(OrderReport)
        self._pass_time = kernel.step(TimersDue)
        kernel.timers.sooner = self._hear_timer
        self._links = Links(latency)
        self._queue: list[tuple[int, int, int, Action, object]] = []
        self._line: deque[tuple[int, Command]] = deque()
        self._sequence = 0
        self._inside: list[Command] | None = None
        self._opens: dict[str, tuple[Market, FindOpen]] = {}
        self._expiry = NEVER

    def feed_opens(self, instrument: str, find_open: FindOpen) -> None:
        """Say where the opens of an instrument's bars come from; only next-open fills need them."""
        self._opens[instrument] = self.exchange.market(instrument), find_open

    def start(self, ts: int) -> None:
        """Start the schedules of cash that positions bring; call once, before the first row."""
        self.exchange.settle(ts)
        self._await_cash()

    def send(self, approved: Approved[Command]) -> None:
        """Take an approved command; it reaches the exchange after its latency."""
        command = approved.command
        if self._inside is not None:
            self._inside.append(command)
            return
        link, now = self._links[command.instrument], self._clock.now
        if link is not _INSTANT:
            arrives = link.command_at(command, now)
            if arrives > now:
                self._push(arrives, _COMMAND, self._execute, command)
                return
        self._line.append((now, command))
        if now < self.due:  # noqa: PLR1730 - half the cost of min()
            self.due = now

    def advance(self, ts: int) -> None:
        """Do, in order, all that comes before the rows of `ts`."""
        queue, timers, line = self._queue, self._timers, self._line
        while True:
            while line:
                due, command = line[0]
                if due >= ts or due >= timers.due or (queue and queue[0][0] <= due):
                    break
                line.popleft()
                self._execute(command, due)
            if timers.due >= ts and not (queue and queue[0][0] <= ts):
                break
            if not self._advanced(ts):
                break
        due = timers.due + 1  # a timer comes after the rows of its time
        if queue and queue[0][0] < due:
            due = queue[0][0]
        if line and line[0][0] < due:
            due = line[0][0]
        self.due = due

    def _advanced(self, ts: int) -> bool:
        """Do the first of all that is scheduled, if it comes before the rows of `ts`."""
        timer = self._timers.due
        due, phase, _, action, item = self._queue[0] if self._queue else _NOTHING
        if due < timer or (due == timer and phase <= _ROW):
            if due > ts or (due == ts and phase != _REPORT):
                return False
            heappop(self._queue)
            action(item, due)
        elif timer < ts:
            self._pass_time(TimersDue(timer))
        else:
            return False
        return True

    def deliver(self) -> None:
        """Pass on what the exchange has reported since the last call."""
        if self._hedges:
            self.exchange.keep_exits()
        if self._links.reports_travel and self._inside is None:
            self._dispatch(self._reports)
        else:
            for report in self._reports:
                self._report(report)
        self._reports.clear()

    def _hear_timer(self, ts: int) -> None:
        self.due = min(self.due, ts + 1)  # a timer comes after the rows of its time

    def _dispatch(self, reports: Iterable[OrderReport | CashAdjusted]) -> None:
        """Let each report reach the kernel after the latency of its instrument."""
        for report in reports:
            link = self._links[report.instrument]
            if link.reports_travel and isinstance(report, OrderReport):
                self._push(link.report_at(report), _REPORT, self._arrived, report)
            else:
                self._report(report)

    def deliver_inside(self, market: Market, bar: Bar) -> None:
        """Pass on a bar's fills and let what they lead to meet the same bar, till all is quiet."""
        inside = self._inside = []
        reports = self.exchange.reports
        try:
            for _ in range(_ROUNDS_MAX):
                self.deliver()
                commands = inside[:]
                inside.clear()
                for command in commands:
                    self._execute(command, bar.ts_recv)
                again = market.again_in_bar(bar)
                if not (again or reports or inside):
                    break
        finally:
            self._inside = None
        for command in inside:
            self._push(bar.ts_recv, _COMMAND, self._execute, command)

    def _push(self, ts: int, phase: int, action: Action, item: object) -> None:
        self._sequence += 1
        heappush(self._queue, (ts, phase, self._sequence, action, item))
        if ts < self.due:  # noqa: PLR1730 - half the cost of min()
            self.due = ts

    def _execute(self, command: object, ts: int) -> None:
        exchange = self.exchange
        if type(command) is SubmitOrder:
            exchange.submit(command, ts)
            if exchange.next_expiry < self._expiry:
                self._await_expiry()
            if self._opens and (opens := self._opens.get(command.instrument)) is not None:
                if self._inside is None:
                    self.deliver()
                market, find_open = opens
                self._await_open(market, find_open, ts, command.ts)
                return
        elif type(command) is CancelOrder:
            exchange.cancel(command, ts)
        elif type(command) is ClosePosition:
            exchange.close(command, ts)
        elif type(command) is SetProtection:
            exchange.protect(command, ts)
        else:
            assert type(command) is ReplaceOrder, command
            exchange.replace(command, ts)
        if self._inside is None:
            self.deliver()

    def _await_open(self, market: Market, find: FindOpen, ts: int, since: int) -> None:
        """Give an order in line the open it waits for, where opens fill orders, or schedule that.

        An open that is due comes before all commands of its time, but for timers.
        """
        if not market.awaits_open:
            return
        found = find(since)
        while found is not None and found.end <= ts:  # over before the order arrived
            found = find(found.ts + 1)
        if found is None:
            return
        if found.ts <= ts < self._timers.due and self._inside is None:
            self._meet_open(market, find, found, ts)
        else:
            self._push(max(ts, found.ts), _OPEN, self._open, (market, find, found))

    def _open(self, item: object, ts: int) -> None:
        market, find, found = cast("tuple[Market, FindOpen, NextOpen]", item)
        if market.awaits_open:
            self._meet_open(market, find, found, ts)

    def _meet_open(self, market: Market, find: FindOpen, found: NextOpen, ts: int) -> None:
        market.on_open(found.ts, found.price, found.volume)
        if found.ts < ts:
            self._postpone(ts)
        self.deliver()
        self._await_open(market, find, ts, found.ts + 1)

    def _postpone(self, ts: int) -> None:
        """Report at `ts` what happened at an open before it: the order was still on its way."""
        reports = self.exchange.reports
        reports[:] = [msgspec.structs.replace(r, ts_event=ts, ts_recv=ts) for r in reports]

    def _await_expiry(self) -> None:
        self._expiry = self.exchange.next_expiry
        self._push(self._expiry, _EXPIRY, self._expire, None)

    def _expire(self, _item: object, ts: int) -> None:
        self.exchange.expire(ts)
        self._expiry = NEVER
        if self.exchange.next_expiry < NEVER:
            self._await_expiry()
        self.deliver()

    def _await_cash(self) -> None:
        if self.exchange.next_cash < NEVER:
            self._push(self.exchange.next_cash, _CASH, self._settle, None)

    def _settle(self, _item: object, ts: int) -> None:
        self.exchange.settle(ts)
        paid = self.exchange.reports[:]
        self.exchange.reports.clear()
        for each in paid:
            self._kernel.process(each)
        self._await_cash()

    def _arrived(self, report: object, ts: int) -> None:
        assert isinstance(report, OrderReport)
        self._report(msgspec.structs.replace(report, ts_recv=ts))
