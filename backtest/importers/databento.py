"""Import Databento's market by order: DBN files, plain or compressed with zstd, of one instrument.

Takes the order-by-order book from all records and trades from those that tell of one. Reads the
fixed records only; the names of symbols in a file's metadata are passed over.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from backtest.importers.batch import Batch, Notes
from backtest.importers.options import Recording
from engine.errors import DataError
from engine.model.market import CLEARS_BOOK, FROM_SNAPSHOT, LAST_IN_EVENT, BookAction

OPTIONS: Final = frozenset({"symbol"})
_MAGIC = b"DBN"
_HEAD = 8
_MBO = 0xA0, 14
_SCALE = 1e9
_LAST, _SNAPSHOT = 0x80, 0x20
_BLOCK_ROWS = 65_536
_RECORD: Final = np.dtype(
    [
        ("length", "u1"),
        ("kind", "u1"),
        ("publisher", "<u2"),
        ("instrument", "<u4"),
        ("ts_event", "<i8"),
        ("order_id", "<u8"),
        ("price", "<i8"),
        ("size", "<u4"),
        ("flags", "u1"),
        ("channel", "u1"),
        ("action", "S1"),
        ("side", "S1"),
        ("ts_recv", "<i8"),
        ("delta", "<i4"),
        ("sequence", "<u4"),
    ]
)
"""A record of market by order. Source: Databento, DBN, MboMsg."""

_ACTIONS: Final = {
    b"A": BookAction.ADD,
    b"C": BookAction.REDUCE,
    b"M": BookAction.MODIFY,
    b"F": BookAction.EXECUTE,
}
"""Records that change the book. A fill (F) is taken as the execution it tells of; the cancel or the
modification that follows it then finds the order gone, or left with the size it says."""

Records = NDArray[Any]


class DatabentoImporter:
    """Read market by order of one instrument, or of the one whose number `symbol` names."""

    def __init__(self, recording: Recording) -> None:
        self._files = recording.files
        self._number = int(recording.options.symbol) if recording.options.symbol else None

    def batches(self, notes: Notes) -> Iterator[Batch]:
        """Yield orders and trades of all files, in the order given."""
        for path in self._files:
            line = 1
            in_snapshot = False
            for records in _blocks(path):
                notes.read += len(records)
                ours = self._ours(records, path.name, notes)
                lines = np.arange(line, line + len(records), dtype=np.int64)[ours]
                line += len(records)
                found = records[ours]
                yield _orders(found, lines, path.name, in_snapshot=in_snapshot)
                yield _trades(found, lines, path.name)
                in_snapshot = bool(len(found)) and bool(found["flags"][-1] & _SNAPSHOT)

    def _ours(self, records: Records, name: str, notes: Notes) -> NDArray[np.bool_]:
        if self._number is None:
            self._number = int(records["instrument"][0])
        ours: NDArray[np.bool_] = records["instrument"] == self._number
        if not ours.all():
            other = int(records["instrument"][~ours][0])
            notes.ignored["records of other instruments"] += int((~ours).sum())
            if not ours.any():
                msg = f"{name} holds instrument {other}, not {self._number}; give --symbol {other}"
                raise DataError(msg)
        return ours


def _blocks(path: Path) -> Iterator[Records]:
    """Yield the records of a file in blocks; DataError for a file that holds anything else."""
    import pyarrow as pa

    try:
        with (
            pa.CompressedInputStream(path, "zstd")
            if path.suffix == ".zst"
            else path.open("rb") as file
        ):
            head = file.read(_HEAD)
            if head[:3] != _MAGIC:
                raise DataError(f"{path.name} is no DBN file; check the format and the file")
            file.read(int.from_bytes(head[4:], "little"))
            while block := file.read(_BLOCK_ROWS * _RECORD.itemsize):
                yield _records(block, path.name)
    except (OSError, pa.ArrowInvalid) as error:
        msg = f"{path.name} cannot be read ({error}); fetch the file again"
        raise DataError(msg) from error


def _records(block: bytes, name: str) -> Records:
    if len(block) % _RECORD.itemsize:
        raise DataError(f"{name} ends inside a record; fetch the file again")
    records = np.frombuffer(block, _RECORD)
    kind, length = _MBO
    if not ((records["kind"] == kind) & (records["length"] == length)).all():
        raise DataError(f"{name} holds records that are no market by order; export schema mbo only")
    return records


def _orders(records: Records, lines: NDArray[np.int64], name: str, *, in_snapshot: bool) -> Batch:
    action = np.zeros(len(records), dtype=np.int64)
    for code, meaning in _ACTIONS.items():
        action[records["action"] == code] = int(meaning)
    snapshot = (records["flags"] & _SNAPSHOT) > 0
    begins = snapshot & ~np.concatenate([[in_snapshot], snapshot[:-1]])
    clears = begins | (records["action"] == b"R")
    last = (records["flags"] & _LAST) > 0
    flags = np.where(last, LAST_IN_EVENT, 0) + np.where(snapshot, FROM_SNAPSHOT, 0)
    return Batch(
        kind="book_orders",
        spec=None,
        member=name,
        lines=lines,
        times=_times(records),
        numbers={
            "price": np.where(action > 0, records["price"] / _SCALE, 0.0),
            "size": np.where(action > 0, records["size"].astype(np.float64), 0.0),
        },
        integers={
            "sequence": records["sequence"].astype(np.int64),
            "flags": flags + np.where(clears, CLEARS_BOOK, 0),
            "action": action,
            "order_id": records["order_id"].astype(np.int64),
            "side": _side(records),
        },
    ).where((action > 0) | clears | last)


def _trades(records: Records, lines: NDArray[np.int64], name: str) -> Batch:
    return Batch(
        kind="trades",
        spec=None,
        member=name,
        lines=lines,
        times=_times(records),
        numbers={
            "price": records["price"] / _SCALE,
            "size": records["size"].astype(np.float64),
        },
        aggressor=_side(records),
    ).where(records["action"] == b"T")


def _times(records: Records) -> dict[str, NDArray[np.int64]]:
    return {name: records[name].astype(np.int64) for name in ("ts_event", "ts_recv")}


def _side(records: Records) -> NDArray[np.int64]:
    """Return +1 for bids and buyers, -1 for asks and sellers, 0 where the record has no side."""
    sides = records["side"]
    return np.where(sides == b"B", 1, np.where(sides == b"A", -1, 0)).astype(np.int64)
