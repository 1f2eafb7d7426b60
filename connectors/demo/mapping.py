"""Between the demo venue's words and the engine's: the only place that knows both.

Holds no state and does no arithmetic but that of time.
"""

from typing import TypedDict

from connectors.demo.messages import (
    Amend,
    Book,
    Candle,
    Deal,
    DealRow,
    Levels,
    MarketRow,
    MoneyRow,
    OrderNews,
    OrderRow,
    Place,
    PositionRow,
    Quote,
    Subscribe,
)
from engine.model.commands import OrderType, ReplaceOrder, Side, SubmitOrder, TimeInForce
from engine.model.instrument import Instrument
from engine.model.market import Bar, BookDelta, BookSnapshot, QuoteTick, TradeTick
from engine.model.reports import (
    Liquidity,
    OrderAccepted,
    OrderCanceled,
    OrderExpired,
    OrderFilled,
    OrderRejected,
    OrderReplaced,
    OrderReport,
    OrderTriggered,
)
from engine.model.subscription import DataKind, Subscription
from engine.model.truth import BalanceRecord, OrderRecord, PositionRecord, Standing

VENUE = "DEMO"
_SUFFIX = f".{VENUE}"
_MS = 1_000_000
_NAN = float("nan")

SIDES = {Side.BUY: "buy", Side.SELL: "sell"}
KINDS = {OrderType.MARKET: "market", OrderType.LIMIT: "limit", OrderType.STOP: "stop"}
LIVES = {
    TimeInForce.GTC: "good",
    TimeInForce.DAY: "day",
    TimeInForce.IOC: "now",
    TimeInForce.FOK: "all",
    TimeInForce.GTD: "until",
}
STATES = {
    Standing.WORKING: "working",
    Standing.FILLED: "done",
    Standing.CANCELED: "withdrawn",
    Standing.EXPIRED: "expired",
    Standing.REJECTED: "refused",
}
STREAMS = {
    DataKind.QUOTES: "quotes",
    DataKind.TRADES: "deals",
    DataKind.BOOK: "book",
    DataKind.BARS: "bars",
}
SIDE_OF = {text: side for side, text in SIDES.items()}
KIND_OF = {text: kind for kind, text in KINDS.items()}
LIFE_OF = {text: life for life, text in LIVES.items()}
STANDING_OF = {text: standing for standing, text in STATES.items()}
STREAM_OF = {text: kind for kind, text in STREAMS.items()}


class _Facts(TypedDict):
    """What every report has."""

    client_order_id: str
    instrument: str
    ts_event: int
    ts_recv: int
    venue_order_id: str
    account: str


def market_of(instrument: str) -> str:
    """Return the venue's name of an instrument."""
    return instrument.removesuffix(_SUFFIX)


def instrument_of(market: str) -> str:
    """Return the engine's name of a market."""
    return market + _SUFFIX


def nanoseconds(time_ms: int) -> int:
    """Return a time of the venue in nanoseconds."""
    return time_ms * _MS


def milliseconds(ts: int) -> int:
    """Return a time of ours in the venue's milliseconds, cut."""
    return ts // _MS


def definition(row: MarketRow) -> Instrument:
    """Return the instrument that a row of the venue's list describes."""
    return Instrument.define(
        instrument_of(row.market),
        tick=row.tick,
        quantity_step=row.step,
        quantity_min=row.smallest,
        currency=row.currency,
        base=row.base,
        multiplier=row.value,
    )


def subscribe(subscription: Subscription, number: int) -> Subscribe:
    """Return the message that asks for a stream."""
    stream = STREAMS[subscription.kind]
    return Subscribe(number, market_of(subscription.instrument), stream, subscription.spec)


def place(command: SubmitOrder, account: str) -> Place:
    """Return the message that places an order, still without its id."""
    return Place(
        id=0,
        account=account,
        label=command.client_order_id,
        market=market_of(command.instrument),
        side=SIDES[command.side],
        kind=KINDS[command.type],
        volume=command.quantity,
        limit=command.price,
        trigger=command.stop,
        life=LIVES[command.time_in_force],
        until=None if command.expire_ts is None else milliseconds(command.expire_ts),
        passive=command.post_only,
        reduce=command.reduce_only,
    )


def amend(command: ReplaceOrder, account: str) -> Amend:
    """Return the message that changes an order, still without its id."""
    return Amend(
        0,
        account,
        command.client_order_id,
        command.quantity,
        command.price,
        command.stop,
        command.request,
    )


def quote(message: Quote, now: int) -> QuoteTick:
    """Return a quote of the engine."""
    return QuoteTick(
        instrument_of(message.market),
        nanoseconds(message.time),
        now,
        _number(message.bid),
        _number(message.ask),
        _number(message.bid_volume),
        _number(message.ask_volume),
    )


def trade(message: Deal, now: int) -> TradeTick:
    """Return a public trade of the engine."""
    return TradeTick(
        instrument_of(message.market),
        nanoseconds(message.time),
        now,
        message.price,
        message.volume,
        int(SIDE_OF[message.side]),
        message.number,
    )


def book(message: Book, now: int) -> BookSnapshot:
    """Return a whole book of the engine."""
    return BookSnapshot(
        instrument_of(message.market),
        nanoseconds(message.time),
        now,
        message.bids,
        message.asks,
        message.number,
    )


def book_changes(message: Book, now: int) -> list[BookDelta]:
    """Return the levels that a book message sets, bids first."""
    name, ts = instrument_of(message.market), nanoseconds(message.time)

    def side(sign: int, levels: Levels) -> list[BookDelta]:
        return [BookDelta(name, ts, now, sign, p, v, message.number) for p, v in levels]

    return side(1, message.bids) + side(-1, message.asks)


def bar(message: Candle, now: int) -> Bar:
    """Return a bar of the engine."""
    return Bar(
        instrument_of(message.market),
        message.bar,
        nanoseconds(message.start),
        nanoseconds(message.end),
        now,
        message.open,
        message.high,
        message.low,
        message.close,
        message.volume,
    )


def report(news: OrderNews, account: str, now: int) -> OrderReport:
    """Return what the news of an order says in the engine's words; `account` is the engine's."""
    row = news.row
    facts: _Facts = {
        "client_order_id": row.label,
        "instrument": instrument_of(row.market),
        "ts_event": nanoseconds(row.time),
        "ts_recv": now,
        "venue_order_id": row.order,
        "account": account,
    }
    if news.deal is not None:
        return fill(news.deal, account, now)
    if news.what == "placed":
        return OrderAccepted(**facts)
    if news.what == "amended":
        return OrderReplaced(
            **facts,
            request=row.note,
            revision=row.revision,
            quantity=row.volume,
            price=row.limit,
            stop=row.trigger,
        )
    if news.what == "stirred":
        return OrderTriggered(**facts)
    if news.what == "refused":
        return OrderRejected(**facts, reason=row.reason)
    if news.what == "expired":
        return OrderExpired(**facts, filled=row.filled)
    return OrderCanceled(**facts, reason=row.reason, filled=row.filled)


def fill(row: DealRow, account: str, now: int) -> OrderFilled:
    """Return an execution in the engine's words."""
    return OrderFilled(
        client_order_id=row.label,
        instrument=instrument_of(row.market),
        ts_event=nanoseconds(row.time),
        ts_recv=now,
        venue_order_id=row.order,
        account=account,
        trade_id=row.number,
        side=SIDE_OF[row.side],
        quantity=row.volume,
        price=row.price,
        fee=row.fee,
        fee_currency=row.currency,
        liquidity=Liquidity.MAKER if row.maker else Liquidity.TAKER,
    )


def order_record(row: OrderRow, account: str) -> OrderRecord:
    """Return a listed order in the engine's words."""
    return OrderRecord(
        account=account,
        instrument=instrument_of(row.market),
        venue_order_id=row.order,
        side=SIDE_OF[row.side],
        type=KIND_OF[row.kind],
        quantity=row.volume,
        filled=row.filled,
        standing=STANDING_OF[row.state],
        ts_event=nanoseconds(row.time),
        client_order_id=row.label,
        price=row.limit,
        stop=row.trigger,
        position_id=row.position,
        reason=row.reason,
    )


def position(row: PositionRow, account: str, now: int) -> PositionRecord:
    """Return a position in the engine's words."""
    return PositionRecord(
        account=account,
        instrument=instrument_of(row.market),
        quantity=row.volume,
        average_price=row.price,
        position_id=row.position,
        ts_event=nanoseconds(row.time),
        ts_recv=now,
    )


def balance(row: MoneyRow, account: str, now: int) -> BalanceRecord:
    """Return an account's money in the engine's words."""
    return BalanceRecord(
        account=account,
        currency=row.currency,
        total=row.total,
        available=row.free,
        ts_event=nanoseconds(row.time),
        ts_recv=now,
    )


def _number(value: float | None) -> float:
    return _NAN if value is None else value
