"""The venue's records of what the broker has: units become lots, states become words.

Decides nothing; numbers of stop orders are kept apart from those of orders.
"""

import msgspec

from connectors.alor_protocol.messages.account import Order, Position, StopOrder, Trade
from connectors.alor_protocol.messages.market import Book, Candle, Level, PublicTrade, Quote
from connectors.alor_protocol.messages.risk import BuyingPower, DerivativesRisk, Risk, Summary
from connectors.alor_protocol.simulator.profile import Listed
from connectors.alor_protocol.wire_time import time_text
from connectors.simulation.records import BrokerOrder
from engine.model.commands import OrderType, Side, TimeInForce
from engine.model.decimals import round_15
from engine.model.market import Bar, BookSnapshot, QuoteTick, TradeTick
from engine.model.reports import OrderFilled
from engine.model.truth import BalanceRecord, PositionRecord, Standing

_MS = 1_000_000
_SECOND = 1_000_000_000
_STOP_NUMBERS = 340_000
_STATUSES = {
    Standing.WORKING: "working",
    Standing.FILLED: "filled",
    Standing.CANCELED: "canceled",
    Standing.EXPIRED: "canceled",
    Standing.REJECTED: "rejected",
}
_LIVES = {
    TimeInForce.GTC: "goodtillcancelled",
    TimeInForce.DAY: "oneday",
    TimeInForce.GTD: "oneday",
    TimeInForce.IOC: "immediateorcancel",
    TimeInForce.FOK: "fillorkill",
}
_CONDITIONAL = (OrderType.STOP, OrderType.STOP_LIMIT)


def is_stop(order: BrokerOrder) -> bool:
    """Say whether an order began as a stop, with a row in the list of stop orders."""
    return order.type in _CONDITIONAL


def is_listed(order: BrokerOrder) -> bool:
    """Say whether an order has a row in the list of ordinary orders."""
    return not is_stop(order) or order.triggered


def stop_number(order: BrokerOrder) -> str:
    """Return the number of a stop order."""
    return str(_STOP_NUMBERS + order.number)


def side_word(side: Side) -> str:
    """Return the venue's word for a side."""
    return "buy" if side is Side.BUY else "sell"


def whole(value: float) -> float:
    """Return a number as the venue writes it: without a fraction where there is none."""
    return int(value) if value == int(value) else value


def order_record(order: BrokerOrder, listed: Listed, *, existing: bool) -> Order:
    """Return the row of an ordinary order, or of the order that a stop became."""
    market = order.type in (OrderType.MARKET, OrderType.STOP)
    lots, filled = order.quantity / listed.lot, order.filled / listed.lot
    price = 0.0 if order.price is None else order.price
    worth = order.quantity * price * listed.instrument.point_value
    return Order(
        id=order.venue_order_id,
        symbol=listed.key.symbol,
        board=listed.board,
        broker_symbol=listed.broker_symbol,
        portfolio=order.account,
        exchange=listed.key.exchange,
        comment=order.remark or None,
        type="market" if market else "limit",
        side=side_word(order.side),
        status=_STATUSES[order.standing],
        trans_time=time_text(order.ts_created),
        update_time=time_text(order.ts_updated),
        end_time=time_text(_end_of_day(order.ts_created)),
        qty_units=whole(order.quantity),
        qty_batch=whole(lots),
        qty=whole(lots),
        filled_qty_units=whole(order.filled),
        filled_qty_batch=whole(filled),
        filled=whole(filled),
        price=whole(price),
        existing=existing,
        time_in_force=_LIVES[order.time_in_force],
        volume=None if market else whole(worth),
    )


def stop_record(order: BrokerOrder, listed: Listed, *, existing: bool) -> StopOrder:
    """Return the row of a stop order; once triggered it names the order it became."""
    lots = order.quantity / listed.lot
    status = "filled" if order.triggered else _STATUSES[order.standing]
    return StopOrder(
        id=stop_number(order),
        symbol=listed.key.symbol,
        exchange_order_id=order.venue_order_id if order.triggered else None,
        broker_symbol=listed.broker_symbol,
        portfolio=order.account,
        exchange=listed.key.exchange,
        comment=order.remark or None,
        board=listed.board,
        type="stop" if order.type is OrderType.STOP else "stoplimit",
        side=side_word(order.side),
        condition="MoreOrEqual" if order.side is Side.BUY else "LessOrEqual",
        status=status,
        trans_time=time_text(order.ts_created),
        update_time=time_text(order.ts_updated),
        end_time="2060-12-31T23:59:59.0000000Z",
        error=order.reason or None,
        qty_units=whole(order.quantity),
        qty_batch=whole(lots),
        qty=whole(lots),
        filled=0,
        filled_qty_units=0,
        filled_qty_batch=0,
        price=whole(order.price or 0.0),
        avg_price=0,
        stop_price=order.stop,
        existing=existing,
        time_in_force=_LIVES[order.time_in_force],
        volume=None,
    )


def trade_record(fill: OrderFilled, listed: Listed, comment: str, *, existing: bool) -> Trade:
    """Return the row of an execution."""
    lots = fill.quantity / listed.lot
    return Trade(
        id=fill.trade_id,
        order_no=fill.venue_order_id,
        comment=comment or None,
        symbol=listed.key.symbol,
        broker_symbol=listed.broker_symbol,
        exchange=listed.key.exchange,
        date=time_text(fill.ts_event),
        board=listed.board,
        qty_units=whole(fill.quantity),
        qty_batch=whole(lots),
        qty=whole(lots),
        price=whole(fill.price),
        accrued_int=0,
        side=side_word(fill.side),
        existing=existing,
        commission=None if listed.market == "FORTS" else fill.fee,
        volume=whole(fill.quantity * fill.price * listed.instrument.point_value),
        short_name=listed.key.symbol,
        currency=listed.instrument.currency,
        settle_date=time_text(_end_of_day(fill.ts_event)),
    )


def position_record(held: PositionRecord, listed: Listed, *, existing: bool) -> Position:
    """Return the row of a holding."""
    average = held.average_price or 0.0
    row = _position(
        listed.key.symbol,
        listed.key.exchange,
        held.account,
        held.quantity,
        listed.lot,
        average,
        worth=listed.instrument.point_value,
        cash=False,
    )
    return msgspec.structs.replace(row, existing=existing)


def cash_record(balance: BalanceRecord, exchange: str, cost: float, *, existing: bool) -> Position:
    """Return the row of a currency; `cost` is what holdings that are paid in full took of it."""
    row = _position(
        balance.currency,
        exchange,
        balance.account,
        round_15(balance.total - cost),
        1,
        1.0,
        worth=1.0,
        cash=True,
    )
    return msgspec.structs.replace(row, existing=existing)


def summary_record(balance: BalanceRecord, evaluation: float) -> Summary:
    """Return the money figures; `evaluation` is money and holdings at their marks."""
    available = balance.total if balance.available is None else balance.available
    return Summary(
        buying_power_at_morning=available,
        buying_power=available,
        profit=0,
        profit_rate=0,
        portfolio_evaluation=evaluation,
        portfolio_liquidation_value=evaluation,
        initial_margin=balance.total - available,
        corrected_margin=balance.total - available,
        risk_before_force_position_closing=available,
        commission=0,
        buying_power_by_currency=[BuyingPower(balance.currency, available)],
    )


def risk_record(balance: BalanceRecord, exchange: str, evaluation: float, now: int) -> Risk:
    """Return the risk figures, of a client who is far from any margin call."""
    margin = balance.total - (balance.total if balance.available is None else balance.available)
    return Risk(
        portfolio=balance.account,
        exchange=exchange,
        portfolio_evaluation=evaluation,
        portfolio_liquidation_value=evaluation,
        initial_margin=margin,
        minimal_margin=margin / 2,
        corrected_margin=margin,
        risk_coverage_ratio_one=evaluation - margin,
        risk_coverage_ratio_two=evaluation - margin / 2,
        risk_category_id=1,
        client_type="StandardRisk",
        has_forbidden_positions=False,
        has_negative_quantity=False,
        risk_status="Ok",
        calculation_time=time_text(now),
    )


def derivatives_risk_record(balance: BalanceRecord) -> DerivativesRisk:
    """Return the money figures of a derivatives portfolio; no clearing is told apart in them."""
    free = balance.total if balance.available is None else balance.available
    return DerivativesRisk(
        portfolio=balance.account,
        money_free=free,
        money_blocked=balance.total - free,
        fee=0,
        money_old=balance.total,
        money_amount=balance.total,
        money_pledge_amount=0,
        vm_inter_cl=0,
        vm_current_positions=0,
        var_margin=0,
        indicative_var_margin=0,
        net_option_value=0,
        pos_risk=0,
        is_limits_set=False,
        balance_money=0,
    )


def book_record(book: BookSnapshot, listed: Listed, depth: int, *, existing: bool) -> Book:
    """Return a book of at most `depth` levels."""
    lot = listed.lot
    return Book(
        [Level(price, whole(size / lot)) for price, size in book.bids[:depth]],
        [Level(price, whole(size / lot)) for price, size in book.asks[:depth]],
        book.ts_event // _MS,
        existing=existing,
        snapshot=True,
        timestamp=book.ts_event // _SECOND,
    )


def quote_record(
    listed: Listed, quote: QuoteTick | None, last: TradeTick | None, currency: str
) -> Quote:
    """Return the quote of an instrument from its touch and its last trade."""
    lot = listed.lot
    bid = None if quote is None or quote.bid != quote.bid else quote.bid
    ask = None if quote is None or quote.ask != quote.ask else quote.ask
    return Quote(
        symbol=listed.key.symbol,
        exchange=listed.key.exchange,
        description=listed.key.symbol,
        currency=currency,
        last_price=None if last is None else last.price,
        last_price_timestamp=None if last is None else last.ts_event // _SECOND,
        volume=None if last is None else whole(last.size / lot),
        ask=ask,
        bid=bid,
        ask_vol=None if ask is None or quote is None else whole(quote.ask_size / lot),
        bid_vol=None if bid is None or quote is None else whole(quote.bid_size / lot),
        ob_ms_timestamp=None if quote is None else quote.ts_event // _MS,
        lot_size=lot,
        type="CS",
    )


def public_trade_record(trade: TradeTick, listed: Listed, *, existing: bool) -> PublicTrade:
    """Return an anonymous trade."""
    return PublicTrade(
        id=int(trade.trade_id) if trade.trade_id.isdecimal() else trade.ts_event,
        symbol=listed.key.symbol,
        board=listed.board,
        qty=whole(trade.size / listed.lot),
        price=trade.price,
        time=time_text(trade.ts_event),
        timestamp=trade.ts_event // _MS,
        side="buy" if trade.aggressor > 0 else "sell",
        oi=0,
        existing=existing,
        orderno=0,
    )


def candle_record(bar: Bar, listed: Listed) -> Candle:
    """Return a bar as the venue's candle."""
    volume = whole(bar.volume / listed.lot)
    start = bar.ts_open // _SECOND
    return Candle(start, bar.close, bar.open, bar.high, bar.low, volume)


def _position(
    symbol: str,
    exchange: str,
    portfolio: str,
    units: float,
    lot: int,
    average: float,
    *,
    worth: float,
    cash: bool,
) -> Position:
    quantity, lots = whole(units), whole(units / lot)
    return Position(
        symbol=symbol,
        volume=round_15(units * average * worth),
        current_volume=round_15(units * average * worth),
        broker_symbol=f"{exchange}:{symbol}",
        portfolio=portfolio,
        exchange=exchange,
        avg_price=whole(average),
        qty_units=quantity,
        open_units=0,
        lot_size=lot,
        short_name=symbol,
        qty_t0=quantity,
        qty_t1=quantity,
        qty_t2=quantity,
        qty_t_future=quantity,
        qty_t0_batch=lots,
        qty_t1_batch=lots,
        qty_t2_batch=lots,
        qty_t_future_batch=lots,
        qty_batch=lots,
        open_qty_batch=0,
        qty=lots,
        open=0,
        daily_unrealised_pl=0,
        unrealised_pl=0,
        is_currency=cash,
    )


def _end_of_day(ts: int) -> int:
    """Return the last millisecond of a day, as the venue writes the end of its orders."""
    day = 86_400 * _SECOND
    return (ts // day + 1) * day - _MS
