"""A strategy that never stops asking is stopped; an order that comes late pays a late price."""

from pathlib import Path

import numpy as np
import pytest

from backtest.catalogue.catalogue import Catalogue
from backtest.catalogue.columns import Columns
from engine.model.instrument import Instrument
from lockstep import Bar, OrderFilled, Strategy, StrategyError
from lockstep.running import RunResult, run_strategy
from lockstep.testing import Bench

MINUTE = 60_000_000_000
NAME = "ABC.SIM"
OPENS = (100, 106, 109, 112, 115)


@pytest.fixture
def catalogue(tmp_path: Path) -> Path:
    """Return a catalogue of five one-minute bars that open at 10.0, 10.6, 10.9, 11.2 and 11.5."""
    opens = np.array(OPENS, dtype=np.int64)
    times = np.arange(len(OPENS), dtype=np.int64) * MINUTE
    same = dict.fromkeys(("open", "high", "low", "close"), opens)
    arrays = {"ts_open": times, "ts_close": times + MINUTE, "ts_recv": times + MINUTE}
    volume = {"volume": np.full(len(OPENS), 100, dtype=np.int64)}
    instrument = Instrument.define(NAME, tick="0.1", currency="USD")
    Catalogue(tmp_path / "cat").write(
        instrument, [Columns(NAME, "bars", "1m", arrays | same | volume)]
    )
    return tmp_path


def run(folder: Path, strategy: Strategy, **settings: object) -> RunResult:
    return run_strategy(strategy, catalog=folder / "cat", out=folder / "runs", settings=settings)


class Echo(Strategy):
    """Answer each fill with another order."""

    def on_start(self) -> None:
        self.subscribe_bars(NAME, "1m")

    def on_bar(self, bar: Bar) -> None:
        self.buy(NAME, 1)

    def on_fill(self, fill: OrderFilled) -> None:
        self.sell(NAME, 1) if self.position(NAME) else self.buy(NAME, 1)


@pytest.mark.parametrize("rule", ["next_open", "close", "ohlc_path"])
def test_strategy_that_answers_every_fill_is_stopped(catalogue: Path, rule: str) -> None:
    result = run(catalogue, Echo(), **{"exchange.fills": rule})
    assert "reports at one moment" in str(result.summary["stopped"])


class Once(Strategy):
    """Buy at the first bar."""

    def on_start(self) -> None:
        self.subscribe_bars(NAME, "1m")
        self.done = False

    def on_bar(self, bar: Bar) -> None:
        if not self.done:
            self.done = True
            self.buy(NAME, 1)


@pytest.mark.parametrize(("latency_ms", "price"), [(0, 10.6), (500, 10.6), (90_000, 10.9)])
def test_order_never_fills_at_the_open_of_a_bar_that_was_over_when_it_came(
    catalogue: Path, latency_ms: float, price: float
) -> None:
    result = run(catalogue, Once(), **{"exchange.latency_ms.order": latency_ms})
    fills = result.tables.fills
    assert fills.floats("price").tolist() == [price]
    assert fills.integers("ts_recv")[0] >= MINUTE + latency_ms * 1_000_000


class Asking(Strategy):
    """Ask for what cannot be on the start."""

    seconds: float = 1.0
    warmup: int = 0

    def on_start(self) -> None:
        self.every(self.seconds)
        self.subscribe_bars(NAME, "1m", warmup=self.warmup)


@pytest.mark.parametrize("given", [{"seconds": 1e-9}, {"warmup": -1}])
def test_what_cannot_be_is_refused_by_name(given: dict[str, object]) -> None:
    with pytest.raises(StrategyError, match="does not start"):
        Bench(Asking(**given))
