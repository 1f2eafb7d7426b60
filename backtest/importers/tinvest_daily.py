"""Import the daily bars of the TQBR board as tab-separated text.

A row is `dd.mm.yyyy HH:MM`, open, high, low, close and volume in lots, dated by Moscow's calendar.
Prices carry artefacts of doubles such as 1.1400000000000001, which are rounded and counted.
"""

from collections.abc import Iterator
from typing import Final

from backtest.importers.bar_rows import BarRows, bar_spec
from backtest.importers.batch import Batch, Notes
from backtest.importers.exact import times_factor
from backtest.importers.files import members
from backtest.importers.options import Recording
from backtest.importers.tables import TableLayout, read_tables

OPTIONS: Final = frozenset({"timezone", "quantity_factor", "fold"})
_ZONE = "Europe/Moscow"
_NUMBERS = ("open", "high", "low", "close", "volume")


class TInvestDailyImporter:
    """Read daily bars; `quantity_factor`, the shares in a lot, turns lots into shares."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording

    def batches(self, notes: Notes) -> Iterator[Batch]:
        """Yield the rows of all files."""
        options = self._recording.options
        spec = bar_spec("1d", "tinvest-daily")
        bars = BarRows(spec, options.timezone or _ZONE, "start", self._recording, notes)
        layout = TableLayout(
            names=("time", *_NUMBERS), numbers=_NUMBERS, texts=("time",), skip=1, delimiter="\t"
        )
        for member in members(self._recording.files):
            for table in read_tables(member, layout):
                notes.read += table.rows
                numbers = dict(table.numbers)
                if options.quantity_factor is not None:
                    numbers["volume"] = times_factor(numbers["volume"], options.quantity_factor)
                yield bars.batch(table, table.texts["time"].times("%d.%m.%Y %H:%M"), numbers)
