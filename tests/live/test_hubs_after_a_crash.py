"""Bots at B2TRADER and Binck are killed and begin again: nothing is lost or left behind."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from connectors.b2trader.package import PACKAGE as B2TRADER
from connectors.binck.package import PACKAGE as BINCK
from connectors.frame.package import VenuePackage
from connectors.simulation.broker import SimulatedBroker
from connectors.simulation.market import GeneratedMarket
from connectors.simulation.server import SimulatorServer
from engine.model.truth import Standing
from lockstep.simulators import make_broker, make_simulator
from tests.house.sources import ROOT
from tests.live.demo_bot import WallClock, start, until

CONFIG = """
[run]
name = "resting"
[[accounts]]
id = "main"
venue = "{venue}"
currency = "{currency}"
[[strategies]]
class = "resting_bot.py:Resting"
parameters = {{ instrument = "{instrument}", size = {size}, below = 0.5 }}
[risk.firm]
max_order_value = 1_000_000
max_position = 1_000_000
max_daily_loss = 1_000_000
[rates]
assume_empty = true
[log]
console = "off"
[live]
on_stop = "cancel"
reconcile = {{ every = "1s", settle = "100ms", polls = 1 }}
[connectors.{section}]
"""
B2TRADER_SECTION = """
url = "{http}"
token = {{ env = "LOCKSTEP_DEMO_KEY" }}
accounts = {{ main = "main" }}
"""
BINCK_SECTION = """
client_id = "lockstep"
client_secret = {{ env = "LOCKSTEP_DEMO_KEY" }}
refresh_token = {{ file = "token" }}
accounts = {{ main = "main" }}
hosts = {{ login = "{http}/am/oauth2", api = "{http}/api/v1", hub = "{http}/stream/v1" }}
"""
CASES = [
    pytest.param(B2TRADER, B2TRADER_SECTION, 1_000, id="b2trader"),
    pytest.param(BINCK, BINCK_SECTION, 1, id="binck"),
]


@asynccontextmanager
async def venue(
    package: VenuePackage, section: str, size: int, folder: Path
) -> AsyncIterator[SimulatedBroker]:
    """Serve a venue with a calm market, and write a configuration that leads to it."""
    broker, instrument = make_broker(package), package.instruments[0]
    market = GeneratedMarket(instrument=instrument, price=2.0, interval_ns=200_000_000)
    rows = market.rows(time.time_ns())
    server = SimulatorServer(make_simulator(package, broker), WallClock(), rows=rows)
    async with server as served:
        text = CONFIG.format(
            venue=package.name,
            currency=package.accounts[0].currency,
            instrument=instrument.id,
            size=size,
            section=package.name.lower(),
        )
        (folder / "bot.toml").write_text(text + section.format(http=served.http))
        (folder / "resting_bot.py").write_text((ROOT / "tests/live/resting_bot.py").read_text())
        token = folder / "token"
        token.write_text("simulated")
        token.chmod(0o600)
        yield broker


async def trading(broker: SimulatedBroker, folder: Path, orders: int) -> asyncio.subprocess.Process:
    """Start the bot, and wait until half of so many orders are filled, and half rest."""

    def settled() -> bool:
        standings = [order.standing for order in broker.orders("main")]
        return standings.count(Standing.FILLED) == len(standings) - orders // 2 == orders // 2

    bot = await start(folder, "--live", "--yes")
    try:
        await until(settled, bot)
    except BaseException:
        bot.kill()
        raise
    return bot


@pytest.mark.parametrize(("package", "section", "size"), CASES)
async def test_orders_of_a_killed_bot_are_its_own_again(
    package: VenuePackage, section: str, size: int, tmp_path: Path
) -> None:
    async with venue(package, section, size, tmp_path) as broker:
        killed = await trading(broker, tmp_path, 2)
        killed.send_signal(signal.SIGKILL)
        await killed.wait()
        bot = await trading(broker, tmp_path, 4)
        assert len([order for order in broker.orders("main") if order.is_working]) == 2
        bot.send_signal(signal.SIGTERM)
        assert await bot.wait() == 0, (tmp_path / "output.log").read_text()[-2_000:]
        assert not any(order.is_working for order in broker.orders("main"))
        assert sum(each.quantity for each in broker.positions("main")) == 2 * size
