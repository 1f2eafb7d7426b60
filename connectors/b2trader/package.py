"""B2TRADER's package: what composes its connector and its simulator.

Does nothing by itself.
"""

from connectors.b2trader.settings import Settings
from connectors.b2trader.simulator.simulator import B2TraderSimulator
from connectors.b2trader.venue import B2Trader
from connectors.frame.package import Resolve, VenuePackage
from connectors.limits import B2TRADER
from connectors.simulation.accounts import AccountTerms
from connectors.simulation.faults import Fault
from connectors.simulation.records import IdFormat
from connectors.simulation.simulator import Served
from engine.config.secret import SecretReference
from engine.model.instrument import AssetClass, Instrument

INSTRUMENTS = (
    Instrument.define(
        "cfd.eur_chf.B2TRADER",
        tick="0.00001",
        quantity_step="1000",
        lot="100000",
        currency="CHF",
        base="EUR",
        margin_initial=0.1,
        asset=AssetClass.CFD,
    ),
    Instrument.define(
        "perp.btc_usdt.B2TRADER",
        tick="0.1",
        quantity_step="0.001",
        currency="USDT",
        base="BTC",
        margin_initial=0.1,
        asset=AssetClass.CRYPTO,
    ),
    Instrument.define(
        "spot.btc_usdt.B2TRADER",
        tick="0.01",
        quantity_step="0.00001",
        currency="USDT",
        base="BTC",
        asset=AssetClass.CRYPTO,
    ),
)


def make(settings: Settings, accounts: tuple[str, ...], resolve: Resolve) -> B2Trader:
    """Return the venue of one offline token."""
    return B2Trader(settings, accounts, lambda: resolve(settings.token))


def simulated_settings(served: Served, accounts: tuple[str, ...]) -> Settings:
    """Return the settings that lead to a simulator, whose accounts bear the engine's names."""
    token = SecretReference(env="LOCKSTEP_B2TRADER_TOKEN")
    return Settings(url=served.http, token=token, accounts={name: name for name in accounts})


PACKAGE = VenuePackage(
    name="B2TRADER",
    rates=B2TRADER,
    settings=Settings,
    make=make,
    instruments=INSTRUMENTS,
    prices={
        "cfd.eur_chf.B2TRADER": 0.95,
        "perp.btc_usdt.B2TRADER": 60_000.0,
        "spot.btc_usdt.B2TRADER": 60_000.0,
    },
    accounts=(
        AccountTerms(id="main", currency="CHF", balance=1_000_000.0),
        AccountTerms(id="crypto", currency="USDT", balance=1_000_000.0),
    ),
    ids=IdFormat(
        order="01B2{:022d}".format, trade="01B3{:022d}".format, position="01B4{:022d}".format
    ),
    simulator=B2TraderSimulator,
    simulated=simulated_settings,
    orders_by="http",
    plays=(
        Fault.EXPIRE_TOKEN,
        Fault.REFUSE_LOGIN,
        Fault.REJECT,
        Fault.STALE_LIST,
        Fault.GAP,
        Fault.MAINTENANCE,
    ),
)
