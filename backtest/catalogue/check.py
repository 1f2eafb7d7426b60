"""Look over stored streams for what should not be in market data.

Changes nothing. Reads every row once, in flat memory.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec
import numpy as np
from numpy.typing import NDArray

from backtest.catalogue.book_check import BookCheck
from backtest.catalogue.catalogue import Catalogue
from backtest.catalogue.columns import Columns, Stream, iso_time, join_columns, stream_name
from backtest.catalogue.content import ContentHash
from backtest.catalogue.layout import split_partitions
from backtest.catalogue.open_hours import OpenHours
from backtest.catalogue.quality import (
    TradeMemory,
    crossed,
    impossible,
    repeated_quotes,
    row_before,
)
from engine.bars.spec import BarSpec

HOUR_NS = 3_600_000_000_000
DAY_NS = 24 * HOUR_NS
_BARS_IN_A_GAP = 10


class Finding(msgspec.Struct, frozen=True):
    """Count the rows of one kind of oddity; `first` is the `ts_recv` of the first of them."""

    what: str
    rows: int
    first: int
    detail: str = ""


class StreamCheck(msgspec.Struct, frozen=True):
    """Hold what was found in one stream; without findings it is clean.

    `compared` counts the rows of a book that could be held against what the venue said of it.
    """

    instrument: str
    stream: str
    rows: int
    findings: tuple[Finding, ...]
    compared: int = 0


def check_stream(
    catalogue: Catalogue, instrument: str, stream: Stream, gap_ns: int | None = None
) -> StreamCheck:
    """Return what is odd in a stream.

    Findings are `backwards` (arrival goes back), `overlapping` bars, `impossible` bars, `crossed`
    quotes, `duplicates` (a quote equal to the one before, a numbered trade seen before), `skew`
    (rows that arrive before they happen), `gaps` (more than `gap_ns` of open market without a row,
    by default `default_gap_ns`) and `damaged` (partitions that do not hold what was written). Books
    are rebuilt too: `BookCheck` names what is found there.
    """
    look = _Look(catalogue, instrument, stream, gap_ns or default_gap_ns(stream))
    for columns in catalogue.read(instrument, *stream, trade_ids=True):
        look.add(columns)
    findings = list(look.findings())
    compared = 0
    if stream[0] in ("book", "book_orders"):
        book = BookCheck(catalogue, instrument, stream[0])
        findings += [Finding(what, odd.rows, odd.first) for what, odd in book.oddities.items()]
        compared = book.compared
    return StreamCheck(instrument, stream_name(stream), look.rows, tuple(findings), compared)


def default_gap_ns(stream: Stream) -> int:
    """Return the open-market time without a row that counts as a gap: an hour, or ten bars."""
    if stream[1] is None:
        return HOUR_NS
    spec = BarSpec.parse(stream[1])
    length = spec.step_ns or spec.step * DAY_NS
    return max(HOUR_NS, _BARS_IN_A_GAP * length)


@dataclass
class _Count:
    """Count rows of one oddity; `size` is that of the largest one, where oddities have a size."""

    rows: int = 0
    first: int = 0
    size: int = 0
    detail: str = ""

    def add(self, odd: NDArray[np.bool_], times: NDArray[np.int64]) -> None:
        count = int(np.count_nonzero(odd))
        if count and not self.rows:
            self.first = int(times[int(np.argmax(odd))])
        self.rows += count


class _Look:
    """Carry from one chunk of a stream to the next what has to be known there."""

    def __init__(self, catalogue: Catalogue, instrument: str, stream: Stream, gap_ns: int) -> None:
        self.rows = 0
        self._gap = gap_ns
        self._counts: dict[str, _Count] = {}
        self._last: Columns | None = None
        self._trades = TradeMemory()
        self._written = catalogue.facts(instrument, *stream)
        self._found = {name: ContentHash(stream[0]) for name in self._written}
        spans = [facts.range for facts in self._written.values()]
        calendar = catalogue.instrument(instrument).calendar
        self._note = "" if calendar.sessions else " (the instrument has no trading hours)"
        self._hours = OpenHours(calendar, spans[0].first - 40 * DAY_NS, spans[-1].last + DAY_NS)

    def add(self, columns: Columns) -> None:
        """Look at the next rows."""
        self.rows += len(columns)
        for what, odd in self._odd(columns):
            self._counts.setdefault(what, _Count()).add(odd, columns.arrays["ts_recv"])
        if columns.kind != "status":  # a state holds until there is another
            self._look_for_gaps(columns)
        for name, rows in split_partitions(columns):
            if name in self._found:
                self._found[name].add(rows)
        self._last = columns.part(len(columns) - 1, len(columns))

    def findings(self) -> Iterator[Finding]:
        """Yield what was found, and which partitions are damaged."""
        for what, count in self._counts.items():
            if count.rows:
                yield Finding(what, count.rows, count.first, count.detail)
        for name, facts in self._written.items():
            if self._found[name].digest() != facts.content:
                yield Finding("damaged", facts.range.rows, facts.range.first, f"partition {name}")

    def _odd(self, columns: Columns) -> Iterator[tuple[str, NDArray[np.bool_]]]:
        received = columns.arrays["ts_recv"]
        yield "backwards", received < row_before(columns, "ts_recv", self._last)
        if columns.kind == "bars":
            closed = row_before(columns, "ts_close", self._last)
            yield "overlapping", columns.arrays["ts_open"] < closed
            yield "impossible", impossible(columns)
        else:
            yield "skew", received < columns.arrays["ts_event"]
        if columns.kind == "quotes":
            yield "crossed", crossed(columns)
            yield "duplicates", repeated_quotes(columns, self._last)
        if columns.kind == "trades":
            yield "duplicates", self._trades.repeated(columns)

    def _look_for_gaps(self, columns: Columns) -> None:
        rows = columns if self._last is None else join_columns([self._last, columns])
        before, after = ("ts_close", "ts_open") if rows.kind == "bars" else ("ts_recv", "ts_recv")
        starts, ends = rows.arrays[before][:-1], rows.arrays[after][1:]
        long = ends - starts > self._gap
        starts, ends = starts[long], ends[long]
        lengths = self._hours.elapsed(ends) - self._hours.elapsed(starts)
        gaps = lengths > self._gap
        if gaps.any():
            count = self._counts.setdefault("gaps", _Count())
            count.add(gaps, starts)
            longest = int(np.argmax(lengths))
            if int(lengths[longest]) > count.size:
                count.size = int(lengths[longest])
                start, end = iso_time(int(starts[longest])), iso_time(int(ends[longest]))
                count.detail = f"longest from {start} to {end}{self._note}"
