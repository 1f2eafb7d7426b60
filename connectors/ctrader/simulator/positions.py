"""Positions as the simulated venue tells of them: protection, commission and money of a close.

The broker holds sizes and profit; this holds what it does not know.
"""

import msgspec

from connectors.ctrader.mapping.scaling import milliseconds, volume
from connectors.ctrader.schema.position_pb2 import (
    ProtoOAClosePositionDetail,
    ProtoOAOrder,
    ProtoOAPosition,
    ProtoOATradeData,
    ProtoOATradeSide,
)
from connectors.ctrader.simulator.listing import MONEY_DIGITS
from engine.model.commands import Side

SIDES = {1: ProtoOATradeSide.BUY, -1: ProtoOATradeSide.SELL}


class Levels(msgspec.Struct, frozen=True):
    """Hold what protects a position: prices or None, and how the stop is.

    A trailing stop follows the market, a guaranteed one is executed at its own price.
    """

    stop_loss: float | None = None
    take_profit: float | None = None
    trailing: bool = False
    guaranteed: bool = False

    def moved(self, stop_loss: float) -> "Levels":
        """Return the levels with another stop."""
        return msgspec.structs.replace(self, stop_loss=stop_loss)


class Position(msgspec.Struct, kw_only=True):
    """Hold one position; `size` is signed hundredths.

    `commission` and `swap` are what the close will book (money units, a cost is negative), and
    `used_margin` is what the position takes of the account's equity.
    """

    number: int
    account: str
    instrument: str
    symbol_id: int
    side: Side
    label: str = ""
    size: int = 0
    price: float = 0.0
    commission: int = 0
    swap: int = 0
    used_margin: int = 0
    ts_opened: int = 0
    ts_updated: int = 0
    ts_closed: int = 0
    levels: Levels = Levels()
    protection_id: int = 0
    ts_protected: int = 0

    def message(self, status: str | None = None) -> ProtoOAPosition:
        """Return the position as it is told; without a status by what it holds.

        Zeros are written out, as the venue does; an empty position has no opening time.
        """
        data = ProtoOATradeData(
            symbolId=self.symbol_id,
            volume=abs(self.size),
            tradeSide=SIDES[self.side],
            label=self.label,
            guaranteedStopLoss=self.levels.guaranteed,
            comment="",
            measurementUnits="",
        )
        if self.ts_opened:
            data.openTimestamp = milliseconds(self.ts_opened)
        if self.ts_closed:
            data.closeTimestamp = milliseconds(self.ts_closed)
        held = "OPEN" if self.size else "CLOSED" if self.ts_closed else "CREATED"
        position = ProtoOAPosition(
            positionId=self.number,
            tradeData=data,
            positionStatus=f"POSITION_STATUS_{status or held}",
            swap=self.swap,
            price=self.price if self.size else 0.0,
            commission=self.commission,
            marginRate=self.price if self.size else 0.0,
            mirroringCommission=0,
            guaranteedStopLoss=self.levels.guaranteed,
            usedMargin=self.used_margin,
            moneyDigits=MONEY_DIGITS,
            trailingStopLoss=self.levels.trailing,
        )
        if self.ts_updated:
            position.utcLastUpdateTimestamp = milliseconds(self.ts_updated)
        if self.levels.stop_loss is not None:
            position.stopLoss = self.levels.stop_loss
            position.stopLossTriggerMethod = ProtoOAPosition().stopLossTriggerMethod
        if self.levels.take_profit is not None:
            position.takeProfit = self.levels.take_profit
        return position

    def protection(self, status: str, price: float | None = None) -> ProtoOAOrder:
        """Return the order that the venue keeps for both levels; `price` if it was executed."""
        order = ProtoOAOrder(
            orderId=self.protection_id,
            tradeData=ProtoOATradeData(
                symbolId=self.symbol_id,
                volume=abs(self.size),
                tradeSide=SIDES[-self.side],
                openTimestamp=milliseconds(self.ts_protected),
                label=self.label,
                guaranteedStopLoss=self.levels.guaranteed,
                comment="",
                measurementUnits="",
            ),
            orderType="STOP_LOSS_TAKE_PROFIT",
            orderStatus=f"ORDER_STATUS_{status}",
            executedVolume=0 if price is None else abs(self.size),
            utcLastUpdateTimestamp=milliseconds(self.ts_updated),
            closingOrder=True,
            clientOrderId=f"protection-{self.number}",
            timeInForce="GOOD_TILL_CANCEL",
            positionId=self.number,
            trailingStopLoss=self.levels.trailing,
            stopTriggerMethod="TRADE",
        )
        if price is not None:
            order.executionPrice = price
        if self.levels.stop_loss is not None:
            order.stopPrice = self.levels.stop_loss
        if self.levels.take_profit is not None:
            order.limitPrice = self.levels.take_profit
        return order

    def close(self, size: int, gross: int, commission: int) -> ProtoOAClosePositionDetail:
        """Take `size` (positive) off, and return what the close is made of but for the balance.

        The shares of the opening commission and of the swap are rounded against the account.
        """
        share, swap = (part * size // abs(self.size) for part in (self.commission, self.swap))
        self.commission -= share
        self.swap -= swap
        return ProtoOAClosePositionDetail(
            entryPrice=self.price,
            grossProfit=gross,
            swap=swap,
            commission=share + commission,
            balance=0,
            quoteToDepositConversionRate=1.0,
            closedVolume=size,
            moneyDigits=MONEY_DIGITS,
            pnlConversionFee=0,
        )


class Purse(msgspec.Struct):
    """Hold an account's money as the venue counts it: opening commissions are booked at the close.

    `worth` is what the broker last said, in which they are booked at once.
    """

    balance: int
    worth: float
    version: int = 0

    def book(self, detail: ProtoOAClosePositionDetail) -> None:
        """Book a close: balance = balance before + gross profit + swap + commission + fee."""
        self.balance += detail.grossProfit + detail.swap + detail.commission
        self.balance += detail.pnlConversionFee
        self.version += 1
        detail.balance = self.balance
        detail.balanceVersion = self.version


def size_of(quantity: float) -> int:
    """Return a signed quantity in hundredths."""
    return volume(abs(quantity)) * (1 if quantity > 0 else -1)
