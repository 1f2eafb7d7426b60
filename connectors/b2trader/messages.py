"""The messages of B2TRADER as values, with the venue's own words in our spelling.

They convert nothing. Decimals are text on the wire, and numbers are accepted as well; properties
that are not known are skipped.
"""

from msgspec import Struct, field

Number = str | float | int
"""A decimal as the venue writes it."""


class _Wire(Struct, frozen=True, rename="camel", kw_only=True):
    pass


class AccessToken(_Wire, frozen=True):
    """Answer a login: the token of both REST and hubs, and its life in seconds."""

    access_token: str
    expires_in: float


class Account(_Wire, frozen=True):
    """Describe an account."""

    account_id: str
    account_name: str = ""
    account_type: str = "Netting"


class Asset(_Wire, frozen=True):
    """Describe an asset; the root asset is the platform's money of account."""

    asset_id: str
    asset_name: str = ""
    is_root_asset: bool = False


class MarginAsset(_Wire, frozen=True):
    """Describe an asset that may secure positions; the ratio is the part of it that counts."""

    asset_id: str
    available: Number = "0"
    total: Number = "0"
    margin_ratio: Number | None = None
    is_selected: bool = False


class MarginAssets(Struct, frozen=True):
    """Wrap the assets that may secure positions."""

    assets: tuple[MarginAsset, ...]


class BulkClosing(_Wire, frozen=True):
    """Answer a bulk close: which positions will be closed; that they were is told by the hub."""

    position_ids: tuple[str, ...]
    status: str = ""


class Market(_Wire, frozen=True):
    """Describe the certain part of a market; the rest is looked up by configurable names."""

    market_id: str
    base_asset_id: str
    quote_asset_id: str
    price_scale: int
    display_name: str = ""
    min_amount: Number | None = None
    max_base_amount: Number | None = None
    amount_scale: int | None = None


class OrderItem(_Wire, frozen=True):
    """Hold an order, of a REST answer or of the stream of open orders.

    `requested_amount` counts base units; where only `requested_lot_amount` is given, lots.
    """

    order_id: str
    market_id: str
    side: str
    status: str
    order_type: str = "Limit"
    source: str = ""
    requested_amount: Number | None = None
    requested_lot_amount: Number | None = None
    remaining_amount: Number | None = None
    requested_price: Number | None = None
    activation_price: Number | None = None
    execution_price: Number | None = None
    created_at: str | None = None
    updated_at: str | None = None
    reject_details: str | None = None
    reason: str | None = None
    commission: Number | None = None
    commission_amount: Number | None = None
    commission_asset_id: str | None = None


class OrderAnswer(Struct, frozen=True):
    """Wrap the order of an answer."""

    order: OrderItem


class Trigger(_Wire, frozen=True):
    """Hold the price of a stop-loss or a take-profit."""

    price: Number | None = None
    is_trailing: bool = False


class Position(_Wire, frozen=True):
    """Hold an open position; its size is in lots."""

    position_id: str
    market_id: str
    side: str
    position_lot_amount: Number
    status: str = "Open"
    open_price: Number | None = None
    updated_at: str | None = None
    take_profit: Trigger | None = None
    stop_loss: Trigger | None = None


class PositionsItem(Struct, frozen=True):
    """Hold an item of the stream of positions."""

    item: tuple[Position, ...]


class ClosedOrder(_Wire, frozen=True):
    """Hold an order that closed (a part of) a position; the fields with defaults are inferred."""

    order_id: str
    market_id: str
    side: str
    position_close_lot_amount: Number
    reason: str = ""
    position_id: str | None = None
    close_price: Number | None = None
    closed_at: str | None = None


class PositionAnswer(_Wire, frozen=True):
    """Name the position that an accepted request is about."""

    position_id: str


class Commission(_Wire, frozen=True):
    """Hold a fee in one asset."""

    asset_id: str
    amount: Number


class Execution(_Wire, frozen=True):
    """Hold one execution of an order that opened or closed a position."""

    execution_id: str
    order_id: str
    position_id: str
    side: str
    base_amount: Number
    execution_price: Number
    created_at: str
    commissions: tuple[Commission, ...] = ()


class Executions(_Wire, frozen=True):
    """Hold a page of executions."""

    executions: tuple[Execution, ...]
    is_exceeded: bool = False


class Balance(_Wire, frozen=True):
    """Hold the money of one asset: what is available, and the total with what is locked."""

    asset_id: str
    total: Number
    available: Number


class Margin(_Wire, frozen=True):
    """Hold the state of margin in the root asset; the level is a ratio, not per cent."""

    margin_balance: Number = field(name="marginBalanceInRAT")
    equity: Number = field(name="equityInRAT")
    used_margin: Number = field(name="usedMarginInRAT")
    free_margin: Number = field(name="freeMarginInRAT")
    margin_level: Number | None = None


class Level(_Wire, frozen=True):
    """Hold one price level; in a change, amount 0 removes it."""

    price: Number
    amount: Number


class BookItem(_Wire, frozen=True):
    """Hold a whole book, or the levels that changed since the version before."""

    instrument: str
    asks: tuple[Level, ...]
    bids: tuple[Level, ...]
    version: Number
    snapshot: bool


class Touch(_Wire, frozen=True):
    """Hold the best prices of a market; an empty side is null."""

    market_id: str
    bid: Number | None = None
    ask: Number | None = None


class TouchItem(Struct, frozen=True):
    """Hold the best prices of several markets."""

    markets: tuple[Touch, ...]


class Statistics(_Wire, frozen=True):
    """Hold what a market did in 24 hours; mark price and funding rate are of perpetuals."""

    market_id: str
    price: Number | None = None
    high: Number | None = field(default=None, name="highPrice24hr")
    low: Number | None = field(default=None, name="lowPrice24hr")
    change: Number | None = field(default=None, name="priceChange24hr")
    mark_price: Number | None = None
    funding_rate: Number | None = None


class Summary(_Wire, frozen=True):
    """Hold the short form of what a market did in 24 hours."""

    market_id: str
    last: Number | None = None
    high: Number | None = field(default=None, name="high24hr")
    low: Number | None = field(default=None, name="low24hr")
    change: Number | None = field(default=None, name="percentChange")


class SummaryItem(Struct, frozen=True):
    """Hold the summaries of several markets."""

    items: tuple[Summary, ...]


class StatisticsItem(Struct, frozen=True):
    """Hold the statistics of several markets."""

    markets: tuple[Statistics, ...]


class Candle(Struct, frozen=True):
    """Hold a candle; while it forms it is sent again and again."""

    instrument: str
    start: str
    end: str
    open: Number
    high: Number
    low: Number
    close: Number


class Candles(Struct, frozen=True):
    """Hold the candles of an answer."""

    data: tuple[Candle, ...]


class FundingRate(_Wire, frozen=True):
    """Hold one funding of a perpetual."""

    applied_at: str
    interval: str
    rate: Number


class FundingRates(_Wire, frozen=True):
    """Hold a page of fundings."""

    funding_data: tuple[FundingRate, ...]
    has_more: bool = False
