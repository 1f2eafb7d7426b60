"""Money that is paid into and out of the accounts of the simulated venue.

Moves none itself: the broker does, where it is told to.
"""

from itertools import count

from connectors.ctrader.mapping.scaling import milliseconds
from connectors.ctrader.schema.account_pb2 import (
    ProtoOADepositWithdraw,
    ProtoOATrader,
    ProtoOATraderUpdatedEvent,
)
from connectors.ctrader.schema.trading_pb2 import ProtoOAExecutionEvent
from connectors.ctrader.simulator.desk import Desk
from connectors.ctrader.simulator.listing import MONEY_DIGITS, Listing, account_number
from connectors.simulation.broker import SimulatedBroker
from connectors.simulation.records import BrokerEvent
from engine.model.reports import CashAdjusted

_OF_POSITIONS = ("swap", "guarantee")


class Transfers:
    """Tell of payments as the venue does, and remember them."""

    def __init__(self, broker: SimulatedBroker, desk: Desk, listing: Listing) -> None:
        self._broker = broker
        self._desk = desk
        self._listing = listing
        self._paid: list[tuple[str, ProtoOADepositWithdraw]] = []
        self._numbers = count(1)
        broker.listen(self._hear)

    def of(self, account: str) -> list[ProtoOADepositWithdraw]:
        """Return the payments of an account, oldest first."""
        return [each for owner, each in self._paid if owner == account]

    def trader(self, account: str) -> ProtoOATrader:
        """Return the record of an account as it now is."""
        purse = self._desk.books.purses[account]
        terms = self._broker.accounts[account].terms
        return self._listing.trader(terms, purse.balance, purse.version)

    def _hear(self, event: BrokerEvent) -> None:
        if not isinstance(event, CashAdjusted) or event.reason in _OF_POSITIONS:
            return
        books, account = self._desk.books, event.account
        books.deposit(account, event.amount)
        told = ProtoOAExecutionEvent(
            ctidTraderAccountId=account_number(account),
            executionType="DEPOSIT_WITHDRAW",
            isServerEvent=True,
        )
        paid = self._payment(event)
        self._paid.append((account, paid))
        told.depositWithdraw.CopyFrom(paid)
        self._desk.tell(account, told)
        number = account_number(account)
        changed = ProtoOATraderUpdatedEvent(ctidTraderAccountId=number, trader=self.trader(account))
        self._desk.tell(account, changed)

    def _payment(self, event: CashAdjusted) -> ProtoOADepositWithdraw:
        purse = self._desk.books.purses[event.account]
        return ProtoOADepositWithdraw(
            operationType="BALANCE_DEPOSIT" if event.amount > 0 else "BALANCE_WITHDRAW",
            balanceHistoryId=next(self._numbers),
            balance=purse.balance,
            delta=round(event.amount * 10**MONEY_DIGITS),
            changeBalanceTimestamp=milliseconds(event.ts_recv),
            externalNote=event.reason,
            balanceVersion=purse.version,
            moneyDigits=MONEY_DIGITS,
        )
