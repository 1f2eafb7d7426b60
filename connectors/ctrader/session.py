"""One connection of the Open API: who is logged in on it, what was asked, what it tells.

Does no I/O and reads no clock. A connection belongs to one environment, live or demo, and carries
any number of its accounts; market data comes by the first of them.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from google.protobuf.message import DecodeError, Message

from connectors.ctrader.admission import LOGIN_NS, Admission
from connectors.ctrader.codec import NO_ENVELOPE, Envelope, read, unwrap
from connectors.ctrader.directory import Account, Directory
from connectors.ctrader.errors import FrameTooLong
from connectors.ctrader.login import Login
from connectors.ctrader.mapping.refusals import (
    Error,
    Verdict,
    is_done,
    retry_after_ns,
    said,
    stay_away_ns,
    verdict,
)
from connectors.ctrader.mapping.symbols import VENUE
from connectors.ctrader.messages import NUMBERS
from connectors.ctrader.pushes import Pushes
from connectors.ctrader.requests import ORDINARY, Unreadable, endpoint_of
from connectors.ctrader.schema.access_pb2 import (
    ProtoOAAccountDisconnectEvent,
    ProtoOAAccountsTokenInvalidatedEvent,
    ProtoOAClientDisconnectEvent,
)
from connectors.ctrader.schema.envelope_pb2 import ProtoErrorRes, ProtoMessage, ProtoOAErrorRes
from connectors.ctrader.schema.market_pb2 import (
    ProtoOADepthEvent,
    ProtoOASpotEvent,
    ProtoOASubscribeSpotsReq,
)
from connectors.ctrader.schema.trading_pb2 import ProtoOAExecutionEvent, ProtoOAOrderErrorEvent
from connectors.ctrader.streams import Streams
from connectors.ctrader.wire import Pending, Wire
from connectors.frame.session import Answered, Ended, Frame, Refused, Remedy, SessionEvent
from engine.errors import UsageError
from engine.gate.rates import BudgetUsed, RateLimited, Scope
from engine.model.subscription import Subscription

_SECOND_NS = 1_000_000_000
SILENCE_NS = 75 * _SECOND_NS
"""The venue beats about every 30 s; without a whole message for so long a connection is dead."""

_SPOT = NUMBERS[ProtoOASpotEvent]


class OpenApiSession:
    """Log in, keep alive, and tell what the venue tells.

    `counts` says what was passed over: messages that cannot be read, errors that answer nothing of
    ours, and by name what the engine has no word for, such as margin events.

    The order of a login is the venue's: the application first, then each account. The connection is
    given up when an account or a token loses its standing: the next one reads the token anew.
    """

    def __init__(
        self,
        accounts: tuple[Account, ...],
        login: Login,
        directory: Directory,
        pushes: Pushes,
        *,
        is_stream: bool,
    ) -> None:
        self.counts = Counter[str]()
        self._accounts = accounts
        self._directory = directory
        self._pushes = pushes
        self._wire = Wire(is_stream=is_stream)
        self._admission = Admission(accounts, login, self._wire, self._login_refused)
        self._streams = Streams(accounts[0].id)
        self._events: list[SessionEvent] = []
        self._spots_wanted: list[int] = []
        self._is_open = False
        self._now = self._heard = 0
        self._on: dict[type[Message], Callable[[Any, int], None]] = {
            ProtoOADepthEvent: self._depth,
            ProtoOAAccountDisconnectEvent: self._disconnected,
            ProtoOAAccountsTokenInvalidatedEvent: self._invalidated,
            ProtoOAClientDisconnectEvent: self._dismissed,
            ProtoErrorRes: self._stray,
            ProtoOAErrorRes: self._stray,
            ProtoOAOrderErrorEvent: self._order_error,
        }

    @property
    def is_ready(self) -> bool:
        """Say whether every account of the connection is authorised."""
        return self._is_open and self._admission.due is None

    def opened(self, now: int) -> None:
        """Begin a connection with the authorisation of the application."""
        self._now = self._heard = now
        self._is_open = True
        self._wire.begin(now)
        self._streams.clear()
        self._spots_wanted.clear()
        self._admission.begin(now)
        self._release(now)

    def receive(self, frame: Frame, now: int) -> None:
        """Take what came; what cannot be read is counted and passed over."""
        self._now = now
        try:
            envelopes = self._wire.read(frame)
        except FrameTooLong as fault:
            self._end(str(fault))
            return
        if envelopes:
            self._heard = now
        for data in envelopes:
            if not self._is_open:
                return
            outer = unwrap(data)
            if outer is not None and outer.payloadType == _SPOT:
                self._spot(outer, now)
            else:
                self._take(NO_ENVELOPE if outer is None else read(outer), now)
        if self._wire.has_waiting:
            self._release(now)

    def lost(self, reason: str, now: int) -> None:
        """Forget the connection."""
        self._is_open = False
        self._wire.end()

    def deadline(self) -> int | None:
        """Return when a heartbeat, a waiting request, a bar or the end of patience is due."""
        if not self._is_open:
            return None
        due = min(self._heard + SILENCE_NS, self._wire.deadline(self._now))
        for other in (self._admission.due, self._streams.due):
            if other is not None and other < due:
                due = other
        return due

    def timeout(self, now: int) -> None:
        """Do what is due."""
        self._now = now
        if not self._is_open:
            return
        if self._admission.due is not None and now >= self._admission.due:
            self._end(f"not authorised within {LOGIN_NS // _SECOND_NS} s")
            return
        if now >= self._heard + SILENCE_NS:
            self._end(f"no message for {SILENCE_NS // _SECOND_NS} s")
            return
        self._streams.expire(now, self._events)
        self._release(now)
        self._wire.beat(now)

    def renewed(self, now: int) -> None:
        """Give the connection up: the venue ends the sessions of the token before."""
        if self._is_open:
            self._end("the access token is a new one", Remedy.REPLACE)

    def subscribe(self, subscription: Subscription, now: int) -> None:
        """Ask for a stream; spots come first, and several symbols go out as one request."""
        self._now = now
        try:
            listed = self._directory.listed(self._accounts[0].name, subscription.instrument)
        except UsageError as refused:
            self._events.append(Refused(subscription, str(refused)))
            return
        if self._streams.want(subscription, listed):
            self._spots_wanted.append(listed.symbol_id)
            return
        request = self._streams.request(subscription, listed.symbol_id)
        if request is not None:
            self._wire.ask(request, partial(self._stream_answered, (subscription,)))

    def unsubscribe(self, subscription: Subscription, now: int) -> None:
        """End a stream, and the spots beneath it with the last of their symbol."""
        self._now = now
        listed = self._directory.listed(self._accounts[0].name, subscription.instrument)
        for request in self._streams.drop(subscription, listed):
            self._wire.ask(request, partial(self._stream_answered, ()))

    def call(self, message: object, now: int) -> int:
        """Send a request and return the ticket of its answer."""
        self._now = now
        return self._wire.call(message, now)

    def frames_to_send(self) -> list[Frame]:
        """Take the frames; symbols wanted since the last time are asked for together."""
        if self._spots_wanted and self._is_open:
            self._ask_spots(tuple(self._spots_wanted))
            self._spots_wanted.clear()
        if self._wire.has_waiting:
            self._release(self._now)
        return self._wire.frames()

    def events(self) -> list[SessionEvent]:
        """Take the events."""
        out, self._events = self._events, []
        return out

    # Arriving

    def _spot(self, outer: ProtoMessage, now: int) -> None:
        """Take a spot, of which there are more than of all else, without a detour."""
        try:
            message = ProtoOASpotEvent.FromString(outer.payload)
        except DecodeError:
            self.counts["unreadable"] += 1
        else:
            self._streams.spot(message, now, self._events)

    def _take(self, envelope: Envelope, now: int) -> None:
        message = envelope.message
        pending = self._wire.answered(envelope.client_msg_id) if envelope.client_msg_id else None
        if message is None:
            self._unreadable(envelope, pending)
            return
        if pending is not None:
            self._answered(pending, message, now)
        elif (act := self._on.get(type(message))) is not None:
            act(message, now)
            return
        if not self._pushes.take(message, now, self._events, pending) and pending is None:
            self.counts[message.DESCRIPTOR.name] += 1

    def _unreadable(self, envelope: Envelope, pending: Pending | None) -> None:
        self.counts["unreadable"] += 1
        if not envelope.number:
            self._end(f"the stream of frames is out of step: {envelope.fault}")
        if pending is None:
            return
        if pending.on_answer is None:
            self._events.append(Answered(pending.ticket, Unreadable(envelope.fault)))
        else:
            self._end(envelope.fault)

    def _answered(self, pending: Pending, message: Message, now: int) -> None:
        if isinstance(message, Error) and verdict(message.errorCode) is Verdict.RATE:
            scope = Scope(VENUE, endpoint=endpoint_of(pending.request))
            self._events.append(RateLimited(scope, now, retry_after_ns(message)))
        if pending.on_answer is not None:
            pending.on_answer(message, now)
            return
        if isinstance(message, ProtoOAExecutionEvent) and message.HasField("order"):
            self._pushes.claim(message.order, pending.client_order_id)
        self._events.append(Answered(pending.ticket, message))
        if isinstance(message, Error) and verdict(message.errorCode) is Verdict.SESSION:
            self._end(said(message))

    def _depth(self, message: ProtoOADepthEvent, now: int) -> None:
        self._streams.depth(message, now, self._events)

    def _disconnected(self, message: ProtoOAAccountDisconnectEvent, now: int) -> None:
        self._account_gone([message.ctidTraderAccountId], "the venue ended the account's session")

    def _invalidated(self, message: ProtoOAAccountsTokenInvalidatedEvent, now: int) -> None:
        self._account_gone(message.ctidTraderAccountIds, message.reason or "token invalidated")

    def _account_gone(self, ids: Iterable[int], reason: str) -> None:
        ours = [account.name for account in self._accounts if account.id in tuple(ids)]
        if ours:
            self._end(f"account {', '.join(ours)}: {reason}")

    def _dismissed(self, message: ProtoOAClientDisconnectEvent, now: int) -> None:
        self._end(message.reason or "the venue ended the application's session")

    def _stray(self, message: Error, now: int) -> None:
        """Take an error that answers nothing of ours: some end the connection, others are counted.

        Events of other sessions of an account carry ids of theirs.
        """
        if verdict(message.errorCode) in (Verdict.SESSION, Verdict.LOGIN, Verdict.TOKEN):
            self._login_refused(message)
        else:
            self.counts["stray errors"] += 1

    def _order_error(self, message: ProtoOAOrderErrorEvent, now: int) -> None:
        self.counts["stray errors"] += 1

    def _login_refused(self, message: Message, whose: str = "") -> None:
        """Give the connection up, with what mends it."""
        if not isinstance(message, Error):
            self._end(f"{whose}answered with {message.DESCRIPTOR.name}")
            return
        remedies = {Verdict.TOKEN: Remedy.LOGIN, Verdict.LOGIN: Remedy.STOP}
        remedy = remedies.get(verdict(message.errorCode), Remedy.RECONNECT)
        self._end(whose + said(message), remedy, stay_away_ns(message, self._now))

    # Subscribing

    def _ask_spots(self, symbols: tuple[int, ...]) -> None:
        request = ProtoOASubscribeSpotsReq(
            ctidTraderAccountId=self._accounts[0].id,
            symbolId=symbols,
            subscribeToSpotTimestamp=True,
        )
        self._wire.ask(request, partial(self._spots_answered, symbols))

    def _spots_answered(self, symbols: tuple[int, ...], message: Message, now: int) -> None:
        """Ask for what had to wait for spots; a refusal of several is asked one by one."""
        if isinstance(message, Error) and not is_done(message):
            if len(symbols) > 1:
                for symbol in symbols:
                    self._ask_spots((symbol,))
                return
            self._stream_answered(self._streams.wanted(symbols[0]), message, now)
            return
        for symbol in symbols:
            for subscription, request in self._streams.acknowledged(symbol):
                self._wire.ask(request, partial(self._stream_answered, (subscription,)))

    def _stream_answered(
        self, subscriptions: tuple[Subscription, ...], message: Message, now: int
    ) -> None:
        if not isinstance(message, Error) or is_done(message):
            return
        if verdict(message.errorCode) is Verdict.REFUSED:
            self._events += [Refused(each, said(message)) for each in subscriptions]
        else:
            self._end(said(message), wait_ns=stay_away_ns(message, self._now))

    # Leaving

    def _release(self, now: int) -> None:
        count = self._wire.release(now)
        if count:
            self._events.append(BudgetUsed(Scope(VENUE, endpoint=ORDINARY), count, now, now))

    def _end(
        self, reason: str, remedy: Remedy = Remedy.RECONNECT, wait_ns: int | None = None
    ) -> None:
        self._is_open = False
        self._wire.end()
        self._events.append(Ended(reason, remedy, wait_ns))
