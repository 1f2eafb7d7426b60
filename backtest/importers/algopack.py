"""Import bars of MOEX AlgoPack: candles of one security, and the five-minute trade statistics.

Candles are labelled by their start. Statistics hold several securities, and their `ts` is the end
of the interval; those of the order book and of orders hold no prices of trades and make no bars.
"""

import re
from collections.abc import Iterator
from typing import Final

from backtest.importers.bar_rows import BarRows, bar_spec
from backtest.importers.batch import Batch, Notes
from backtest.importers.files import Member, first_line, members
from backtest.importers.options import Recording
from backtest.importers.tables import TableLayout, read_tables
from engine.errors import DataError

OPTIONS: Final = frozenset({"symbol", "bar", "timezone", "fold"})
_ZONE = "Europe/Moscow"
_CANDLES = ("datetime", "open", "high", "low", "close", "volume")
_STATISTICS = ("ts", "pr_open", "pr_high", "pr_low", "pr_close", "vol", "secid")
_FIELDS = ("open", "high", "low", "close", "volume")
_MINUTES = re.compile(r"_M(\d+)\b")


class AlgoPackImporter:
    """Read candles, whose length the file name (`_M10`) or `bar` gives, or trade statistics."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording

    def batches(self, notes: Notes) -> Iterator[Batch]:
        """Yield the rows of all files."""
        for member in members(self._recording.files):
            names = _unnamed_first(first_line(member).split(","))
            if all(name in names for name in _CANDLES):
                yield from self._candles(member, names, notes)
            elif all(name in names for name in _STATISTICS):
                yield from self._statistics(member, names, notes)
            else:
                msg = (
                    f"{member.name} holds neither candles ({', '.join(_CANDLES)}) nor tradestats "
                    f"({', '.join(_STATISTICS)}); leave it out"
                )
                raise DataError(msg)

    def _candles(self, member: Member, names: tuple[str, ...], notes: Notes) -> Iterator[Batch]:
        minutes = _MINUTES.search(member.stem)
        length = self._recording.options.bar or (f"{minutes[1]}m" if minutes else None)
        bars = BarRows(bar_spec(length, "algopack"), self._zone, "start", self._recording, notes)
        layout = TableLayout(names=names, numbers=_CANDLES[1:], texts=("datetime",), skip=1)
        for table in read_tables(member, layout):
            notes.read += table.rows
            yield bars.batch(table, table.texts["datetime"].times("iso"), table.numbers)

    def _statistics(self, member: Member, names: tuple[str, ...], notes: Notes) -> Iterator[Batch]:
        symbol = self._recording.options.symbol
        bars = BarRows(bar_spec("5m", "algopack"), self._zone, "end", self._recording, notes)
        layout = TableLayout(names=names, numbers=_STATISTICS[1:6], texts=("ts", "secid"), skip=1)
        for table in read_tables(member, layout):
            notes.read += table.rows
            held = table.texts["secid"].distinct()
            if symbol is None and len(held) > 1:
                msg = f"{member.name} holds {', '.join(held)}; add --symbol with the one wanted"
                raise DataError(msg)
            ours = table.texts["secid"].equals(symbol or held[0])
            notes.ignored["rows of other securities"] += int((~ours).sum())
            numbers = {
                field: table.numbers[name]
                for field, name in zip(_FIELDS, _STATISTICS[1:6], strict=True)
            }
            yield bars.batch(table, table.texts["ts"].times("iso"), numbers).where(ours)

    @property
    def _zone(self) -> str:
        return self._recording.options.timezone or _ZONE


def _unnamed_first(cells: list[str]) -> tuple[str, ...]:
    """Name the index column that a data frame's export leaves unnamed."""
    return tuple(cell or f"#{place}" for place, cell in enumerate(cells))
