"""Rows of orders, trades, positions and money in units of the engine, from the venue's records.

Judges nothing: which client order a row belongs to is for the placements.
"""

from collections.abc import Mapping
from types import MappingProxyType

import msgspec

from connectors.alor_protocol.mapping.cache import InstrumentCache
from connectors.alor_protocol.mapping.instruments import currency_name
from connectors.alor_protocol.messages.account import Order, Position, StopOrder, Trade
from connectors.alor_protocol.wire_time import time_ns
from engine.model.commands import OrderType, Side
from engine.model.decimals import round_15
from engine.model.instrument import AssetClass
from engine.model.reports import OrderFilled
from engine.model.truth import BalanceRecord, OrderRecord, PositionRecord, Standing

_STANDINGS = MappingProxyType(
    {
        "working": Standing.WORKING,
        "filled": Standing.FILLED,
        "canceled": Standing.CANCELED,
        "rejected": Standing.REJECTED,
    }
)
_TYPES = MappingProxyType(
    {
        "market": OrderType.MARKET,
        "limit": OrderType.LIMIT,
        "stop": OrderType.STOP,
        "stoplimit": OrderType.STOP_LIMIT,
    }
)
_PAID_IN_FULL = (AssetClass.EQUITY, AssetClass.BOND, AssetClass.FX)
_SIDES = {"buy": Side.BUY, "sell": Side.SELL}


class OrderRow(msgspec.Struct, frozen=True, kw_only=True):
    """Hold one venue order in units; stop orders have numbers of their own, written `stop/N`.

    `born` is the number of the order that a triggered stop became.
    """

    number: str
    account: str
    instrument: str
    side: Side
    type: OrderType
    quantity: float
    filled: float
    standing: Standing
    ts_event: int
    comment: str = ""
    price: float | None = None
    stop: float | None = None
    born: str = ""
    reason: str = ""

    @property
    def was_triggered(self) -> bool:
        """Say whether it is a stop that has become another order, which has the fills."""
        return self.standing is Standing.FILLED and self.number.startswith("stop/")

    @property
    def is_working(self) -> bool:
        """Say whether the venue may still fill it."""
        return self.standing is Standing.WORKING


class TradeRow(msgspec.Struct, frozen=True, kw_only=True):
    """Hold one execution in units; `number` names the order it belongs to."""

    trade_id: str
    number: str
    account: str
    instrument: str
    side: Side
    quantity: float
    price: float
    fee: float
    fee_currency: str
    ts_event: int
    ts_recv: int
    comment: str = ""


def stop_number(number: str | int) -> str:
    """Return the name under which a stop order's number is kept apart from other orders'."""
    return f"stop/{number}"


def order_row(order: Order, account: str, cache: InstrumentCache, now: int) -> OrderRow | None:
    """Return an ordinary order's row; None for an unknown instrument, side, type or status."""
    traded = cache.find(order.exchange, order.symbol, order.board)
    words = _words(order)
    if traded is None or words is None:
        return None
    side, kind, standing = words
    return OrderRow(
        number=str(order.id),
        account=account,
        instrument=traded.instrument.id,
        side=side,
        type=kind,
        quantity=_units(order.qty_units, order.qty_batch, traded.lot),
        filled=_units(order.filled_qty_units, order.filled_qty_batch, traded.lot),
        standing=standing,
        ts_event=time_ns(order.update_time or order.trans_time, now),
        comment=order.comment or "",
        price=order.price if kind is OrderType.LIMIT else None,
        reason=(order.comment or "rejected") if standing is Standing.REJECTED else "",
    )


def stop_row(order: StopOrder, account: str, cache: InstrumentCache, now: int) -> OrderRow | None:
    """Return a stop order's row; None for an unknown instrument, side, type or status."""
    traded = cache.find(order.exchange, order.symbol, order.board)
    words = _words(order)
    if traded is None or words is None:
        return None
    side, kind, standing = words
    return OrderRow(
        number=stop_number(order.id),
        account=account,
        instrument=traded.instrument.id,
        side=side,
        type=kind,
        quantity=_units(order.qty_units, order.qty_batch, traded.lot),
        filled=0.0,
        standing=standing,
        ts_event=time_ns(order.update_time or order.trans_time, now),
        comment=order.comment or "",
        price=order.price if kind is OrderType.STOP_LIMIT else None,
        stop=order.stop_price,
        born=str(order.exchange_order_id or "") if standing is Standing.FILLED else "",
        reason=order.error or "",
    )


def trade_row(
    trade: Trade, account: str, cache: InstrumentCache, currency: str, now: int
) -> TradeRow | None:
    """Return an execution's row; None for an unknown instrument or side. A missing fee is 0."""
    traded = cache.find(trade.exchange, trade.symbol, trade.board)
    side = _SIDES.get(trade.side.casefold())
    if traded is None or side is None or trade.price is None:
        return None
    return TradeRow(
        trade_id=str(trade.id),
        number=str(trade.order_no),
        account=account,
        instrument=traded.instrument.id,
        side=side,
        quantity=_units(trade.qty_units, trade.qty_batch, traded.lot),
        price=trade.price,
        fee=trade.commission or 0.0,
        fee_currency=currency,
        ts_event=time_ns(trade.date, now),
        ts_recv=now,
        comment=trade.comment or "",
    )


def position_record(
    row: Position, account: str, cache: InstrumentCache, now: int
) -> PositionRecord | None:
    """Return a holding; None for cash and for instruments that were not loaded."""
    traded = cache.find(row.exchange, row.symbol, None)
    if row.is_currency or traded is None:
        return None
    return PositionRecord(
        account=account,
        instrument=traded.instrument.id,
        quantity=_units(row.qty_units, row.qty_batch, traded.lot),
        ts_event=now,
        ts_recv=now,
        average_price=row.avg_price,
    )


def balances_of(
    rows: list[Position], free: Mapping[str, float], account: str, cache: InstrumentCache, now: int
) -> tuple[BalanceRecord, ...]:
    """Return an account's money by currency, as the engine counts it.

    The venue's cash rows go down by what shares, bonds and currencies cost; the engine's money does
    not, so their cost (`volume`: the holding at its average price) is added. Derivatives take no
    cash. `free` is the buying power by currency.
    """
    cost: dict[str, float] = {}
    for row in rows:
        traded = None if row.is_currency else cache.find(row.exchange, row.symbol, None)
        if traded is not None and traded.instrument.asset in _PAID_IN_FULL:
            currency = traded.instrument.currency
            cost[currency] = cost.get(currency, 0.0) + (row.volume or 0.0)
    return tuple(
        BalanceRecord(
            account=account,
            currency=currency,
            total=round_15((row.qty_units or 0.0) + cost.get(currency, 0.0)),
            ts_event=now,
            ts_recv=now,
            available=free.get(currency),
        )
        for row in rows
        if row.is_currency and (currency := currency_name(row.symbol))
    )


def fill_of(row: TradeRow, client_order_id: str, now: int) -> OrderFilled:
    """Return the report of an execution; without an owner it moves the account alone."""
    return OrderFilled(
        client_order_id=client_order_id,
        instrument=row.instrument,
        ts_event=row.ts_event,
        ts_recv=now,
        venue_order_id=row.number,
        account=row.account,
        trade_id=row.trade_id,
        side=row.side,
        quantity=row.quantity,
        price=row.price,
        fee=row.fee,
        fee_currency=row.fee_currency,
    )


def record_of(row: OrderRow, client_order_id: str, quantity: float, filled: float) -> OrderRecord:
    """Return an order as the engine lists it, with the totals over all its venue orders."""
    return OrderRecord(
        account=row.account,
        instrument=row.instrument,
        venue_order_id=row.number,
        side=row.side,
        type=row.type,
        quantity=quantity,
        filled=filled,
        standing=row.standing,
        ts_event=row.ts_event,
        client_order_id=client_order_id,
        price=row.price,
        stop=row.stop,
        reason=row.reason,
    )


def _words(order: Order | StopOrder) -> tuple[Side, OrderType, Standing] | None:
    side = _SIDES.get(order.side.casefold())
    kind = _TYPES.get(order.type.casefold())
    standing = _STANDINGS.get(order.status.casefold())
    if side is None or kind is None or standing is None:
        return None
    return side, kind, standing


def _units(units: float | None, lots: float | None, lot: int) -> float:
    if units is None:
        return (lots or 0.0) * lot
    return units
