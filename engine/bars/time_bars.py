"""Bars that close at a time.

Reads no clock: it asks for a timer, and closes when that calls back.
"""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Literal

from engine.bars.forming import NO_BAR, Forming, Publish, quote_price
from engine.bars.spec import BarSpec
from engine.errors import DataError, StrategyError
from engine.model.instrument import Instrument
from engine.model.market import Bar, QuoteTick, TradeTick
from engine.model.zones import NEVER, instant, local_time, time_zone

Late = Literal["next", "drop"]
"""What becomes of an event that arrives after its bar was due."""

Empty = Literal["skip", "flat"]
"""What is published for a time without events."""

Bounds = Callable[[int], tuple[int, int]]
"""Return the start and end of the bar that a time belongs to."""

LARGEST_AHEAD = 1_000
"""How many bars may wait that begin after the earliest open one; one more is refused."""

_EPOCH_DAY = date(1970, 1, 1)


def bar_bounds(spec: BarSpec, timezone: str) -> Bounds:
    """Return the function that cuts time; several days together are counted from 1970-01-01."""
    step_ns = spec.step_ns
    return _day_bounds(spec.step, timezone) if step_ns is None else _fixed_bounds(step_ns)


def _fixed_bounds(step_ns: int) -> Bounds:
    def bounds(ts: int) -> tuple[int, int]:
        start = ts - ts % step_ns
        return start, start + step_ns

    return bounds


def _day_bounds(days: int, timezone: str) -> Bounds:
    zone = time_zone(timezone)

    def bounds(ts: int) -> tuple[int, int]:
        day = local_time(ts, zone).date()
        first = day - timedelta(days=(day - _EPOCH_DAY).days % days)
        return instant(first, 0, zone), instant(first + timedelta(days=days), 0, zone)

    return bounds


class TimeBars:
    """Build bars of fixed length or of local days.

    The earliest open bar is at hand; bars that begin after it wait, because events may carry a
    venue's time that is ahead of ours, and because what happens at a bar's very end comes before
    the timer that closes it.
    """

    __slots__ = (
        "_ahead",
        "_asked",
        "_bar",
        "_bounds",
        "_closed",
        "_delay",
        "_drop_late",
        "_fill_empty",
        "_finer",
        "_from_trades",
        "_instrument",
        "_last_price",
        "_open_from",
        "_open_until",
        "_price",
        "_publish",
        "_scale",
        "_schedule",
        "_slot",
        "_spec",
        "_spec_text",
        "late_count",
    )

    def __init__(
        self,
        instrument: Instrument,
        spec: BarSpec,
        publish: Publish,
        schedule: Callable[[int], None],
        late: Late,
        empty: Empty,
    ) -> None:
        self.late_count = 0
        self._instrument = instrument
        self._spec, self._spec_text = spec, str(spec)
        self._finer = ""
        self._publish, self._schedule = publish, schedule
        self._drop_late, self._fill_empty = late == "drop", empty == "flat"
        self._bounds = bar_bounds(spec, instrument.calendar.timezone)
        self._scale = instrument.quantity_scale
        self._from_trades = spec.source == "trade"
        self._price = quote_price(spec.source, instrument)
        self._bar = NO_BAR
        self._ahead: dict[int, Forming] = {}
        self._closed = self._asked = -NEVER
        self._open_from = self._open_until = -NEVER  # an interval in which the calendar is open
        self._delay = 0  # how long finer bars come after their close
        self._slot = (NEVER, NEVER)  # the next bar to be filled if nothing happens in it
        self._last_price = 0.0

    def on_trade(self, trade: TradeTick) -> None:
        """Add a trade."""
        bar, ts, price, size = self._bar, trade.ts_event, trade.price, trade.size
        if not (bar.start <= ts < bar.end and self._from_trades):
            found = self._find(ts, trade.ts_recv, price) if self._from_trades else None
            if found is None:
                return
            bar = found
        if price > bar.high:
            bar.high = price
        elif price < bar.low:
            bar.low = price
        bar.close = price
        if size - size == 0.0:
            bar.units += round(size * self._scale)

    def on_quote(self, quote: QuoteTick) -> None:
        """Add a quote."""
        price, bar, ts = self._price(quote), self._bar, quote.ts_event
        if price - price != 0.0:
            return
        if not bar.start <= ts < bar.end:
            found = self._find(ts, quote.ts_recv, price)
            if found is None:
                return
            bar = found
        bar.add(price, price, price, 0)

    def on_bar(self, bar: Bar) -> None:
        """Add a finer bar; it belongs where it opens, and must end there too."""
        if bar.spec != self._finer:
            self._admit(bar)
        delay = bar.ts_recv - bar.ts_close
        if delay > self._delay:
            self._delay = min(delay, bar.ts_close - bar.ts_open)
        ours: Forming | None = self._bar
        if not (self._bar.start <= bar.ts_open and bar.ts_close <= self._bar.end):
            self._refuse_straddling(bar)
            ours = self._find(bar.ts_open, bar.ts_recv, bar.open)
        if ours is not None:
            volume = bar.volume
            units = round(volume * self._scale) if volume - volume == 0.0 else 0
            ours.add(bar.high, bar.low, bar.close, units)

    def close_until(self, ts_ns: int) -> None:
        """Publish the bars that are due, and ask for the timer of the next."""
        due = ts_ns - self._delay
        while (bar := self._next()).end <= due:
            self._close(bar, ts_ns)
        if bar.end < NEVER:
            self._ask(bar.end + self._delay)

    def _next(self) -> Forming:
        """Return the next bar to publish: the earliest open one, or the empty one before it."""
        start, end = self._slot
        return self._bar if start >= self._bar.start else Forming(start, end, self._last_price)

    def _close(self, bar: Forming, ts_ns: int) -> None:
        if bar is self._bar:
            ahead = self._ahead
            self._bar = ahead.pop(min(ahead)) if ahead else NO_BAR
        self._closed, self._last_price = bar.end, bar.close
        if self._fill_empty:
            self._slot = self._next_slot(bar.end)
        self._publish(bar.finished(self._instrument, self._spec_text, ts_ns))

    def _next_slot(self, ts: int) -> tuple[int, int]:
        """Return the bar from `ts` on, or the first after it in which the instrument trades."""
        start, end = self._bounds(ts)
        while not self._open_from <= start < self._open_until:
            is_open, since, until = self._instrument.calendar.interval(start)
            if is_open:
                self._open_from, self._open_until = since, until
            elif until < end:
                break
            else:
                start, end = self._bounds(until)
        return start, end

    def _find(self, ts_event: int, ts_recv: int, price: float) -> Forming | None:
        """Return the bar of an event, opened at `price` if need be; None for a late one to drop."""
        start, end = self._bounds(ts_event)
        if end <= self._closed or end + self._delay < ts_recv:
            self.late_count += 1
            if self._drop_late:
                return None
            start, end = self._bounds(ts_recv)
        if start == self._bar.start:
            return self._bar
        return self._ahead.get(start) or self._open(Forming(start, end, price))

    def _open(self, bar: Forming) -> Forming:
        current, ahead = self._bar, self._ahead
        if bar.start < current.start:
            self._bar = bar
            if current is not NO_BAR:
                ahead[current.start] = current
        elif len(ahead) < LARGEST_AHEAD:
            ahead[bar.start] = bar
        else:
            msg = (
                f"{self._instrument.id}: events reach {LARGEST_AHEAD} {self._spec_text} bars ahead "
                "of the bar that is open; correct the clock of the recording"
            )
            raise DataError(msg)
        self._ask(bar.end + self._delay)
        return bar

    def _ask(self, ts: int) -> None:
        if ts != self._asked:
            self._asked = ts
            self._schedule(ts)

    def _admit(self, bar: Bar) -> None:
        if not self._spec.made_of(BarSpec.parse(bar.spec)):
            msg = (
                f"{self._spec_text} bars of {bar.instrument} cannot be made of {bar.spec} bars; "
                "ask for a whole multiple of the same price source"
            )
            raise StrategyError(msg)
        self._finer = bar.spec

    def _refuse_straddling(self, bar: Bar) -> None:
        if bar.ts_close > self._bounds(bar.ts_open)[1]:
            msg = (
                f"a {bar.spec} bar of {bar.instrument} reaches over the end of its "
                f"{self._spec_text} bar; build from finer bars"
            )
            raise StrategyError(msg)
