"""A backtest on a hedging account: positions by the exchange's ids, closed by name."""

import json
from pathlib import Path
from typing import Any

import pytest

from backtest.catalogue import Catalogue
from backtest.data_source import DataSource
from backtest.results.story import Story
from backtest.results.verdicts import is_exit
from backtest.run import Backtest, Outcome
from engine.config import load
from engine.model.commands import Protection
from engine.model.market import Bar
from engine.model.reports import OrderFilled
from engine.strategy.attach import Bound
from engine.strategy.base import Strategy
from tests.runs.small import SPY, bars_of


class Hedger(Strategy):
    """Open both sides in turns, and close the oldest position by its name now and then."""

    def __init__(self) -> None:
        super().__init__()
        self.closed: list[str] = []
        self.most = 0

    def on_start(self) -> None:
        self.subscribe_bars(SPY.id, "1m")
        self.bars = 0

    def on_bar(self, bar: Bar) -> None:
        self.bars += 1
        legs = self.position(SPY.id).legs
        self.most = max(self.most, len(legs))
        net = self.position(SPY.id).quantity
        assert not legs or sum(leg.quantity for leg in legs) == net
        if self.bars % 3 == 0 and legs:
            self.closed.append(legs[0].id)
            self.close(legs[0])
        elif self.bars % 2:
            self.buy(SPY.id, 3)
        else:
            self.sell(SPY.id, 2)

    def on_stop(self) -> None:
        self.close(SPY.id)


def fills(folder: Path) -> list[dict[str, Any]]:
    """Read the fills of a run."""
    lines = (folder / "run" / "decisions.log").read_text(encoding="utf-8").splitlines()
    return [each for each in map(json.loads, lines) if each["event"] == "OrderFilled"]


def run(
    folder: Path, positions: str, *settings: str, strategy: Strategy | None = None
) -> tuple[Outcome, Hedger]:
    catalog = folder / "catalog"
    if not catalog.exists():
        Catalogue(catalog).write(SPY, [bars_of(SPY, 40_000, 1, 2)])
    file = folder / "run.toml"
    file.write_text(
        f'[run]\nname = "hedged"\ncatalog = "{catalog.as_posix()}"\n[[accounts]]\nid = "main"\n'
        f'venue = "SIM"\ncurrency = "USD"\nbalance = 1_000_000\npositions = "{positions}"\n'
    )
    config = load(file, settings, {}).config
    hedger = Hedger()
    source = DataSource(config, Catalogue(catalog))
    (folder / "run").mkdir()
    bound: list[Bound] = [("one", ("main",), strategy or hedger)]
    return Backtest(config, source, bound).run(folder / "run"), hedger


@pytest.mark.parametrize("settings", [(), ("exchange.check_margin=true",)])
def test_both_sides_are_held_and_closed_by_name(tmp_path: Path, settings: tuple[str, ...]) -> None:
    outcome, hedger = run(tmp_path, "hedging", *settings)
    assert outcome.denials == {}
    assert outcome.faults == ()
    assert hedger.most > 3
    assert len(set(hedger.closed)) == len(hedger.closed) > 20
    log = (tmp_path / "run" / "decisions.log").read_text(encoding="utf-8")
    assert '"event":"ClosePosition"' in log
    assert OrderFilled.__name__ in log


def test_account_that_nets_has_no_positions_underneath(tmp_path: Path) -> None:
    outcome, hedger = run(tmp_path, "netting")
    assert (hedger.most, hedger.closed, outcome.faults) == (0, [], ())


def test_both_sides_add_up_to_the_netted_position(tmp_path: Path) -> None:
    outcome, _ = run(tmp_path, "hedging")
    portfolio = outcome.kernel.portfolio
    legs = portfolio.exposure("main", SPY).legs
    assert legs is not None
    assert legs.long > 0 < legs.short
    assert legs.long - legs.short == portfolio.accounts["main"].positions[SPY.id].quantity


class Protected(Strategy):
    """Open with exits, or set them after the fill, and let the exchange close the position."""

    later: bool = False

    def on_start(self) -> None:
        self.subscribe_bars(SPY.id, "1m")
        self.kept: list[tuple[float | None, float | None]] = []

    def on_bar(self, bar: Bar) -> None:
        legs = self.position(SPY.id).legs
        self.kept += [(leg.stop_loss, leg.take_profit) for leg in legs]
        if not legs and not self.orders():
            exits = Protection(stop_distance=0.05, profit_distance=0.05)
            self.buy(SPY.id, 3, protection=None if self.later else exits)
        elif self.later and legs and legs[0].stop_loss is None:
            price = legs[0].average_price
            self.protect(legs[0], stop_loss=price - 0.05, take_profit=price + 0.05)


@pytest.mark.parametrize("later", [False, True])
def test_exchange_keeps_exits_and_closes_the_position_at_them(
    tmp_path: Path, *, later: bool
) -> None:
    strategy = Protected(later=later)
    outcome, _ = run(tmp_path, "hedging", strategy=strategy)
    assert outcome.faults == ()
    assert any(stop is not None and profit is not None for stop, profit in strategy.kept)
    sells = [fill for fill in fills(tmp_path) if fill["side"] == -1]
    assert len(sells) > 5
    assert all(fill["client_order_id"].startswith(fill["position_id"]) for fill in sells)
    assert {round(fill["quantity"]) for fill in sells} == {3}


def test_what_names_a_position_is_told_as_an_exit() -> None:
    row = {"side": -1, "quantity": 1.0, "account": "main", "instrument": SPY.id}
    named = {"event": "ClosePosition", "position_id": "P1"}
    assert is_exit(Story("b-0-1", 0, row, (named,), ()))
    plain = {"event": "SubmitOrder", "position_id": ""}
    assert not is_exit(Story("b-0-1", 0, row, (plain,), ()))
