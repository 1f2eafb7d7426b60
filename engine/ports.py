"""The edges of the engine: what it asks of those who feed it and of those who carry out commands.

Holds no implementation; a typed test lists every class that claims to be one of these.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

from engine.gate.approved import Approved
from engine.model.commands import (
    CancelOrder,
    ClosePosition,
    Command,
    ReplaceOrder,
    SetProtection,
    SubmitOrder,
)
from engine.model.market import Bar, QuoteTick, TradeTick
from engine.model.reports import CashAdjusted, OrderReport
from engine.model.requests import BarsRequested, Plain, WorkRequested
from engine.model.subscription import Subscription


class ExecutionPort(Protocol):
    """Carry approved commands to a venue; answers come back later as reports, never from here."""

    def send(self, approved: Approved[Command]) -> None:
        """Take a command that the gate made; nothing else can be passed."""


class HistoryPort(Protocol):
    """Answer with recorded market data from before a moment."""

    def bars(self, instrument: str, spec: str, count: int, before: int) -> Sequence[Bar]:
        """Return at most the last `count` bars with `ts_close < before` (ns), oldest first."""


class RequestPort(Protocol):
    """Answer what strategies ask for; answers come back later as events, never from here."""

    def fetch(self, request: BarsRequested) -> None:
        """Fetch bars; a `HistoryReceived` follows, with an error where they cannot be had."""

    def work(self, request: WorkRequested, function: Callable[[], Plain]) -> None:
        """Call a function beside the engine; a `ResultReceived` follows."""


class MarketDataPort(Protocol):
    """Bring market data of a venue; events come to whoever was named when the port was made."""

    def subscribe(self, subscription: Subscription) -> None:
        """Ask for a stream; it is asked for again after every reconnect. Twice changes nothing.

        Raises UsageError when the venue has no such stream.
        """

    def unsubscribe(self, subscription: Subscription) -> None:
        """End a stream; what was not asked for is ignored."""


class Exchange(Protocol):
    """Match orders: pure, without clock or latency.

    The caller owns time and takes `reports` after each call, by emptying the one list. At one time
    rows come first, then `expire`, then commands.
    """

    reports: list[OrderReport | CashAdjusted]

    @property
    def next_expiry(self) -> int:
        """Return when the next DAY or GTD order ends (ns); later than any time when none does."""

    def row(self, event: QuoteTick | TradeTick | Bar) -> None:
        """Match working orders against a row of the market."""

    def submit(self, command: SubmitOrder, ts: int) -> None:
        """Take a new order at `ts`."""

    def close(self, command: ClosePosition, ts: int) -> None:
        """Close a position of a hedging account, or a part, at the market at `ts`, or refuse."""

    def protect(self, command: SetProtection, ts: int) -> None:
        """Set the exits of a position of a hedging account at `ts`, or refuse."""

    def replace(self, command: ReplaceOrder, ts: int) -> None:
        """Change a working order in place at `ts`, or refuse."""

    def cancel(self, command: CancelOrder, ts: int) -> None:
        """Take a working order out at `ts`, or refuse."""

    def expire(self, ts: int) -> None:
        """End every order whose time is up at `ts`."""
