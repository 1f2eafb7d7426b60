"""The simulators of a bot's venues, served together: what a rehearsal plays against.

Runs no bot and judges nothing.
"""

from collections.abc import Iterator
from heapq import merge

import msgspec

from backtest.catalogue import Catalogue
from connectors.frame.package import VenuePackage
from connectors.frame.timing import Clock
from connectors.simulation.accounts import AccountTerms
from connectors.simulation.broker import SimulatedBroker
from connectors.simulation.faults import FaultPlan
from connectors.simulation.server import SimulatorServer
from connectors.simulation.simulator import SimulatorTerms
from engine.config.sections import AccountConfig, Config
from engine.model.market import MarketEvent
from lockstep.live.plan import Site
from lockstep.simulators import (
    arrival,
    generated_rows,
    make_broker,
    make_simulator,
    recorded_rows,
    venue_package,
)


class Theatre:
    """Hold the simulators of all venues that a configuration trades at.

    `brokers` are those behind them, by account. The market goes `speed` times as fast as it was
    recorded or drawn.
    """

    def __init__(self, config: Config, clock: Clock, faults: FaultPlan, speed: float = 1.0) -> None:
        self.faults = faults
        self.brokers: dict[str, SimulatedBroker] = {}
        self.servers: list[SimulatorServer] = []
        self._config = config
        self._clock = clock
        self._speed = speed

    async def open(self) -> dict[str, Site]:
        """Serve every venue and return where the bot finds them."""
        found = {}
        for venue in dict.fromkeys(account.venue for account in self._config.accounts):
            package = venue_package(venue)
            accounts = [each for each in self._config.accounts if each.venue == venue]
            broker = make_broker(package, accounts=[_terms(each, package) for each in accounts])
            names = tuple(each.id for each in accounts)
            self.brokers.update(dict.fromkeys(names, broker))
            terms = SimulatorTerms(seed=self._config.run.seed)
            server = SimulatorServer(
                make_simulator(package, broker, self.faults, terms),
                self._clock,
                rows=self._rows(package),
                speed=self._speed,
            )
            self.servers.append(server)
            served = await server.start()
            found[package.name] = Site(package, package.simulated(served, names), names)
        return found

    async def close(self) -> None:
        """Stop every simulator."""
        for server in self.servers:
            await server.stop()

    def _rows(self, package: VenuePackage) -> Iterator[MarketEvent]:
        """Return the market: the recordings that the configuration maps, else one that is drawn."""
        mapped = {name: recording for recording, name in self._config.recordings().items()}
        listed = [each for each in package.instruments if each.id in mapped]
        if not listed:
            return generated_rows(package, self._config.run.seed, 0)
        catalogue = Catalogue(self._config.run.catalog)
        recorded = [recorded_rows(catalogue, mapped[each.id], each) for each in listed]
        return merge(*recorded, key=arrival)


def _terms(account: AccountConfig, package: VenuePackage) -> AccountTerms:
    """Return an account of the configuration as the simulator has it.

    What is not configured is as in the simulator's account of that name, else as in its first.
    """
    known = {terms.id: terms for terms in package.accounts}
    usual = known.get(account.id, package.accounts[0])
    balances = account.starting_balances()
    return msgspec.structs.replace(
        usual,
        id=account.id,
        currency=account.currency if balances else usual.currency,
        balance=balances.get(account.currency, usual.balance),
    )
