"""An index of a run's journal in SQLite, to find entries by order, instrument and kind.

Holds nothing that the journal does not: delete it, and it is made again.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import msgspec

from engine.journal.disk import Disk
from engine.journal.entries import Entry, Kind
from engine.journal.reader import Located, located
from engine.journal.writer import JOURNAL

INDEX = "index.db"
_TABLE = """
create table if not exists entries (
    sequence integer primary key, kind integer, event text, ts integer, client_order_id text,
    instrument text, segment text, start integer, text text
);
create index if not exists by_order on entries (client_order_id);
create index if not exists by_event on entries (event);
"""
_SELECT = "select sequence, kind, event, ts, client_order_id, instrument, text from entries"


class Found(msgspec.Struct, frozen=True):
    """Hold one entry as the index knows it; `text` is its JSON."""

    sequence: int
    kind: Kind
    event: str
    ts: int
    client_order_id: str
    instrument: str
    text: str


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """Say which entries are wanted; what is empty does not narrow."""

    client_order_id: str = ""
    instrument: str = ""
    event: str = ""
    limit: int = 1_000


def find(disk: Disk, run: Path, query: Query) -> list[Found]:
    """Return the last entries that match, oldest first; the index is brought up to date before.

    Market data is not indexed. Raises DataError for a journal that is damaged.
    """
    with closing(_open(run / INDEX)) as base:
        _update(base, disk, run)
        conditions = {
            "client_order_id": query.client_order_id,
            "instrument": query.instrument,
            "event": query.event,
        }
        used = {name: value for name, value in conditions.items() if value}
        where = " and ".join(f"{name} = ?" for name in used) or "true"
        rows = base.execute(
            f"{_SELECT} where {where} order by sequence desc limit ?", (*used.values(), query.limit)
        ).fetchall()
    return [Found(row[0], Kind(row[1]), *row[2:]) for row in reversed(rows)]


def _open(path: Path) -> sqlite3.Connection:
    """Open the index; one that is broken is made anew."""
    try:
        return _prepared(path)
    except sqlite3.DatabaseError:
        path.unlink()
        return _prepared(path)


def _prepared(path: Path) -> sqlite3.Connection:
    base = sqlite3.connect(path)
    try:
        base.execute("pragma journal_mode = wal")
        base.executescript(_TABLE)
    except sqlite3.DatabaseError:
        base.close()
        raise
    return base


def _update(base: sqlite3.Connection, disk: Disk, run: Path) -> None:
    """Add what the journal has and the index does not."""
    (known,) = base.execute("select coalesce(max(sequence), 0) from entries").fetchone()
    rows = _rows(each for each in located(disk, run / JOURNAL) if each.entry.sequence > known)
    with base:
        base.executemany("insert into entries values (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)


def _rows(found: Iterator[Located]) -> Iterator[tuple[object, ...]]:
    for each in found:
        entry = each.entry
        yield (
            entry.sequence,
            int(entry.kind),
            type(entry.body).__name__,
            time_of(entry),
            getattr(entry.body, "client_order_id", ""),
            str(getattr(entry.body, "instrument", "")),
            each.segment,
            each.start,
            msgspec.json.encode(entry.body).decode(),
        )


def time_of(entry: Entry) -> int:
    """Return the time of an entry in nanoseconds UTC, by whatever name it has one; 0 for none."""
    for name in ("ts_recv", "ts", "ts_sent"):
        found = getattr(entry.body, name, None)
        if isinstance(found, int):
            return found
    return 0
