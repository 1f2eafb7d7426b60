"""Import the tick and minute zips of Lean: equities, and foreign exchange.

The date stands in the file's name, a row's time is milliseconds since local midnight. Equity prices
are in units of 1/10000, in New York time; foreign exchange is plain decimals, in the zone of its
venue (Lean's market hours database: OANDA in UTC, FXCM in UTC-5).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from backtest.catalogue.columns import Kind
from backtest.importers.bar_rows import BarRows, bar_spec
from backtest.importers.batch import Batch, Notes
from backtest.importers.files import Member, members
from backtest.importers.options import Recording
from backtest.importers.tables import Table, TableLayout, read_tables
from backtest.importers.wall_clock import WallClock, midnight_ns
from engine.errors import DataError

OPTIONS: Final = frozenset({"timezone", "fold"})
EQUITY_ZONE: Final = "America/New_York"
FOREX_ZONES: Final = {"OANDA": "UTC", "FXCM": "UTC-5"}
EQUITY_SCALE: Final = 10_000.0

_NAME = re.compile(r"(\d{8})_.+?_(?:(tick|minute|second)_(quote|trade)|(quote|trade)_(tick))\.csv")
_BARS = {"minute": "1m", "second": "1s"}
_OHLC = ("open", "high", "low", "close")
_MILLISECOND_DIGITS = 6


@dataclass(frozen=True)
class _File:
    """Say what one member holds, from its name."""

    member: Member
    midnight_ns: int
    resolution: str
    kind: str


class LeanImporter:
    """Read Lean's zips of one security type, in the order of their dates.

    A minute of quotes becomes two streams, bars `1m@bid` and `1m@ask`.
    """

    def __init__(self, recording: Recording, zone: str, scale: float) -> None:
        self._recording = recording
        self._zone = zone
        self._scale = scale

    def batches(self, notes: Notes) -> Iterator[Batch]:
        """Yield the rows of all files."""
        files = [_file(member) for member in members(self._recording.files)]
        for file in sorted(files, key=lambda one: one.midnight_ns):
            if file.resolution != "tick":
                yield from self._bars(file, notes)
            elif file.kind == "trade":
                yield from self._trades(file, notes)
            else:
                yield from self._quotes(file, notes)

    def _trades(self, file: _File, notes: Notes) -> Iterator[Batch]:
        layout = TableLayout(
            names=("time", "price", "size", "exchange", "condition", "suspicious"),
            numbers=("price", "size"),
            texts=("time", "suspicious"),
        )
        for table in read_tables(file.member, layout):
            numbers = {"price": table.numbers["price"] / self._scale, "size": table.numbers["size"]}
            yield self._ticks("trades", table, file, numbers, notes)

    def _quotes(self, file: _File, notes: Notes) -> Iterator[Batch]:
        one_sided = self._scale != 1.0
        prices = ("bid", "bid_size", "ask", "ask_size") if one_sided else ("bid", "ask")
        rest = ("exchange", "condition", "suspicious") if one_sided else ()
        layout = TableLayout(
            names=("time", *prices, *rest), numbers=prices, texts=("time", *rest[-1:])
        )
        carried = dict.fromkeys(prices, np.nan)
        for table in read_tables(file.member, layout):
            numbers = dict(table.numbers)
            if one_sided:
                numbers = _carried(table.numbers, carried)
                numbers["bid"], numbers["ask"] = (
                    numbers["bid"] / self._scale,
                    numbers["ask"] / self._scale,
                )
            else:
                none = np.full(table.rows, np.nan)
                numbers |= {"bid_size": none, "ask_size": none}
            yield self._ticks("quotes", table, file, numbers, notes)

    def _ticks(
        self,
        kind: Kind,
        table: Table,
        file: _File,
        numbers: dict[str, NDArray[np.float64]],
        notes: Notes,
    ) -> Batch:
        notes.read += table.rows
        notes.zone = self._zone
        if "suspicious" in table.texts and (
            count := int(table.texts["suspicious"].equals("1").sum())
        ):
            notes.kept["marked suspicious"] += count
        clock = WallClock(self._zone, self._recording.options.fold, notes.clocks)
        event = clock.to_utc(_local(table, file), table.member, table.lines)
        return Batch(
            kind, None, table.member, table.lines, {"ts_event": event, "ts_recv": event}, numbers
        )

    def _bars(self, file: _File, notes: Notes) -> Iterator[Batch]:
        sides = ("",) if file.kind == "trade" else ("bid", "ask")
        names = tuple(f"{side}{name}" for side in sides for name in (*_OHLC, "volume"))
        layout = TableLayout(names=("time", *names), numbers=names, texts=("time",))
        for table in read_tables(file.member, layout):
            notes.read += table.rows
            for side in sides:
                spec = bar_spec(_BARS[file.resolution] + (f"@{side}" if side else ""), "lean")
                bars = BarRows(spec, self._zone, "start", self._recording, notes)
                numbers = {name: table.numbers[f"{side}{name}"] / self._scale for name in _OHLC}
                numbers["volume"] = np.zeros(table.rows) if side else table.numbers["volume"]
                batch = bars.batch(table, (_local(table, file), False), numbers)
                yield batch.where(numbers["open"] > 0) if side else batch


def lean_equity(recording: Recording) -> LeanImporter:
    """Return the importer of Lean's equity zips."""
    return LeanImporter(recording, recording.options.timezone or EQUITY_ZONE, EQUITY_SCALE)


def lean_forex(recording: Recording) -> LeanImporter:
    """Return the importer of Lean's forex zips; the instrument's venue names the zone."""
    zone = recording.options.timezone or FOREX_ZONES.get(recording.instrument.rpartition(".")[2])
    if zone is None:
        msg = (
            f"the zone of Lean's forex files is that of their venue, and {recording.instrument} is "
            "of none "
            f"of {', '.join(FOREX_ZONES)}; add --timezone"
        )
        raise DataError(msg)
    return LeanImporter(recording, zone, 1.0)


def _file(member: Member) -> _File:
    found = _NAME.fullmatch(member.stem.lower())
    if found is None:
        msg = (
            f"{member.name} is not named like a Lean file, such as 20131007_spy_minute_trade.csv; "
            "use format csv"
        )
        raise DataError(msg)
    midnight = midnight_ns(f"{found[1][:4]}-{found[1][4:6]}-{found[1][6:]}", member.name)
    return _File(member, midnight, found[2] or found[5], found[3] or found[4])


def _local(table: Table, file: _File) -> NDArray[np.int64]:
    return file.midnight_ns + table.texts["time"].decimals(_MILLISECOND_DIGITS, "milliseconds")


def _carried(
    numbers: dict[str, NDArray[np.float64]], last: dict[str, float]
) -> dict[str, NDArray[np.float64]]:
    """Fill in the side that a row leaves out: a price of 0 means "not in this row".

    `last` holds the sides that the rows before left behind, and is updated; a side that no row of
    the day has named yet stays NaN.
    """
    found = {}
    for side in ("bid", "ask"):
        price, size = numbers[side], numbers[f"{side}_size"]
        named = np.where(price != 0, np.arange(len(price)), -1)
        latest = np.maximum.accumulate(named)
        for name, values in ((side, price), (f"{side}_size", size)):
            found[name] = np.where(latest >= 0, values[latest], last[name])
            last[name] = float(found[name][-1])
    return found
