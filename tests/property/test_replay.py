"""Merged recordings equal a plain sort, and opens to come a plain search, however rows are cut."""

from collections.abc import Callable, Iterable, Iterator
from itertools import accumulate
from typing import NamedTuple

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from backtest.catalogue.columns import Columns
from backtest.replay import Replay, Track
from backtest.stream import StreamReader
from engine.model.market import Bar, QuoteTick
from tests.unit.rig import ABC

Cuts = list[int]
Look = Callable[[int, QuoteTick | Bar], object]


class Recorded(NamedTuple):
    """Times of the rows of one track, and the sizes of the chunks they come in."""

    times: list[int]
    cuts: Cuts


TIMES = st.lists(st.integers(0, 12), max_size=25)
CUTS = st.lists(st.integers(0, 6), max_size=30)
ORDERED = st.builds(Recorded, TIMES.map(sorted), CUTS)


def chunked(columns: Columns, cuts: Cuts) -> Iterator[Columns]:
    """Yield the rows in chunks of the given sizes, then what is left."""
    start = 0
    for size in [*cuts, len(columns)]:
        yield columns.part(start, min(start + size, len(columns))) if size else no_rows(columns)
        start += size
        if start >= len(columns):
            return


def no_rows(columns: Columns) -> Columns:
    arrays = {name: array[:0] for name, array in columns.arrays.items()}
    return Columns(columns.instrument, columns.kind, columns.spec, arrays)


def quotes(track: int, times: list[int], event_times: list[int] | None = None) -> Columns:
    """Return quotes whose bid names the track and whose ask names the row."""
    count = len(times)
    arrays = {
        "ts_event": np.array(event_times or times, dtype=np.int64),
        "ts_recv": np.array(times, dtype=np.int64),
        "bid": np.full(count, track * 100, dtype=np.int64),
        "ask": np.arange(count, dtype=np.int64) * 100,
        "bid_size": np.ones(count, dtype=np.int64),
        "ask_size": np.ones(count, dtype=np.int64),
    }
    return Columns(ABC.id, "quotes", None, arrays)


def bars(opens: list[int]) -> Columns:
    """Return bars of one time unit whose open and volume name the row."""
    opened = np.array(opens, dtype=np.int64)
    rows = np.arange(len(opens), dtype=np.int64)
    arrays = {
        "ts_open": opened,
        "ts_close": opened + 1,
        "ts_recv": opened + 1,
        "volume": rows,
        **dict.fromkeys(("open", "high", "low", "close"), rows),
    }
    return Columns(ABC.id, "bars", "1m", arrays)


def walk(
    readers: list[StreamReader],
    look: Callable[[int, QuoteTick | Bar], object] = lambda _t, _e: None,
) -> list[tuple[int, QuoteTick | Bar]]:
    """Walk a replay as the driver does, and return (time, event) of each row."""
    walked: list[tuple[int, QuoteTick | Bar]] = []
    due: Iterator[int] = iter(())

    def step(events: Iterable[QuoteTick | Bar]) -> None:
        for event in events:
            walked.append((next(due), event))
            look(*walked[-1])

    for batch in Replay([Track(reader, ABC, step) for reader in readers]).batches():
        due = iter(sorted(ts for times in batch.times for ts in times.tolist()))
        for take, events in batch.runs():
            take(events)
        assert not list(due), "every event of a batch is walked"
    return walked


def named(walked: list[tuple[int, QuoteTick | Bar]]) -> list[tuple[int, int, int]]:
    """Return (time, track, row) of each quote."""
    found = [(ts, event) for ts, event in walked if isinstance(event, QuoteTick)]
    return [(ts, round(event.bid), round(event.ask)) for ts, event in found]


@given(st.lists(ORDERED, max_size=4))
def test_rows_come_by_time_then_track_then_row(tracks: list[Recorded]) -> None:
    readers = [
        StreamReader(chunked(quotes(number, track.times), track.cuts), "ts_recv")
        for number, track in enumerate(tracks)
    ]
    expected = sorted(
        (ts, number, row)
        for number, track in enumerate(tracks)
        for row, ts in enumerate(track.times)
    )
    assert named(walk(readers)) == expected


@given(st.lists(st.builds(Recorded, TIMES, CUTS), min_size=1, max_size=3), st.integers(0, 5))
def test_rows_by_venue_time_come_delayed_and_never_go_back(
    tracks: list[Recorded], delay: int
) -> None:
    readers = [
        StreamReader(
            chunked(quotes(number, list(range(len(track.times))), track.times), track.cuts),
            "ts_event",
            delay,
        )
        for number, track in enumerate(tracks)
    ]
    expected = sorted(
        (ts + delay, number, row)
        for number, track in enumerate(tracks)
        for row, ts in enumerate(accumulate(track.times, max))
    )
    walked = walk(readers)
    assert named(walked) == expected
    assert [event.ts_recv for _, event in walked] == [ts for ts, _ in walked]


@given(
    st.lists(st.integers(1, 4), max_size=20).map(lambda gaps: list(accumulate(gaps))),
    CUTS,
    ORDERED,
    st.integers(0, 9),
)
def test_next_open_is_the_first_bar_from_a_time_on(
    opens: list[int], cuts: Cuts, other: Recorded, late: int
) -> None:
    """Asked at every row, for that moment and for one that is past by at most the latency."""
    reader = StreamReader(chunked(bars(opens), cuts), "ts_recv", keep_ns=late)

    def look(ts: int, _event: QuoteTick | Bar) -> None:
        for since in (ts, ts - late):
            first = next((row for row, opened in enumerate(opens) if opened >= since), None)
            found = None if first is None else (opens[first], opens[first] + 1, first, first)
            assert reader.next_open(since) == found

    walk([StreamReader(chunked(quotes(0, other.times), other.cuts), "ts_recv"), reader], look)


@given(st.lists(st.integers(0, 12), min_size=1, max_size=40).map(sorted), CUTS)
def test_a_single_track_is_handed_on_chunk_by_chunk(times: list[int], cuts: Cuts) -> None:
    reader = StreamReader(chunked(quotes(0, times), cuts), "ts_recv")
    batches = [batch.times[0] for batch in Replay([Track(reader, ABC, print)]).batches()]
    assert [ts for batch in batches for ts in batch] == times
    whole = [len(part) for part in chunked(quotes(0, times), cuts) if len(part)]
    assert [len(batch) for batch in batches] == whole
