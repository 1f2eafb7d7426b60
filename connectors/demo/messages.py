"""The wire of the demo venue as values: every message of both WebSockets, and the HTTP bodies.

Says nothing about bytes; `codec` does. Times are milliseconds UTC, prices and volumes are numbers,
and a side of a quote that is empty is null.
"""

import msgspec

Levels = tuple[tuple[float, float], ...]


class _Message(msgspec.Struct, frozen=True, gc=False, tag_field="type", omit_defaults=True):
    """Be one message: `type` names it; a client's has an `id` that the answer repeats."""


class Hello(_Message, frozen=True, tag="hello"):
    """Log a connection in, or extend it with a new token."""

    id: int
    token: str


class Subscribe(_Message, frozen=True, tag="subscribe"):
    """Ask for a stream of a market: quotes, deals, book, bars (with `bar`, such as 1m), state."""

    id: int
    market: str
    stream: str
    bar: str = ""


class Unsubscribe(_Message, frozen=True, tag="unsubscribe"):
    """End a stream."""

    id: int
    market: str
    stream: str
    bar: str = ""


class Place(_Message, frozen=True, tag="place"):
    """Place an order under a label that no other order of the account has.

    `kind` is market, limit or stop; `life` is good, day, now, all or until.
    """

    id: int
    account: str
    label: str
    market: str
    side: str
    kind: str
    volume: float
    limit: float | None = None
    trigger: float | None = None
    life: str = "good"
    until: int | None = None
    passive: bool = False
    reduce: bool = False


class Amend(_Message, frozen=True, tag="amend"):
    """Change an order in place; `note` comes back with the report."""

    id: int
    account: str
    label: str
    volume: float
    limit: float | None = None
    trigger: float | None = None
    note: int = 0


class Withdraw(_Message, frozen=True, tag="withdraw"):
    """Take an order out."""

    id: int
    account: str
    label: str


class Ping(_Message, frozen=True, tag="ping"):
    """Ask for a sign of life."""

    id: int


class Welcome(_Message, frozen=True, tag="welcome"):
    """Answer a hello: the connection is logged in."""

    id: int


class Done(_Message, frozen=True, tag="done"):
    """Answer a request that was carried out; `order` names the order it was about."""

    id: int
    order: str = ""


class Failed(_Message, frozen=True, tag="failed"):
    """Answer a request that was refused, or with id 0 tell why the connection will close."""

    id: int
    code: str
    text: str = ""


class Pong(_Message, frozen=True, tag="pong"):
    """Answer a ping with the venue's time."""

    id: int
    time: int


class Quote(_Message, frozen=True, tag="quote"):
    """Give best bid and ask."""

    market: str
    time: int
    bid: float | None
    ask: float | None
    bid_volume: float | None
    ask_volume: float | None


class Deal(_Message, frozen=True, tag="deal"):
    """Report a public trade; `side` is that of the aggressor."""

    market: str
    time: int
    price: float
    volume: float
    side: str
    number: str


class Book(_Message, frozen=True, tag="book"):
    """Give a whole book (`full`) or what changed (volume 0 removes); numbers count by 1."""

    market: str
    time: int
    number: int
    full: bool
    bids: Levels
    asks: Levels


class Candle(_Message, frozen=True, tag="candle"):
    """Give a finished bar."""

    market: str
    bar: str
    start: int
    end: int
    open: float
    high: float
    low: float
    close: float
    volume: float


class OrderRow(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """Describe an order; `state` is working, done, withdrawn, expired or refused."""

    order: str
    account: str
    label: str
    market: str
    side: str
    kind: str
    volume: float
    filled: float
    state: str
    time: int
    limit: float | None = None
    trigger: float | None = None
    position: str = ""
    reason: str = ""
    revision: int = 0
    note: int = 0


class DealRow(msgspec.Struct, frozen=True, gc=False):
    """Describe one execution of an order."""

    number: str
    order: str
    label: str
    account: str
    market: str
    side: str
    volume: float
    price: float
    fee: float
    currency: str
    maker: bool
    time: int


class OrderNews(_Message, frozen=True, tag="order"):
    """Tell what happened to an order, and how it stands now.

    `what` is placed, refused, dealt (with `deal`), withdrawn, expired, amended, or stirred when a
    trigger was reached.
    """

    what: str
    row: OrderRow
    deal: DealRow | None = None


class PositionRow(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """Describe a position: a signed volume and its average price."""

    account: str
    market: str
    volume: float
    time: int
    price: float | None = None
    position: str = ""


class MoneyRow(msgspec.Struct, frozen=True, gc=False):
    """Describe the money of an account."""

    account: str
    currency: str
    total: float
    free: float
    time: int


class PositionNews(_Message, frozen=True, tag="position"):
    """Tell what a position is now."""

    row: PositionRow


class MoneyNews(_Message, frozen=True, tag="money"):
    """Tell what an account's money is now."""

    row: MoneyRow


class MarketRow(msgspec.Struct, frozen=True, gc=False):
    """Describe what is traded, in decimals as text."""

    market: str
    tick: str
    step: str
    currency: str
    base: str | None = None
    smallest: str = "1"
    value: str = "1"


class Token(msgspec.Struct, frozen=True):
    """Answer a login."""

    token: str
    ends: int


ClientMessage = Hello | Subscribe | Unsubscribe | Place | Amend | Withdraw | Ping
ServerMessage = (
    Welcome
    | Done
    | Failed
    | Pong
    | Quote
    | Deal
    | Book
    | Candle
    | OrderNews
    | PositionNews
    | MoneyNews
)
