"""Publish market events: the market's state first, then its subscribers, each on his own.

Knows no order and no money; what a subscriber asks for is gated once he has returned.
"""

from collections.abc import Callable
from typing import Any

import msgspec

from engine.clock import Clock
from engine.market_state import MarketState
from engine.model.market import Bar, InstrumentStatus, QuoteTick, TradeTick
from engine.strategy.host import Host
from engine.strategy.state import STOPPED

Step = Callable[[Any], None]


class Before(msgspec.Struct, frozen=True):
    """Say what comes before an event is published: the exchange that a backtest shows it to.

    `match` takes the event; `settle` takes it too, if `pending` then holds anything.
    """

    match: Step
    pending: list[Any]
    settle: Step


def _pass(_event: object) -> None:
    """Do nothing with an event."""


NOTHING_BEFORE = Before(_pass, [], _pass)


class Publisher(msgspec.Struct, frozen=True):
    """Hold what publishing needs: the engine's clock, and the kernel's ways to fail and to gate."""

    clock: Clock
    failed: Callable[[Host, Exception | SystemExit], None]
    gate: Callable[[Host], None]


# The functions differ in two names each. They are written out, and bind what they need in a
# closure, because every recorded row passes through one of them.


def quote_step(market: MarketState, publisher: Publisher, before: Before) -> Step:
    """Return what publishes quotes of a market."""
    clock, failed, gate = publisher.clock, publisher.failed, publisher.gate
    match, pending, settle = before.match, before.pending, before.settle

    def publish(quote: QuoteTick) -> None:
        match(quote)
        if pending:
            settle(quote)
        clock.now = quote.ts_recv
        market.quote = quote
        for callback, host in market.quote_calls:
            if host.state is STOPPED:
                continue
            try:
                callback(quote)
            except (Exception, SystemExit) as error:  # noqa: BLE001 - its fault alone
                failed(host, error)
            if host.intents:
                gate(host)

    return publish


def trade_step(market: MarketState, publisher: Publisher, before: Before) -> Step:
    """Return what publishes public trades of a market."""
    clock, failed, gate = publisher.clock, publisher.failed, publisher.gate
    match, pending, settle = before.match, before.pending, before.settle

    def publish(trade: TradeTick) -> None:
        match(trade)
        if pending:
            settle(trade)
        clock.now = trade.ts_recv
        market.trade = trade
        for callback, host in market.trade_calls:
            if host.state is STOPPED:
                continue
            try:
                callback(trade)
            except (Exception, SystemExit) as error:  # noqa: BLE001 - its fault alone
                failed(host, error)
            if host.intents:
                gate(host)

    return publish


def bar_step(market: MarketState, publisher: Publisher, before: Before) -> Step:
    """Return what publishes bars of a market, of every specification."""
    clock, failed, gate = publisher.clock, publisher.failed, publisher.gate
    match, pending, settle = before.match, before.pending, before.settle

    def publish(bar: Bar) -> None:
        match(bar)
        if pending:
            settle(bar)
        clock.now = bar.ts_recv
        market.bar = bar
        for callback, host in market.bar_calls.get(bar.spec, ()):
            if host.state is STOPPED:
                continue
            try:
                callback(bar)
            except (Exception, SystemExit) as error:  # noqa: BLE001 - its fault alone
                failed(host, error)
            if host.intents:
                gate(host)

    return publish


def status_step(market: MarketState, publisher: Publisher, before: Before) -> Step:
    """Return what publishes changes of a market's trading state."""
    clock, failed, gate = publisher.clock, publisher.failed, publisher.gate
    match, pending, settle = before.match, before.pending, before.settle

    def publish(status: InstrumentStatus) -> None:
        match(status)
        if pending:
            settle(status)
        clock.now = status.ts_recv
        market.status = status
        for callback, host in market.status_calls:
            if host.state is STOPPED:
                continue
            try:
                callback(status)
            except (Exception, SystemExit) as error:  # noqa: BLE001 - its fault alone
                failed(host, error)
            if host.intents:
                gate(host)

    return publish


PUBLISHERS: dict[type, Callable[[MarketState, Publisher, Before], Step]] = {
    QuoteTick: quote_step,
    TradeTick: trade_step,
    Bar: bar_step,
    InstrumentStatus: status_step,
}
"""What publishes each kind of market event."""
