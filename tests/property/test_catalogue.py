"""Whatever is written comes back, however it was cut and however often it is written."""

import tempfile
from dataclasses import replace
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backtest.catalogue import MISSING, Catalogue, Columns
from backtest.catalogue.columns import ids_or_blank, join_columns
from backtest.catalogue.content import ContentHash
from backtest.catalogue.export import export_rows
from backtest.importers import ImportOptions, ImportRequest, import_files
from engine.errors import DataError
from engine.model.decimals import LARGEST_UNITS
from tests.recorded.rows import EURUSD, START, bars, quotes, stored, table, trades

UNITS = st.integers(-LARGEST_UNITS + 1, LARGEST_UNITS - 1)
SIDE = st.one_of(st.just(MISSING), UNITS)
HALF_A_DAY = 43_200
few = settings(max_examples=40)


@st.composite
def quote_columns(draw: st.DrawFn) -> Columns:
    """Draw quotes over a few days, several of them at one time."""
    gaps = draw(st.lists(st.sampled_from([0, 0, 1, 7, HALF_A_DAY]), min_size=1, max_size=30))
    rows = [(second, draw(SIDE), draw(SIDE)) for second in np.cumsum(gaps).tolist()]
    columns = quotes(rows)
    columns.arrays["ts_event"][:] -= draw(st.integers(-5, 5))
    columns.arrays["bid_size"][:] = draw(SIDE)
    return columns


@st.composite
def trade_columns(draw: st.DrawFn) -> Columns:
    """Draw trades, with ids of any text or without."""
    gaps = draw(st.lists(st.sampled_from([0, 1, HALF_A_DAY]), min_size=1, max_size=20))
    rows = [(second, draw(UNITS), draw(UNITS)) for second in np.cumsum(gaps).tolist()]
    text = st.text(st.characters(exclude_characters="\x1f", exclude_categories=["Cs"]), max_size=4)
    ids = draw(st.none() | st.lists(text, min_size=len(rows), max_size=len(rows)))
    return trades(rows, ids)


def cut(columns: Columns, sizes: list[int]) -> list[Columns]:
    """Cut rows into parts of these sizes, the rest in one."""
    parts, start = [], 0
    for size in sizes:
        parts.append(columns.part(start, min(start + size, len(columns))))
        start += size
    parts.append(columns.part(min(start, len(columns)), len(columns)))
    return [part for part in parts if len(part)]


CUTS = st.lists(st.integers(1, 12), max_size=8)


@few
@given(quote_columns() | trade_columns(), CUTS, st.integers(1, 40))
def test_rows_come_back_as_written_however_they_are_cut(
    columns: Columns, sizes: list[int], chunk_rows: int
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        catalogue = Catalogue(folder)
        catalogue.write(EURUSD, cut(columns, sizes))
        chunks = list(
            catalogue.read("EURUSD.SIM", columns.kind, chunk_rows=chunk_rows, trade_ids=True)
        )
        assert max(map(len, chunks)) <= chunk_rows
        found = join_columns(chunks)
        if columns.kind == "trades":
            columns = replace(columns, trade_ids=ids_or_blank(columns))
        assert table(found) == table(columns)


@few
@given(quote_columns(), st.randoms(use_true_random=False))
def test_days_written_in_any_order_and_twice_are_the_same_content(
    columns: Columns, random: Random
) -> None:
    days = columns.arrays["ts_recv"] // (86_400 * 10**9)
    parts = [columns.take(days == day) for day in np.unique(days)]
    random.shuffle(parts)
    with tempfile.TemporaryDirectory() as whole, tempfile.TemporaryDirectory() as pieces:
        one, other = Catalogue(whole), Catalogue(pieces)
        one.write(EURUSD, [columns])
        for part in [*parts, parts[0], columns]:
            other.write(EURUSD, [part])
        assert table(stored(other, "quotes")) == table(columns)
        assert one.content_hash("EURUSD.SIM", "quotes") == other.content_hash(
            "EURUSD.SIM", "quotes"
        )


@few
@given(st.lists(st.sets(st.integers(0, 200_000), min_size=1, max_size=20), min_size=1, max_size=5))
def test_bars_that_agree_are_put_together_in_any_order(groups: list[set[int]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        catalogue = Catalogue(folder)
        for group in groups:
            catalogue.write(EURUSD, [bars(sorted(group))])
        assert table(stored(catalogue, "bars", "1m")) == table(bars(sorted(set().union(*groups))))


@few
@given(quote_columns(), st.data())
def test_one_changed_value_in_an_overlap_is_refused_and_nothing_is_stored(
    columns: Columns, data: st.DataObject
) -> None:
    row = data.draw(st.integers(0, len(columns) - 1))
    name = data.draw(st.sampled_from(["ts_event", "bid", "ask", "ask_size"]))
    changed = columns.take(np.arange(len(columns)))
    changed.arrays[name][row] = 7 if changed.arrays[name][row] != 7 else 8
    with tempfile.TemporaryDirectory() as folder:
        catalogue = Catalogue(folder)
        catalogue.write(EURUSD, [columns])
        before = {path: path.read_bytes() for path in Path(folder).rglob("*.parquet")}
        with pytest.raises(DataError, match="disagrees"):
            catalogue.write(EURUSD, [changed])
        after = {path: path.read_bytes() for path in Path(folder).rglob("*") if path.is_file()}
        assert after == before


@few
@given(quote_columns(), st.integers(-3, HALF_A_DAY * 4), st.integers(-3, HALF_A_DAY * 4))
def test_reading_a_span_is_reading_all_and_choosing(columns: Columns, start: int, end: int) -> None:
    first, last = START + start * 10**9, START + end * 10**9
    with tempfile.TemporaryDirectory() as folder:
        catalogue = Catalogue(folder)
        catalogue.write(EURUSD, [columns])
        found = [
            row
            for chunk in catalogue.read("EURUSD.SIM", "quotes", None, first, last)
            for row in table(chunk)
        ]
        tail = catalogue.tail("EURUSD.SIM", "quotes", None, last, 5)
    times = columns.arrays["ts_recv"]
    assert found == table(columns.take((times >= first) & (times < last)))
    assert table(tail) == table(columns.take(times < last))[-5:]


@few
@given(trade_columns(), CUTS, CUTS)
def test_content_hash_is_of_rows_and_not_of_chunks(
    columns: Columns, one: list[int], other: list[int]
) -> None:
    digests = []
    for sizes in (one, other):
        state = ContentHash("trades")
        for part in cut(columns, sizes):
            state.add(part)
        digests.append(state.digest())
    assert digests[0] == digests[1]


@settings(max_examples=20)
@given(quote_columns())
def test_exported_rows_are_imported_as_they_were(columns: Columns) -> None:
    columns.arrays["bid_size"][:] = np.where(columns.arrays["bid_size"] == MISSING, MISSING, 5)
    with tempfile.TemporaryDirectory() as folder:
        one, other = Catalogue(Path(folder, "one")), Catalogue(Path(folder, "other"))
        one.write(EURUSD, [columns])
        file = Path(folder, "a.csv")
        assert export_rows(one, "EURUSD.SIM", ("quotes", None), file) == len(columns)
        request = ImportRequest(
            format="csv",
            files=(file,),
            instrument="EURUSD.SIM",
            definition={"tick": 0.00001, "currency": "USD"},
            options=ImportOptions(time_format="iso"),
        )
        import_files(other, request)
        assert table(stored(other, "quotes")) == table(columns)
