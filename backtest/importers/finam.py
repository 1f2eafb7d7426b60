"""Import bars that Finam exported from the Moscow Exchange.

Columns are named in brackets (`<DATE>`), in Moscow time, and a bar's time is its end: the first bar
of a day that opens at 10:00 reads 10:05.
"""

from collections.abc import Iterator
from typing import Final

from backtest.importers.bar_rows import BarRows, bar_spec
from backtest.importers.batch import Batch, Notes
from backtest.importers.files import Member, first_line, members
from backtest.importers.options import Recording
from backtest.importers.tables import TableLayout, read_tables
from engine.errors import DataError

OPTIONS: Final = frozenset({"bar", "label", "timezone", "fold", "encoding"})
_ZONE = "Europe/Moscow"
_NUMBERS = {"OPEN": "open", "HIGH": "high", "LOW": "low", "CLOSE": "close", "VOL": "volume"}


class FinamImporter:
    """Read Finam's bars; their length is that of `bar`, as the export may not say it."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording

    def batches(self, notes: Notes) -> Iterator[Batch]:
        """Yield the rows of all files."""
        options = self._recording.options
        bars = BarRows(
            bar_spec(options.bar, "finam"),
            options.timezone or _ZONE,
            options.label or "end",
            self._recording,
            notes,
        )
        for member in members(self._recording.files):
            for table in read_tables(member, self._layout(member)):
                notes.read += table.rows
                moments = table.texts["DATE"].joined(table.texts["TIME"])
                numbers = {field: table.numbers[name] for name, field in _NUMBERS.items()}
                yield bars.batch(table, moments.times("%Y%m%d %H%M%S"), numbers)

    def _layout(self, member: Member) -> TableLayout:
        encoding = self._recording.options.encoding or "utf-8"
        line = first_line(member, encoding)
        delimiter = max(";,\t", key=line.count)
        names = tuple(cell.strip().strip("<>") for cell in line.split(delimiter))
        missing = [name for name in ("DATE", "TIME", *_NUMBERS) if name not in names]
        if missing:
            msg = (
                f"{member.name} lacks the column <{missing[0]}> of Finam's bars; export it with "
                "the header, or use format csv"
            )
            raise DataError(msg)
        return TableLayout(
            names=names,
            numbers=tuple(_NUMBERS),
            texts=("DATE", "TIME"),
            skip=1,
            delimiter=delimiter,
            encoding=encoding,
        )
