"""A paper run hears nothing of the real account behind its market data."""

import pytest

from backtest.paper import PaperVenue
from engine.config.exchange import ExchangeConfig
from engine.gate.approved import Approved
from engine.model.commands import Command
from engine.model.connection import LinkChanged, LinkState
from engine.model.instrument import Instrument
from engine.model.market import Bar
from engine.model.notices import AccountChanged, MarginCalled
from engine.model.reports import CashAdjusted
from engine.model.subscription import Subscription
from engine.model.truth import BalanceRecord
from engine.simulation.chance import seeded_world

CASH = CashAdjusted(
    account="a", instrument="", currency="USD", ts_event=1, ts_recv=1, amount=5.0, reason="swap"
)
BALANCE = BalanceRecord(account="a", currency="USD", total=1.0, ts_event=1, ts_recv=1)
CALL = MarginCalled(account="a", level=100.0, ts_recv=1)
CHANGED = AccountChanged(account="a", text="it may not trade", ts_recv=1)
LINK = LinkChanged("CTRADER", "demo", LinkState.READY, True, 1)


class Silent:
    """Be a connection that never says anything by itself."""

    is_ready = True

    async def open(self, names: tuple[str, ...]) -> tuple[Instrument, ...]:
        return ()

    async def close(self) -> None:
        return

    def subscribe(self, subscription: Subscription) -> None:
        return

    async def history(self, instrument: str, spec: str, start: int, end: int) -> tuple[Bar, ...]:
        return ()

    async def resync(self) -> None:
        return

    def send(self, approved: Approved[Command]) -> None:
        return


@pytest.mark.parametrize("event", [CASH, BALANCE, CALL, CHANGED], ids=type)
def test_real_money_does_not_move_paper_books(event: object) -> None:
    heard: list[object] = []
    with seeded_world(1) as (loop, clock):

        async def scene() -> None:
            config = ExchangeConfig()
            paper = PaperVenue(
                lambda _hear: Silent(), heard.append, clock, config, ("a",), epoch=1, seed=1
            )
            paper.hear(event)
            paper.hear(LINK)

        loop.run(scene())
    assert heard == [LINK]
