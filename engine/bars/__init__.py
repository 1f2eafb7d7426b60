"""Bars from trades, quotes or finer bars: by time, by number of events, by volume.

Reads no clock: a time bar is closed by whoever fires the timer that its builder asks for.

The rules:

- A time bar covers [ts_open, ts_close) of `ts_event`. Seconds, minutes and hours are aligned to the
  epoch, days to midnight in the time zone of the instrument's calendar.
- Open and close are those of the first and last event to arrive. The first bar of a subscription
  that begins in the middle of one holds what came since.
- It is delivered at `ts_close`, by the timer that the builder asks for through `schedule`;
  `ts_recv` is the time of delivery. Built from finer bars it waits as much longer as the finer bars
  have been seen to come after their own close, at most the length of one.
- An event that arrives before its bar begins waits in a bar of its own.
- An event is late when it arrives after its bar's delivery was due. It is counted; `next` puts it
  into the bar of its arrival, `drop` leaves it out.
- A time without events has no bar (`skip`), or a bar at the last close with volume 0 (`flat`) while
  the instrument's calendar is open.
- A tick bar closes with its n-th event, a volume bar with the trade that brings it to its volume or
  above. No trade is split. They cover [ts_open, ts_close], ask for no timer, and what is begun at
  the end of the data is never delivered.
- Volume is an exact sum of integers; trades without a size add nothing to it, and bars of quotes
  have volume 0. A mid is exact. A quote without the price that is asked for does not count.
"""

from collections.abc import Callable
from typing import Protocol

from engine.bars.count_bars import CountBars
from engine.bars.forming import Publish
from engine.bars.spec import BarSpec, PriceSource
from engine.bars.time_bars import Empty, Late, TimeBars
from engine.model.instrument import Instrument
from engine.model.market import Bar, QuoteTick, TradeTick

__all__ = ["BarBuilder", "BarSpec", "Empty", "Late", "PriceSource", "Publish", "make_builder"]


class BarBuilder(Protocol):
    """Take events of one instrument in the order of arrival and publish bars.

    Events that the spec's price source does not come from are ignored.
    """

    late_count: int

    def on_trade(self, trade: TradeTick) -> None:
        """Add a trade."""

    def on_quote(self, quote: QuoteTick) -> None:
        """Add a quote."""

    def on_bar(self, bar: Bar) -> None:
        """Add a finer bar; raises StrategyError when it does not fit into this spec's bars."""

    def close_until(self, ts_ns: int) -> None:
        """Publish, in the order of time, the bars that are due at `ts_ns`, the engine's time."""


def make_builder(
    instrument: Instrument,
    spec: BarSpec,
    publish: Publish,
    schedule: Callable[[int], None],
    late: Late = "next",
    empty: Empty = "skip",
) -> BarBuilder:
    """Return a builder of `spec` bars of `instrument`; the rules stand at the top of this module.

    `schedule(ts)` must lead to `close_until(ts)` at ts, after the market events of ts. It may be
    called more than once for a time; closing twice changes nothing. `late` and `empty` matter to
    time bars only.
    """
    if spec.is_time:
        return TimeBars(instrument, spec, publish, schedule, late, empty)
    return CountBars(instrument, spec, publish)
