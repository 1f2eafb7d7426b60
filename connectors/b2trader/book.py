"""One streamed book: its versions in order, and whether it is still possible.

It builds no book for anybody else; the engine does that from the events.
"""

from connectors.b2trader.mapping import finite
from connectors.b2trader.messages import BookItem, Level
from engine.model.market import BookDelta, BookSnapshot

BookEvent = BookSnapshot | BookDelta


class StreamedBook:
    """Turn the items of one stream into snapshots and changes.

    Older versions are ignored. With `may_skip` a version may be left out, for nobody says that
    they have to follow one another; without it a gap breaks the book. A crossed book is broken in
    any case.
    """

    def __init__(self, instrument: str, *, may_skip: bool) -> None:
        self._instrument = instrument
        self._may_skip = may_skip
        self._version: int | None = None
        self._bids: dict[float, float] = {}
        self._asks: dict[float, float] = {}
        self._events: list[BookEvent] = []

    def events(self) -> list[BookEvent]:
        """Take what the items have made, in order."""
        events, self._events = self._events, []
        return events

    def take(self, item: BookItem, now: int) -> str:
        """Take an item; return why the book is broken, or an empty text."""
        version = int(item.version)
        if item.snapshot:
            self._snapshot(item, version, now)
        elif self._version is None or version <= self._version:
            return ""  # changes before the first snapshot, and what is older than it
        elif not self._may_skip and version != self._version + 1:
            return f"version {version} followed {self._version}"
        else:
            self._change(item, version, now)
        return "the book is crossed" if self._is_crossed() else ""

    def _snapshot(self, item: BookItem, version: int, now: int) -> None:
        self._version = version
        self._bids, self._asks = _levels(item.bids), _levels(item.asks)
        bids = tuple(sorted(self._bids.items(), reverse=True))
        asks = tuple(sorted(self._asks.items()))
        self._events.append(BookSnapshot(self._instrument, now, now, bids, asks, version))

    def _change(self, item: BookItem, version: int, now: int) -> None:
        self._version = version
        for side, levels, book in ((1, item.bids, self._bids), (-1, item.asks, self._asks)):
            for level in levels:
                price, size = finite(level.price), finite(level.amount)
                if size:
                    book[price] = size
                else:
                    book.pop(price, None)
                self._events.append(
                    BookDelta(self._instrument, now, now, side, price, size, version)
                )

    def _is_crossed(self) -> bool:
        return bool(self._bids and self._asks) and max(self._bids) >= min(self._asks)


def _levels(levels: tuple[Level, ...]) -> dict[float, float]:
    return {finite(level.price): size for level in levels if (size := finite(level.amount))}
