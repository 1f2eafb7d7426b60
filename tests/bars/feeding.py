"""Feed a bar builder the way the engine does: events by arrival, then the timers of that time.

It judges nothing.
"""

from collections.abc import Callable, Iterable, Sequence

from engine.bars import BarBuilder, BarSpec, Empty, Late, make_builder
from engine.model.calendar import ALWAYS_OPEN, Calendar
from engine.model.instrument import Instrument
from engine.model.market import Bar, QuoteTick, TradeTick
from engine.timers import Phase, TimerQueue

NAME = "ABC.SIM"
SECOND = 10**9
MINUTE = 60 * SECOND
LATEST = 4 * 10**18


def instrument(calendar: Calendar = ALWAYS_OPEN) -> Instrument:
    """Return one with two digits of price and one of quantity."""
    return Instrument.define(
        NAME, tick="0.01", currency="USD", quantity_step="0.1", calendar=calendar
    )


def trade(ts: int, price: float, size: float = 1.0, ts_recv: int | None = None) -> TradeTick:
    return TradeTick(NAME, ts, ts if ts_recv is None else ts_recv, price, size, 0)


def quote(ts: int, bid: float, ask: float, ts_recv: int | None = None) -> QuoteTick:
    return QuoteTick(NAME, ts, ts if ts_recv is None else ts_recv, bid, ask, 1.0, 1.0)


class Feed:
    """Hold a builder, its timers and what it has published."""

    def __init__(
        self,
        spec: str,
        late: Late = "next",
        empty: Empty = "skip",
        traded: Instrument | None = None,
    ) -> None:
        self.bars: list[Bar] = []
        self._timers: TimerQueue[Callable[[int], None]] = TimerQueue()
        self.builder: BarBuilder = make_builder(
            traded or instrument(),
            BarSpec.parse(spec),
            self.bars.append,
            self._schedule,
            late,
            empty,
        )

    def run(self, events: Iterable[TradeTick | QuoteTick | Bar], until: int = LATEST) -> list[Bar]:
        """Feed events in the order given, which must be that of `ts_recv`; return all bars."""
        for event in events:
            self._fire(event.ts_recv - 1)
            if isinstance(event, TradeTick):
                self.builder.on_trade(event)
            elif isinstance(event, QuoteTick):
                self.builder.on_quote(event)
            else:
                self.builder.on_bar(event)
        self._fire(until)
        return self.bars

    def _schedule(self, ts: int) -> None:
        self._timers.schedule(ts, Phase.BAR, self.builder.close_until)

    def _fire(self, until: int) -> None:
        while (timer := self._timers.pop(until)) is not None:
            ts, close = timer
            close(ts)


def prices(bars: Sequence[Bar]) -> list[tuple[float, float, float, float, float]]:
    """Return open, high, low, close and volume of each bar."""
    return [(bar.open, bar.high, bar.low, bar.close, bar.volume) for bar in bars]


def times(bars: Sequence[Bar], unit: int = SECOND) -> list[tuple[float, float, float]]:
    """Return opening, closing and delivery time of each bar."""
    return [(bar.ts_open / unit, bar.ts_close / unit, bar.ts_recv / unit) for bar in bars]
