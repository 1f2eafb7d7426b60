"""A broker with a real exchange behind it, and a pen that notes what it tells."""

from backtest.exchange.account import VenueAccount
from backtest.exchange.core import Exchange
from backtest.exchange.models import ExchangeModels
from connectors.simulation.accounts import AccountTerms
from connectors.simulation.broker import SimulatedBroker
from connectors.simulation.records import BrokerEvent, BrokerOrder, IdFormat
from engine.model.commands import OrderType, Side, SubmitOrder, TimeInForce
from engine.model.instrument import Instrument
from engine.model.market import QuoteTick

XYZ = Instrument.define("XYZ.SIM", tick="0.01", currency="USD")
NETTING = AccountTerms(id="net", currency="USD", balance=10_000.0)
HEDGING = AccountTerms(id="hedge", currency="USD", balance=10_000.0, positions="hedging")
CASH = AccountTerms(id="cash", currency="USD", balance=10_000.0, settles="cash")


class Counter:
    """Deal with a broker in few words; `told` holds what it told."""

    def __init__(self, *accounts: AccountTerms) -> None:
        known = accounts or (NETTING,)
        money = [VenueAccount(a.id, a.currency, a.balance) for a in known]
        exchange = Exchange([XYZ], ExchangeModels(fills="quotes"), accounts=money)
        ids = IdFormat(order="O{}".format, trade="T{}".format, position="P{}".format)
        self.broker = SimulatedBroker(exchange, [XYZ], known, ids)
        self.account = known[0].id
        self.told: list[BrokerEvent] = []
        self.broker.listen(self.told.append)
        self.ts = 0

    def quote(self, bid: float, ask: float, size: float = 100.0) -> None:
        self.ts += 1
        self.broker.row(QuoteTick("XYZ.SIM", self.ts, self.ts, bid, ask, size, size))

    def order(
        self,
        side: Side,
        quantity: float,
        *,
        price: float | None = None,
        stop: float | None = None,
        position_id: str = "",
        time_in_force: TimeInForce = TimeInForce.GTC,
        expire_ts: int | None = None,
        account: str = "",
    ) -> BrokerOrder:
        kind = OrderType.MARKET if price is None else OrderType.LIMIT
        command = SubmitOrder(
            f"c{self.ts}",
            "",
            account or self.account,
            "XYZ.SIM",
            self.ts,
            side,
            kind if stop is None else OrderType.STOP,
            quantity,
            price,
            stop,
            time_in_force=time_in_force,
            expire_ts=expire_ts,
        )
        return self.broker.submit(command, position_id=position_id)

    def take(self) -> list[BrokerEvent]:
        told = self.told[:]
        self.told.clear()
        return told
