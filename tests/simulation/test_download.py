"""A venue's history into the catalogue: bars and quotes, whole, and once."""

from collections.abc import Callable
from pathlib import Path

import aiohttp

from backtest.catalogue import Catalogue
from connectors.ctrader.package import PACKAGE
from connectors.frame.connector import Connector
from connectors.frame.package import SIMULATED_SECRET
from connectors.frame.pumps.network import SocketNetwork
from connectors.frame.timing import Clock, pause
from connectors.simulation.server import SimulatorServer
from engine.config.secret import Secret
from engine.model.market import QuoteTick
from engine.simulation.chance import seeded_world
from lockstep.download import QUOTES, Downloaded, download
from lockstep.simulators import make_broker, make_simulator

EURUSD = "EURUSD.CTRADER"
SECOND = 1_000_000_000
NAN = float("nan")


def play(folder: Path, *specs: str) -> list[Downloaded]:
    """Let the market of a quarter of an hour pass, and download it."""
    with seeded_world(5) as (loop, clock):

        async def scene() -> list[Downloaded]:
            broker = make_broker(PACKAGE)
            async with SimulatorServer(make_simulator(PACKAGE, broker), clock) as served:
                start = clock.now()
                for turn in range(900):
                    bid = 1.1 + turn % 13 / 10_000
                    now = clock.now()
                    ask = round(bid, 5) + 0.0002
                    broker.row(QuoteTick(EURUSD, now, now, round(bid, 5), round(ask, 5), NAN, NAN))
                    await pause(clock, now + SECOND)

                def connector() -> Connector:
                    settings = PACKAGE.simulated(served, ())
                    venue = PACKAGE.make(settings, (), lambda _: Secret(SIMULATED_SECRET))
                    unix = aiohttp.UnixConnector(served.http.removeprefix("http://"))
                    return Connector(
                        venue,
                        lambda _event: None,
                        SocketNetwork(connector=unix),
                        clock,
                        keep=lambda _name, _secret: None,
                    )

                return [await one(folder, connector, clock, spec, start) for spec in specs]

        return loop.run(scene())


async def one(
    folder: Path, connector: Callable[[], Connector], clock: Clock, spec: str, start: int
) -> Downloaded:
    span = start, clock.now()
    return await download(
        connector(), clock, Catalogue(folder), EURUSD, spec, span, lambda _part: None
    )


def test_quotes_are_stored_as_they_came_and_once(tmp_path: Path) -> None:
    first, again = play(tmp_path, QUOTES, QUOTES)
    assert (first.rows, first.added, again.rows, again.added) == (900, 900, 900, 0)
    assert first.first is not None
    assert first.last is not None
    assert first.last - first.first == 899 * SECOND
    assert Catalogue(tmp_path).streams(EURUSD) == (("quotes", None),)


def test_bars_are_stored_when_they_are_complete(tmp_path: Path) -> None:
    (found,) = play(tmp_path, "1m@bid")
    assert (found.rows, found.added) == (15, 15)
