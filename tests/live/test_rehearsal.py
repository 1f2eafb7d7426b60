"""Rehearsals: a bot against the simulators of its venues, and what a verdict notices."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import msgspec
import pytest

from backtest.exchange.core import Exchange
from backtest.exchange.models import ExchangeModels
from connectors.simulation.accounts import AccountTerms
from connectors.simulation.broker import SimulatedBroker
from engine.journal.disk import SystemDisk
from engine.journal.reader import read_run
from engine.model.adjustments import PositionAdjusted
from engine.model.commands import OrderType, Side, SubmitOrder
from engine.model.market import QuoteTick
from engine.model.reports import OrderAccepted, OrderFilled
from lockstep.differences import differences_of
from tests.house.sources import ROOT
from tests.unit.rig import ABC, Rig

CONFIG = """
[run]
name = "rehearsed"
seed = 7

[[accounts]]
id = "main"
venue = "{venue}"
currency = "RUB"
balance = 1_000_000

[[strategies]]
class = "strategies.quote_maker:QuoteMaker"
[strategies.parameters]
instrument = "{instrument}"
quantity = 10
limit = 50
"""


TWO_ACCOUNTS = """
[run]
name = "two-accounts"
seed = 7
{accounts}
"""

ACCOUNT = """
[[accounts]]
id = "{name}"
venue = "CTRADER"
currency = "USD"
balance = 100_000
positions = "{positions}"

[[strategies]]
name = "{name}-maker"
account = "{name}"
class = "strategies.quote_maker:QuoteMaker"
[strategies.parameters]
instrument = "EURUSD.CTRADER"
quantity = 1000
limit = 5000
"""


def test_hedging_and_netting_accounts_of_one_login_agree(tmp_path: Path) -> None:
    config = tmp_path / "bot.toml"
    kinds = {"netting": "netting", "hedged": "hedging"}
    accounts = "".join(ACCOUNT.format(name=name, positions=kinds[name]) for name in kinds)
    config.write_text(TWO_ACCOUNTS.format(accounts=accounts))
    command = [sys.executable, "-m", "lockstep", "rehearse", str(config), "--json"]
    command += ["--minutes", "0.06", "--speed", "20", "--faults", "delay=0.05,duplicate=0.1"]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=80, check=False, cwd=tmp_path
    )
    assert done.returncode == 0, (done.stdout, done.stderr[-2_000:])
    verdict = json.loads(done.stdout)
    assert verdict["differences"] == []
    assert verdict["summary"]["fills"] > 0
    entries = list(read_run(SystemDisk(), tmp_path / verdict["folder"]))
    assert not [entry for entry in entries if isinstance(entry.body, PositionAdjusted)]
    fills = [entry.body for entry in entries if isinstance(entry.body, OrderFilled)]
    assert {bool(fill.position_id) for fill in fills if fill.account == "hedged"} == {True}


HEDGER = """
from lockstep import Protection, QuoteTick, Strategy


class Hedger(Strategy):
    def on_start(self) -> None:
        self.turn = 0
        self.subscribe_quotes("EURUSD.CTRADER")

    def on_quote(self, quote: QuoteTick) -> None:
        self.turn += 1
        if self.turn % 20:
            return
        legs = self.position("EURUSD.CTRADER").legs
        bare = [leg for leg in legs if leg.stop_loss is None and not leg.closing]
        if self.turn % 60 == 0 and legs and not legs[0].closing:
            self.close(legs[0])
        elif bare:
            far = 0.01 if bare[0].quantity > 0 else -0.01
            self.protect(bare[0], stop_loss=self.mark("EURUSD.CTRADER") - far)
        elif self.turn % 40:
            self.buy("EURUSD.CTRADER", 1000)
        else:
            self.sell("EURUSD.CTRADER", 1000, protection=Protection(profit_distance=0.0002))
"""


def test_bot_closes_and_protects_positions_of_a_hedging_account_by_name(tmp_path: Path) -> None:
    (tmp_path / "hedger.py").write_text(HEDGER)
    account, _, _ = ACCOUNT.partition("[[strategies]]")
    strategy = '[[strategies]]\nclass = "hedger.py:Hedger"\naccount = "hedged"\n'
    accounts = account.format(name="hedged", positions="hedging") + strategy
    (tmp_path / "bot.toml").write_text(TWO_ACCOUNTS.format(accounts=accounts))
    command = [sys.executable, "-m", "lockstep", "rehearse", "bot.toml", "--json"]
    command += ["--minutes", "0.08", "--speed", "20", "--faults", "delay=0.05,duplicate=0.1"]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=80, check=False, cwd=tmp_path
    )
    assert done.returncode == 0, (done.stdout, done.stderr[-2_000:])
    verdict = json.loads(done.stdout)
    assert verdict["differences"] == []
    entries = read_run(SystemDisk(), tmp_path / verdict["folder"])
    told = Counter(type(entry.body).__name__ for entry in entries)
    assert min(told[kind] for kind in ("ClosePosition", "SetProtection", "ProtectionSet")) > 0
    assert told["PositionAdjusted"] == told["StrategyStopped"] == 0


@pytest.mark.parametrize(
    ("venue", "instrument", "faults"),
    [
        ("ALOR", "SBER.ALOR", "delay=0.05,duplicate=0.1,reorder=0.1"),
        ("INVIA", "SOGN.INVIA", ""),
    ],
)
def test_bot_and_simulator_agree_and_the_journal_replays(
    venue: str, instrument: str, faults: str, tmp_path: Path
) -> None:
    config = tmp_path / "bot.toml"
    config.write_text(CONFIG.format(venue=venue, instrument=instrument))
    command = [sys.executable, "-m", "lockstep", "rehearse", str(config), "--json"]
    command += ["--minutes", "0.06", "--speed", "20", "--faults", faults]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=80, check=False, cwd=tmp_path
    )
    assert done.returncode == 0, (done.stdout, done.stderr[-2_000:])
    verdict = json.loads(done.stdout)
    assert verdict["passed"]
    assert verdict["differences"] == []
    assert verdict["summary"]["fills"] > 0
    assert verdict["decisions"] >= verdict["summary"]["orders"]
    assert bool(verdict["faults"]) == bool(faults)
    assert (tmp_path / verdict["folder"] / "verdict.json").exists()


def test_one_bot_at_four_venues_hedges_between_two_of_them(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "lockstep", "rehearse", str(ROOT / "configs/four-venues.toml")]
    command += ["--json", "--minutes", "0.07", "--speed", "20", "--faults", "delay=0.05"]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=80, check=False, cwd=tmp_path
    )
    assert done.returncode == 0, (done.stdout, done.stderr[-2_000:])
    verdict = json.loads(done.stdout)
    assert verdict["differences"] == []
    entries = read_run(SystemDisk(), tmp_path / verdict["folder"])
    fills = [entry.body for entry in entries if isinstance(entry.body, OrderFilled)]
    traded = {fill.instrument for fill in fills}
    assert traded == {"EURUSD.CTRADER", "cfd.eur_chf.B2TRADER", "SBER.ALOR", "INGA.BINCK"}


def test_fast_rehearsal_takes_no_longer_than_its_work(tmp_path: Path) -> None:
    config = tmp_path / "bot.toml"
    config.write_text(CONFIG.format(venue="ALOR", instrument="SBER.ALOR"))
    command = [sys.executable, "-m", "lockstep", "rehearse", str(config), "--json"]
    command += ["--fast", "--minutes", "20", "--speed", "0.2", "--faults", "duplicate=0.1"]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=100, check=False, cwd=tmp_path
    )
    assert done.returncode == 0, (done.stdout, done.stderr[-2_000:])
    verdict = json.loads(done.stdout)
    assert verdict["passed"]
    assert verdict["summary"]["wall_s"] > 1_190
    assert verdict["summary"]["fills"] > 0


def test_position_and_money_that_only_the_venue_has_are_noticed() -> None:
    rig = Rig()
    account = rig.kernel.portfolio.accounts["main"]
    money = float(account.balances[account.currency])
    broker = SimulatedBroker(
        Exchange([ABC], ExchangeModels(fills="quotes")),
        [ABC],
        [AccountTerms(id="main", currency=account.currency, balance=money + 5.0)],
    )
    broker.row(QuoteTick(ABC.id, 1, 1, 1.0, 1.5, 10.0, 10.0))
    broker.submit(SubmitOrder("x", "", "main", ABC.id, 2, Side.BUY, OrderType.MARKET, 3.0))
    found = differences_of(rig.kernel, {"main": broker})
    assert [line.split(":")[0] for line in found] == [
        f"position of main in {ABC.id}",
        "money of main",
    ]


def test_order_that_only_the_venue_has_is_noticed() -> None:
    rig = Rig()
    broker = SimulatedBroker(
        Exchange([ABC], ExchangeModels(fills="quotes")),
        [ABC],
        [AccountTerms(id="main", currency="USD", balance=1_000_000.0)],
    )
    broker.submit(
        SubmitOrder("x", "", "main", ABC.id, 2, Side.BUY, OrderType.LIMIT, 3.0, price=1.0)
    )
    (line,) = differences_of(rig.kernel, {"main": broker})
    assert line.endswith("of main works, the books do not have it")


def test_orders_of_a_venue_that_keeps_no_names_are_told_apart_by_its_own_ids() -> None:
    rig = Rig()
    broker = SimulatedBroker(
        Exchange([ABC], ExchangeModels(fills="quotes")),
        [ABC],
        [AccountTerms(id="main", currency="USD", balance=1_000_000.0)],
    )
    rig.trade(1.0)
    order = rig.do(lambda probe: probe.buy(ABC.id, 3, 1.0))
    (sent,) = rig.wire.orders
    there = broker.submit(msgspec.structs.replace(sent, client_order_id=""))
    rig.tell(OrderAccepted, order, venue_order_id=there.venue_order_id)
    assert differences_of(rig.kernel, {"main": broker}) == []


def test_order_that_the_venue_does_not_know_is_noticed() -> None:
    rig = Rig()
    rig.trade(1.0)
    order = rig.do(lambda probe: probe.submit(ABC.id, Side.BUY, 10, 1.0))
    account = rig.kernel.portfolio.accounts["main"]
    terms = AccountTerms(
        id="main",
        currency=account.currency,
        balance=float(account.balances[account.currency]),
    )
    broker = SimulatedBroker(Exchange([ABC], ExchangeModels(fills="quotes")), [ABC], [terms])
    (line,) = differences_of(rig.kernel, {"main": broker})
    assert order.id in line
    assert "does not know it" in line
