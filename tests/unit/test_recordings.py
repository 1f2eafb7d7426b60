"""Real recordings come in with the rows, and the faults, that are known of them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backtest.catalogue import Catalogue
from backtest.catalogue.check import check_stream
from backtest.catalogue.columns import join_columns
from engine.errors import DataError
from tests.house.sources import ROOT
from tests.recorded.importing import Desk, only
from tests.recorded.rows import stored

DATA = ROOT.parent / "shared" / "data"
FX: Mapping[str, object] = {"tick": 0.00001, "currency": "USD", "calendar": "fx"}
CENTS: Mapping[str, object] = {"tick": 0.01, "currency": "USD"}
SHARES: Mapping[str, object] = {"tick": 0.01, "currency": "RUB", "calendar": "moex-equities"}

pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the shared recordings are not here")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def found(pattern: str) -> list[Path]:
    paths = sorted(DATA.glob(pattern))
    if not paths:
        pytest.skip(f"the shared recordings lack {pattern}")
    return paths


def test_oanda_ticks(desk: Desk) -> None:
    paths = found("fx_ticks/lean_oanda_eurusd/*.zip")
    report = desk.run("lean-forex", *paths, instrument="EURUSD.OANDA", definition=FX)
    quotes = only(report)
    assert (quotes.stored, quotes.crossed, quotes.duplicates_kept) == (532_903, 0, 1)
    assert (quotes.off_grid, quotes.rounded, report.warnings) == (0, 0, ())
    again = only(desk.run("lean-forex", *paths, instrument="EURUSD.OANDA", definition=FX))
    assert (again.stored, again.unchanged) == (0, 532_903)


def test_fxcm_ticks_are_crossed_and_in_another_zone(desk: Desk) -> None:
    paths = found("fx_ticks/lean_fxcm_eurusd/*.zip")
    report = desk.run("lean-forex", *paths, instrument="EURUSD.FXCM", definition=FX)
    quotes = only(report)
    assert (quotes.stored, quotes.crossed) == (519_917, 53_128)
    assert report.warnings == ()
    checked = check_stream(desk.catalogue, "EURUSD.FXCM", ("quotes", None))
    assert {one.what: one.rows for one in checked.findings}["crossed"] == 53_128


def test_two_venues_agree_once_each_is_in_its_zone(desk: Desk) -> None:
    for venue in ("OANDA", "FXCM"):
        paths = found(f"fx_ticks/lean_{venue.lower()}_eurusd/2014050[78]_quote.zip")
        desk.run("lean-forex", *paths, instrument=f"EURUSD.{venue}", definition=FX)
    mids = [hourly_mids(desk.catalogue, f"EURUSD.{venue}") for venue in ("OANDA", "FXCM")]
    hours = sorted(mids[0].keys() & mids[1].keys())
    assert len(hours) > 24
    apart = [abs(mids[0][hour] - mids[1][hour]) for hour in hours]
    assert max(apart) < 40  # 2 pips, in halves of 0.00001; a zone off by an hour gives 40 pips


def hourly_mids(catalogue: Catalogue, instrument: str) -> dict[int, int]:
    """Return bid + ask of the last quote in every hour."""
    rows = stored(catalogue, "quotes", instrument=instrument)
    hours = rows.arrays["ts_recv"] // 3_600_000_000_000
    last = np.flatnonzero(np.diff(hours, append=0))
    mids = rows.arrays["bid"] + rows.arrays["ask"]
    return dict(zip(hours[last].tolist(), mids[last].tolist(), strict=True))


def test_spy_ticks(desk: Desk) -> None:
    trades = only(desk.run("lean-equity", *found("equity_ticks/lean_spy/*.zip")))
    assert (trades.stored, trades.off_grid) == (891_222, 0)


def test_ibm_quotes_carry_the_other_side_on(desk: Desk) -> None:
    report = desk.run("lean-equity", *found("equity_ticks/lean_ibm/*.zip"))
    streams = {stream.stream: stream for stream in report.streams}
    assert streams["quotes"].stored == 575_589
    assert streams["trades"].stored == 126_395
    assert streams["quotes"].crossed == 413
    assert report.marked == {"marked suspicious": 3}
    days = [rows.part(0, 1) for rows in desk.catalogue.read("TEST.SIM", "quotes")][:1]
    assert join_columns(days).arrays["bid"].tolist() == [-(2**63)]


def test_minutes_of_spy(desk: Desk) -> None:
    report = desk.run("lean-equity", *found("bars/lean_spy_m1/*.zip"))
    assert report.rows_read == 10_251
    assert {stream.stream: stream.stored for stream in report.streams} == {
        "bars-1m": 4_839,
        "bars-1m@bid": 5_412,
        "bars-1m@ask": 5_412,
    }


@pytest.mark.parametrize(
    ("name", "quotes", "trades"),
    [
        ("usdm_btcusdt", 66_089, 21_313),
        ("spot_btcusdt", 28_040, 9_757),
        ("cm_btcusd_perp", 19_136, 2_286),
    ],
)
def test_binance_captures(desk: Desk, name: str, quotes: int, trades: int) -> None:
    facts = {"tick": 0.1, "currency": "USDT", "quantity_step": 0.001}
    report = desk.run("binance", *found(f"crypto_l2_raw/{name}_20240808.gz"), definition=facts)
    stored_rows = {one.stream: one.stored for one in report.streams}
    assert (stored_rows["quotes"], stored_rows["trades"]) == (quotes, trades)
    assert report.skew is not None
    assert -1_280_000_000 < report.skew.minimum <= report.skew.median < -1_210_000_000
    assert any("--correct-skew" in warning for warning in report.warnings)


def test_corrected_binance_capture_receives_nothing_before_it_happened(desk: Desk) -> None:
    facts = {"tick": 0.1, "currency": "USDT", "quantity_step": 0.001}
    path = found("crypto_l2_raw/usdm_btcusdt_20240808.gz")
    desk.run("binance", *path, definition=facts, correct_skew=True)
    for stream in desk.catalogue.streams("TEST.SIM"):
        checked = check_stream(desk.catalogue, "TEST.SIM", stream)
        assert "skew" not in {finding.what for finding in checked.findings}


def test_lobster_day(desk: Desk) -> None:
    report = desk.run("lobster", *found("l3_book/lobster_amzn_l1/*.csv.gz"))
    streams = {stream.stream: stream for stream in report.streams}
    assert report.rows_read == 57_515
    assert streams["trades"].stored == 8_974 + 2_445
    unchanged = report.ignored["book rows with an unchanged first level"]
    assert streams["quotes"].stored + unchanged == 57_515
    assert streams["quotes"].crossed == 0


def test_lobster_trades_print_at_the_touch_before_them(desk: Desk) -> None:
    desk.run("lobster", *found("l3_book/lobster_amzn_l1/*.csv.gz"))
    quotes = stored(desk.catalogue, "quotes", instrument="TEST.SIM").arrays
    trades = stored(desk.catalogue, "trades", instrument="TEST.SIM").arrays
    before = np.searchsorted(quotes["ts_recv"], trades["ts_recv"], side="left") - 1
    alone = (before >= 0) & (np.diff(trades["ts_recv"], prepend=0) > 0)
    touch = np.where(trades["aggressor"] > 0, quotes["ask"][before], quotes["bid"][before])
    share = np.mean(trades["price"][alone] == touch[alone])
    assert share > 0.75  # hidden orders trade inside the spread, and so not at the touch


def test_lobster_sample_of_ten_levels_has_nanoseconds(desk: Desk) -> None:
    report = desk.run("lobster", *found("l3_book/lobster_aapl_l10_head/*.csv.gz"))
    assert report.rows_read == 999
    quotes = stored(desk.catalogue, "quotes", instrument="TEST.SIM").arrays
    assert quotes["ts_recv"][0] == 1_340_285_400_004_241_176


def test_year_of_eurusd_minutes_repeats_an_hour(desk: Desk) -> None:
    paths = found("bars/histdata_eurusd_m1_2022/*.csv.gz")
    with pytest.raises(DataError, match=r"Q4.*2022-10-31T00:00:00Z is an exact copy.*\(60 such"):
        desk.run("histdata", *paths, definition=FX)
    assert desk.catalogue.instruments() == ()
    report = desk.run("histdata", *paths, definition=FX, drop_duplicates=True)
    bars = only(report)
    assert (bars.rows_read, bars.stored, bars.duplicates_dropped) == (372_865, 372_805, 60)
    assert any("0 when read as Europe/London: check --timezone" in one for one in report.warnings)


def test_year_of_eurusd_minutes_fits_the_week_in_london_time(desk: Desk) -> None:
    paths = found("bars/histdata_eurusd_m1_2022/*.csv.gz")
    said: dict[str, Any] = {"drop_duplicates": True, "timezone": "Europe/London"}
    report = desk.run("histdata", *paths, definition=FX, **said)
    assert (only(report).stored, report.warnings) == (372_805, ())


def test_finam_bars_are_labelled_by_their_end(desk: Desk) -> None:
    (path,) = found("moex/finam_m5_2018_2019/SBER.csv.gz")
    report = desk.run("finam", path, bar="5m", definition=SHARES)
    assert (only(report).stored, report.warnings) == (53_121, ())
    assert desk.rows("bars", "5m")[0][0] == "2018-01-03T07:00:00Z"  # 10:00 in Moscow
    wrong = desk.run("finam", path, bar="5m", label="start", definition=SHARES, instrument="B.SIM")
    assert any("check --label" in warning for warning in wrong.warnings)


def test_tinvest_header_lies(desk: Desk) -> None:
    (path,) = found("moex/tinvest_futures_m1/RIH5_1min.csv.gz")
    facts = {"tick": 10, "currency": "RUB"}
    said: dict[str, Any] = {"bar": "1m", "label": "start", "timezone": "Europe/Moscow"}
    with pytest.raises(DataError, match="open=Open,close=High,high=Low,low=Close"):
        desk.run("csv", path, definition=facts, **said)
    assert only(desk.run("tinvest", path, definition=facts)).stored == 6_911


@pytest.mark.parametrize(("symbol", "rows"), [("RIH5", 24_261), ("SiH5", 21_772)])
def test_tinvest_archive_and_export_agree_where_they_overlap(
    desk: Desk, symbol: str, rows: int
) -> None:
    facts = {"tick": 1, "currency": "RUB"}
    (export,) = found(f"moex/tinvest_futures_m1/{symbol}_1min.csv.gz")
    (archive,) = found("moex/tinvest_futures_m1/raw_1min_utc.zip")
    exported = only(desk.run("tinvest", export, definition=facts))
    report = desk.run("tinvest", archive, symbol=symbol, definition=None)
    assert only(report).rows_read == rows
    assert only(report).unchanged == exported.stored
    assert report.rows_read == 73_901


def test_algopack_candles_go_back_and_repeat_a_day(desk: Desk) -> None:
    (path,) = found("moex/algopack_m10_2020_2023/BSPB_M10.csv.gz")
    with pytest.raises(DataError, match=r"BSPB_M10\.csv\.gz:50745: time goes back.*--sort"):
        desk.run("algopack", path, definition=SHARES)
    with pytest.raises(DataError, match=r"exact copy.*--drop-duplicates"):
        desk.run("algopack", path, definition=SHARES, sort=True)
    said: dict[str, Any] = {"sort": True, "drop_duplicates": True}
    bars = only(desk.run("algopack", path, definition=SHARES, **said))
    assert (bars.rows_read, bars.stored, bars.duplicates_dropped) == (51_123, 51_066, 57)


def test_algopack_statistics(desk: Desk) -> None:
    (path,) = found("moex/algopack_5m_stats_2023-11/backtest_tradestats.csv.gz")
    report = desk.run("algopack", path, definition=SHARES, symbol="SBER")
    assert report.rows_read == 20_733
    assert (only(report).stored, report.warnings) == (2_078, ())
    (other,) = found("moex/algopack_5m_stats_2023-11/backtest_obstats.csv.gz")
    with pytest.raises(DataError, match="holds neither candles"):
        desk.run("algopack", other, definition=SHARES, symbol="SBER")


def test_daily_bars_have_artefacts_of_doubles(desk: Desk) -> None:
    (path,) = found("moex/tinvest_tqbr_d1/TQBR.SBER_D1.txt.gz")
    report = desk.run("tinvest-daily", path, definition=SHARES)
    assert (only(report).stored, only(report).rounded) == (6_568, 1_803)
    assert (report.price_digits, report.warnings) == (2, ())


def test_other_minutes_come_in_as_plain_csv(desk: Desk) -> None:
    said: dict[str, Any] = {"bar": "1m", "label": "start"}
    (path,) = found("bars/nautilus_btcperp_m1/*.gz")
    with pytest.raises(DataError, match="--quantity-digits"):
        desk.run("csv", path, **said)
    report = desk.run("csv", path, **said, quantity_digits=6)
    assert only(report).stored == 45_031
    for side in ("bid", "ask"):
        (path,) = found(f"bars/nautilus_fxcm_gbpusd_m1/*{side}*")
        facts: dict[str, Any] = {"definition": FX, "instrument": "GBPUSD.FXCM", "label": "start"}
        assert only(desk.run("csv", path, bar=f"1m@{side}", **facts)).stored == 30_117


def test_true_fx_ticks_carry_their_offset(desk: Desk) -> None:
    (path,) = found("fx_ticks/nautilus_truefx_usdjpy/*.csv")
    facts = {"tick": 0.001, "currency": "JPY", "calendar": "fx"}
    report = desk.run("csv", path, definition=facts)
    assert (only(report).stored, report.warnings) == (1_000, ())
    assert desk.rows("quotes")[0][0] == "2013-01-01T22:00:00.295Z"
