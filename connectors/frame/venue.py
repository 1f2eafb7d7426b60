"""What a venue's package offers to the connector: one login at one venue, without any I/O.

Opens no connection: it describes links, and everything it asks for is a flow or a frame.
"""

from collections.abc import Callable, Mapping
from typing import Protocol, runtime_checkable

import msgspec

from connectors.frame.flow import Flow
from connectors.frame.session import Session
from engine.gate.rates import VenueRates
from engine.model.commands import Command, OrderType, TimeInForce
from engine.model.instrument import Instrument
from engine.model.market import Bar, QuoteTick
from engine.model.reports import OrderReport
from engine.model.subscription import DataKind, Subscription
from engine.model.truth import OrderRecord, VenueTruth


class Address(msgspec.Struct, frozen=True, kw_only=True):
    """Say where and how to open one connection.

    The scheme chooses the pump: `wss` and `ws` are WebSockets, `tls` and `tcp` byte streams
    (`tls://host:port`). `ws` and `tcp` are allowed to loopback only. A larger message than
    `frame_bytes_max` ends the connection. `ping_ns` sends pings of the WebSocket protocol, for
    venues that count them as life. Prints without query and headers, which may hold tokens.
    """

    url: str
    headers: Mapping[str, str] = {}
    protocols: tuple[str, ...] = ()
    frame_bytes_max: int = 16 * 1024 * 1024
    ping_ns: int | None = None

    def __repr__(self) -> str:
        return f"<Address {self.url.partition('?')[0]}>"


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """Describe one persistent connection of a venue.

    `address` is asked before every connect, so that a fresh token, or what a negotiation answers,
    is used. `private` links carry orders or their reports: no order leaves before all of them are
    ready. A connection on which nothing at all arrives for `silence_ns` is taken for dead; None
    leaves that to the session.

    Where a token belongs to its connection, `successor` makes the session of a second connection
    with the new token; it takes over once it brings all that the first one does, and `took_over`
    hears of it. Both may report orders meanwhile: what they share must tell each thing once.
    """

    name: str
    session: Session
    address: Callable[[int], Flow[Address]]
    private: bool = False
    silence_ns: int | None = 60_000_000_000
    successor: Callable[[], Session] | None = None
    took_over: Callable[[Session], None] = lambda _session: None


class Capabilities(msgspec.Struct, frozen=True, kw_only=True):
    """Say what a venue can do; what is not named here is emulated by the engine or refused.

    `amends` says whether a replace keeps the order's id; without it a replace is a cancel, its
    evidence, and a new order. `amends_quantity` says whether it may change the quantity.
    `client_order_ids` says whether the venue keeps ours and tells them again in its lists and
    streams. `lists` names what `resync` can ask for. `hedging` says whether accounts may hold
    several positions in one instrument. `bars` are the shortest that are streamed. `asks_by_link`
    says that even instruments are asked for over a link.
    """

    order_types: tuple[OrderType, ...] = (OrderType.MARKET, OrderType.LIMIT)
    times_in_force: tuple[TimeInForce, ...] = (TimeInForce.GTC,)
    data: tuple[DataKind, ...] = (DataKind.QUOTES,)
    replaces: bool = True
    amends: bool = True
    amends_quantity: bool = True
    client_order_ids: bool = True
    hedging: bool = False
    post_only: bool = False
    reduce_only: bool = False
    lists: tuple[str, ...] = ("orders", "fills", "positions", "balances")
    bars: str = "1m"
    asks_by_link: bool = False


class Venue(Protocol):
    """Speak one venue's protocol for one login.

    Holds the state of the login (its tokens) and what maps ids to and fro; every method is
    synchronous and pure but for that state. Accounts go by the names that the engine's
    configuration gives them. Times are nanoseconds UTC.
    """

    @property
    def name(self) -> str:
        """Return the venue's name as in SYMBOL.VENUE."""

    @property
    def rates(self) -> VenueRates:
        """Return the venue's rate limits and what each command costs in them."""

    @property
    def capabilities(self) -> Capabilities:
        """Return what the venue can do."""

    @property
    def accounts(self) -> tuple[str, ...]:
        """Return the engine's names of the accounts that the login trades for."""

    @property
    def links(self) -> tuple[Link, ...]:
        """Return the persistent connections, always the same; they are opened in this order."""

    def login(self, now: int) -> Flow[None]:
        """Obtain or renew the token that everything else uses; called by one caller at a time.

        Raises LoginRefused when the credentials are wrong, for then no repetition helps.
        """

    def renew_at(self) -> int | None:
        """Return when `login` is due again, well before the token ends; None if it has no end."""

    def instruments(self, names: tuple[str, ...], now: int) -> Flow[tuple[Instrument, ...]]:
        """Return the named instruments, or with no names all that the venue lists.

        What the venue does not know is left out. Called before anything is subscribed or sent: the
        venue keeps what it needs to map their names, units and prices.
        """

    def link_of(self, subscription: Subscription) -> str:
        """Return the name of the link that carries a stream of market data.

        Raises UsageError when the venue has no such stream.
        """

    def execute(self, command: Command, now: int) -> Flow[tuple[OrderReport, ...]]:
        """Carry out an approved command and return what its direct answer says about it.

        The first step is sent in the caller's own call stack. An answer that only acknowledges
        gives OrderAccepted, OrderReplaced or nothing; refusals give OrderRejected, CancelRejected
        or ReplaceRejected; fills and later changes come from the sessions, and may come first.
        Raise OutcomeUnknown wherever the venue may have acted without saying so: a timeout, a
        5xx, a broken answer. It becomes OrderUnknown; nothing is ever sent again. NotSent becomes a
        refusal. TokenRefused is a refusal after which the connector logs in anew.
        """

    def resync(self, account: str, now: int) -> Flow[VenueTruth]:
        """Ask for everything the account has: orders, fills, positions, balances."""

    def history(self, instrument: str, spec: str, start: int, end: int) -> Flow[tuple[Bar, ...]]:
        """Return complete bars with `start <= ts_open < end`, oldest first.

        Paging and the largest span of one question are the flow's business. Raises UsageError for
        bars that the venue does not make.
        """

    def server_time(self, now: int) -> Flow[int] | None:
        """Return a flow that asks for the venue's clock (ns), or None where nothing tells it."""


@runtime_checkable
class RecordsQuotes(Protocol):
    """What a venue has besides that answers with recorded quotes, not with bars alone."""

    def quote_history(self, instrument: str, start: int, end: int) -> Flow[tuple[QuoteTick, ...]]:
        """Return the quotes with `start <= ts_event < end`, oldest first, as they were received.

        A side that was not told yet is NaN, and so are sizes that the venue does not record.
        """


@runtime_checkable
class Trusting(Protocol):
    """Be a venue that may be reached under an authority of its own, such as a simulator's."""

    @property
    def authority(self) -> str | None:
        """Return the file (PEM) of one more authority to trust; None for the system's alone."""


@runtime_checkable
class Freezing(Protocol):
    """What a venue has besides that stops sending where it cannot tell orders apart."""

    def release(self, account: str, instrument: str) -> list[str]:
        """Send again to frozen markets, all where a name is empty; return their instruments."""


@runtime_checkable
class Adopting(Protocol):
    """What a venue has besides that keeps none of our ids: it has to be told of earlier orders."""

    def adopt(self, orders: tuple[OrderRecord, ...]) -> None:
        """Follow orders of an earlier run; called before anything is asked or opened.

        `filled` is what was booked of each. Without a `venue_order_id` an order is unknown, and
        `ts_event` is when it was sent.
        """
