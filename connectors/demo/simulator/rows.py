"""What the broker holds and tells, in the words of the demo venue.

Holds no state.
"""

from connectors.demo.mapping import KINDS, SIDES, STATES, market_of, milliseconds
from connectors.demo.messages import (
    Book,
    Candle,
    Deal,
    DealRow,
    Levels,
    MarketRow,
    MoneyNews,
    MoneyRow,
    OrderNews,
    OrderRow,
    PositionNews,
    PositionRow,
    Quote,
    ServerMessage,
)
from connectors.simulation.records import BrokerEvent, BrokerOrder, OrderUpdate
from engine.model.commands import Side
from engine.model.instrument import Instrument
from engine.model.market import Bar, BookSnapshot, QuoteTick, TradeTick
from engine.model.reports import (
    CancelRejected,
    Liquidity,
    OrderAccepted,
    OrderCanceled,
    OrderExpired,
    OrderFilled,
    OrderRejected,
    OrderReplaced,
    OrderReport,
    OrderTriggered,
    ReplaceRejected,
)
from engine.model.truth import BalanceRecord, PositionRecord

_WHAT: dict[type[OrderReport], str] = {
    OrderAccepted: "placed",
    OrderRejected: "refused",
    OrderFilled: "dealt",
    OrderCanceled: "withdrawn",
    OrderExpired: "expired",
    OrderReplaced: "amended",
    OrderTriggered: "stirred",
}


def order_row(order: BrokerOrder, note: int = 0) -> OrderRow:
    """Return an order as the venue lists it."""
    return OrderRow(
        order=order.venue_order_id,
        account=order.account,
        label=order.client_order_id,
        market=market_of(order.instrument),
        side=SIDES[order.side],
        kind=KINDS[order.type],
        volume=order.quantity,
        filled=order.filled,
        state=STATES[order.standing],
        time=milliseconds(order.ts_updated),
        limit=order.price,
        trigger=order.stop,
        position=order.position_id,
        reason=order.reason,
        revision=order.revision,
        note=note,
    )


def deal_row(fill: OrderFilled) -> DealRow:
    """Return an execution as the venue lists it."""
    return DealRow(
        number=fill.trade_id,
        order=fill.venue_order_id,
        label=fill.client_order_id,
        account=fill.account,
        market=market_of(fill.instrument),
        side=SIDES[fill.side],
        volume=fill.quantity,
        price=fill.price,
        fee=fill.fee,
        currency=fill.fee_currency,
        maker=fill.liquidity is Liquidity.MAKER,
        time=milliseconds(fill.ts_event),
    )


def position_row(position: PositionRecord) -> PositionRow:
    """Return a position as the venue lists it."""
    return PositionRow(
        account=position.account,
        market=market_of(position.instrument),
        volume=position.quantity,
        time=milliseconds(position.ts_event),
        price=position.average_price,
        position=position.position_id,
    )


def money_row(balance: BalanceRecord) -> MoneyRow:
    """Return an account's money as the venue tells it."""
    free = balance.total if balance.available is None else balance.available
    return MoneyRow(
        account=balance.account,
        currency=balance.currency,
        total=balance.total,
        free=free,
        time=milliseconds(balance.ts_event),
    )


def market_row(instrument: Instrument) -> MarketRow:
    """Return a market as the venue lists it; only one tick for all prices is known here."""
    scale = instrument.quantity_scale
    return MarketRow(
        market=instrument.symbol,
        tick=repr(instrument.bands[0].tick / instrument.price_scale),
        step=repr(instrument.quantity_step / scale),
        currency=instrument.currency,
        base=instrument.base,
        smallest=repr(instrument.quantity_min / scale),
        value=instrument.multiplier,
    )


def news(event: BrokerEvent, notes: dict[str, int]) -> tuple[str, ServerMessage] | None:
    """Return the account that an event concerns and what it is told; None for what is not news.

    `notes` gives for an order the note of its last amendment.
    """
    if isinstance(event, OrderUpdate):
        if isinstance(event.report, CancelRejected | ReplaceRejected):
            return None
        row = order_row(event.order, notes.get(event.order.venue_order_id, 0))
        deal = deal_row(event.report) if isinstance(event.report, OrderFilled) else None
        return event.order.account, OrderNews(_WHAT[type(event.report)], row, deal)
    if isinstance(event, PositionRecord):
        return event.account, PositionNews(position_row(event))
    if isinstance(event, BalanceRecord):
        return event.account, MoneyNews(money_row(event))
    return None


def quote(tick: QuoteTick) -> Quote:
    """Return a quote on the wire."""
    numbers = (tick.bid, tick.ask, tick.bid_size, tick.ask_size)
    bid, ask, bid_volume, ask_volume = (None if n != n else n for n in numbers)  # noqa: PLR0124
    return Quote(
        market_of(tick.instrument), milliseconds(tick.ts_event), bid, ask, bid_volume, ask_volume
    )


def deal(trade: TradeTick) -> Deal:
    """Return a public trade on the wire; one of unknown side is told as a purchase."""
    side = SIDES[Side.SELL if trade.aggressor < 0 else Side.BUY]
    time = milliseconds(trade.ts_event)
    return Deal(market_of(trade.instrument), time, trade.price, trade.size, side, trade.trade_id)


def candle(bar: Bar) -> Candle:
    """Return a finished bar on the wire."""
    return Candle(
        market_of(bar.instrument),
        bar.spec,
        milliseconds(bar.ts_open),
        milliseconds(bar.ts_close),
        bar.open,
        bar.high,
        bar.low,
        bar.close,
        bar.volume,
    )


def book(book: BookSnapshot, before: BookSnapshot | None, number: int) -> Book:
    """Return a whole book on the wire, or what changed since `before`."""
    bids, asks = book.bids, book.asks
    if before is not None:
        bids, asks = changes(before.bids, bids), changes(before.asks, asks)
    time = milliseconds(book.ts_event)
    return Book(market_of(book.instrument), time, number, before is None, bids, asks)


def changes(before: Levels, after: Levels) -> Levels:
    """Return the levels to set so that one side becomes another; volume 0 removes a level."""
    old, new = dict(before), dict(after)
    gone = tuple((price, 0.0) for price in old if price not in new)
    return gone + tuple(level for level in after if old.get(level[0]) != level[1])
