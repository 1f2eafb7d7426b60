"""The demo venue's package: what composes its connector and its simulator.

Does nothing by itself.
"""

from connectors.demo.settings import RATES, DemoSettings
from connectors.demo.simulator.simulator import DemoSimulator
from connectors.demo.venue import DemoVenue
from connectors.frame.package import VenuePackage
from connectors.simulation.accounts import AccountTerms
from connectors.simulation.faults import Fault
from connectors.simulation.records import IdFormat
from connectors.simulation.simulator import Served
from engine.config.secret import SecretReference
from engine.model.instrument import Instrument

INSTRUMENTS = (
    Instrument.define(
        "EURUSD.DEMO", tick="0.00001", quantity_step="1000", currency="USD", base="EUR"
    ),
    Instrument.define("BTCUSD.DEMO", tick="0.5", quantity_step="0.001", currency="USD", base="BTC"),
    Instrument.define("ACME.DEMO", tick="0.01", currency="USD"),
)


def simulated_settings(served: Served, accounts: tuple[str, ...]) -> DemoSettings:
    """Return the settings that lead to a simulator, whose accounts bear the engine's names."""
    key = SecretReference(env="LOCKSTEP_DEMO_KEY")
    names = {name: name for name in accounts}
    return DemoSettings(http=served.http, websocket=served.websocket, key=key, accounts=names)


PACKAGE = VenuePackage(
    name="DEMO",
    rates=RATES,
    settings=DemoSettings,
    make=DemoVenue,
    instruments=INSTRUMENTS,
    prices={"EURUSD.DEMO": 1.1, "BTCUSD.DEMO": 60_000.0},
    accounts=(AccountTerms(id="main", currency="USD", balance=1_000_000.0),),
    ids=IdFormat(order="D{:06d}".format, trade="X{}".format, position="P{}".format),
    simulator=DemoSimulator,
    simulated=simulated_settings,
    plays=(
        Fault.EXPIRE_TOKEN,
        Fault.REFUSE_LOGIN,
        Fault.REJECT,
        Fault.FILL_FIRST,
        Fault.STALE_LIST,
        Fault.GAP,
        Fault.TAKE_OVER,
        Fault.MAINTENANCE,
    ),
)
