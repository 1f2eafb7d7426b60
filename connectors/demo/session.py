"""The two connections of the demo venue: one for market data, one for orders and their reports.

Does no I/O; the token is read from the login at each opening.
"""

from collections.abc import Callable
from typing import cast

import msgspec

from connectors.demo import mapping
from connectors.demo.codec import encode, read_server
from connectors.demo.messages import (
    Book,
    Candle,
    ClientMessage,
    Deal,
    Done,
    Failed,
    Hello,
    MoneyNews,
    OrderNews,
    Ping,
    Place,
    Pong,
    PositionNews,
    Quote,
    ServerMessage,
    Unsubscribe,
    Welcome,
)
from connectors.frame.sequence import Order, SequenceGuard
from connectors.frame.session import Answered, Ended, Frame, Refused, Remedy, SessionEvent
from engine.errors import VenueError
from engine.gate.rates import BudgetUsed, RateLimited, Scope
from engine.model.connection import FeedChanged, FeedState
from engine.model.subscription import DataKind, Subscription

HEARTBEAT_NS = 10_000_000_000
"""How long nothing may arrive before we ask for a sign of life."""
PATIENCE_NS = 5_000_000_000
"""How long that sign may take."""

_REMEDIES = {"token": Remedy.LOGIN, "taken": Remedy.STOP}


class DemoSession:
    """Log in, keep the connection alive, and tell answers from news."""

    def __init__(self, token: Callable[[], str]) -> None:
        self._token = token
        self._frames: list[Frame] = []
        self._events: list[SessionEvent] = []
        self._last_id = self._hello = 0
        self._is_ready = False
        self._due: int | None = None
        self._asked = False

    @property
    def is_ready(self) -> bool:
        """Say whether the venue has welcomed this connection."""
        return self._is_ready

    def opened(self, now: int) -> None:
        """Log in with the token of this moment."""
        self._is_ready = False
        self._say_hello(now)

    def receive(self, frame: Frame, now: int) -> None:
        """Take one message; what cannot be read ends the connection."""
        self._due, self._asked = now + HEARTBEAT_NS, False
        try:
            message = read_server(frame)
        except VenueError as error:
            self._events.append(Ended(str(error)))
            return
        if isinstance(message, Welcome):
            self._is_ready = True
        elif isinstance(message, Failed):
            self._failed(message, now)
        elif isinstance(message, Done):
            self._events.append(Answered(message.id, message))
        elif not isinstance(message, Pong):
            self._news(message, now)

    def lost(self, reason: str, now: int) -> None:
        """Forget the connection."""
        self._is_ready = False
        self._due = None

    def deadline(self) -> int | None:
        """Return when a ping is due, or its answer overdue."""
        return self._due

    def timeout(self, now: int) -> None:
        """Ask for a sign of life, or end a connection that gave none."""
        if self._asked:
            self._events.append(Ended("no answer to a ping"))
            return
        self._asked, self._due = True, now + PATIENCE_NS
        self._send(Ping(self._next()))

    def renewed(self, now: int) -> None:
        """Extend the connection with the new token."""
        self._say_hello(now)

    def subscribe(self, subscription: Subscription, now: int) -> None:
        """Refuse: a connection for orders has no streams of market data."""
        self._events.append(Refused(subscription, "this connection carries no market data"))

    def unsubscribe(self, subscription: Subscription, now: int) -> None:
        """Do nothing: there is nothing to end."""

    def call(self, message: object, now: int) -> int:
        """Send a request under an id of its own, which is its ticket."""
        number = self._next()
        self._send(msgspec.structs.replace(cast("Place", message), id=number))
        return number

    def frames_to_send(self) -> list[Frame]:
        """Take the queued frames."""
        frames, self._frames = self._frames, []
        return frames

    def events(self) -> list[SessionEvent]:
        """Take the produced events."""
        events, self._events = self._events, []
        return events

    def _news(self, message: ServerMessage, now: int) -> None:
        """Take what was not asked for; a connection without news ignores it."""

    def _failed(self, message: Failed, now: int) -> None:
        """Take a refusal: of the connection itself, or of the request whose id it bears."""
        if message.id in (0, self._hello):
            self._events.append(Ended(message.text, _REMEDIES.get(message.code, Remedy.RECONNECT)))
            return
        if message.code == "limit":
            self._events.append(RateLimited(Scope(mapping.VENUE), now))
        self._events.append(Answered(message.id, message))

    def _say_hello(self, now: int) -> None:
        self._hello = self._next()
        self._send(Hello(self._hello, self._token()))
        self._due, self._asked = now + HEARTBEAT_NS, False

    def _next(self) -> int:
        self._last_id += 1
        return self._last_id

    def _send(self, message: ClientMessage) -> None:
        self._frames.append(encode(message))


class TradeSession(DemoSession):
    """Carry orders, and the news of orders, positions and money.

    `account_of` gives the engine's name of an account of the venue.
    """

    def __init__(self, token: Callable[[], str], account_of: Callable[[str], str]) -> None:
        super().__init__(token)
        self._account_of = account_of

    def _news(self, message: ServerMessage, now: int) -> None:
        if isinstance(message, OrderNews):
            account = self._account_of(message.row.account)
            self._events.append(mapping.report(message, account, now))
        elif isinstance(message, PositionNews):
            account = self._account_of(message.row.account)
            self._events.append(mapping.position(message.row, account, now))
        elif isinstance(message, MoneyNews):
            account = self._account_of(message.row.account)
            self._events.append(mapping.balance(message.row, account, now))


class MarketSession(DemoSession):
    """Carry streams of market data; a gap in a book's numbers breaks it until it is whole again."""

    def __init__(self, token: Callable[[], str]) -> None:
        super().__init__(token)
        self._guards: dict[str, SequenceGuard] = {}
        self._asked_for: dict[int, Subscription] = {}

    def opened(self, now: int) -> None:
        """Log in, with no stream yet."""
        self._guards.clear()
        self._asked_for.clear()
        super().opened(now)

    def subscribe(self, subscription: Subscription, now: int) -> None:
        """Ask for a stream; a book begins with a whole one."""
        message = mapping.subscribe(subscription, self._next())
        self._asked_for[message.id] = subscription
        if subscription.kind is DataKind.BOOK:
            self._guards[message.market] = SequenceGuard()
        self._send(message)
        self._events.append(BudgetUsed(Scope(mapping.VENUE, "", "reads"), 1, now, now))

    def unsubscribe(self, subscription: Subscription, now: int) -> None:
        """End a stream."""
        asked = mapping.subscribe(subscription, self._next())
        self._send(Unsubscribe(asked.id, asked.market, asked.stream, asked.bar))
        self._events.append(BudgetUsed(Scope(mapping.VENUE, "", "reads"), 1, now, now))

    def _failed(self, message: Failed, now: int) -> None:
        subscription = self._asked_for.pop(message.id, None)
        if subscription is None:
            super()._failed(message, now)
        else:
            self._events.append(Refused(subscription, message.text))

    def _news(self, message: ServerMessage, now: int) -> None:
        if isinstance(message, Quote):
            self._events.append(mapping.quote(message, now))
        elif isinstance(message, Deal):
            self._events.append(mapping.trade(message, now))
        elif isinstance(message, Book):
            self._book(message, now)
        elif isinstance(message, Candle):
            self._events.append(mapping.bar(message, now))

    def _book(self, message: Book, now: int) -> None:
        guard = self._guards.get(message.market)
        if guard is None:
            return
        if message.full:
            guard.begin(message.number)
            self._events.append(mapping.book(message, now))
            return
        order = guard.see(message.number)
        if order is Order.NEXT:
            self._events.extend(mapping.book_changes(message, now))
        elif order is Order.GAP:
            self._mend(message.market, message.number, now)

    def _mend(self, market: str, number: int, now: int) -> None:
        """Ask for the whole book again; what comes before it is old."""
        name = mapping.instrument_of(market)
        reason = f"updates before {number} are missing"
        self._events.append(FeedChanged(name, DataKind.BOOK, FeedState.BROKEN, now, reason))
        self.subscribe(Subscription(name, DataKind.BOOK), now)
