"""Publish market events: the market's state first, then its subscribers, each on his own.

Knows no order and no money; what a subscriber asks for is gated once he has returned.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

import msgspec

from engine.clock import Clock
from engine.market_state import MarketState
from engine.model.market import Bar, InstrumentStatus, MarketEvent, QuoteTick, TradeTick
from engine.model.zones import NEVER
from engine.strategy.host import Host
from engine.strategy.state import STOPPED

Step = Callable[[Any], None]
Walk = Callable[[Iterable[Any]], None]
"""Takes events of one kind and instrument, in their order."""


class Schedule(Protocol):
    """Know what else is to happen: from `due` (ns) on, events wait for `advance`."""

    due: int

    def advance(self, ts: int) -> None:
        """Do all that comes before the events of `ts`."""


class Idle:
    """Have nothing else to do, at any time."""

    due = NEVER

    def advance(self, ts: int) -> None:
        """Do nothing."""


class Before(msgspec.Struct, frozen=True):
    """Say what comes before an event is published: the exchange that a backtest shows it to.

    First whatever is scheduled before it. Then `match` takes the event, and `settle` takes it too
    if `pending` then holds anything.
    """

    schedule: Schedule
    match: Step
    pending: list[Any]
    settle: Step


def unseen(_event: object) -> None:
    """Stand for the exchange where none sees an event."""


def nothing_but(schedule: Schedule) -> Before:
    """Return what comes before events that no exchange sees."""
    return Before(schedule, unseen, [], unseen)


NOTHING_BEFORE = nothing_but(Idle())


class Watch(Protocol):
    """Look at what an event has done to a loss that is watched."""

    def observe(self, now: int) -> None:
        """Take the present state, at a time (ns)."""


class After(msgspec.Struct, frozen=True):
    """Say what comes after a callback: the kernel's ways to stop a strategy and take its intents.

    Each of `watches` looks at what an event has done before anybody hears of it.
    """

    failed: Callable[[Host, Exception | SystemExit], None]
    gate: Callable[[Host], None]
    watches: Mapping[Any, Watch]


class Publisher:
    """Publish the events of one kind of a market.

    `walk` is written out for each kind, two names apart, because every recorded row passes through
    it.
    """

    __slots__ = ("_after", "_before", "_clock", "_market")

    def __init__(self, market: MarketState, clock: Clock, before: Before, after: After) -> None:
        self._market = market
        self._clock = clock
        self._before = before
        self._after = after

    def _observe(self, now: int) -> None:
        for watch in self._after.watches.values():
            watch.observe(now)

    def walk(self, events: Iterable[Any]) -> None:
        """Publish events in their order, each after what comes before it."""
        raise NotImplementedError


class QuotePublisher(Publisher):
    """Publish quotes."""

    __slots__ = ()

    def walk(self, events: Iterable[QuoteTick]) -> None:
        """Publish quotes in their order."""
        market, clock, before, after = self._market, self._clock, self._before, self._after
        schedule, match, pending = before.schedule, before.match, before.pending
        for quote in events:
            now = quote.ts_recv
            if now >= schedule.due:
                schedule.advance(now)
            match(quote)
            if pending:
                before.settle(quote)
            clock.now = now
            market.quote = quote
            if after.watches:
                self._observe(now)
            for callback, host in market.quote_calls:
                if host.state is STOPPED:
                    continue
                try:
                    callback(quote)
                except (Exception, SystemExit) as error:  # noqa: BLE001 - its fault alone
                    after.failed(host, error)
                if host.intents:
                    after.gate(host)


class TradePublisher(Publisher):
    """Publish public trades."""

    __slots__ = ()

    def walk(self, events: Iterable[TradeTick]) -> None:
        """Publish trades in their order."""
        market, clock, before, after = self._market, self._clock, self._before, self._after
        schedule, match, pending = before.schedule, before.match, before.pending
        for trade in events:
            now = trade.ts_recv
            if now >= schedule.due:
                schedule.advance(now)
            match(trade)
            if pending:
                before.settle(trade)
            clock.now = now
            market.trade = trade
            if after.watches:
                self._observe(now)
            for callback, host in market.trade_calls:
                if host.state is STOPPED:
                    continue
                try:
                    callback(trade)
                except (Exception, SystemExit) as error:  # noqa: BLE001 - its fault alone
                    after.failed(host, error)
                if host.intents:
                    after.gate(host)


class BarPublisher(Publisher):
    """Publish bars, of every specification."""

    __slots__ = ()

    def walk(self, events: Iterable[Bar]) -> None:
        """Publish bars in their order."""
        market, clock, before, after = self._market, self._clock, self._before, self._after
        schedule, match, pending = before.schedule, before.match, before.pending
        for bar in events:
            now = bar.ts_recv
            if now >= schedule.due:
                schedule.advance(now)
            match(bar)
            if pending:
                before.settle(bar)
            clock.now = now
            market.bar = bar
            if after.watches:
                self._observe(now)
            for callback, host in market.bar_calls.get(bar.spec, ()):
                if host.state is STOPPED:
                    continue
                try:
                    callback(bar)
                except (Exception, SystemExit) as error:  # noqa: BLE001 - its fault alone
                    after.failed(host, error)
                if host.intents:
                    after.gate(host)


class StatusPublisher(Publisher):
    """Publish changes of a market's trading state."""

    __slots__ = ()

    def walk(self, events: Iterable[InstrumentStatus]) -> None:
        """Publish changes in their order."""
        market, clock, before, after = self._market, self._clock, self._before, self._after
        schedule, match, pending = before.schedule, before.match, before.pending
        for status in events:
            now = status.ts_recv
            if now >= schedule.due:
                schedule.advance(now)
            match(status)
            if pending:
                before.settle(status)
            clock.now = now
            market.status = status
            if after.watches:
                self._observe(now)
            for callback, host in market.status_calls:
                if host.state is STOPPED:
                    continue
                try:
                    callback(status)
                except (Exception, SystemExit) as error:  # noqa: BLE001 - its fault alone
                    after.failed(host, error)
                if host.intents:
                    after.gate(host)


PUBLISHERS: dict[type[MarketEvent], type[Publisher]] = {
    QuoteTick: QuotePublisher,
    TradeTick: TradePublisher,
    Bar: BarPublisher,
    InstrumentStatus: StatusPublisher,
}
"""What publishes each kind of market event."""
