"""Read a recorded book from a moment on as if one had been there before.

Makes no book; it gives the rows that lead to it.
"""

from collections.abc import Iterator

import numpy as np

from backtest.catalogue.catalogue import Catalogue
from backtest.catalogue.columns import Columns, Stream
from engine.model.market import CLEARS_BOOK, LAST_IN_EVENT


def book_from(
    catalogue: Catalogue,
    instrument: str,
    stream: Stream,
    start: int,
    end: int | None,
    chunk_rows: int,
) -> Iterator[Columns]:
    """Yield the rows with `start <= ts_recv < end`, the book that was there at `start` first.

    That book is the last snapshot before and all that followed it, as one event that happens and
    arrives at `start`. Without a snapshot before, there are only the rows from `start` on.
    """
    begin = _last_snapshot(catalogue, instrument, stream, start)
    if begin is not None:
        yield from _as_one_event(
            catalogue.read(instrument, *stream, begin, start, chunk_rows), start
        )
    yield from catalogue.read(instrument, *stream, start, end, chunk_rows)


def _last_snapshot(
    catalogue: Catalogue, instrument: str, stream: Stream, before: int
) -> int | None:
    """Return when the last snapshot before a time began, looking at flags only."""
    found: int | None = None
    for rows in catalogue.read(instrument, *stream, None, before):
        places = np.flatnonzero(rows.arrays["flags"] & CLEARS_BOOK)
        if len(places):
            found = int(rows.arrays["ts_recv"][places[-1]])
    return found


def _as_one_event(chunks: Iterator[Columns], ts: int) -> Iterator[Columns]:
    waiting: Columns | None = None
    for chunk in chunks:
        if waiting is not None:
            yield waiting
        times = np.full(len(chunk), ts, dtype=np.int64)
        flags = chunk.arrays["flags"] & ~LAST_IN_EVENT
        arrays = {**chunk.arrays, "ts_event": times, "ts_recv": times, "flags": flags}
        waiting = Columns(chunk.instrument, chunk.kind, chunk.spec, arrays)
    if waiting is not None:
        waiting.arrays["flags"][-1] |= LAST_IN_EVENT
        yield waiting
