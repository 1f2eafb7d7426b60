"""Normalized market events: what every venue's data becomes before anything else sees it.

Prices and sizes are canonical floats (the double nearest to the venue's decimal). A side of a quote
that is empty has a NaN price; a size that the venue does not give is NaN. Times are integer
nanoseconds UTC: `ts_event` by the venue's clock, `ts_recv` by ours; the engine's order is that of
`ts_recv`.
"""

from enum import IntEnum, StrEnum

import msgspec


class QuoteTick(msgspec.Struct, frozen=True, gc=False, tag=True, tag_field="event"):
    """Give the best bid and ask of an instrument; crossed and locked quotes pass as they came."""

    instrument: str
    ts_event: int
    ts_recv: int
    bid: float
    ask: float
    bid_size: float
    ask_size: float

    @property
    def mid(self) -> float:
        """Return the middle of bid and ask; NaN when a side is empty."""
        return (self.bid + self.ask) / 2

    @property
    def spread(self) -> float:
        """Return ask minus bid; negative when crossed, so never divide by it unseen."""
        return self.ask - self.bid


class TradeTick(msgspec.Struct, frozen=True, gc=False, tag=True, tag_field="event"):
    """Report one public trade.

    `aggressor` is +1 when the buyer took, -1 when the seller did, 0 when unknown.
    """

    instrument: str
    ts_event: int
    ts_recv: int
    price: float
    size: float
    aggressor: int
    trade_id: str = ""


class Bar(msgspec.Struct, frozen=True, gc=False, tag=True, tag_field="event"):
    """Summarise trading over `[ts_open, ts_close)`; delivered at `ts_close`, never before."""

    instrument: str
    spec: str
    ts_open: int
    ts_close: int
    ts_recv: int
    open: float
    high: float
    low: float
    close: float
    volume: float

    @property
    def ts_event(self) -> int:
        """Return `ts_close`: a bar happens when it ends."""
        return self.ts_close


LAST_IN_EVENT, FROM_SNAPSHOT, CLEARS_BOOK, AFTER_GAP = 1, 2, 4, 8
"""Flags of a change of a book, to be added up.

LAST_IN_EVENT: what the venue did at once is complete, and the book can be looked at. FROM_SNAPSHOT:
the level was there already. CLEARS_BOOK: the book is emptied first, a snapshot begins. AFTER_GAP:
updates before this one are missing; the book is broken until a snapshot.
"""


class BookSnapshot(msgspec.Struct, frozen=True, gc=False, tag=True, tag_field="event"):
    """Give the whole book (or its first levels) as (price, size) pairs, best first."""

    instrument: str
    ts_event: int
    ts_recv: int
    bids: tuple[tuple[float, float], ...]
    asks: tuple[tuple[float, float], ...]
    sequence: int = 0

    @property
    def flags(self) -> int:
        """Return what the levels would carry, had they come one by one."""
        return CLEARS_BOOK | FROM_SNAPSHOT | LAST_IN_EVENT


class BookDelta(msgspec.Struct, frozen=True, gc=False, tag=True, tag_field="event"):
    """Set the size of one price level; size 0 removes it.

    `side` is +1 for a bid, -1 for an ask, 0 for a delta that names no level and only carries flags.
    """

    instrument: str
    ts_event: int
    ts_recv: int
    side: int
    price: float
    size: float
    sequence: int = 0
    flags: int = LAST_IN_EVENT


class BookAction(IntEnum):
    """Name what became of an order in a book; NOTHING is for rows that only carry flags."""

    NOTHING = 0
    ADD = 1
    REDUCE = 2
    EXECUTE = 3
    MODIFY = 4


class BookOrderDelta(msgspec.Struct, frozen=True, gc=False, tag=True, tag_field="event"):
    """Change one resting order of a book that is known order by order.

    `size` is the whole size of an order that is added or modified, and what goes of one that is
    reduced (canceled wholly or in part) or executed. `side` is that of the resting order.
    """

    instrument: str
    ts_event: int
    ts_recv: int
    action: BookAction
    order_id: int
    side: int
    price: float
    size: float
    sequence: int = 0
    flags: int = LAST_IN_EVENT


class TradingState(StrEnum):
    """Name what a venue lets people do in an instrument."""

    OPEN = "open"
    CLOSED = "closed"
    AUCTION = "auction"
    HALTED = "halted"


class InstrumentStatus(msgspec.Struct, frozen=True, gc=False, tag=True, tag_field="event"):
    """Report a change of an instrument's trading state."""

    instrument: str
    ts_event: int
    ts_recv: int
    state: TradingState
    reason: str = ""


MarketEvent = (
    QuoteTick | TradeTick | Bar | BookSnapshot | BookDelta | BookOrderDelta | InstrumentStatus
)
