"""Market events from the venue's records: lots become units, milliseconds nanoseconds.

Rounds no price: the venue's decimals are what they are.
"""

from connectors.alor_protocol.mapping.instruments import Traded, state_of
from connectors.alor_protocol.messages.market import (
    Book,
    Candle,
    InstrumentUpdate,
    PublicTrade,
    Quote,
)
from engine.model.market import Bar, BookSnapshot, InstrumentStatus, QuoteTick, TradeTick

_MS = 1_000_000
_SECOND = 1_000_000_000
_NAN = float("nan")
_SIDES = {"buy": 1, "sell": -1}


def book_snapshot(traded: Traded, book: Book, now: int) -> BookSnapshot:
    """Return a whole book; the venue sends no differences."""
    lot = traded.lot
    return BookSnapshot(
        traded.instrument.id,
        book.ms_timestamp * _MS or now,
        now,
        tuple([(level.price, level.volume * lot) for level in book.bids]),
        tuple([(level.price, level.volume * lot) for level in book.asks]),
    )


def quote_tick(traded: Traded, quote: Quote, now: int) -> QuoteTick:
    """Return the best bid and ask; a side that is null is empty.

    Its time is that of the book, which may be missing: then it is when the record came, for the
    time of the last trade may lie far back.
    """
    lot, bid, ask = traded.lot, quote.bid, quote.ask
    return QuoteTick(
        traded.instrument.id,
        quote.ob_ms_timestamp * _MS if quote.ob_ms_timestamp else now,
        now,
        _NAN if bid is None else bid,
        _NAN if ask is None else ask,
        _size(quote.bid_vol, lot),
        _size(quote.ask_vol, lot),
    )


def trade_tick(traded: Traded, trade: PublicTrade, now: int) -> TradeTick:
    """Return one public trade."""
    return TradeTick(
        traded.instrument.id,
        trade.timestamp * _MS or now,
        now,
        trade.price,
        trade.qty * traded.lot,
        _SIDES.get(trade.side.casefold(), 0),
        str(trade.id),
    )


def bar(traded: Traded, spec: str, span_ns: int, candle: Candle, now: int) -> Bar:
    """Return a bar of a fixed length, which begins at the candle's time."""
    start = candle.time * _SECOND
    return Bar(
        traded.instrument.id,
        spec,
        start,
        start + span_ns,
        now,
        candle.open,
        candle.high,
        candle.low,
        candle.close,
        candle.volume * traded.lot,
    )


def status(traded: Traded, update: InstrumentUpdate, now: int) -> InstrumentStatus | None:
    """Return the trading state that an update tells, None when it tells of something else."""
    if update.trading_status is None:
        return None
    state = state_of(update.trading_status)
    return InstrumentStatus(
        traded.instrument.id, now, now, state, f"trading status {update.trading_status}"
    )


def _size(lots: float | None, lot: int) -> float:
    return _NAN if lots is None else lots * lot
