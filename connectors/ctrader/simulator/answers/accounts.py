"""Answer for an account: its record, margin, open profit, and money that came and went.

Changes nothing but the thresholds of margin calls.
"""

from google.protobuf.message import Message

from connectors.ctrader.schema import account_pb2, position_pb2, records_pb2
from connectors.ctrader.simulator.answers.spans import WEEK_MS, span
from connectors.ctrader.simulator.desk import Desk
from connectors.ctrader.simulator.listing import MONEY_DIGITS, Listing, account_number
from connectors.ctrader.simulator.margin_watch import MarginWatch
from connectors.ctrader.simulator.margins import open_profit, side_margin
from connectors.ctrader.simulator.transfers import Transfers
from connectors.simulation.broker import SimulatedBroker


class AccountAnswers:
    """Answer from the books of the desk."""

    def __init__(
        self,
        broker: SimulatedBroker,
        desk: Desk,
        listing: Listing,
        watch: MarginWatch,
        transfers: Transfers,
    ) -> None:
        self._broker = broker
        self._books = desk.books
        self._listing = listing
        self._watch = watch
        self._transfers = transfers

    def trader(self, _: account_pb2.ProtoOATraderReq, account: str) -> Message:
        """Return the record of an account."""
        return account_pb2.ProtoOATraderRes(
            ctidTraderAccountId=account_number(account), trader=self._transfers.trader(account)
        )

    def open_profit(
        self, _: records_pb2.ProtoOAGetPositionUnrealizedPnLReq, account: str
    ) -> Message:
        """Return profit at the price at which each position could be closed."""
        rows = []
        for position in self._books.held(account):
            price = self._books.closing_price(position)
            gross = round((price - position.price) * position.size)
            net = round(open_profit(position, price))
            rows.append(
                position_pb2.ProtoOAPositionUnrealizedPnL(
                    positionId=position.number, grossUnrealizedPnL=gross, netUnrealizedPnL=net
                )
            )
        return records_pb2.ProtoOAGetPositionUnrealizedPnLRes(
            ctidTraderAccountId=account_number(account),
            positionUnrealizedPnL=rows,
            moneyDigits=MONEY_DIGITS,
        )

    def expected_margin(
        self, request: account_pb2.ProtoOAExpectedMarginReq, account: str
    ) -> Message:
        """Return the margin of new positions of some volumes."""
        instrument = self._listing.known(request.symbolId)
        price = self._broker.tape.mark(instrument.id)
        margins = [round(side_margin(each * price, instrument)) for each in request.volume]
        return account_pb2.ProtoOAExpectedMarginRes(
            ctidTraderAccountId=account_number(account),
            margin=[
                account_pb2.ProtoOAExpectedMargin(volume=each, buyMargin=margin, sellMargin=margin)
                for each, margin in zip(request.volume, margins, strict=True)
            ],
            moneyDigits=MONEY_DIGITS,
        )

    def margin_calls(self, _: account_pb2.ProtoOAMarginCallListReq, account: str) -> Message:
        """Return the thresholds at which the account is called for margin."""
        return account_pb2.ProtoOAMarginCallListRes(marginCall=self._watch.calls(account))

    def change_margin_call(
        self, request: account_pb2.ProtoOAMarginCallUpdateReq, account: str
    ) -> Message:
        """Change one of the thresholds."""
        self._watch.change(account, request.marginCall, self._broker.now)
        return account_pb2.ProtoOAMarginCallUpdateRes()

    def cash_flow(
        self, request: account_pb2.ProtoOACashFlowHistoryListReq, account: str
    ) -> Message:
        """Return what was paid in and out within a week."""
        start, end = span(request, 0, WEEK_MS)
        return account_pb2.ProtoOACashFlowHistoryListRes(
            ctidTraderAccountId=account_number(account),
            depositWithdraw=[
                each
                for each in self._transfers.of(account)
                if start <= each.changeBalanceTimestamp <= end
            ],
        )
