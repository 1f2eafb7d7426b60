"""A backtest of one strategy at two venues, in accounts of two currencies that nothing converts."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from backtest.catalogue import Catalogue
from engine.config import load
from engine.errors import ConfigError
from engine.model.instrument import Instrument
from lockstep.running import backtest
from tests.runs.small import EURUSD, SPY, quotes_of

DAX = Instrument.define("DAX.OTHER", tick="0.5", currency="EUR")
CONFIG = """
[run]
name = "hedged"
catalog = "{catalog}"
out = "{folder}/runs"
[report]
html = false
[[accounts]]
id = "dollars"
venue = "SIM"
currency = "USD"
balance = 1_000_000
[[accounts]]
id = "euros"
venue = "OTHER"
currency = "EUR"
balance = 1_000_000
[[strategies]]
class = "strategies.cross_venue_hedger:CrossVenueHedger"
name = "hedger"
accounts = ["dollars", "euros"]
[strategies.parameters]
quoted = "SPY.SIM"
cover = "DAX.OTHER"
quantity = 1
limit = 5
[exchange]
fills = "quotes"
"""


def run(folder: Path, *settings: str, rate: bool = False) -> Path:
    """Backtest the hedger, with a recorded rate of the euro or without; return the run's folder."""
    catalogue = Catalogue(folder / "catalog")
    catalogue.write(SPY, [quotes_of(SPY, 40_000, 1, 1)])
    catalogue.write(DAX, [quotes_of(DAX, 30_000, 5, 3)])
    if rate:
        catalogue.write(EURUSD, [quotes_of(EURUSD, 11_000, 1, 1)])
    file = folder / "bot.toml"
    file.write_text(CONFIG.format(catalog=folder / "catalog", folder=folder))
    return backtest(load(file, settings, {})).folder


def test_each_leg_is_filled_and_settled_in_its_own_account(tmp_path: Path) -> None:
    fills = pq.read_table(run(tmp_path) / "fills.parquet").to_pylist()
    legs = {(each["instrument"], each["account"]) for each in fills}
    assert legs == {("SPY.SIM", "dollars"), ("DAX.OTHER", "euros")}
    last = {each["instrument"]: each["position_after"] for each in fills}
    assert last["DAX.OTHER"] == -last["SPY.SIM"]


def test_rate_between_accounts_is_needed_only_to_limit_their_common_loss(tmp_path: Path) -> None:
    limit = "risk.strategy.hedger.max_daily_loss=1000"
    with pytest.raises(ConfigError, match=r"DAX\.OTHER is priced in EUR, the account is in USD"):
        run(tmp_path, limit)
    assert (run(tmp_path, limit, rate=True) / "fills.parquet").exists()
