"""cTrader connected in virtual time: where the venue cannot be reached, and where it must wait."""

import msgspec
import pytest

from connectors.ctrader.package import PACKAGE, AccountSettings, simulated
from connectors.frame.package import VenuePackage
from connectors.simulation.accounts import AccountTerms
from connectors.simulation.faults import Fault
from connectors.simulation.simulator import Served
from engine.errors import VenueError
from engine.simulation.chance import seeded_world
from lockstep.conformance.stage import Stage


def play_opening(package: VenuePackage, *faults: Fault) -> None:
    """Open a stage under faults that stay; raises what the opening raised."""
    with seeded_world(3) as (loop, clock):

        async def scene() -> None:
            stage = Stage(package, clock, 3)
            for fault in faults:
                stage.faults.set(fault)
            try:
                await stage.open()
            finally:
                await stage.close()

        loop.run(scene())


def test_venue_that_refuses_connections_is_told_within_half_a_minute() -> None:
    with pytest.raises(VenueError, match="CTRADER cannot be reached: link demo"):
        play_opening(PACKAGE, Fault.REFUSE_CONNECT)


def test_account_that_is_not_granted_is_told_with_its_name() -> None:
    stranger = AccountTerms(id="stranger", currency="USD", balance=1.0)
    known = msgspec.structs.replace(PACKAGE, accounts=(stranger,))

    def strange(served: Served, accounts: tuple[str, ...]) -> msgspec.Struct:
        wrong = {"stranger": AccountSettings(id=5)}
        return msgspec.structs.replace(simulated(served, accounts), accounts=wrong)

    with pytest.raises(VenueError, match="account stranger: CH_CTID_TRADER_ACCOUNT_NOT_FOUND"):
        play_opening(msgspec.structs.replace(known, simulated=strange))
