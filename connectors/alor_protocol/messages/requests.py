"""What the client sends: requests of the data socket, and commands by socket or HTTP.

One structure serves a family of requests; what a request does not have is not written.
"""

import msgspec


class StreamRequest(msgspec.Struct, frozen=True, gc=False, omit_defaults=True, rename="camel"):
    """Ask the data socket to start or end a subscription, or to answer a ping."""

    opcode: str
    guid: str
    token: str | None = None
    exchange: str | None = None
    code: str | None = None
    instrument_group: str | None = None
    portfolio: str | None = None
    format: str | None = None
    depth: int | None = None
    frequency: int | None = None
    include_virtual_trades: bool | None = None
    tf: str | int | None = None
    from_: int | None = msgspec.field(default=None, name="from")
    skip_history: bool | None = None
    split_adjust: bool | None = None
    order_statuses: list[str] | None = None
    confirm: bool | None = None


class InstrumentKey(msgspec.Struct, frozen=True, gc=False, omit_defaults=True, rename="camel"):
    """Name an instrument in a command; without a group the primary board is meant."""

    symbol: str
    exchange: str
    instrument_group: str | None = None


class User(msgspec.Struct, frozen=True, gc=False):
    """Name the portfolio that a command is for."""

    portfolio: str


class OrderRequest(msgspec.Struct, frozen=True, gc=False, omit_defaults=True, rename="camel"):
    """Give a command: the body of an HTTP order, or with `opcode` and `guid` a frame of the socket.

    `quantity` and `iceberg_fixed` are lots. `authorize` and `ping` of the order socket use it too.
    """

    opcode: str | None = None
    guid: str | None = None
    token: str | None = None
    order_id: str | None = None
    side: str | None = None
    quantity: int | None = None
    price: float | None = None
    condition: str | None = None
    trigger_price: float | None = None
    stop_end_unix_time: int | None = None
    instrument: InstrumentKey | None = None
    board: str | None = None
    exchange: str | None = None
    comment: str | None = None
    user: User | None = None
    time_in_force: str | None = None
    allow_margin: bool | None = None
    iceberg_fixed: int | None = None
    iceberg_variance: int | None = None
    protecting_seconds: int | None = None
    activate: bool | None = None
    check_duplicates: bool | None = None
    confirm: bool | None = None
