"""The venue's orders, deals and positions to the engine's records and fills.

Used alike for what is streamed and for what lists answer.
"""

from types import MappingProxyType

from connectors.ctrader.directory import Account, Directory
from connectors.ctrader.mapping.scaling import money, nanoseconds, quantity
from connectors.ctrader.schema.position_pb2 import (
    ProtoOADeal,
    ProtoOADealStatus,
    ProtoOAOrder,
    ProtoOAOrderStatus,
    ProtoOAOrderType,
    ProtoOAPosition,
    ProtoOATradeSide,
)
from connectors.ctrader.trading_state import TradingState
from engine.model.commands import OrderType, Side
from engine.model.decimals import canonical
from engine.model.reports import OrderFilled
from engine.model.truth import OrderRecord, PositionRecord, Standing

_TYPES = MappingProxyType(
    {
        ProtoOAOrderType.MARKET: OrderType.MARKET,
        ProtoOAOrderType.MARKET_RANGE: OrderType.LIMIT,
        ProtoOAOrderType.LIMIT: OrderType.LIMIT,
        ProtoOAOrderType.STOP: OrderType.STOP,
        ProtoOAOrderType.STOP_LIMIT: OrderType.STOP_LIMIT,
        ProtoOAOrderType.STOP_LOSS_TAKE_PROFIT: OrderType.STOP,
    }
)

_STANDINGS = MappingProxyType(
    {
        ProtoOAOrderStatus.ORDER_STATUS_ACCEPTED: Standing.WORKING,
        ProtoOAOrderStatus.ORDER_STATUS_FILLED: Standing.FILLED,
        ProtoOAOrderStatus.ORDER_STATUS_REJECTED: Standing.REJECTED,
        ProtoOAOrderStatus.ORDER_STATUS_EXPIRED: Standing.EXPIRED,
        ProtoOAOrderStatus.ORDER_STATUS_CANCELLED: Standing.CANCELED,
    }
)

_EXECUTED = (ProtoOADealStatus.FILLED, ProtoOADealStatus.PARTIALLY_FILLED)


def side_of(trade_side: int) -> Side:
    """Return the direction of an order, a deal or a position."""
    return Side.BUY if trade_side == ProtoOATradeSide.BUY else Side.SELL


def is_protection(order: ProtoOAOrder) -> bool:
    """Return whether the venue made the order itself, to hold a position's two levels."""
    return order.orderType == ProtoOAOrderType.STOP_LOSS_TAKE_PROFIT


def limit_of(order: ProtoOAOrder, digits: int) -> float | None:
    """Return the limit of an order; a market range and a stop-limit name it by a slippage."""
    if order.HasField("limitPrice"):
        return order.limitPrice
    if order.orderType == ProtoOAOrderType.MARKET_RANGE:
        return _moved(order.baseSlippagePrice, order, digits)
    if order.orderType == ProtoOAOrderType.STOP_LIMIT:
        return _moved(order.stopPrice, order, digits)
    return None


def _moved(price: float, order: ProtoOAOrder, digits: int) -> float:
    """Return a price moved by the slippage of an order."""
    reach = order.slippageInPoints * side_of(order.tradeData.tradeSide)
    return canonical(round(price * 10**digits) + reach, digits)


def order_time(order: ProtoOAOrder) -> int:
    """Return when an order last changed, by the venue's clock (ns)."""
    return nanoseconds(order.utcLastUpdateTimestamp or order.tradeData.openTimestamp)


def fill(
    deal: ProtoOADeal, account: Account, directory: Directory, client_order_id: str, now: int
) -> OrderFilled | None:
    """Return a deal as a fill, None when it executed nothing or its symbol is not known.

    The fee is the deal's own commission: what a close shares with its opening was told then.
    """
    listed = directory.symbol(account.id, deal.symbolId)
    if listed is None or deal.dealStatus not in _EXECUTED or not deal.filledVolume:
        return None
    digits = deal.moneyDigits if deal.HasField("moneyDigits") else account.money_digits
    return OrderFilled(
        client_order_id=client_order_id,
        instrument=listed.instrument.id,
        account=account.name,
        venue_order_id=str(deal.orderId),
        ts_event=nanoseconds(deal.executionTimestamp),
        ts_recv=now,
        trade_id=str(deal.dealId),
        side=side_of(deal.tradeSide),
        quantity=quantity(deal.filledVolume),
        price=deal.executionPrice,
        fee=money(-deal.commission, digits),
        fee_currency=account.currency,
        position_id=str(deal.positionId) if account.is_hedging else "",
    )


def position_record(
    position: ProtoOAPosition, account: Account, directory: Directory, now: int
) -> PositionRecord | None:
    """Return a position as it now is, None when its symbol is not known.

    On netting accounts there is one for each instrument, and its id is left out.
    """
    listed = directory.symbol(account.id, position.tradeData.symbolId)
    if listed is None:
        return None
    held = quantity(position.tradeData.volume) * side_of(position.tradeData.tradeSide)
    return PositionRecord(
        account=account.name,
        instrument=listed.instrument.id,
        quantity=held,
        ts_event=nanoseconds(position.utcLastUpdateTimestamp),
        ts_recv=now,
        average_price=position.price if held else None,
        position_id=str(position.positionId) if account.is_hedging else "",
        stop_loss=position.stopLoss if position.HasField("stopLoss") else None,
        take_profit=position.takeProfit if position.HasField("takeProfit") else None,
    )


def order_record(
    order: ProtoOAOrder, account: Account, directory: Directory, state: TradingState
) -> OrderRecord | None:
    """Return one row of a list of orders, None when its symbol is not known."""
    listed = directory.symbol(account.id, order.tradeData.symbolId)
    if listed is None:
        return None
    return OrderRecord(
        account=account.name,
        instrument=listed.instrument.id,
        venue_order_id=str(order.orderId),
        side=side_of(order.tradeData.tradeSide),
        type=_TYPES[order.orderType],
        quantity=quantity(order.tradeData.volume),
        filled=quantity(order.executedVolume),
        standing=_STANDINGS[order.orderStatus],
        ts_event=order_time(order),
        client_order_id=state.client_of(order.orderId),
        price=limit_of(order, listed.digits),
        stop=order.stopPrice if order.HasField("stopPrice") else None,
        position_id=str(order.positionId) if account.is_hedging and order.positionId else "",
    )
