"""Put a venue's simulator together: its wire, a broker, and the exchange of the backtest behind it.

Opens no socket and holds no rule of its own.
"""

from collections.abc import Iterable
from importlib.metadata import entry_points

from backtest.exchange.account import VenueAccount
from backtest.exchange.core import Exchange
from backtest.exchange.models import ExchangeModels
from connectors.frame.package import GROUP, VenuePackage
from connectors.simulation.accounts import AccountTerms
from connectors.simulation.broker import SimulatedBroker
from connectors.simulation.faults import FaultPlan
from connectors.simulation.simulator import Simulator, SimulatorTerms
from engine.errors import UsageError
from engine.model.instrument import Instrument

QUOTES = ExchangeModels(fills="quotes")
"""What fills orders at a simulated venue unless told otherwise: its quotes and trades, no fees."""


def venue_names() -> list[str]:
    """Return the names of the venues that are installed, in small letters."""
    return sorted(entry_points(group=GROUP).names)


def venue_package(name: str) -> VenuePackage:
    """Return a venue by its name, in whatever case; raises UsageError when there is none."""
    for entry in entry_points(group=GROUP):
        if entry.name == name.lower():
            package: VenuePackage = entry.load()
            return package
    known = ", ".join(venue_names())
    raise UsageError(f"venue {name!r} is not installed; choose one of {known}")


def make_broker(
    package: VenuePackage,
    *,
    instruments: Iterable[Instrument] = (),
    accounts: Iterable[AccountTerms] = (),
    models: ExchangeModels = QUOTES,
) -> SimulatedBroker:
    """Return a broker with an exchange behind it; what is not given is the package's own.

    Orders that an account's money does not cover are rejected by the exchange.
    """
    listed = tuple(instruments) or package.instruments
    known = tuple(accounts) or package.accounts
    money = [VenueAccount(terms.id, terms.currency, terms.balance) for terms in known]
    exchange = Exchange(listed, models, accounts=money)
    return SimulatedBroker(exchange, listed, known, package.ids)


def make_simulator(
    package: VenuePackage,
    broker: SimulatedBroker,
    faults: FaultPlan | None = None,
    terms: SimulatorTerms | None = None,
) -> Simulator:
    """Return the venue's simulator on top of a broker."""
    return package.simulator(broker, faults or FaultPlan(), terms or SimulatorTerms())
