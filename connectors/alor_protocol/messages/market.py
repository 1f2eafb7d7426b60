"""Market data as the venue tells it: books, quotes, trades, candles, instruments.

Sizes are lots here; the mapping turns them into units. Everything but a key may be missing.
"""

import msgspec

from connectors.alor_protocol.messages.spelling import Spelled


class Level(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """Give one price level of a book; `volume` in lots. Only Slim tells the yield of a bond."""

    price: float
    volume: float
    yield_: float | None = None


class Book(msgspec.Struct, frozen=True, gc=False):
    """Give a whole book, best levels first; `ms_timestamp` in ms. Never a difference."""

    bids: list[Level] = []
    asks: list[Level] = []
    ms_timestamp: int = 0
    existing: bool | None = None
    snapshot: bool | None = None
    timestamp: float | None = None


class Quote(msgspec.Struct, frozen=True, gc=False):
    """Give best prices with lots at them, last price and figures of the day."""

    symbol: str
    exchange: str = ""
    description: str | None = None
    currency: str | None = None
    prev_close_price: float | None = None
    last_price: float | None = None
    last_price_timestamp: int | None = None
    high_price: float | None = None
    low_price: float | None = None
    accrued_interest: float | None = None
    volume: float | None = None
    open_interest: float | None = None
    ask: float | None = None
    bid: float | None = None
    ask_vol: float | None = None
    bid_vol: float | None = None
    ob_ms_timestamp: int | None = None
    open_price: float | None = None
    yield_: float | None = None
    lot_size: float | None = None
    lot_value: float | None = None
    face_value: float | None = None
    type: str | None = None
    total_bid_vol: float | None = None
    total_ask_vol: float | None = None
    change: float | None = None
    change_percent: float | None = None
    legacy_accrued_interest: float | None = None


class PublicTrade(msgspec.Struct, frozen=True, gc=False):
    """Give one anonymous trade; `qty` in lots, `timestamp` in ms, `side` the taker's."""

    id: int
    symbol: str
    board: str | None = None
    qty: float = 0.0
    price: float = 0.0
    time: str | None = None
    timestamp: int = 0
    side: str = ""
    oi: float | None = None
    existing: bool | None = None
    orderno: int | str | None = None


class PublicTradePage(msgspec.Struct, frozen=True, gc=False):
    """Give a page of the trades of past sessions, and how many there are in all."""

    total: int = 0
    rows: list[PublicTrade] = []


class Candle(msgspec.Struct, frozen=True, gc=False):
    """Give one bar; `time` is its start in seconds, `volume` in lots."""

    time: int
    close: float
    open: float
    high: float
    low: float
    volume: float


class History(msgspec.Struct, frozen=True, gc=False):
    """Give candles, oldest first, and where the nearest lie before and after them (seconds)."""

    history: list[Candle] = []
    next: int | None = None
    prev: int | None = None


class InstrumentUpdate(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """Give trading status and limits of an instrument: all at first, then what has changed."""

    symbol: str
    exchange: str | None = None
    board: str | None = None
    trading_status: int | None = None
    trading_status_info: str | None = None
    price_min: float | None = None
    price_max: float | None = None
    margin_buy: float | None = None
    margin_sell: float | None = None
    margin_syntetic: float | None = None
    theor_price: float | None = None
    theor_price_limit: float | None = None
    volatility: float | None = None


LEVEL = Spelled(Level, slim={"price": "p", "volume": "v", "yield_": "y"})

BOOK = Spelled(
    Book,
    slim={"bids": "b", "asks": "a", "ms_timestamp": "t", "existing": "h"},
    simple={"ms_timestamp": "ms_timestamp"},
    simple_only=("snapshot", "timestamp"),
    nested={"bids": LEVEL, "asks": LEVEL},
)

QUOTE = Spelled(
    Quote,
    slim={
        "symbol": "sym",
        "exchange": "ex",
        "description": "desc",
        "last_price": "c",
        "last_price_timestamp": "tst",
        "high_price": "h",
        "low_price": "l",
        "accrued_interest": "acci",
        "volume": "v",
        "open_interest": "oi",
        "ask": "ask",
        "bid": "bid",
        "ask_vol": "av",
        "bid_vol": "bv",
        "ob_ms_timestamp": "tso",
        "open_price": "o",
        "yield_": "y",
        "lot_size": "lot",
        "lot_value": "lotv",
        "face_value": "fv",
        "type": "t",
        "total_bid_vol": "tbv",
        "total_ask_vol": "tav",
    },
    simple={
        **{
            name: name
            for name in Quote.__struct_fields__
            if "_" in name.rstrip("_") and not name.startswith(("lot_", "face_"))
        },
        "accrued_interest": "accruedInt",
        "legacy_accrued_interest": "accrued_interest",
        "lot_size": "lotsize",
        "lot_value": "lotvalue",
        "face_value": "facevalue",
    },
    simple_only=("legacy_accrued_interest",),
    heavy_only=("currency",),
)

PUBLIC_TRADE = Spelled(
    PublicTrade,
    slim={
        "id": "id",
        "symbol": "sym",
        "board": "bd",
        "qty": "q",
        "price": "px",
        "timestamp": "t",
        "side": "s",
        "oi": "oi",
        "existing": "h",
    },
    simple_only=("orderno",),
)

PUBLIC_TRADE_PAGE = Spelled(
    PublicTradePage,
    slim={"total": "total", "rows": "list"},
    simple={"rows": "list"},
    heavy={"rows": "list"},
    nested={"rows": PUBLIC_TRADE},
)

CANDLE = Spelled(
    Candle,
    slim={"time": "t", "close": "c", "open": "o", "high": "h", "low": "l", "volume": "v"},
)

HISTORY = Spelled(
    History,
    slim={"history": "h", "next": "next", "prev": "prev"},
    nested={"history": CANDLE},
)

INSTRUMENT_UPDATE = Spelled(
    InstrumentUpdate,
    slim={
        "symbol": "sym",
        "exchange": "ex",
        "board": "bd",
        "trading_status": "st",
        "trading_status_info": "sti",
        "price_min": "pxmn",
        "price_max": "pxmx",
        "margin_buy": "mgb",
        "margin_sell": "mgs",
        "margin_syntetic": "mgsnt",
        "theor_price": "pxt",
        "theor_price_limit": "pxtl",
        "volatility": "vl",
    },
)
