"""`check_stream` finds what should not be in market data, and nothing in sound data."""

from pathlib import Path

import numpy as np
import pytest

from backtest.catalogue import MISSING, Catalogue, Columns
from backtest.catalogue.check import Finding, check_stream
from engine.model.instrument import Instrument
from engine.model.market_hours import FX_WEEK
from tests.recorded.rows import DAY, EURUSD, SECOND, START, bars, quotes, trades

HOUR = 3600


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    return Catalogue(tmp_path)


def findings(catalogue: Catalogue, rows: Columns, gap_ns: int | None = None) -> dict[str, Finding]:
    catalogue.write(EURUSD, [rows])
    checked = check_stream(catalogue, "EURUSD.SIM", rows.stream, gap_ns)
    assert checked.rows == len(rows)
    return {finding.what: finding for finding in checked.findings}


def test_sound_rows_have_no_findings(catalogue: Catalogue) -> None:
    assert findings(catalogue, bars(range(100))) == {}
    assert findings(catalogue, quotes([(0, 1, 2), (1, 2, 2), (1, 1, MISSING)])) == {}
    assert findings(catalogue, trades([(0, 1, 1), (0, 1, 1)], ["a", "b"])) == {}


def test_crossed_and_repeated_quotes_are_counted(catalogue: Catalogue) -> None:
    found = findings(catalogue, quotes([(0, 1, 2), (1, 3, 2), (1, 3, 2), (2, 3, MISSING)]))
    assert found == {
        "crossed": Finding("crossed", 2, START + SECOND),
        "duplicates": Finding("duplicates", 1, START + SECOND),
    }


def test_trades_are_repeated_by_their_id(catalogue: Catalogue) -> None:
    rows = trades([(0, 5, 1), (1, 5, 1), (1, 5, 1), (2, 5, 1)], ["a", "b", "b", ""])
    assert findings(catalogue, rows)["duplicates"].rows == 1
    assert len(findings(Catalogue(catalogue.path / "x"), trades([(1, 5, 1), (1, 5, 1)]))) == 0


def test_impossible_bars_are_counted(catalogue: Catalogue) -> None:
    rows = bars(range(5))
    rows.arrays["high"][2] = rows.arrays["low"][2] - 1
    assert findings(catalogue, rows) == {
        "impossible": Finding("impossible", 1, START + 180 * SECOND)
    }


def test_arrival_before_the_event_is_counted(catalogue: Catalogue) -> None:
    rows = quotes([(0, 1, 2), (1, 2, 3), (2, 3, 4)])
    rows.arrays["ts_event"][:] += np.array([0, 5, 0])
    assert findings(catalogue, rows) == {"skew": Finding("skew", 1, START + SECOND)}


def test_gap_is_open_market_without_rows(catalogue: Catalogue) -> None:
    rows = bars([0, 1, 62, 63, 300])
    found = findings(catalogue, rows)
    assert found["gaps"].rows == 1
    assert "from 2022-01-01T01:04:00Z to 2022-01-01T05:00:00Z" in found["gaps"].detail
    assert "no trading hours" in found["gaps"].detail
    assert findings(catalogue, rows, 30 * 60 * SECOND)["gaps"].rows == 2
    assert findings(catalogue, rows, 5 * HOUR * SECOND) == {}


def test_time_in_which_the_market_is_closed_is_no_gap(catalogue: Catalogue) -> None:
    fx = Instrument.define("EURUSD.SIM", tick="0.00001", currency="USD", calendar=FX_WEEK)
    friday, sunday = 6 * 86_400 + 22 * HOUR - 60, 8 * 86_400 + 22 * HOUR
    catalogue.write(fx, [quotes([(friday, 1, 2), (sunday, 1, 3)])])
    assert check_stream(catalogue, "EURUSD.SIM", ("quotes", None)).findings == ()
    catalogue.write(fx, [quotes([(sunday + 2 * HOUR, 1, 2)])])
    (gap,) = check_stream(catalogue, "EURUSD.SIM", ("quotes", None)).findings
    assert (gap.what, gap.rows) == ("gaps", 1)


def test_daily_bars_may_miss_a_week(catalogue: Catalogue) -> None:
    rows = bars([0, 1440, 8 * 1440, 30 * 1440], spec="1d")
    for name in ("ts_close", "ts_recv"):
        rows.arrays[name][:] = rows.arrays["ts_open"] + DAY
    assert findings(catalogue, rows)["gaps"].rows == 1


def test_rows_that_were_changed_on_disk_are_found(catalogue: Catalogue) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    catalogue.write(EURUSD, [quotes([(0, 1, 2), (1, 2, 3)])])
    (path,) = catalogue.path.rglob("*.parquet")
    rows = pq.read_table(path)
    metadata = pq.read_metadata(path).metadata
    changed = rows.set_column(2, "bid", pa.array([1, 1])).replace_schema_metadata(metadata)
    pq.write_table(changed, path)
    (found,) = check_stream(catalogue, "EURUSD.SIM", ("quotes", None)).findings
    assert (found.what, found.detail) == ("damaged", "partition 2022-01-01")
    backwards = changed.set_column(1, "ts_recv", pa.array([START + 1, START]))
    pq.write_table(backwards.replace_schema_metadata(metadata), path)
    whats = [one.what for one in check_stream(catalogue, "EURUSD.SIM", ("quotes", None)).findings]
    assert "backwards" in whats
