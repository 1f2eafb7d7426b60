"""The callbacks of a strategy: what the engine tells it, each doing nothing until it is overridden.

Says nothing of what a strategy may ask for; `engine.strategy.base` does.
"""

from engine.books.book import Book
from engine.model.adjustments import PositionAdjusted
from engine.model.market import Bar, InstrumentStatus, QuoteTick, TradeTick
from engine.model.reports import OrderFilled, OrderReport
from engine.model.requests import HistoryReceived, ResultReceived
from engine.strategy.context import SessionChange, Timer


class Callbacks:
    """Override what you need. Callbacks are plain functions and must not block."""

    def on_start(self) -> None:
        """Subscribe and set up; called once, before any event."""

    def on_stop(self) -> None:
        """Say goodbye; called once at the end of a run, not after a fault."""

    def on_quote(self, quote: QuoteTick) -> None:
        """Take a quote of a subscribed instrument."""

    def on_trade(self, trade: TradeTick) -> None:
        """Take a public trade of a subscribed instrument."""

    def on_book(self, book: Book) -> None:
        """Take the book of a subscribed instrument after a complete change of it."""

    def on_bar(self, bar: Bar) -> None:
        """Take a finished bar; called at its `ts_close`."""

    def on_order(self, report: OrderReport) -> None:
        """Take any report about an order of this strategy, fills and denials included."""

    def on_fill(self, fill: OrderFilled) -> None:
        """Take a fill of an order of this strategy; positions are up to date already."""

    def on_timer(self, timer: Timer) -> None:
        """Take a timer set with `every`, `at` or `cron`."""

    def on_session(self, change: SessionChange) -> None:
        """Take the opening or closing of a subscribed instrument's session."""

    def on_status(self, status: InstrumentStatus) -> None:
        """Take a change of an instrument's trading state."""

    def on_adjustment(self, adjustment: PositionAdjusted) -> None:
        """Take a difference to the venue that no fill explains; the account has it already."""

    def on_history(self, history: HistoryReceived) -> None:
        """Take the answer to `request_bars`, or the error that there is none."""

    def on_result(self, result: ResultReceived) -> None:
        """Take what a function given to `run` returned, or how it failed."""
