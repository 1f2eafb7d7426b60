"""Collect rows of book streams one by one, and hand them on as batches.

Knows no venue: importers say what changed, in numbers as they were written.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from backtest.catalogue.columns import COLUMN_NAMES, MISSING, PRICE_COLUMNS, QUANTITY_COLUMNS, Kind
from backtest.importers.batch import Batch
from engine.model.market import CLEARS_BOOK, FROM_SNAPSHOT, LAST_IN_EVENT

BATCH_ROWS = 65_536
Level = tuple[int, float, float]
"""Side, price and size of a level that changed."""

NO_LEVEL: Level = (0, 0.0, 0.0)
"""Stands for the level of a row that only carries flags."""


class BookRows:
    """Hold rows of one book stream until there are enough for a batch.

    A row holds the line it stands on and then the values of the stream's columns in their order.
    """

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self.digits: dict[str, int] = {}
        self._rows: list[tuple[float, ...]] = []

    def add(self, line: int, *values: float) -> None:
        """Add one row: the values of all columns of the kind, NaN where there is none."""
        self._rows.append((line, *values))

    def add_event(
        self,
        line: int,
        times: tuple[int, int],
        sequence: int,
        levels: Iterable[Level],
        flags: int = 0,
    ) -> None:
        """Add what changed at once: `flags` go to the first row, the last one ends the event."""
        changes = list(levels) or [NO_LEVEL]
        snapshot = flags & FROM_SNAPSHOT
        for place, (side, price, size) in enumerate(changes, start=1):
            last = LAST_IN_EVENT if place == len(changes) else 0
            own = flags if place == 1 else snapshot
            self._rows.append((line, *times, sequence, own | last, side, price, size))

    def add_snapshot(
        self, line: int, times: tuple[int, int], sequence: int, levels: Iterable[Level]
    ) -> None:
        """Add a whole book, in place of whatever there was."""
        self.add_event(line, times, sequence, levels, CLEARS_BOOK | FROM_SNAPSHOT)

    def full(self, member: str) -> Iterator[Batch]:
        """Yield a batch when there are enough rows for one."""
        if len(self._rows) >= BATCH_ROWS:
            yield from self.rest(member)

    def rest(self, member: str) -> Iterator[Batch]:
        """Yield what is left, if anything is."""
        if self._rows:
            yield self._batch(member)
            self._rows.clear()

    def _batch(self, member: str) -> Batch:
        lines, *values = zip(*self._rows, strict=True)
        columns = dict(zip(COLUMN_NAMES[self.kind], values, strict=True))
        floats = (*PRICE_COLUMNS[self.kind], *QUANTITY_COLUMNS[self.kind])
        times = ("ts_event", "ts_recv")
        return Batch(
            kind=self.kind,
            spec=None,
            member=member,
            lines=np.array(lines, dtype=np.int64),
            times={name: np.array(columns[name], dtype=np.int64) for name in times},
            numbers={name: np.array(columns[name], dtype=np.float64) for name in floats},
            integers={
                name: np.array(column, dtype=np.int64)
                for name, column in columns.items()
                if name not in floats and name not in times
            },
            digits=self.digits,
        )


def check_rows(quotes: Batch, sequence: NDArray[np.int64]) -> Batch:
    """Return quotes of a venue as what it says of its book after numbered updates."""
    none = np.full(len(quotes), MISSING, dtype=np.int64)
    return replace(quotes, kind="book_checks", integers={"sequence": sequence, "checksum": none})
