"""Choose which recorded streams a run needs, and bind each to what is done with it.

Reads no row itself.
"""

from collections.abc import Iterable

import msgspec

from backtest import steps
from backtest.catalogue.columns import Stream
from backtest.data_source import DataSource
from backtest.exchange.market import Market
from backtest.replay import Replay, Track
from backtest.scan.lane import Lane, make_lane
from backtest.stream import StreamReader
from backtest.venue import NextOpen, SimulatedVenue
from engine.bars import BarSpec
from engine.errors import ConfigError
from engine.kernel import Kernel
from engine.publishing import Walk
from engine.strategy.context import choose_book


class Period(msgspec.Struct, frozen=True):
    """Bound a run: start inclusive, end exclusive, nanoseconds UTC."""

    start: int
    end: int


def basis(name: str, fills: str, offered: tuple[Stream, ...]) -> tuple[str, tuple[Stream, ...]]:
    """Return the fill rule and the streams that the exchange matches an instrument against.

    `auto` takes quotes and trades where there are quotes, else a book (and its trades) where there
    is one, else trades, else the shortest bars and next-open fills. The rule of a book that is
    recorded order by order is `book_orders`. Raises ConfigError when the rule asks for rows that
    are not recorded.
    """
    books = tuple(stream for stream in offered if stream[0] == choose_book(offered))
    if fills == "book" or (fills == "auto" and books and ("quotes", None) not in offered):
        if not books:
            raise ConfigError(_lacking(name, fills, "a book", offered))
        prints = tuple(stream for stream in offered if stream[0] in ("trades", "status"))
        return books[0][0], (*books, *prints)
    ticks = tuple(stream for stream in offered if stream[0] in ("quotes", "trades"))
    if fills == "quotes" or (fills == "auto" and ticks):
        if not ticks:
            raise ConfigError(_lacking(name, fills, "quotes or trades", offered))
        return "quotes", ticks
    recorded = [stream for stream in offered if stream[0] == "bars"]
    if not recorded:
        raise ConfigError(_lacking(name, fills, "bars", offered))
    rule = "next_open" if fills == "auto" else fills
    return rule, (min(recorded, key=_length),)


class Feed:
    """Collect the tracks of a run in the order in which instruments and streams were asked for."""

    def __init__(
        self, source: DataSource, kernel: Kernel, venue: SimulatedVenue, period: Period
    ) -> None:
        self._source = source
        self._kernel = kernel
        self._venue = venue
        self._period = period
        self.tracks: list[Track] = []

    def add(
        self,
        name: str,
        streams: Iterable[Stream],
        matched: tuple[Stream, ...],
        feed_delay: int,
        order_delay: int = 0,
        *,
        venue_clock: bool = False,
    ) -> None:
        """Add the streams of one instrument, of which `matched` are those the exchange sees.

        With a feed delay the exchange sees a row at its venue time and the strategy that much
        later; with the venue's clock the strategy sees it when it was received; else both do.
        Orders travel for `order_delay` before they ask for the open that they wait for.
        """
        market = self._venue.exchange.market(name)
        for stream in streams:
            is_tick = stream[0] != "bars"
            if stream in matched and (feed_delay or venue_clock) and is_tick:
                self._track(name, stream, self._ahead(stream, market), "ts_event", 0)
                local = "ts_event" if feed_delay else "ts_recv"
                self._track(name, stream, self._alone(name, stream), local, feed_delay)
            elif stream in matched:
                both = self._both(stream, market)
                reader = self._track(name, stream, both, "ts_recv", 0, order_delay)
                if not is_tick:
                    self._feed_opens(name, reader)
            else:
                delay = feed_delay if is_tick else 0
                self._track(
                    name,
                    stream,
                    self._alone(name, stream),
                    "ts_event" if delay else "ts_recv",
                    delay,
                )

    def replay(self) -> Replay:
        """Return the merged recording."""
        return Replay(self.tracks)

    def _track(
        self, name: str, stream: Stream, way: "_Way", time: str, delay: int, keep: int = 0
    ) -> StreamReader:
        rows = self._source.run_through(name, stream, self._period.start, self._period.end)
        reader = StreamReader(rows, time, delay, keep)
        self.tracks.append(Track(reader, self._source[name], *way))
        return reader

    def _ahead(self, stream: Stream, market: Market) -> "_Way":
        walk = steps.exchange_only(self._venue, market, stream[0])
        return walk, make_lane(stream[0], market.instrument, market, None)

    def _alone(self, name: str, stream: Stream) -> "_Way":
        walk = steps.kernel_only(self._venue, name, stream[0], self._kernel)
        state = self._kernel.bus.market(name)
        return walk, make_lane(stream[0], state.instrument, None, state)

    def _both(self, stream: Stream, market: Market) -> "_Way":
        walk = steps.exchange_then_kernel(self._venue, market, stream[0], self._kernel)
        state = self._kernel.bus.market(market.instrument.id)
        return walk, make_lane(stream[0], market.instrument, market, state)

    def _feed_opens(self, name: str, reader: StreamReader) -> None:
        instrument = self._source[name]
        price_scale, quantity_scale = instrument.price_scale, instrument.quantity_scale

        def next_open(since: int) -> NextOpen | None:
            found = reader.next_open(since)
            if found is None:
                return None
            ts, end, price, volume = found
            return NextOpen(ts, end, price / price_scale, volume / quantity_scale)

        self._venue.feed_opens(name, next_open)


_Way = tuple[Walk, Lane]
"""What is done with the rows of a track, and how they are scanned."""


def _length(stream: Stream) -> int:
    spec = BarSpec.parse(str(stream[1]))
    return spec.step_ns or spec.step * 86_400_000_000_000


def _lacking(name: str, fills: str, wanted: str, offered: tuple[Stream, ...]) -> str:
    listed = ", ".join(kind if spec is None else f"{kind}-{spec}" for kind, spec in offered)
    return (
        f"exchange.fills = {fills!r} needs {wanted} of {name}, the catalogue has "
        f"{listed or 'nothing'}; import them or choose another rule"
    )
