"""What the broker holds, in the words of B2TRADER's wire.

Holds no state. Amounts of orders are base units everywhere; positions are in lots.
"""

from decimal import Decimal
from math import isnan

from connectors.b2trader.mapping import SIDE_WORDS, TIMES_IN_FORCE, exact, plain
from connectors.b2trader.messages import (
    Balance,
    ClosedOrder,
    Commission,
    Execution,
    Level,
    Margin,
    OrderItem,
    Position,
    Trigger,
)
from connectors.frame.iso_time import to_iso
from connectors.simulation.records import BrokerOrder
from engine.model.commands import OrderType, Side
from engine.model.instrument import Instrument
from engine.model.reports import OrderFilled
from engine.model.truth import BalanceRecord, PositionRecord, Standing

_STATUSES = {
    Standing.FILLED: "Completed",
    Standing.CANCELED: "Cancelled",
    Standing.EXPIRED: "Expired",
    Standing.REJECTED: "Rejected",
}
_LIMITED = (OrderType.LIMIT, OrderType.STOP_LIMIT)
CHILD = "C"
"""What the id of the order that an activated stop makes ends with."""


def text(value: float) -> str:
    """Return a number as the wire writes it."""
    return plain(exact(value))


def is_stop(order: BrokerOrder) -> bool:
    """Say whether an order is still among the stop orders."""
    return order.stop is not None and not order.triggered


def order_id(order: BrokerOrder) -> str:
    """Return an order's id: an activated stop has made another order."""
    return order.venue_order_id + (CHILD if order.triggered else "")


def order_item(order: BrokerOrder) -> OrderItem:
    """Return an order as stream and answers have it."""
    average = order.average_price
    return OrderItem(
        order_id=order_id(order),
        market_id=order.instrument.rpartition(".")[0],
        side=SIDE_WORDS[order.side],
        status=_status(order),
        order_type="Limit" if order.type in _LIMITED else "Market",
        source="StopOrder" if order.triggered else "Manual",
        requested_amount=text(order.quantity),
        remaining_amount=plain(exact(order.quantity) - exact(order.filled)),
        requested_price=None if order.price is None else text(order.price),
        activation_price=None if order.stop is None else text(order.stop),
        execution_price=None if isnan(average) else repr(average),
        created_at=to_iso(order.ts_created),
        updated_at=to_iso(order.ts_updated),
        reject_details=order.reason or None,
        commission="0",
    )


def _status(order: BrokerOrder) -> str:
    if is_stop(order) and order.is_working:
        return "WaitingForActivation"
    if order.is_working:
        return "Working" if order.filled else "Pending"
    return _STATUSES[order.standing]


def position_id(record: PositionRecord) -> str:
    """Return a position's id; on netting accounts there is one for each market."""
    return record.position_id or f"P-{record.instrument.rpartition('.')[0]}"


def position(record: PositionRecord, instrument: Instrument) -> Position:
    """Return a position in lots; an empty one has been closed."""
    stop, take = record.stop_loss, record.take_profit
    lots = exact(abs(record.quantity)) / Decimal(instrument.lot)
    return Position(
        position_id=position_id(record),
        market_id=instrument.symbol,
        side=SIDE_WORDS[Side.BUY if record.quantity >= 0 else Side.SELL],
        position_lot_amount=plain(lots),
        status="Open" if record.quantity else "Closed",
        open_price=None if record.average_price is None else text(record.average_price),
        updated_at=to_iso(record.ts_event),
        take_profit=None if take is None else Trigger(price=text(take)),
        stop_loss=None if stop is None else Trigger(price=text(stop)),
    )


def closed_order(order: BrokerOrder, fill: OrderFilled, instrument: Instrument) -> ClosedOrder:
    """Return an execution that closed (a part of) a position."""
    return ClosedOrder(
        order_id=order_id(order),
        market_id=instrument.symbol,
        side=SIDE_WORDS[order.side],
        position_close_lot_amount=plain(exact(fill.quantity) / Decimal(instrument.lot)),
        reason="StopLoss" if order.remark == "protection" else "Trader",
        position_id=order.position_id or f"P-{instrument.symbol}",
        close_price=text(fill.price),
        closed_at=to_iso(fill.ts_event),
    )


def execution(order: BrokerOrder, fill: OrderFilled) -> Execution:
    """Return an execution of the history."""
    symbol = order.instrument.rpartition(".")[0]
    return Execution(
        execution_id=fill.trade_id,
        order_id=order_id(order),
        position_id=order.position_id or f"P-{symbol}",
        side=SIDE_WORDS[order.side],
        base_amount=text(fill.quantity),
        execution_price=text(fill.price),
        created_at=to_iso(fill.ts_event),
        commissions=(Commission(asset_id=fill.fee_currency.lower(), amount=text(fill.fee)),),
    )


def balance(record: BalanceRecord) -> Balance:
    """Return an account's money."""
    available = record.total if record.available is None else record.available
    return Balance(
        asset_id=record.currency.lower(), total=text(record.total), available=text(available)
    )


def margin(record: BalanceRecord) -> Margin:
    """Return the state of margin, without the profit of open positions."""
    available = record.total if record.available is None else record.available
    used = record.total - available
    return Margin(
        margin_balance=text(record.total),
        equity=text(record.total),
        used_margin=repr(used),
        free_margin=text(available),
        margin_level=repr(record.total / used) if used else None,
    )


def market(instrument: Instrument) -> dict[str, object]:
    """Return a market with the names that the connector looks for by default."""
    scale, kind = instrument.quantity_scale, instrument.symbol.partition(".")[0]
    step, least = instrument.quantity_step / scale, instrument.quantity_min / scale
    row: dict[str, object] = {
        "marketId": instrument.symbol,
        "displayName": instrument.symbol,
        "baseAssetId": (instrument.base or "").lower(),
        "quoteAssetId": instrument.currency.lower(),
        "priceScale": instrument.price_digits,
    }
    if kind == "spot":
        return row | {"minAmount": text(least), "amountScale": instrument.quantity_digits}
    lot = Decimal(instrument.lot)
    return row | {
        "lotSize": instrument.lot,
        "lotStep": plain(exact(step) / lot),
        "minLotAmount": plain(exact(least) / lot),
    }


def levels(side: tuple[tuple[float, float], ...]) -> tuple[Level, ...]:
    """Return the levels of a side."""
    return tuple(Level(price=text(price), amount=text(size)) for price, size in side)


def changes(
    before: tuple[tuple[float, float], ...], after: tuple[tuple[float, float], ...]
) -> tuple[Level, ...]:
    """Return what turns one side of a book into another; amount 0 removes a level."""
    old, new = dict(before), dict(after)
    gone = tuple((price, 0.0) for price in old if price not in new)
    return levels(gone + tuple(level for level in after if old.get(level[0]) != level[1]))


TIME_WORDS = {word: life for life, word in TIMES_IN_FORCE.items()}
