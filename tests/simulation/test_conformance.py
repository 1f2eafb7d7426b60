"""Every venue passes every card of the conformance suite that applies to it."""

import msgspec
import pytest

from connectors.alor import PACKAGE as ALOR
from connectors.alor_protocol.package import by_request as alor_by_request
from connectors.b2trader.package import PACKAGE as B2TRADER
from connectors.binck.package import PACKAGE as BINCK
from connectors.ctrader.package import PACKAGE as CTRADER
from connectors.ctrader.package import simulated as simulated_ctrader
from connectors.demo.package import PACKAGE as DEMO
from connectors.demo.package import simulated_settings
from connectors.demo.settings import DemoSettings
from connectors.frame.package import VenuePackage
from connectors.invia import PACKAGE as INVIA
from connectors.simulation.simulator import Served
from lockstep.conformance import Card, cards_for, play


def by_request(served: Served, accounts: tuple[str, ...]) -> DemoSettings:
    return msgspec.structs.replace(simulated_settings(served, accounts), orders="http")


def by_websocket(served: Served, accounts: tuple[str, ...]) -> msgspec.Struct:
    return simulated_ctrader(msgspec.structs.replace(served, tcp=None), accounts)


CTRADER_HEDGING_BY_WEBSOCKET = msgspec.structs.replace(
    CTRADER, simulated=by_websocket, accounts=CTRADER.accounts[::-1]
)
DEMO_BY_REQUEST = msgspec.structs.replace(DEMO, simulated=by_request, orders_by="http")
VENUES = {
    "alor": ALOR,
    "alor-by-request": alor_by_request(ALOR),
    "b2trader": B2TRADER,
    "binck": BINCK,
    "ctrader": CTRADER,
    "ctrader-hedging-by-websocket": CTRADER_HEDGING_BY_WEBSOCKET,
    "demo": DEMO,
    "demo-by-request": DEMO_BY_REQUEST,
    "invia": INVIA,
}
PLAYS = [
    pytest.param(package, card, id=f"{name}-{card}")
    for name, package in VENUES.items()
    for card in cards_for(package)
]


@pytest.mark.parametrize(("package", "card"), PLAYS)
def test_venue_passes(package: VenuePackage, card: Card) -> None:
    play(package, card)
