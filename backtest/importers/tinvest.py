"""Import one-minute bars of T-Invest: its raw daily archives, and exports with a header.

The values stand in the order open, close, high, low in both. The export's header claims open, high,
low, close, which is impossible in almost every row; positions are read, and the header is not.
Raw rows are in UTC, exports in Moscow time; both are labelled by the bar's start.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec
import numpy as np

from backtest.importers.bar_rows import BarRows, bar_spec
from backtest.importers.batch import Batch, Notes
from backtest.importers.files import Member, first_line, members
from backtest.importers.options import Recording
from backtest.importers.tables import TableLayout, read_tables
from backtest.importers.text_column import Text
from engine.errors import DataError

OPTIONS: Final = frozenset({"symbol", "timezone", "fold"})
MAPPINGS_FILE: Final = "+mappings.json"
_ZONE = "Europe/Moscow"
_NUMBERS = ("open", "close", "high", "low", "volume")
_EXPORT_START = "ticker;timestamp;"


class _Mapping(msgspec.Struct, frozen=True):
    """One entry of the archive's list of instruments."""

    ticker: str
    uid: str


class TInvestImporter:
    """Read bars of one instrument; `symbol` (ticker or uid) chooses it among several.

    A ticker is looked up in `+mappings.json` beside the files, as the raw archive has uids only.
    """

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._wanted = _identities(recording)
        self._found = ""

    def batches(self, notes: Notes) -> Iterator[Batch]:
        """Yield the rows of all files."""
        spec = bar_spec("1m", "tinvest")
        zone = self._recording.options.timezone or _ZONE
        for member in members(self._recording.files):
            exported = first_line(member).lower().startswith(_EXPORT_START)
            bars = BarRows(spec, zone if exported else "UTC", "start", self._recording, notes)
            for table in read_tables(member, _layout(member, exported=exported)):
                ours = self._ours(table.texts["symbol"], notes)
                notes.read += table.rows
                if ours.any():
                    times = table.texts["time"].times("iso")
                    yield bars.batch(table, times, table.numbers).where(ours)

    def _ours(self, symbols: Text, notes: Notes) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        mask = np.zeros(len(symbols), dtype=bool)
        for symbol in symbols.distinct():
            rows = symbols.equals(symbol)
            if self._wanted and symbol not in self._wanted:
                notes.ignored[f"symbol {symbol}"] += int(rows.sum())
                continue
            if not self._wanted and self._found not in ("", symbol):
                msg = (
                    f"the files hold {self._found} and {symbol}; add --symbol with the ticker or "
                    "uid wanted"
                )
                raise DataError(msg)
            self._found = symbol
            mask |= rows
        return mask


def _layout(member: Member, *, exported: bool) -> TableLayout:
    trailing = first_line(member).endswith(";")
    return TableLayout(
        names=("symbol", "time", *_NUMBERS, *(("end",) if trailing else ())),
        numbers=_NUMBERS,
        texts=("symbol", "time"),
        skip=1 if exported else 0,
        delimiter=";",
    )


def _identities(recording: Recording) -> tuple[str, ...]:
    """Return the ticker and the uid of the symbol asked for, none when none was."""
    symbol = recording.options.symbol
    if symbol is None:
        return ()
    found = [symbol]
    for folder in sorted({path.parent for path in recording.files}):
        found += [one.uid for one in _mappings(folder / MAPPINGS_FILE) if one.ticker == symbol]
    return tuple(found)


def _mappings(path: Path) -> list[_Mapping]:
    if not path.is_file():
        return []
    try:
        return msgspec.json.decode(path.read_bytes(), type=list[_Mapping])
    except msgspec.MsgspecError as error:
        msg = f"{path} is no list of tickers and uids ({error}); mend it, or give --symbol the uid"
        raise DataError(msg) from error
