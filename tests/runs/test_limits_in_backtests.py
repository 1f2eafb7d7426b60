"""Backtests meet the limits of their venue: shipped by its name, refused by the venue itself."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from backtest.catalogue import Catalogue
from backtest.data_source import DataSource
from backtest.run import Backtest, Outcome
from connectors.limits import LIMITS
from engine.config import load
from engine.gate.rates import RateLimited
from engine.model.market import Bar
from engine.model.reports import OrderRejected
from engine.strategy.attach import Bound
from engine.strategy.base import Strategy
from tests.runs.small import SPY, bars_of


class Chatter(Strategy):
    """Send a list of passive orders with every bar, and cancel those of the bar before."""

    orders_each: int = 30

    def __init__(self) -> None:
        super().__init__()
        self.rejected: list[str] = []

    def on_start(self) -> None:
        self.subscribe_bars(SPY.id, "1m")

    def on_bar(self, bar: Bar) -> None:
        self.cancel_all()
        for number in range(self.orders_each):
            self.buy(SPY.id, 1, bar.close * (0.5 + number * 0.001))

    def on_order(self, report: object) -> None:
        if isinstance(report, OrderRejected):
            self.rejected.append(report.reason)


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("limits") / "catalog"
    Catalogue(path).write(SPY, [bars_of(SPY, 40_000, 1, 2)])
    return path


def run(
    catalog: Path,
    venue: str,
    *settings: str,
    folder: Path | None = None,
    strategy: Strategy | None = None,
) -> tuple[Outcome, list[str]]:
    """Backtest one strategy; return the outcome, and why the venue refused what."""
    text = f'[run]\nname = "limits"\ncatalog = "{catalog.as_posix()}"\n[[accounts]]\nid = "main"\n'
    file = catalog.parent / "run.toml"
    file.write_text(f'{text}venue = "{venue}"\ncurrency = "USD"\nbalance = 1_000_000\n')
    config = load(file, settings, {}).config
    source, chatter = DataSource(config, Catalogue(catalog)), Chatter()
    bound: list[Bound] = [("one", ("main",), strategy or chatter)]
    return Backtest(config, source, bound, LIMITS).run(folder), chatter.rejected


def decisions(folder: Path) -> list[dict[str, Any]]:
    """Read the decision log of a run."""
    lines = (folder / "decisions.log").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def test_account_of_a_venue_meets_its_shipped_limits(catalog: Path) -> None:
    free, _ = run(catalog, "SIM")
    binck, rejected = run(catalog, "BINCK")
    assert free.denials == {}
    assert binck.denials["rate_limit"] > 1_000
    assert rejected == []


def test_venue_never_sees_more_than_its_limit(catalog: Path, tmp_path: Path) -> None:
    run(catalog, "BINCK", folder=tmp_path)
    sent = decisions(tmp_path)
    costs = {"SubmitOrder": 2, "CancelOrder": 1}
    windows: Counter[int] = Counter()
    for each in sent:
        windows[each.get("ts", 0) // 60_000_000_000] += costs.get(each["event"], 0)
    assert 14 <= max(windows.values()) <= 50 - 14  # the rest is the edge's share


def test_waits_are_counted_by_limit(catalog: Path) -> None:
    settings = ('rates.policy.on_limit="wait"', 'rates.policy.wait_max="50s"')
    outcome, rejected = run(catalog, "BINCK", *settings)
    assert outcome.waits["BINCK.requests"] > 100
    assert rejected == []


def test_venue_refuses_what_a_gate_with_wrong_limits_lets_through(catalog: Path) -> None:
    outcome, rejected = run(catalog, "BINCK", "rates.venue.BINCK.rules.requests.limit=120")
    assert set(rejected) == {"too many requests: BINCK.requests"}
    assert outcome.denials["rate_limit"] > 0  # it has learned to ask for less


def test_wrong_limits_end_in_the_log_as_the_venue_said_it(catalog: Path, tmp_path: Path) -> None:
    run(catalog, "BINCK", "rates.venue.BINCK.rules.requests.limit=120", folder=tmp_path)
    kinds = Counter(each["event"] for each in decisions(tmp_path))
    assert kinds[RateLimited.__name__] == kinds["OrderRejected"] + kinds["CancelRejected"]


def test_same_run_comes_out_the_same_with_waits(catalog: Path) -> None:
    settings = ('rates.policy.on_limit="wait"', 'rates.policy.wait_max="50s"')
    assert run(catalog, "BINCK", *settings)[0].digest == run(catalog, "BINCK", *settings)[0].digest


class Holder(Strategy):
    """Buy more and more."""

    def on_start(self) -> None:
        self.subscribe_bars(SPY.id, "1m")

    def on_bar(self, bar: Bar) -> None:
        self.buy(SPY.id, 10)


def test_what_is_latched_lasts_for_the_run_and_is_told(catalog: Path) -> None:
    outcome, _ = run(catalog, "SIM", "risk.account.main.max_drawdown=5", strategy=Holder())
    assert [(str(each.scope), each.cause) for each in outcome.latched] == [
        ("account main", "drawdown")
    ]
    assert outcome.denials["drawdown"] > 100
