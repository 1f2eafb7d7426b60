"""The state machine of one persistent connection: frames in, events and frames out.

Does no I/O and reads no clock: times (nanoseconds UTC) are passed in, pumps carry the frames.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import Protocol

import msgspec

from connectors.frame.flow import Flow
from engine.gate.rates import BudgetUsed, RateLimited
from engine.model.connection import ClockMeasured, FeedChanged
from engine.model.market import MarketEvent
from engine.model.notices import AccountChanged, MarginCalled, NewsReceived
from engine.model.reports import CashAdjusted, OrderReport
from engine.model.subscription import Subscription
from engine.model.truth import BalanceRecord, PositionRecord

Frame = bytes | str
"""One message of a WebSocket, text or binary; on a TCP stream any piece of the bytes."""


class Answered(msgspec.Struct, frozen=True):
    """Say that the call of this ticket was answered, with the decoded message."""

    ticket: int
    message: object


class Remedy(StrEnum):
    """Name what shall follow the end of a connection."""

    RECONNECT = "reconnect"
    LOGIN = "login"
    """Log in anew, then reconnect: the venue did not like the token."""
    REPLACE = "replace"
    """Reconnect at once, without a wait: the token belongs to the connection, and is renewed."""
    STOP = "stop"
    """Stay away until a person acts: another login has taken over, or access was withdrawn."""


class Ended(msgspec.Struct, frozen=True):
    """Ask for the connection to be closed, and say what shall follow.

    `wait_ns` is how long the venue asked to stay away, None when it did not say.
    """

    reason: str
    remedy: Remedy = Remedy.RECONNECT
    wait_ns: int | None = None


class Refused(msgspec.Struct, frozen=True):
    """Say that the venue refused a subscription: it is not asked for again by itself."""

    subscription: Subscription
    reason: str


class Inquiry(msgspec.Struct, frozen=True):
    """Ask for something to be looked up: the link told that it changed, but not what it is now.

    `flow` is made with the time and run at once; its reports are told like those of the link. When
    it fails, the truth of the accounts is asked for instead.
    """

    account: str
    flow: Callable[[int], Flow[tuple[OrderReport, ...]]]


LinkEvent = Answered | Ended | Refused | Inquiry
"""What a session tells its connector."""

VenueEvent = (
    MarketEvent
    | OrderReport
    | PositionRecord
    | BalanceRecord
    | CashAdjusted
    | MarginCalled
    | AccountChanged
    | NewsReceived
    | FeedChanged
    | ClockMeasured
    | BudgetUsed
    | RateLimited
)
"""What a session tells the engine.

BudgetUsed is its own traffic that counts: subscriptions, pings. Of a feed it only tells that it is
BROKEN; that a book is LIVE again follows from its next snapshot.
"""

SessionEvent = VenueEvent | LinkEvent


class Session(Protocol):
    """Follow one connection from its opening to its end, and again after each reconnect.

    The object outlives connections: `opened` begins a new one with a clean protocol state. After
    every call the caller takes `events()` and `frames_to_send()`. What arrives may be wrong in any
    way: `receive` answers it with an `Ended`, or counts and ignores it; it does not raise.

    Subscriptions are remembered by the caller, who repeats them after each reconnect: a session
    sends what it is told and keeps only what it needs to tell later messages apart.
    """

    @property
    def is_ready(self) -> bool:
        """Say whether logged in: calls and subscriptions go out, private streams report.

        On a link that carries order reports it turns true only when those streams are confirmed.
        """

    def opened(self, now: int) -> None:
        """Begin a fresh connection: queue handshake, login and private subscriptions."""

    def receive(self, frame: Frame, now: int) -> None:
        """Take one message, or on TCP any piece of the stream, that came at `now`."""

    def lost(self, reason: str, now: int) -> None:
        """Take note that the connection is gone; tickets of open calls are forgotten."""

    def deadline(self) -> int | None:
        """Return when `timeout` must be called at the latest (ns); None while nothing is due."""

    def timeout(self, now: int) -> None:
        """Do what is due: send a heartbeat, or end a connection that answers too late."""

    def renewed(self, now: int) -> None:
        """Take note that the venue's login has a new token.

        Queue what extends the running connection, do nothing where it lives on by itself, or report
        `Ended` with the remedy REPLACE where the token belongs to the connection.
        """

    def subscribe(self, subscription: Subscription, now: int) -> None:
        """Ask for a stream of market data; called only while ready, once for each connection."""

    def unsubscribe(self, subscription: Subscription, now: int) -> None:
        """End a stream; called only while ready."""

    def call(self, message: object, now: int) -> int:
        """Queue a message that will be answered and return its ticket; called only while ready.

        Tickets rise and never repeat, not even after a reconnect.
        """

    def frames_to_send(self) -> list[Frame]:
        """Take the frames that were queued, in order; the session forgets them."""

    def events(self) -> list[SessionEvent]:
        """Take the events that were produced, in order; the session forgets them."""


def converse(session: Session, *frames: Frame, now: int) -> tuple[list[Frame], list[SessionEvent]]:
    """Feed frames to a session in memory; return the frames and events that came of all of them."""
    for frame in frames:
        session.receive(frame, now)
    return session.frames_to_send(), session.events()
