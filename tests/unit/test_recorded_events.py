"""Market events as they came, in columns of a catalogue and back."""

from pathlib import Path

from backtest.catalogue.catalogue import Catalogue
from backtest.catalogue.columns import Columns
from backtest.events import events_of
from backtest.recorded_events import EventColumns
from engine.books.rows import BookRow
from engine.journal.memory import MemoryDisk
from engine.journal.raw import RawFrame, RawWriter, holds, read_raw
from engine.model.connection import FeedChanged, FeedState
from engine.model.market import (
    AFTER_GAP,
    LAST_IN_EVENT,
    Bar,
    BookDelta,
    BookSnapshot,
    InstrumentStatus,
    QuoteTick,
    TradeTick,
    TradingState,
)
from engine.model.subscription import DataKind
from tests.unit.rig import ABC, START, XYZ

MINUTE = 60_000_000_000
NAN = float("nan")
RUN = Path("/run")


def stored(folder: Path, *chunks: list[object]) -> dict[str, Columns]:
    """Store chunks of events; return what the catalogue then holds of each stream."""
    catalogue, made = Catalogue(folder), EventColumns(ABC)
    with catalogue.writing(ABC) as session:
        for chunk in chunks:
            for columns in made.take(chunk):
                session.append(columns)
        session.commit()
    return {
        kind: part
        for kind, spec in catalogue.streams(ABC.id)
        for part in catalogue.read(ABC.id, kind, spec, trade_ids=kind == "trades")
    }


def test_events_of_every_kind_come_back_as_they_were(tmp_path: Path) -> None:
    ts = START
    quote = QuoteTick(ABC.id, ts, ts + 1, 9.99, NAN, 5.0, NAN)
    trade = TradeTick(ABC.id, ts, ts + 2, 10.0, 3.0, -1, "T1")
    status = InstrumentStatus(ABC.id, ts, ts + 3, TradingState.HALTED)
    bar = Bar(ABC.id, "1m", ts, ts + MINUTE, ts + MINUTE, 9.9, 10.1, 9.8, 10.0, 7.0)
    other = QuoteTick(XYZ.id, ts, ts, 1.0, 1.5, 1.0, 1.0)
    found = stored(tmp_path, [quote, other, trade, status, bar])
    kinds = "quotes", "trades", "status", "bars"
    (same, *rest) = [next(iter(events_of(ABC, found[kind]))) for kind in kinds]
    assert repr(same) == repr(quote)
    assert rest == [trade, status, bar]


def test_a_book_is_rows_of_its_snapshot_and_changes(tmp_path: Path) -> None:
    ts = START
    snapshot = BookSnapshot(ABC.id, ts, ts, ((9.99, 5.0), (9.98, 7.0)), ((10.01, 2.0),), 7)
    change = BookDelta(ABC.id, ts + 9, ts + 5, 1, 9.99, 0.0, 8)
    gap = BookDelta(ABC.id, ts + 6, ts + 6, 0, 0.0, 0.0, 11, AFTER_GAP | LAST_IN_EVENT)
    empty = BookSnapshot(ABC.id, ts + 7, ts + 7, (), (), 12)
    found = stored(tmp_path, [snapshot, change], [gap, empty])["book"]
    assert list(events_of(ABC, found)) == [
        BookRow(ts, ts, 7, 6, 1, 999, 5),
        BookRow(ts, ts, 7, 2, 1, 998, 7),
        BookRow(ts, ts, 7, 3, -1, 1001, 2),
        BookRow(ts + 5, ts + 5, 8, 1, 1, 999, 0),
        BookRow(ts + 6, ts + 6, 11, 9, 0, 0, 0),
        BookRow(ts + 7, ts + 7, 12, 7, 0, 0, 0),
    ]


def test_a_book_whose_feed_breaks_has_a_gap_there(tmp_path: Path) -> None:
    ts = START
    events: list[object] = [
        BookSnapshot(ABC.id, ts, ts, ((9.99, 5.0),), (), 7),
        FeedChanged(ABC.id, DataKind.QUOTES, FeedState.BROKEN, ts + 1, "lost"),
        FeedChanged(ABC.id, DataKind.BOOK, FeedState.BROKEN, ts + 1, "lost"),
        FeedChanged(ABC.id, DataKind.BOOK, FeedState.LIVE, ts + 2),
        BookSnapshot(ABC.id, ts + 2, ts + 2, ((9.98, 5.0),), (), 1),
    ]
    rows = list(events_of(ABC, stored(tmp_path, events)["book"]))
    assert [(row.ts_recv - ts, row.flags) for row in rows if isinstance(row, BookRow)] == [
        (0, 7),
        (1, AFTER_GAP | LAST_IN_EVENT),
        (2, 7),
    ]


def test_a_bar_that_a_venue_repeats_is_stored_once(tmp_path: Path) -> None:
    bars = [
        Bar(ABC.id, "1m", START + n * MINUTE, START + (n + 1) * MINUTE, START + at, 1, 1, 1, 1, 1)
        for n, at in ((0, MINUTE), (1, 2 * MINUTE), (1, 2 * MINUTE + 5), (2, 3 * MINUTE))
    ]
    found = stored(tmp_path, list(bars[:2]), list(bars[2:]))["bars"]
    assert list(events_of(ABC, found)) == [bars[0], bars[1], bars[3]]


def test_raw_frames_come_back_and_a_torn_one_is_left_out() -> None:
    disk = MemoryDisk()
    writer = RawWriter(disk, RUN, segment_bytes=60)
    frames = [RawFrame(n, "SIM", "market", b"\x00\xff", is_text=n % 2 > 0) for n in range(9)]
    for frame in frames:
        writer.take(frame)
        writer.flush()
    writer.close()
    paths = sorted(path for path in disk.files if "raw" in str(path))
    assert len(paths) > 2
    assert list(read_raw(disk, RUN)) == frames
    del disk.files[paths[-1]][-1:]
    assert list(read_raw(disk, RUN)) == frames[:-1]


def test_a_frame_with_a_secret_is_known() -> None:
    assert holds(b'{"token":"s3cret!"}', ["other", "s3cret!"])
    assert not holds(b'{"token":"s3cret!"}', ["other"])
