"""Import one-minute bars of HistData, as published or as exported again with a header.

As published: `YYYYMMDD HHMMSS;open;high;low;close;volume` without header, New York standard time
all year (UTC-5). Exported again: a header, ISO times, said to be UTC. Bars are labelled by their
start.
"""

from collections.abc import Iterator
from typing import Final

from backtest.importers.bar_rows import BarRows, bar_spec
from backtest.importers.batch import Batch, Notes
from backtest.importers.files import first_line, members
from backtest.importers.options import Recording
from backtest.importers.tables import TableLayout, read_tables

OPTIONS: Final = frozenset({"timezone", "fold"})
_NUMBERS = ("open", "high", "low", "close", "volume")
_PUBLISHED_ZONE, _EXPORTED_ZONE = "UTC-5", "UTC"


class HistDataImporter:
    """Read HistData's one-minute bars; the volume is 0 throughout, as the source has none."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording

    def batches(self, notes: Notes) -> Iterator[Batch]:
        """Yield the rows of all files; other members of a published zip are left out."""
        spec = bar_spec("1m", "histdata")
        for member in members(self._recording.files):
            if not member.stem.lower().endswith(".csv"):
                notes.ignored["files that are no .csv"] += 1
                continue
            published = first_line(member)[:1].isdigit()
            zone = _PUBLISHED_ZONE if published else _EXPORTED_ZONE
            bars = BarRows(
                spec, self._recording.options.timezone or zone, "start", self._recording, notes
            )
            layout = TableLayout(
                names=("time", *_NUMBERS),
                numbers=_NUMBERS,
                texts=("time",),
                skip=0 if published else 1,
                delimiter=";",
            )
            for table in read_tables(member, layout):
                notes.read += table.rows
                times = table.texts["time"].times("%Y%m%d %H%M%S" if published else "iso")
                yield bars.batch(table, times, table.numbers)
