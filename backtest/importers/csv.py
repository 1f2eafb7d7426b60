"""Import delimited text of any shape: the options say which column is what.

Times, zones and bar labels are never guessed.
"""

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray

from backtest.importers.bar_rows import BarRows, bar_spec
from backtest.importers.batch import Batch, Notes
from backtest.importers.csv_columns import CsvColumns, csv_columns
from backtest.importers.exact import times_factor
from backtest.importers.files import Member, first_line, members
from backtest.importers.options import Recording
from backtest.importers.tables import Table, TableLayout, read_tables
from backtest.importers.text_column import Text
from backtest.importers.wall_clock import WallClock
from engine.errors import DataError

OPTIONS: Final = frozenset(
    {
        "timezone",
        "bar",
        "label",
        "columns",
        "delimiter",
        "header",
        "time_format",
        "decimal",
        "encoding",
        "price_factor",
        "quantity_factor",
        "fold",
    }
)
_PRICES = frozenset({"open", "high", "low", "close", "bid", "ask", "price"})
_OHLC = ("open", "high", "low", "close")
_SIDES = {"buy": 1, "b": 1, "1": 1, "sell": -1, "s": -1, "-1": -1, "": 0, "0": 0}


class CsvImporter:
    """Read bars, quotes or trades, whichever the columns make.

    Bars have `time open high low close [volume]`, quotes `time bid ask [bid_size ask_size]`, trades
    `time price size [side id]`; `date` and `clock` may stand in for `time`, and ticks may have
    `received`, the recorder's time. Sides are buy, sell or empty.
    """

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._options = recording.options

    def batches(self, notes: Notes) -> Iterator[Batch]:
        """Yield the rows of all files."""
        for member in members(self._recording.files):
            columns, layout = self._layout(member)
            bars = self._bar_rows(notes) if columns.kind == "bars" else None
            clock = WallClock(self._zone, self._options.fold, notes.clocks)
            notes.zone = self._zone
            for table in read_tables(member, layout):
                notes.read += table.rows
                numbers = {
                    field: self._scaled(field, table.numbers[name])
                    for field, name in columns.numbers.items()
                }
                times = self._times(table, columns.times)
                if bars is not None:
                    headings = tuple(columns.fields[name] for name in _OHLC)
                    yield bars.batch(table, times, numbers, headings)
                else:
                    yield self._ticks(table, columns, numbers, self._utc(times, table, clock))

    @property
    def _zone(self) -> str:
        return self._options.timezone or "UTC"

    def _layout(self, member: Member) -> tuple[CsvColumns, TableLayout]:
        encoding = self._options.encoding or "utf-8"
        line = first_line(member, encoding)
        delimiter = self._delimiter(line)
        has_header = self._options.header is not False
        columns = csv_columns(
            line.split(delimiter), self._options.columns, member.name, has_header=has_header
        )
        layout = TableLayout(
            names=columns.names,
            numbers=tuple(columns.numbers.values()),
            texts=tuple(dict.fromkeys((*columns.times, *columns.texts.values()))),
            skip=int(has_header),
            delimiter=delimiter,
            decimal=self._options.decimal or ".",
            encoding=encoding,
        )
        return columns, layout

    def _delimiter(self, line: str) -> str:
        given = self._options.delimiter
        if given is not None:
            return "\t" if given in ("tab", "\\t") else given
        return max(",;\t|", key=line.count)

    def _bar_rows(self, notes: Notes) -> BarRows:
        spec = bar_spec(self._options.bar, "csv")
        if self._options.label is None:
            msg = (
                "format csv does not say whether a bar's time is its start or its end; add --label "
                "start or --label end"
            )
            raise DataError(msg)
        return BarRows(spec, self._zone, self._options.label, self._recording, notes)

    def _scaled(self, field: str, numbers: NDArray[np.float64]) -> NDArray[np.float64]:
        factor = self._options.price_factor if field in _PRICES else self._options.quantity_factor
        return numbers if factor is None else times_factor(numbers, factor)

    def _times(self, table: Table, columns: tuple[str, ...]) -> tuple[NDArray[np.int64], bool]:
        text = table.texts[columns[0]]
        if len(columns) > 1:
            text = text.joined(table.texts[columns[1]])
        return text.times(self._options.time_format or "iso")

    @staticmethod
    def _utc(
        times: tuple[NDArray[np.int64], bool], table: Table, clock: WallClock
    ) -> NDArray[np.int64]:
        instants, is_utc = times
        if not is_utc:
            return clock.to_utc(instants, table.member, table.lines)
        clock.count(instants)
        return instants

    def _ticks(
        self,
        table: Table,
        columns: CsvColumns,
        numbers: dict[str, NDArray[np.float64]],
        event: NDArray[np.int64],
    ) -> Batch:
        texts = {field: table.texts[name] for field, name in columns.texts.items()}
        received = event
        if "received" in texts:
            clock = WallClock(self._zone, self._options.fold)
            received = self._utc(
                texts["received"].times(self._options.time_format or "iso"), table, clock
            )
        if columns.kind == "quotes":
            none = np.full(table.rows, np.nan)
            numbers = {"bid_size": none, "ask_size": none} | numbers
        return Batch(
            kind=columns.kind,
            spec=None,
            member=table.member,
            lines=table.lines,
            times={"ts_event": event, "ts_recv": received},
            numbers=numbers,
            aggressor=_aggressor(texts["side"]) if "side" in texts else None,
            trade_ids=np.array(texts["id"].values(), dtype=np.object_) if "id" in texts else None,
        )


def _aggressor(side: Text) -> NDArray[np.int64]:
    found = np.zeros(len(side), dtype=np.int64)
    for word in side.distinct():
        known = _SIDES.get(word.strip().lower())
        rows = side.equals(word)
        if known is None:
            row = int(np.argmax(rows))
            msg = (
                f"{side.member}:{side.line + row}: side {word!r} is neither buy nor sell; leave "
                "side out of --columns"
            )
            raise DataError(msg)
        found[rows] = known
    return found
