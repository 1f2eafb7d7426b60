"""Name the folders and files of a catalogue, and cut rows into its partitions.

    <catalog>/<SYMBOL.VENUE>/<quotes | trades | bars-SPEC | ...>/<YYYY-MM | YYYY-MM-DD>.parquet

Reads and writes nothing.
"""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from urllib.parse import quote, unquote

import numpy as np

from backtest.catalogue.columns import (
    KEY_COLUMN,
    KINDS,
    Columns,
    Kind,
    Stream,
    parse_stream,
    stream_name,
)
from engine.errors import DataError

SUFFIX = ".parquet"
_SAFE = " +@#$&"
_PERIOD: dict[Kind, str] = dict.fromkeys(KINDS, "D") | {"bars": "M"}


def instrument_folder(root: Path, instrument: str) -> Path:
    """Return the folder of an instrument; `/`, `:` and the like are percent-encoded."""
    return root / quote(instrument, safe=_SAFE)


def stream_folder(root: Path, instrument: str, stream: Stream) -> Path:
    """Return the folder of one stream."""
    return instrument_folder(root, instrument) / stream_name(stream)


def instruments_in(root: Path) -> tuple[str, ...]:
    """Return the instruments that have a folder, sorted; hidden folders are not ours."""
    return tuple(sorted(unquote(folder.name) for folder in _folders(root)))


def streams_in(root: Path, instrument: str) -> tuple[Stream, ...]:
    """Return the streams of an instrument that hold a partition, sorted by folder name."""
    folders = _folders(instrument_folder(root, instrument))
    return tuple(parse_stream(folder.name) for folder in folders if any(folder.glob(f"*{SUFFIX}")))


def partition_paths(root: Path, instrument: str, stream: Stream) -> tuple[Path, ...]:
    """Return the partition files of a stream, oldest first."""
    return tuple(sorted(stream_folder(root, instrument, stream).glob(f"*{SUFFIX}")))


def partition_name(kind: Kind, ns: int) -> str:
    """Return the partition of a key time: `2014-05-01` for ticks, `2022-01` for bars."""
    return str(np.datetime64(int(ns), "ns").astype(f"datetime64[{_PERIOD[kind]}]"))


def partition_start_ns(name: str) -> int:
    """Return when a partition begins, in nanoseconds UTC; DataError for any other name."""
    try:
        return int(np.datetime64(name, "ns").astype(np.int64))
    except ValueError as error:
        msg = f"{name!r} is no partition of a catalogue; move the file out of the folder"
        raise DataError(msg) from error


def split_partitions(columns: Columns) -> Iterator[tuple[str, Columns]]:
    """Yield `(partition, rows)` for rows whose key times do not go back, in order."""
    keys = columns.arrays[KEY_COLUMN[columns.kind]]
    periods = (
        keys.view("datetime64[ns]").astype(f"datetime64[{_PERIOD[columns.kind]}]").astype(np.int64)
    )
    edges = [0, *(np.flatnonzero(np.diff(periods)) + 1).tolist(), len(keys)]
    for start, stop in pairwise(edges):
        if start < stop:
            yield partition_name(columns.kind, keys[start]), columns.part(start, stop)


def _folders(parent: Path) -> list[Path]:
    if not parent.is_dir():
        return []
    return sorted(
        path for path in parent.iterdir() if path.is_dir() and not path.name.startswith(".")
    )
