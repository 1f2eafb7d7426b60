"""Generated data is sound, keeps trading hours, and follows from its seed."""

from pathlib import Path

import numpy as np
import pytest

from backtest.catalogue import Catalogue
from backtest.catalogue.check import check_stream
from backtest.catalogue.generate import GeneratedSize, generate
from backtest.catalogue.quality import off_grid
from engine.errors import DataError
from engine.model.calendar import Calendar, Session
from engine.model.instrument import Instrument
from engine.model.market_hours import FX_WEEK, US_EQUITIES
from tests.recorded.rows import START, stored

SIZE = GeneratedSize(bars=3000, quotes=5000, trades=1200)


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    return Catalogue(tmp_path)


def instrument(calendar: Calendar, name: str = "A.SIM") -> Instrument:
    return Instrument.define(name, tick="0.05", currency="USD", calendar=calendar)


def hashes(catalogue: Catalogue, name: str = "A.SIM") -> list[str]:
    return [catalogue.content_hash(name, *stream) for stream in catalogue.streams(name)]


@pytest.mark.parametrize("calendar", [Calendar(), FX_WEEK, US_EQUITIES])
def test_generated_rows_are_as_many_as_asked_for_and_sound(
    catalogue: Catalogue, calendar: Calendar
) -> None:
    written = generate(catalogue, instrument(calendar), SIZE, seed=3, start_ns=START)
    assert {one.stream[0]: one.added for one in written} == {
        "bars": 3000,
        "quotes": 5000,
        "trades": 1200,
    }
    for stream in catalogue.streams("A.SIM"):
        assert check_stream(catalogue, "A.SIM", stream).findings == ()


def test_bars_lie_in_trading_hours_and_begin_where_the_last_ended(catalogue: Catalogue) -> None:
    generate(catalogue, instrument(US_EQUITIES), GeneratedSize(bars=900, spec="5m"), 3, START)
    bars = stored(catalogue, "bars", "5m", "A.SIM").arrays
    assert all(US_EQUITIES.is_open(int(time)) for time in bars["ts_open"])
    assert all(US_EQUITIES.is_open(int(time) - 1) for time in bars["ts_close"])
    together = bars["ts_open"][1:] == bars["ts_close"][:-1]
    assert (bars["open"][1:] == bars["close"][:-1])[together].all()
    assert not (bars["open"][1:] == bars["close"][:-1])[~together].all()


def test_prices_are_on_the_grid_and_begin_where_asked(catalogue: Catalogue) -> None:
    generate(catalogue, instrument(Calendar()), SIZE, 3, START, price=250.0)
    definition = catalogue.instrument("A.SIM")
    for kind, spec, names in (
        ("bars", "1m", ("open", "high", "low", "close")),
        ("quotes", None, ("bid", "ask")),
        ("trades", None, ("price",)),
    ):
        arrays = stored(catalogue, kind, spec, "A.SIM").arrays  # type: ignore[arg-type] # kinds
        assert not any(off_grid(arrays[name], definition).any() for name in names)
        assert abs(int(arrays[names[0]][0]) - 25_000) < 500


def test_trades_take_a_side_of_the_quote_before_them(catalogue: Catalogue) -> None:
    generate(catalogue, instrument(Calendar()), SIZE, 3, START)
    quotes = stored(catalogue, "quotes", None, "A.SIM").arrays
    trades = stored(catalogue, "trades", None, "A.SIM").arrays
    at = np.searchsorted(quotes["ts_recv"], trades["ts_recv"], side="left") - 1
    touch = np.where(trades["aggressor"] > 0, quotes["ask"][at], quotes["bid"][at])
    assert (trades["price"] == touch).all()
    assert set(trades["aggressor"].tolist()) == {-1, 1}


def test_same_seed_gives_the_same_rows_and_another_seed_others(tmp_path: Path) -> None:
    one, same, other = (Catalogue(tmp_path / name) for name in "abc")
    for catalogue, seed in ((one, 3), (same, 3), (other, 4)):
        generate(catalogue, instrument(FX_WEEK), SIZE, seed, START)
    assert hashes(one) == hashes(same)
    assert all(mine != theirs for mine, theirs in zip(hashes(one), hashes(other), strict=True))


def test_instruments_of_one_seed_walk_apart(catalogue: Catalogue) -> None:
    for name in ("A.SIM", "B.SIM"):
        generate(catalogue, instrument(FX_WEEK, name), SIZE, 3, START)
    assert hashes(catalogue) != hashes(catalogue, "B.SIM")


def test_longer_walk_begins_with_the_shorter_one(catalogue: Catalogue) -> None:
    generate(catalogue, instrument(FX_WEEK), GeneratedSize(bars=1000), 3, START)
    (written,) = generate(catalogue, instrument(FX_WEEK), GeneratedSize(bars=1500), 3, START)
    assert (written.added, written.unchanged) == (500, 1000)


def test_trades_without_quotes(catalogue: Catalogue) -> None:
    (written,) = generate(catalogue, instrument(FX_WEEK), GeneratedSize(trades=700), 3, START)
    assert (written.stream[0], written.added) == ("trades", 700)


def test_what_cannot_be_drawn_is_refused(catalogue: Catalogue) -> None:
    with pytest.raises(DataError, match="bars 1d cannot be generated"):
        generate(catalogue, instrument(FX_WEEK), GeneratedSize(bars=1, spec="1d"), 3)
    second = Calendar(sessions=(Session((0,), "00:00:00", "00:00:01"),))
    with pytest.raises(DataError, match="stays closed for over a year"):
        generate(catalogue, instrument(second), GeneratedSize(bars=1), 3)


@pytest.mark.parametrize("start", [-1, 4_102_444_800_000_000_000, 10**20])
def test_start_beyond_what_times_can_hold_is_refused(catalogue: Catalogue, start: int) -> None:
    with pytest.raises(DataError, match="choose another --start"):
        generate(
            catalogue,
            Instrument.define("X.SIM", tick="0.01", currency="USD"),
            GeneratedSize(bars=1),
            1,
            start,
        )
