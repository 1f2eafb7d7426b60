"""Invia Broker: ALOR's protocol under another name, with the exchange and board ITS.

Only addresses and quirks stand here; that the rest of the protocol is ALOR's is inferred.
"""

from connectors.alor_protocol.package import Quirks, package
from connectors.alor_protocol.settings import Hosts
from connectors.limits import INVIA
from engine.model.instrument import AssetClass, Instrument

ENVIRONMENTS = {
    "production": Hosts(
        api="https://api.inviabroker.com",
        stream="wss://api.inviabroker.com/ws",
        orders="wss://api.inviabroker.com/cws",
        oauth="https://oauth.inviabroker.com",
    ),
    "test": Hosts(
        api="https://apidev.inviabroker.com",
        stream="wss://apidev.inviabroker.com/ws",
        orders="wss://apidev.inviabroker.com/cws",
        oauth="https://oauthdev.inviabroker.com",
    ),
}
"""The venue's servers; those of the sockets and tokens are other people's findings."""

QUIRKS = Quirks(
    venue="INVIA",
    rates=INVIA,
    exchange="ITS",
    board="ITS",
    currency="RUB",
    environments=ENVIRONMENTS,
    has_graphql=False,
)

PACKAGE = package(
    QUIRKS,
    (
        Instrument.define(
            "SOGN.INVIA", tick="0.01", currency="RUB", lot=1, asset=AssetClass.EQUITY
        ),
        Instrument.define(
            "AAPL.INVIA", tick="0.01", currency="RUB", lot=1, asset=AssetClass.EQUITY
        ),
    ),
)
"""What the program finds under the name INVIA; the simulator lists some instruments by default."""
