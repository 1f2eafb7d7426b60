"""The messages of Binck as values: REST (swagger of client-js) and hub.

They convert nothing; properties that are not known are skipped. Absent values are omitted on the
wire, so nearly everything has a default.
"""

from msgspec import Struct, field


class _Wire(Struct, frozen=True, rename="camel", kw_only=True, omit_defaults=True):
    pass


class Token(Struct, frozen=True, kw_only=True):
    """Answer a login or a refresh; only the newest refresh token is good."""

    access_token: str
    refresh_token: str
    expires_in: int
    scope: str = ""


class Paging(_Wire, frozen=True):
    """Say what to add to the query for the next part of a list; absent at its end."""

    next: str | None = None


class Account(_Wire, frozen=True):
    """Describe an account; savings accounts cannot trade."""

    number: str
    name: str = ""
    type: str = ""
    is_read_only: bool = False


class Accounts(_Wire, frozen=True):
    """Hold accounts."""

    accounts: tuple[Account, ...] = ()


class AccountsAnswer(_Wire, frozen=True):
    """Wrap accounts."""

    accounts_collection: Accounts


class CashBalance(_Wire, frozen=True):
    """Hold the money in one currency."""

    currency: str
    cash_balance: float


class CashBalances(_Wire, frozen=True):
    """Hold money by currency."""

    cash_balances: tuple[CashBalance, ...] = ()


class Balance(_Wire, frozen=True):
    """Hold the money of an account; the spending limit is in the account's currency."""

    cash_balance: float
    available_spending_limit: float | None = None
    cash_balances_collection: CashBalances = CashBalances()


class Balances(_Wire, frozen=True):
    """Hold balances, and the account's currency."""

    balances: tuple[Balance, ...] = ()
    currency: str = "EUR"


class BalancesAnswer(_Wire, frozen=True):
    """Wrap balances."""

    balances_collection: Balances


class Brief(_Wire, frozen=True):
    """Name an instrument; the id may change over night."""

    id: str
    name: str = ""


class Position(_Wire, frozen=True):
    """Hold a position."""

    instrument: Brief
    quantity: float
    average_historical_price: float | None = None


class Positions(_Wire, frozen=True):
    """Hold positions."""

    positions: tuple[Position, ...] = ()


class PositionsAnswer(_Wire, frozen=True):
    """Wrap a part of the list of positions."""

    positions_collection: Positions
    paging: Paging = Paging()


class TickStep(Struct, frozen=True):
    """Say which tick holds from a price on."""

    size: float
    start: float = field(default=0.0, name="from")


class TickSizes(_Wire, frozen=True):
    """Hold a table of ticks."""

    tick_sizes: tuple[TickStep, ...] = ()


class Derivative(_Wire, frozen=True):
    """Hold what makes a derivative."""

    contract_size: float | None = None


class Instrument(_Wire, frozen=True):
    """Describe an instrument."""

    id: str
    name: str
    symbol: str
    type: str
    currency: str
    price_decimals: int
    ticker_symbol: str = ""
    isincode: str | None = None
    market_identification_code: str | None = None
    is_tradable: bool = True
    has_order_modifications: bool = False
    tick_size_collection: TickSizes | None = None
    derivatives_info: Derivative | None = None


class Instruments(_Wire, frozen=True):
    """Hold instruments."""

    instruments: tuple[Instrument, ...] = ()


class InstrumentsAnswer(_Wire, frozen=True):
    """Wrap a part of a list of instruments."""

    instruments_collection: Instruments
    paging: Paging = Paging()


class Leg(_Wire, frozen=True):
    """Say what an order trades and in which direction."""

    side: str
    instrument_id: str


class OptionLegs(_Wire, frozen=True):
    """Wrap the one leg of an option order; combinations are not made here."""

    leg1: Leg


class NewOrder(_Wire, frozen=True):
    """Ask for an order; exactly one of the four kinds of instrument is given.

    `reference_id` is ours, at most 40 characters. `validation_code` comes from a preview.
    """

    type: str
    quantity: int
    duration: str
    reference_id: str
    expiration_date: str | None = None
    limit_price: float | None = None
    stop_price: float | None = None
    cash: Leg | None = None
    option: OptionLegs | None = None
    future: Leg | None = None
    srd: Leg | None = None
    validation_code: str | None = None


class ModifyOrder(_Wire, frozen=True):
    """Ask for another limit price: nothing else of an order can be changed."""

    order_number: int
    limit_price: float
    validation_code: str | None = None


class Preview(_Wire, frozen=True):
    """Judge an order before it is placed."""

    order_can_be_registered: bool
    warnings_to_be_shown: tuple[str, ...] = ()
    warnings_to_be_confirmed: tuple[str, ...] = ()
    validation_code: str | None = None


class PreviewAnswer(_Wire, frozen=True):
    """Wrap a preview."""

    preview_order: Preview


class StatusEntry(_Wire, frozen=True):
    """Hold one entry of an order's history; executions have a quantity and a price."""

    date_time: str
    status: str
    executed_quantity: float | None = None
    execution_price: float | None = None


class Order(_Wire, frozen=True):
    """Hold an order with its history, newest entry first."""

    number: int
    instrument: Brief
    type: str
    quantity: float
    last_status: str
    last_status_date_time: str
    side: str = "buy"
    executed_quantity: float = 0.0
    limit_price: float | None = None
    stop_price: float | None = None
    status_history: tuple[StatusEntry, ...] = ()
    currency: str = "EUR"
    duration: str = "day"
    reference_id: str = ""


class Orders(_Wire, frozen=True):
    """Hold orders."""

    orders: tuple[Order, ...] = ()


class OrdersAnswer(_Wire, frozen=True):
    """Wrap a part of a list of orders, or the one order that was asked for."""

    orders_collection: Orders
    paging: Paging = Paging()


class Candle(_Wire, frozen=True):
    """Hold a candle; the time is that of the market, whatever letter ends it."""

    date_time: str
    first: float
    high: float
    low: float
    last: float
    cum_vol: float = 0.0


class Candles(_Wire, frozen=True):
    """Hold candles."""

    historical_quotes: tuple[Candle, ...] = ()


class CandlesAnswer(_Wire, frozen=True):
    """Wrap candles."""

    historical_quotes_collection: Candles


class Transaction(_Wire, frozen=True):
    """Hold a booking of the account."""

    number: int
    transaction_date: str
    mutation_type: str
    currency: str
    instrument: Brief | None = None
    price: float | None = None
    quantity: float | None = None
    total_costs: float | None = None
    net_amount: float | None = None
    balance_mutation: float | None = None


class Transactions(_Wire, frozen=True):
    """Hold transactions."""

    transactions: tuple[Transaction, ...] = ()


class TransactionsAnswer(_Wire, frozen=True):
    """Wrap a part of the list of transactions."""

    transactions_collection: Transactions
    paging: Paging = Paging()


class NewsItem(_Wire, frozen=True):
    """Hold a news item of the REST interface."""

    headline: str
    published_date_time: str
    culture: str = ""
    body: str = ""
    format: str = "plain"
    instrument_ids: tuple[str, ...] = ()


class NewsItems(_Wire, frozen=True):
    """Hold news."""

    news: tuple[NewsItem, ...] = ()


class NewsAnswer(_Wire, frozen=True):
    """Wrap news."""

    news_collection: NewsItems


class SubscriptionResult(_Wire, frozen=True):
    """Answer a subscription at the hub."""

    is_succeeded: bool
    subcount: int = 0


class HubOrder(_Wire, frozen=True):
    """Hold what the hub says of an order: that it changed, not by how much."""

    account_number: str
    number: int
    status: str
    dt: str
    reference_id: str = ""


class Cell(Struct, frozen=True):
    """Hold one value of a quote: `msg` is qi (initial) or qu (update), `typ` says of what."""

    msg: str
    typ: str
    prc: float | None = None
    vol: float | None = None
    tags: str = ""


class QuotePacket(Struct, frozen=True):
    """Hold the values of an instrument that were sent at one time (`sdt`, UTC)."""

    id: str
    sdt: str
    qt: tuple[Cell, ...]


class News(Struct, frozen=True):
    """Hold a news item of the hub; a headline with `*` before it has no body yet."""

    head: str
    dt: str
    cul: str = ""
    body: str = ""
    fmt: str = "plain"
    iids: tuple[str, ...] = ()
