"""ALOR Broker: Moscow's shares, funds, bonds, futures and currencies.

Only addresses and quirks stand here; `connectors.alor_protocol` speaks the protocol.
"""

from connectors.alor_protocol.package import Quirks, package
from connectors.alor_protocol.settings import Hosts
from connectors.limits import ALOR
from engine.model.instrument import AssetClass, Instrument

ENVIRONMENTS = {
    "production": Hosts(
        api="https://api.alor.ru",
        stream="wss://api.alor.ru/ws",
        orders="wss://api.alor.ru/cws",
        oauth="https://oauth.alor.ru",
        graphql="https://api.alor.ru/hyperion",
    ),
    "test": Hosts(
        api="https://apidev.alor.ru",
        stream="wss://apidev.alor.ru/ws",
        orders="wss://apidev.alor.ru/cws",
        oauth="https://oauthdev.alor.ru",
        graphql="https://apidev.alor.ru/hyperion",
    ),
}
"""The venue's servers; a token of one environment is refused by the other."""

QUIRKS = Quirks(
    venue="ALOR",
    rates=ALOR,
    exchange="MOEX",
    board=None,
    currency="RUB",
    environments=ENVIRONMENTS,
    has_graphql=True,
)

_SHARES = (("SBER", "0.01", 10), ("GAZP", "0.01", 10), ("LKOH", "0.5", 1))

PACKAGE = package(
    QUIRKS,
    (
        *(
            Instrument.define(
                f"{symbol}.ALOR",
                tick=tick,
                currency="RUB",
                quantity_step=lot,
                lot=lot,
                asset=AssetClass.EQUITY,
            )
            for symbol, tick, lot in _SHARES
        ),
        Instrument.define(
            "CNY-6.25.ALOR",
            tick="0.001",
            currency="RUB",
            multiplier=1000,
            margin_initial=0.1,
            asset=AssetClass.FUTURE,
        ),
    ),
)
"""What the program finds under the name ALOR; the simulator lists some instruments by default."""
