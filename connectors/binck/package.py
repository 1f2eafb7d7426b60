"""Binck's package: what composes its connector and its simulator.

Does nothing by itself.
"""

from connectors.binck import oauth
from connectors.binck.settings import Hosts, Settings
from connectors.binck.simulator.simulator import BinckSimulator
from connectors.binck.venue import Binck
from connectors.frame.flow import Flow
from connectors.frame.package import Resolve, SignIn, VenuePackage
from connectors.limits import BINCK
from connectors.simulation.accounts import AccountTerms
from connectors.simulation.faults import Fault
from connectors.simulation.records import IdFormat
from connectors.simulation.simulator import Served
from engine.config.secret import SecretReference
from engine.errors import ConfigError
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


def make(settings: Settings, accounts: tuple[str, ...], resolve: Resolve) -> Binck:
    """Return the venue of one session.

    Raises ConfigError for an account without a number, and for a refresh token that is in no file:
    each use makes another one.
    """
    if settings.refresh_token.file is None and settings.where().login.startswith("https:"):
        raise ConfigError("binck: refresh_token changes with every use; keep it in a file")
    return Binck(settings, accounts, resolve)


def exchanged(settings: Settings, code: str, resolve: Resolve) -> Flow[str]:
    """Return the first refresh token, for the code of a person's login."""
    client_secret = resolve(settings.client_secret).reveal()
    token = yield from oauth.exchange(settings, client_secret, code)
    return token.refresh_token


PACKAGE = VenuePackage(
    name="BINCK",
    rates=BINCK,
    settings=Settings,
    make=make,
    instruments=INSTRUMENTS,
    accounts=(AccountTerms(id="main", currency="EUR", balance=100_000.0),),
    ids=IdFormat(),
    simulator=BinckSimulator,
    simulated=simulated_settings,
    orders_by="http",
    plays=(
        Fault.EXPIRE_TOKEN,
        Fault.REFUSE_LOGIN,
        Fault.REJECT,
        Fault.STALE_LIST,
        Fault.MAINTENANCE,
    ),
    placing=r"POST \S+/orders$",
    sign_in=SignIn(address=oauth.authorize_url, exchange=exchanged),
)
