"""Read Binance's depth updates and snapshots into rows of a book.

Applies nothing itself: what the rows make is the book's business.
"""

import msgspec

from backtest.importers.batch import Notes
from backtest.importers.book_rows import BookRows, Level
from engine.books.chain import SequenceChain
from engine.model.market import AFTER_GAP

_MILLISECOND_NS = 1_000_000
_WAITING_MAX = 100_000
_Pair = tuple[float, float]


class DepthUpdate(msgspec.Struct, gc=False):
    """Hold depthUpdate: `U` to `u` number the updates in it, `pu` the last before (not on spot)."""

    s: str
    U: int
    u: int
    b: list[_Pair]
    a: list[_Pair]
    T: int = 0
    pu: int | None = None


class DepthSnapshot(msgspec.Struct, gc=False):
    """Hold the answer of the depth request, which holds all updates up to `lastUpdateId`."""

    lastUpdateId: int  # noqa: N815 - the wire's own name
    bids: list[_Pair]
    asks: list[_Pair]
    T: int = 0


class DepthReader:
    """Put updates behind the snapshot they belong to, as the venue's documentation asks.

    Updates that arrive before the snapshot wait for it and are due when it is; those it holds
    already are left out. Source: Binance, "How to manage a local order book correctly".
    """

    def __init__(self) -> None:
        self.rows = BookRows("book")
        self._chain = SequenceChain()
        self._waiting: list[tuple[int, int, DepthUpdate]] = []

    def snapshot(self, line: int, received: int, snapshot: DepthSnapshot, notes: Notes) -> None:
        """Take a whole book, then the updates that waited for it."""
        times = (snapshot.T * _MILLISECOND_NS or received, received)
        levels = _levels(snapshot.bids, snapshot.asks)
        self.rows.add_snapshot(line, times, snapshot.lastUpdateId, levels)
        self._chain.restart(snapshot.lastUpdateId)
        waiting, self._waiting = self._waiting, []
        for place, _, update in waiting:
            self.update(place, received, update, notes)

    def update(self, line: int, received: int, update: DepthUpdate, notes: Notes) -> None:
        """Take an update; one that does not follow breaks the book until the next snapshot."""
        if self._chain.last is None:
            self._wait(line, received, update, notes)
        elif self._chain.is_old(update.u):
            notes.ignored["depth updates that the snapshot holds"] += 1
        else:
            whole = self._chain.follows(update.U, update.u, update.pu)
            times = (update.T * _MILLISECOND_NS or received, received)
            flags = 0 if whole else AFTER_GAP
            self.rows.add_event(line, times, update.u, _levels(update.b, update.a), flags)

    @property
    def began(self) -> bool:
        """Return whether there was a snapshot."""
        return self._chain.last is not None

    def finish(self, notes: Notes) -> None:
        """Count the updates that no snapshot came for."""
        notes.ignored["depth updates without a snapshot"] += len(self._waiting)
        self._waiting.clear()

    def _wait(self, line: int, received: int, update: DepthUpdate, notes: Notes) -> None:
        if len(self._waiting) < _WAITING_MAX:
            self._waiting.append((line, received, update))
        else:
            notes.ignored["depth updates without a snapshot"] += 1


def _levels(bids: list[_Pair], asks: list[_Pair]) -> list[Level]:
    return [(1, *pair) for pair in bids] + [(-1, *pair) for pair in asks]
