"""Minute bars built from recorded trades against those that the publisher of the trades made.

The publisher leaves auction prints and some irregular prices out of its bars, so that prices are
compared as bounds.
"""

import csv
import io
import zipfile
from pathlib import Path

import pytest

from engine.bars import BarSpec, make_builder
from engine.model.instrument import Instrument
from engine.model.market import Bar, TradeTick
from tests.house.sources import ROOT

DATA = ROOT.parent / "shared" / "data"
TICKS = DATA / "equity_ticks" / "lean_spy" / "20131008_trade.zip"
MINUTES = DATA / "bars" / "lean_spy_m1" / "20131008_trade.zip"
MILLISECOND = 10**6
MINUTE = 60_000 * MILLISECOND
AUCTIONS = (9 * 60 + 30, 16 * 60)
"""Minutes of the local day in which the opening and the closing auction are printed."""

needs_recording = pytest.mark.skipif(
    not (TICKS.exists() and MINUTES.exists()), reason="the shared recordings are not here"
)


def rows(path: Path) -> list[list[str]]:
    with zipfile.ZipFile(path) as archive, archive.open(archive.namelist()[0]) as file:
        return list(csv.reader(io.TextIOWrapper(file, encoding="ascii")))


def built() -> dict[int, Bar]:
    """Return the bars of the recorded trades by minute of the day."""
    bars: list[Bar] = []
    spy = Instrument.define("SPY.SIM", tick="0.0001", currency="USD")
    builder = make_builder(spy, BarSpec.parse("1m"), bars.append, lambda _ts: None)
    due = 0
    for time_ms, price, size, *_ in rows(TICKS):
        ts = int(time_ms) * MILLISECOND
        if ts >= due:
            builder.close_until(ts - ts % MINUTE)
            due = ts - ts % MINUTE + MINUTE
        builder.on_trade(TradeTick("SPY.SIM", ts, ts, int(price) / 10_000, float(size), 0))
    builder.close_until(due)
    return {bar.ts_open // MINUTE: bar for bar in bars}


@needs_recording
def test_bars_of_a_recorded_day_agree_with_the_publisher() -> None:
    published = {int(row[0]) // 60_000: [int(x) for x in row[1:6]] for row in rows(MINUTES)}
    bars = built()
    assert list(bars) == list(published)
    for minute, (opening, high, low, closing, volume) in published.items():
        bar = bars[minute]
        assert round(bar.low * 10_000) <= low <= min(opening, closing)
        assert round(bar.high * 10_000) >= high >= max(opening, closing)
        assert bar.volume == volume or (minute in AUCTIONS and bar.volume > volume)
