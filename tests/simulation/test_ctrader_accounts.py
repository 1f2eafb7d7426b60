"""Two accounts of one login, hedging and netting, through hours of a market: books that agree.

The market is a recording of OANDA's EURUSD where it is at hand, and always a drawn one.
"""

import csv
import io
import zipfile
from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import islice

import aiohttp
import pytest

from backtest.exchange.fees import Fees
from backtest.exchange.models import ExchangeModels
from connectors.ctrader.package import PACKAGE
from connectors.frame.connector import Connector, ConnectorEvent
from connectors.frame.package import SIMULATED_SECRET
from connectors.frame.pumps.network import SocketNetwork
from connectors.frame.timing import Clock, pause
from connectors.simulation.broker import SimulatedBroker
from connectors.simulation.server import SimulatorServer
from connectors.simulation.simulator import Served
from engine.config.secret import Secret
from engine.gate.approved import Approved
from engine.model.commands import ClosePosition, OrderType, SetProtection, Side, SubmitOrder
from engine.model.decimals import exact_decimal
from engine.model.market import MarketEvent, QuoteTick
from engine.model.reports import OrderFilled
from engine.model.subscription import DataKind, Subscription
from engine.model.truth import BalanceRecord, PositionRecord, VenueTruth
from engine.simulation.chance import seeded_world
from lockstep.conformance.follower import Follower
from lockstep.simulators import generated_rows, make_broker, make_simulator
from tests.house.sources import ROOT

EURUSD = "EURUSD.CTRADER"
RECORDING = ROOT.parent / "shared/data/fx_ticks/lean_oanda_eurusd/20140501_quote.zip"
ROWS = 4_000
SECOND = 1_000_000_000
NAN = float("nan")
COSTS = ExchangeModels(fills="quotes", fees=Fees(taker_bps=0.35))


def recorded() -> Iterator[MarketEvent]:
    if not RECORDING.is_file():
        pytest.skip("the recording of OANDA's EURUSD is not here; the drawn market is played")
    with zipfile.ZipFile(RECORDING) as archive:
        text = archive.read(archive.namelist()[0]).decode()
    for ms, bid, ask in csv.reader(io.StringIO(text)):
        ts = int(ms) * 1_000_000
        yield QuoteTick(EURUSD, ts, ts, float(bid), float(ask), NAN, NAN)


def drawn() -> Iterator[MarketEvent]:
    rows = generated_rows(PACKAGE, 11, 0)
    return (row for row in rows if isinstance(row, QuoteTick) and row.instrument == EURUSD)


class Bot:
    """Open, protect and close on both accounts, at every hundredth quote."""

    def __init__(self, clock: Clock) -> None:
        self.follower = Follower()
        self.connector: Connector
        self.quotes = 0
        self._clock = clock
        self._sent = 0

    def hear(self, event: ConnectorEvent) -> None:
        self.follower.hear(event)
        if isinstance(event, QuoteTick):
            self.quotes += 1
            if self.quotes % 100 == 0:
                self.turn(self.quotes // 100)

    def turn(self, number: int) -> None:
        side = Side.BUY if number % 3 else Side.SELL
        self._submit("hedged", side, 1_000.0 * (1 + number % 4))
        self._submit("netting", side, 1_000.0 * (1 + number % 5))
        held = [name for name, size in self.positions().items() if size]
        if held and number % 2:
            self._close(held[0])
        elif held and number % 8 == 0:
            self._protect(held[-1])

    def finish(self) -> None:
        for name, size in self.positions().items():
            if size:
                self._close(name)
        size = sum(f.side * f.quantity for f in self.fills("netting"))
        if size:
            self._submit("netting", Side.SELL if size > 0 else Side.BUY, abs(size))

    def positions(self) -> dict[str, float]:
        records = self.follower.of(PositionRecord)
        return {r.position_id: r.quantity for r in records if r.account == "hedged"}

    def fills(self, account: str) -> list[OrderFilled]:
        return [fill for fill in self.follower.fills.values() if fill.account == account]

    def balance(self, account: str) -> float:
        return [r.total for r in self.follower.of(BalanceRecord) if r.account == account][-1]

    def _submit(self, account: str, side: Side, quantity: float) -> None:
        order = SubmitOrder(
            self._name(), "s", account, EURUSD, self._clock.now(), side, OrderType.MARKET, quantity
        )
        self.connector.send(Approved(order))

    def _close(self, name: str) -> None:
        size = abs(self.positions()[name])
        now = self._clock.now()
        order = ClosePosition(self._name(), "s", "hedged", EURUSD, now, name, size)
        self.connector.send(Approved(order))

    def _protect(self, name: str) -> None:
        """Put both levels so near that the market will meet one."""
        quote, side = self.follower.of(QuoteTick)[-1], 1 if self.positions()[name] > 0 else -1
        price = quote.bid if side > 0 else quote.ask
        levels = (round(price - side * 0.0004, 5), round(price + side * 0.0004, 5))
        now = self._clock.now()
        command = SetProtection(self._name(), "s", "hedged", EURUSD, now, name, *levels)
        self.connector.send(Approved(command))

    def _name(self) -> str:
        self._sent += 1
        return f"bot-1-{self._sent}"


def money_of(fills: list[OrderFilled], start: float) -> Fraction:
    """Return what a flat account has by its fills alone, exactly."""
    total = Fraction(start)
    for fill in fills:
        units, digits = exact_decimal(fill.price)
        total -= Fraction(units, 10**digits) * fill.side * Fraction(fill.quantity)
        units, digits = exact_decimal(fill.fee)
        total -= Fraction(units, 10**digits)
    return total


@pytest.mark.parametrize("market", [recorded, drawn], ids=["recorded", "drawn"])
def test_books_of_both_accounts_agree_with_the_venue(
    market: Callable[[], Iterator[MarketEvent]],
) -> None:
    rows = list(islice(market(), ROWS))
    with seeded_world(8) as (loop, clock):

        async def scene() -> None:
            bot, broker = Bot(clock), make_broker(PACKAGE, models=COSTS)
            simulator = make_simulator(PACKAGE, broker)
            async with SimulatorServer(simulator, clock, rows=rows, speed=5) as served:
                await trade(bot, served, clock)
            for account in ("hedged", "netting"):
                check(bot, account, broker)
            assert len(bot.fills("hedged")) > 40

        loop.run(scene())


async def trade(bot: Bot, served: Served, clock: Clock) -> None:
    """Connect, trade until the market has come to its end, and close everything."""
    venue = PACKAGE.make(PACKAGE.simulated(served, ()), (), lambda _: Secret(SIMULATED_SECRET))
    unix = aiohttp.UnixConnector(served.http.removeprefix("http://"))
    network = SocketNetwork(connector=unix)
    bot.connector = Connector(venue, bot.hear, network, clock, keep=lambda _name, _secret: None)
    await bot.connector.open((EURUSD,))
    bot.connector.subscribe(Subscription(EURUSD, DataKind.QUOTES))
    seen = -1
    while seen != bot.quotes:
        seen = bot.quotes
        await pause(clock, clock.now() + 60 * SECOND)
    bot.finish()
    await pause(clock, clock.now() + 5 * SECOND)
    await bot.connector.resync()
    await bot.connector.close()


def check(bot: Bot, account: str, broker: SimulatedBroker) -> None:
    """Demand the same fills, no position, and money that is the same by every way of counting."""
    assert broker.positions(account) == []
    fills = bot.fills(account)
    assert [fill.trade_id for fill in fills] == [f.trade_id for f in broker.fills(account)]
    truth = [t for t in bot.follower.of(VenueTruth) if t.account == account][-1]
    assert truth.positions == ()
    assert [balance.total for balance in truth.balances or ()] == [bot.balance(account)]
    by_fills = money_of(fills, 100_000.0)
    half_cents = len(fills)  # the venue rounds the gross profit of each close to a cent
    assert abs(by_fills - Fraction(bot.balance(account))) <= Fraction(half_cents, 200)
    assert bot.balance(account) != 100_000.0
