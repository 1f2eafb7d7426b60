"""Bars that close after a number of events or a volume.

Asks for no timer and splits no trade.
"""

from engine.bars.forming import NO_BAR, Forming, Publish, quote_price
from engine.bars.spec import BarSpec
from engine.errors import StrategyError
from engine.model.instrument import Instrument
from engine.model.market import Bar, QuoteTick, TradeTick


class CountBars:
    """Build tick bars or volume bars; `ts_open` and `ts_close` are those of first and last event.

    Time that runs backwards leaves `ts_close` where it was.
    """

    __slots__ = (
        "_bar",
        "_by_volume",
        "_from_trades",
        "_full",
        "_instrument",
        "_price",
        "_publish",
        "_reached",
        "_scale",
        "_spec",
        "late_count",
    )

    def __init__(self, instrument: Instrument, spec: BarSpec, publish: Publish) -> None:
        self.late_count = 0
        self._instrument = instrument
        self._spec = str(spec)
        self._publish = publish
        self._scale = instrument.quantity_scale
        self._by_volume = spec.unit == "v"
        self._full = spec.step * (10**instrument.quantity_digits if self._by_volume else 1)
        self._reached = 0
        self._from_trades = spec.source == "trade"
        self._price = quote_price(spec.source, instrument)
        self._bar = NO_BAR

    def on_trade(self, trade: TradeTick) -> None:
        """Add a trade, and publish the bar that it completes."""
        if self._from_trades:
            size = trade.size
            units = 0 if size - size != 0.0 else round(size * self._scale)
            self._add(trade.price, units, trade.ts_event, trade.ts_recv)

    def on_quote(self, quote: QuoteTick) -> None:
        """Add a quote, and publish the bar that it completes."""
        price = self._price(quote)
        if price - price == 0.0:
            self._add(price, 0, quote.ts_event, quote.ts_recv)

    def on_bar(self, bar: Bar) -> None:
        """Refuse: the events inside a bar are not known."""
        msg = f"{self._spec} bars of {bar.instrument} cannot be made of bars; record trades"
        raise StrategyError(msg)

    def close_until(self, ts_ns: int) -> None:
        """Do nothing: time does not close these bars."""

    def _add(self, price: float, units: int, ts_event: int, ts_recv: int) -> None:
        bar = self._bar
        if bar is NO_BAR:
            bar = self._bar = Forming(ts_event, ts_event, price)
        bar.add(price, price, price, units)
        bar.end = max(bar.end, ts_event)
        self._reached += units if self._by_volume else 1
        if self._reached >= self._full:
            self._bar, self._reached = NO_BAR, 0
            self._publish(bar.finished(self._instrument, self._spec, ts_recv))
