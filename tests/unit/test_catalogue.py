"""The catalogue gives back what was written, once, whole and in order, or says why it cannot."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from backtest.catalogue import MISSING, Catalogue, Columns, Source
from backtest.catalogue.columns import empty_columns, iso_time, parse_stream, stream_name
from engine.errors import DataError
from engine.model.instrument import Instrument
from tests.recorded.rows import DAY, EURUSD, SECOND, START, bars, quotes, stored, table, trades


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    return Catalogue(tmp_path / "catalog")


def files(catalogue: Catalogue) -> dict[str, tuple[int, bytes]]:
    """Return every file of a catalogue with its time of change and its bytes."""
    return {
        str(path.relative_to(catalogue.path)): (path.stat().st_mtime_ns, path.read_bytes())
        for path in sorted(catalogue.path.rglob("*"))
        if path.is_file()
    }


def test_rows_come_back_as_written(catalogue: Catalogue) -> None:
    written = quotes([(0, 1, 2), (1, 3, 4), (1, 3, 5)])
    catalogue.write(EURUSD, [written])
    assert table(stored(catalogue, "quotes")) == table(written)


def test_missing_values_of_quotes_come_back_as_missing(catalogue: Catalogue) -> None:
    written = quotes([(0, MISSING, 2), (1, 3, MISSING)])
    written.arrays["bid_size"][:] = MISSING
    catalogue.write(EURUSD, [written])
    assert table(stored(catalogue, "quotes")) == table(written)


def test_trade_ids_come_back_only_when_asked_for(catalogue: Catalogue) -> None:
    catalogue.write(EURUSD, [trades([(0, 5, 1), (0, 5, 1), (2, 6, 1)], ["a", "", "c"])])
    (plain,) = catalogue.read("EURUSD.SIM", "trades")
    assert plain.trade_ids is None
    (named,) = catalogue.read("EURUSD.SIM", "trades", trade_ids=True)
    assert named.trade_ids is not None
    assert named.trade_ids.tolist() == ["a", "", "c"]


def test_ticks_are_partitioned_by_day_and_bars_by_month_of_opening(catalogue: Catalogue) -> None:
    last_minute_of_january = 31 * 1440 - 1
    catalogue.write(
        EURUSD,
        [quotes([(0, 1, 2), (86_400, 1, 2)]), bars([0, last_minute_of_january, 31 * 1440])],
    )
    assert list(files(catalogue)) == [
        "EURUSD.SIM/bars-1m/2022-01.parquet",
        "EURUSD.SIM/bars-1m/2022-02.parquet",
        "EURUSD.SIM/quotes/2022-01-01.parquet",
        "EURUSD.SIM/quotes/2022-01-02.parquet",
    ]


@pytest.mark.parametrize(
    ("start", "end", "seconds"),
    [
        (None, None, [0, 1, 1, 2, 86_400]),
        (1, None, [1, 1, 2, 86_400]),
        (None, 1, [0]),
        (1, 2, [1, 1]),
        (3, 86_400, []),
        (3, 86_401, [86_400]),
        (90_000, None, []),
    ],
)
def test_reading_takes_start_and_leaves_end(
    catalogue: Catalogue, start: int | None, end: int | None, seconds: list[int]
) -> None:
    catalogue.write(EURUSD, [quotes([(0, 1, 2), (1, 1, 2), (1, 1, 3), (2, 1, 2), (86_400, 1, 2)])])
    since, until = (None if one is None else START + one * SECOND for one in (start, end))
    found = [
        (time - START) // SECOND
        for chunk in catalogue.read("EURUSD.SIM", "quotes", None, since, until)
        for time in chunk.arrays["ts_recv"].tolist()
    ]
    assert found == seconds


def test_chunks_are_of_the_size_asked_for_and_small_partitions_are_joined(
    catalogue: Catalogue,
) -> None:
    days = [(day * 86_400 + second, 1, 2) for day in range(6) for second in range(10)]
    catalogue.write(EURUSD, [quotes(days)])
    sizes = [len(chunk) for chunk in catalogue.read("EURUSD.SIM", "quotes", chunk_rows=24)]
    assert sum(sizes) == 60
    assert max(sizes) <= 24
    assert min(sizes[:-1]) >= 12
    assert [len(c) for c in catalogue.read("EURUSD.SIM", "quotes", chunk_rows=4)] == [4, 4, 2] * 6


@pytest.mark.parametrize(
    ("before", "count", "seconds"),
    [
        (86_401, 2, [2, 86_400]),
        (86_400, 2, [1, 2]),
        (1, 5, [0]),
        (0, 5, []),
        (90_000, 9, [0, 1, 2, 86_400]),
        (90_000, 0, []),
    ],
)
def test_tail_gives_the_last_rows_before_a_time(
    catalogue: Catalogue, before: int, count: int, seconds: list[int]
) -> None:
    catalogue.write(EURUSD, [quotes([(0, 1, 2), (1, 1, 2), (2, 1, 2), (86_400, 1, 2)])])
    tail = catalogue.tail("EURUSD.SIM", "quotes", None, START + before * SECOND, count)
    assert ((tail.arrays["ts_recv"] - START) // SECOND).tolist() == seconds


def test_writing_again_changes_no_file(catalogue: Catalogue) -> None:
    rows = [quotes([(0, 1, 2), (86_400, 1, 2)]), bars(range(5)), trades([(0, 5, 1)], ["a"])]
    catalogue.write(EURUSD, rows)
    before = files(catalogue)
    written = catalogue.write(EURUSD, rows)
    assert files(catalogue) == before
    assert [(one.added, one.unchanged) for one in written] == [(0, 2), (0, 5), (0, 1)]


def test_writing_a_part_of_what_is_stored_changes_no_file(catalogue: Catalogue) -> None:
    catalogue.write(EURUSD, [quotes([(s, s, s + 1) for s in range(9)]), bars(range(9))])
    before = files(catalogue)
    catalogue.write(EURUSD, [quotes([(s, s, s + 1) for s in range(3, 6)]), bars([2, 5])])
    assert files(catalogue) == before


@pytest.mark.parametrize("later", [[3, 4, 5, 6, 7], [6, 7], [0, 1, 2, 3], list(range(8))])
def test_ticks_that_overlap_and_agree_grow_the_partition(
    catalogue: Catalogue, later: list[int]
) -> None:
    row = {second: (second, second, second + 1) for second in range(8)}
    catalogue.write(EURUSD, [quotes(row[second] for second in (2, 3, 4, 5))])
    (written,) = catalogue.write(EURUSD, [quotes(row[second] for second in later)])
    union = sorted({2, 3, 4, 5, *later})
    assert table(stored(catalogue, "quotes")) == table(quotes(row[second] for second in union))
    assert written.added == len(union) - 4


def test_bars_fill_a_gap_between_stored_bars(catalogue: Catalogue) -> None:
    catalogue.write(EURUSD, [bars([0, 1, 4])])
    (written,) = catalogue.write(EURUSD, [bars([1, 2, 3, 6])])
    assert written.added == 3
    assert table(stored(catalogue, "bars", "1m")) == table(bars([0, 1, 2, 3, 4, 6]))


def disagreeing() -> Iterator[tuple[Columns, Columns, str]]:
    """Yield stored rows, rows that contradict them, and what must be named."""
    yield quotes([(0, 1, 2), (1, 3, 4)]), quotes([(0, 1, 2), (1, 3, 5)]), "2022-01-01T00:00:01Z"
    yield quotes([(0, 1, 2), (2, 3, 4)]), quotes([(0, 1, 2), (1, 9, 9), (2, 3, 4)]), "disagrees"
    yield quotes([(0, 1, 2), (2, 3, 4)]), quotes([(0, 1, 2), (2, 3, 4), (2, 3, 4)]), "the new data"
    yield trades([(0, 5, 1)], ["a"]), trades([(0, 5, 1)], ["b"]), "disagrees"
    yield bars([0, 1]), bars([1, 2], price=110_001), "2022-01-01T00:02:00Z"


@pytest.mark.parametrize(("old", "new", "named"), list(disagreeing()))
def test_rows_that_disagree_with_stored_ones_are_refused_whole(
    catalogue: Catalogue, old: Columns, new: Columns, named: str
) -> None:
    catalogue.write(EURUSD, [old])
    before = files(catalogue)
    other_day = quotes([(-86_400, 1, 2)]) if new.kind == "quotes" else quotes([(0, 1, 2)])
    with pytest.raises(DataError, match=r"--replace") as refused:
        catalogue.write(EURUSD, [other_day, new])
    assert named in str(refused.value)
    assert files(catalogue) == before


def test_bar_that_overlaps_a_stored_bar_is_refused(catalogue: Catalogue) -> None:
    catalogue.write(EURUSD, [bars([0, 10])])
    shifted = bars([5])
    for name in ("ts_open", "ts_close", "ts_recv"):
        shifted.arrays[name][:] += 30 * SECOND - 5 * 60 * SECOND
    with pytest.raises(DataError, match="would overlap a stored bar"):
        catalogue.write(EURUSD, [shifted])


def test_replace_overwrites_the_time_range_of_the_new_rows(catalogue: Catalogue) -> None:
    catalogue.write(EURUSD, [quotes([(s, s, s + 1) for s in range(6)]), bars([0, 1, 2, 3])])
    replacement = bars([1, 2], price=120_000)
    written = catalogue.write(EURUSD, [quotes([(2, 7, 8), (4, 7, 8)]), replacement], replace=True)
    assert [(one.added, one.removed) for one in written] == [(2, 3), (2, 2)]
    assert table(stored(catalogue, "quotes")) == table(
        quotes([(0, 0, 1), (1, 1, 2), (2, 7, 8), (4, 7, 8), (5, 5, 6)])
    )
    expected = [*table(bars([0])), *table(replacement), *table(bars([3]))]
    assert table(stored(catalogue, "bars", "1m")) == expected


def test_dry_run_reports_and_stores_nothing(catalogue: Catalogue) -> None:
    with catalogue.writing(EURUSD) as session:
        session.append(bars([0, 1]))
        (written,) = session.commit(dry_run=True)
    assert written.added == 2
    assert files(catalogue) == {}


def test_failure_while_rows_are_made_stores_nothing(catalogue: Catalogue) -> None:
    def rows() -> Iterator[Columns]:
        yield quotes([(0, 1, 2), (86_400, 1, 2), (172_800, 1, 2)])
        raise DataError("the file ends in the middle")

    with pytest.raises(DataError, match="in the middle"):
        catalogue.write(EURUSD, rows())
    assert list(catalogue.path.iterdir()) == []


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([quotes([(1, 1, 2), (0, 1, 2)])], "goes back in time"),
        ([quotes([(1, 1, 2)]), quotes([(0, 1, 2)])], "goes back in time"),
        ([bars([1, 1])], "goes back in time"),
        ([bars([1]), bars([0])], "goes back in time"),
        ([quotes([(0, 10**15, 2)])], "not below 1,000,000,000,000,000 units"),
        ([quotes([(0, -(10**15), 2)])], "not below 1,000,000,000,000,000 units"),
        ([trades([(0, MISSING, 2)])], "is missing"),
    ],
)
def test_rows_that_cannot_be_stored_are_refused(
    catalogue: Catalogue, rows: list[Columns], message: str
) -> None:
    with pytest.raises(DataError) as refused:
        catalogue.write(EURUSD, rows)
    assert message in str(refused.value)
    assert catalogue.instruments() == ()


def test_another_definition_of_a_stored_instrument_is_refused(catalogue: Catalogue) -> None:
    catalogue.write(EURUSD, [bars([0])])
    other = Instrument.define("EURUSD.SIM", tick="0.0001", currency="USD")
    with pytest.raises(DataError, match="price_digits = 5, the new data says 4"):
        catalogue.write(other, [bars([1])])


def test_content_hash_follows_the_rows_and_nothing_else(tmp_path: Path) -> None:
    rows = [(second * 7000, second, second + 1) for second in range(40)]
    one, other, changed = (Catalogue(tmp_path / name) for name in "abc")
    one.write(EURUSD, [quotes(rows)], [Source("a.csv", "1")])
    other.write(EURUSD, [quotes(rows[20:])])
    other.write(EURUSD, [quotes([row]) for row in rows[:20]])
    changed.write(EURUSD, [quotes([*rows[:-1], (rows[-1][0], 0, 1)])])
    hashes = [catalogue.content_hash("EURUSD.SIM", "quotes") for catalogue in (one, other, changed)]
    assert hashes[0] == hashes[1] != hashes[2]


def test_listing_tells_rows_span_and_size(catalogue: Catalogue) -> None:
    catalogue.write(EURUSD, [bars(range(3)), quotes([(0, 1, 2), (86_400, 1, 2)])])
    by_bar, by_quote = catalogue.listing()
    assert (by_bar.kind, by_bar.spec, by_bar.rows, by_bar.partitions) == ("bars", "1m", 3, 1)
    assert (by_quote.first, by_quote.last) == (START, START + DAY)
    assert by_quote.bytes == sum(
        len(data) for name, (_, data) in files(catalogue).items() if "quotes" in name
    )


def test_what_is_not_held_is_named_with_what_is(catalogue: Catalogue) -> None:
    catalogue.write(EURUSD, [bars([0])])
    with pytest.raises(DataError, match=r"holds no quotes of EURUSD\.SIM; it holds bars-1m"):
        catalogue.content_hash("EURUSD.SIM", "quotes")
    with pytest.raises(DataError, match=r"holds no GBPUSD\.SIM; it holds EURUSD\.SIM"):
        catalogue.instrument("GBPUSD.SIM")


def test_empty_catalogue_holds_nothing(tmp_path: Path) -> None:
    catalogue = Catalogue(tmp_path / "nowhere")
    assert catalogue.instruments() == ()
    assert catalogue.listing() == ()
    assert catalogue.streams("EURUSD.SIM") == ()


def test_stream_names_are_read_back() -> None:
    for stream in [("quotes", None), ("book", None), ("bars", "1m"), ("bars", "5m@mid")]:
        assert parse_stream(stream_name(stream)) == stream  # type: ignore[arg-type] # literals
    for wrong in ("bars", "quotes-1m", "books", ""):
        with pytest.raises(DataError, match="is no stream"):
            parse_stream(wrong)


@pytest.mark.parametrize(
    ("ns", "text"),
    [
        (START, "2022-01-01T00:00:00Z"),
        (START + 1_000_000, "2022-01-01T00:00:00.001Z"),
        (START + 1_000, "2022-01-01T00:00:00.000001Z"),
        (START + 1, "2022-01-01T00:00:00.000000001Z"),
    ],
)
def test_times_are_written_with_the_decimals_they_need(ns: int, text: str) -> None:
    assert iso_time(ns) == text


def test_millions_of_rows_stream_one_row_group_at_a_time(catalogue: Catalogue) -> None:
    import pyarrow as pa

    rows, block = 3_000_000, 100_000

    def blocks() -> Iterator[Columns]:
        for start in range(0, rows, block):
            times = START + np.arange(start, start + block, dtype=np.int64) * 1_000_000
            price = np.full(block, start, dtype=np.int64)
            arrays = dict.fromkeys(("bid", "ask", "bid_size", "ask_size"), price)
            yield Columns(
                "EURUSD.SIM", "quotes", None, {"ts_event": times, "ts_recv": times, **arrays}
            )

    catalogue.write(EURUSD, blocks())
    read = most = 0
    for chunk in catalogue.read("EURUSD.SIM", "quotes"):
        read += len(chunk)
        most = max(most, pa.total_allocated_bytes())
    assert read == rows
    assert most < 20_000_000  # six columns of one row group are 3 MB


def test_no_rows_are_columns_too() -> None:
    nothing = empty_columns("EURUSD.SIM", "trades", None)
    assert len(nothing) == 0
    assert set(nothing.arrays) == {"ts_event", "ts_recv", "price", "size", "aggressor"}
