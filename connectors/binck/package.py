"""Binck's package: what composes its connector and its simulator.

Does nothing by itself.
"""

from connectors.binck.settings import Hosts, Settings
from connectors.binck.simulator.simulator import BinckSimulator
from connectors.binck.venue import Binck
from connectors.frame.package import VenuePackage
from connectors.limits import BINCK
from connectors.simulation.accounts import AccountTerms
from connectors.simulation.records import IdFormat
from connectors.simulation.simulator import Served
from engine.config.secret import SecretReference
from engine.model.instrument import AssetClass, Instrument

INSTRUMENTS = (
    Instrument.define(
        "INGA.BINCK",
        tick=[("0", "0.001"), ("10", "0.002"), ("20", "0.005")],
        currency="EUR",
        asset=AssetClass.EQUITY,
    ),
    Instrument.define("ASML.BINCK", tick="0.1", currency="EUR", asset=AssetClass.EQUITY),
)


def simulated_settings(served: Served, accounts: tuple[str, ...]) -> Settings:
    """Return the settings that lead to a simulator, whose accounts bear the engine's names."""
    return Settings(
        client_id="lockstep",
        client_secret=SecretReference(env="LOCKSTEP_BINCK_SECRET"),
        refresh_token=SecretReference(env="LOCKSTEP_BINCK_REFRESH_TOKEN"),
        accounts={name: name for name in accounts},
        hosts=Hosts(
            f"{served.http}/am/oauth2", f"{served.http}/api/v1", f"{served.http}/stream/v1"
        ),
    )


PACKAGE = VenuePackage(
    name="BINCK",
    rates=BINCK,
    settings=Settings,
    make=Binck,
    instruments=INSTRUMENTS,
    accounts=(AccountTerms(id="main", currency="EUR", balance=100_000.0),),
    ids=IdFormat(),
    simulator=BinckSimulator,
    simulated=simulated_settings,
    orders_by="http",
    placing=r"POST \S+/orders$",
)
