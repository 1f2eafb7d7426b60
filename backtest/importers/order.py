"""Check that rows come in the order of time and only once, or bring them there when told to.

Looks at times and equality only.
"""

from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backtest.catalogue.columns import KEY_COLUMN, Columns, iso_time, join_columns
from backtest.catalogue.quality import TradeMemory, repeated_quotes
from backtest.importers.options import ImportPolicy
from backtest.importers.report import Tally
from engine.errors import DataError

WINDOW_ROWS = 100_000
"""How far back a repeated row is recognised; one further back counts as going back in time."""

SORT_ROWS_MAX = 20_000_000
"""Rows of a stream that --sort holds in memory, at about 100 bytes each; more are refused."""

_BEFORE_ALL = -(2**63)


@dataclass(frozen=True)
class Placed:
    """Hold rows, and for each the file and line it stands on."""

    columns: Columns
    lines: NDArray[np.int64]
    members: NDArray[np.object_]

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.lines)

    @property
    def keys(self) -> NDArray[np.int64]:
        """Return the times that order the rows: opening of bars, arrival of ticks."""
        return self.columns.arrays[KEY_COLUMN[self.columns.kind]]

    def take(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> "Placed":
        """Return the rows of an index or a mask."""
        return Placed(self.columns.take(rows), self.lines[rows], self.members[rows])

    def place(self, row: int) -> str:
        """Return `file:line` of a row."""
        return f"{self.members[row]}:{int(self.lines[row])}"


def join_placed(parts: list[Placed]) -> Placed:
    """Return the rows of all parts, one after the other."""
    if len(parts) == 1:
        return parts[0]
    return Placed(
        join_columns([part.columns for part in parts]),
        np.concatenate([part.lines for part in parts]),
        np.concatenate([part.members for part in parts]),
    )


class OrderCheck:
    """Let rows of one stream through in order, each once.

    Bars must open one after the other; a bar seen before is a duplicate when all of it is equal.
    Ticks may share a time. A quote equal to the one before it is a duplicate, and so is a trade
    whose id, event time, price and size were seen before.
    """

    def __init__(self, policy: ImportPolicy, tally: Tally) -> None:
        self._policy = policy
        self._tally = tally
        self._held: list[Placed] = []
        self._held_rows = 0
        self._window: deque[Placed] = deque()
        self._window_rows = 0
        self._latest = _BEFORE_ALL
        self._trades = TradeMemory()

    def admit(self, placed: Placed) -> Columns | None:
        """Return the rows to store, or None when they wait for the end; DataError when wrong."""
        if not self._policy.sort:
            return self._checked(placed).columns
        self._held.append(placed)
        self._held_rows += len(placed)
        if self._held_rows > SORT_ROWS_MAX:
            msg = (
                f"--sort holds at most {SORT_ROWS_MAX:,} rows of a stream in memory; import fewer "
                "files at once"
            )
            raise DataError(msg)
        return None

    def finish(self) -> Columns | None:
        """Return the rows that waited, in order of time and, at equal times, of the files."""
        if not self._held:
            return None
        rows = join_placed(self._held)
        self._held = []
        keys = rows.keys
        self._tally.sorted += int(np.count_nonzero(keys[1:] < np.maximum.accumulate(keys)[:-1]))
        return self._checked(rows.take(np.argsort(keys, kind="stable"))).columns

    def _checked(self, rows: Placed) -> Placed:
        if not len(rows):
            return rows
        before = np.maximum.accumulate(np.concatenate([[self._latest], rows.keys[:-1]]))
        if rows.columns.kind == "bars":
            repeated = self._repeated_bars(rows, before)
        else:
            self._refuse(rows, rows.keys < before, before)
            repeated = self._repeated_ticks(rows)
        rows = self._without(rows, repeated)
        if len(rows):
            self._remember(rows)
        return rows

    def _repeated_bars(self, rows: Placed, before: NDArray[np.int64]) -> NDArray[np.bool_]:
        back = rows.keys <= before
        if not back.any():
            return back
        known = join_placed([*self._window, rows])
        first = len(known) - len(rows)
        twin = _earlier_twin(known.keys)[first:]
        self._refuse(rows, back & (twin < 0), before)
        equal = np.ones(len(rows), dtype=bool)
        for name, values in known.columns.arrays.items():
            equal &= values[twin] == rows.columns.arrays[name]
        conflict = back & ~equal
        if conflict.any():
            row = int(np.argmax(conflict))
            msg = (
                f"{rows.place(row)}: another bar for {iso_time(int(rows.keys[row]))} than "
                f"{known.place(int(twin[row]))}; remove one of the two rows"
            )
            raise DataError(msg)
        return back

    def _repeated_ticks(self, rows: Placed) -> NDArray[np.bool_]:
        if rows.columns.kind == "trades":
            return self._trades.repeated(rows.columns)
        if rows.columns.kind != "quotes":  # a book may be told the same twice, and mean it
            return np.zeros(len(rows), dtype=bool)
        last = self._window[-1].columns if self._window else None
        return repeated_quotes(rows.columns, last)

    def _without(self, rows: Placed, repeated: NDArray[np.bool_]) -> Placed:
        count = int(np.count_nonzero(repeated))
        if not count:
            return rows
        if self._policy.drop_duplicates:
            self._tally.duplicates_dropped += count
            return rows.take(~repeated)
        if rows.columns.kind == "quotes":  # saying the same twice changes no book and fills nothing
            self._tally.duplicates_kept += count
            return rows
        row = int(np.argmax(repeated))
        one = "bar" if rows.columns.kind == "bars" else "trade"
        msg = (
            f"{rows.place(row)}: the {one} of {iso_time(int(rows.keys[row]))} is an exact copy of "
            f"an earlier one ({count} such rows in this block); add --drop-duplicates"
        )
        raise DataError(msg)

    def _refuse(self, rows: Placed, back: NDArray[np.bool_], before: NDArray[np.int64]) -> None:
        if back.any():
            row = int(np.argmax(back))
            msg = (
                f"{rows.place(row)}: time goes back from {iso_time(int(before[row]))} to "
                f"{iso_time(int(rows.keys[row]))}; add --sort, or check the order of the files"
            )
            raise DataError(msg)

    def _remember(self, rows: Placed) -> None:
        self._latest = int(rows.keys.max())
        self._window.append(rows)
        self._window_rows += len(rows)
        while self._window_rows - len(self._window[0]) >= WINDOW_ROWS:
            self._window_rows -= len(self._window.popleft())


def _earlier_twin(keys: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return for each row the nearest earlier row of the same key, -1 where there is none."""
    order = np.argsort(keys, kind="stable")
    same = keys[order][1:] == keys[order][:-1]
    twin = np.full(len(keys), -1, dtype=np.int64)
    twin[order[1:][same]] = order[:-1][same]
    return twin
