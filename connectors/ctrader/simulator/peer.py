"""The venue's end of one connection: who is authorised on it, its limits, its subscriptions.

Never answers a heartbeat: a client that answers each one would never come to rest.
"""

from google.protobuf.message import Message

from connectors.ctrader.codec import HEARTBEAT, Envelope, decode, encode
from connectors.ctrader.errors import FrameTooLong
from connectors.ctrader.framing import FrameReader, framed
from connectors.ctrader.mapping.scaling import milliseconds
from connectors.ctrader.requests import endpoint_of
from connectors.ctrader.schema import access_pb2, envelope_pb2, market_pb2, trading_pb2
from connectors.ctrader.simulator.entry import Act, Entry
from connectors.ctrader.simulator.rates import Buckets
from connectors.ctrader.simulator.refusal import Refusal
from connectors.ctrader.simulator.subscriptions import Subscriptions
from connectors.ctrader.simulator.ticks import Change
from connectors.ctrader.simulator.world import World
from connectors.frame.session import Frame
from connectors.simulation.faults import Fault
from connectors.simulation.simulator import Closing, Kind, Outgoing
from engine.model.market import BookSnapshot

_SECOND_NS = 1_000_000_000
IDLE_NS = 30 * _SECOND_NS
"""After so long without a client's frame, or without its application's login, it hangs up."""

BEAT_NS = 30 * _SECOND_NS

_GENERAL = (
    "CH_CLIENT_NOT_AUTHENTICATED",
    "ACCOUNT_NOT_AUTHORIZED",
    "BLOCKED_PAYLOAD_TYPE",
    "SERVER_IS_UNDER_MAINTENANCE",
)
"""Codes that answer with a general error even what trades."""


class OpenApiPeer:
    """Serve one client; `world` is what all connections share."""

    def __init__(self, world: World, *, is_stream: bool) -> None:
        self._world = world
        self._entry = Entry(world)
        self.accounts = self._entry.accounts
        self._is_stream = is_stream
        self._reader = FrameReader()
        self._out: list[Outgoing] = []
        self._closing: Closing | None = None
        self._opened = self._heard = self._said = 0
        self._buckets = Buckets()
        self._wanted = Subscriptions()
        self._acts: dict[type[Message], Act] = {
            **self._entry.acts,
            market_pb2.ProtoOASubscribeSpotsReq: self._subscribe_spots,
            market_pb2.ProtoOAUnsubscribeSpotsReq: self._unsubscribe_spots,
            market_pb2.ProtoOASubscribeLiveTrendbarReq: self._subscribe_bars,
            market_pb2.ProtoOAUnsubscribeLiveTrendbarReq: self._unsubscribe_bars,
            market_pb2.ProtoOASubscribeDepthQuotesReq: self._subscribe_depth,
            market_pb2.ProtoOAUnsubscribeDepthQuotesReq: self._unsubscribe_depth,
        }

    @property
    def closing(self) -> Closing | None:
        """Return how the connection is to end."""
        return self._closing or self._entry.closing

    def opened(self, now: int) -> None:
        """Begin, and hear of the market and the accounts from now on."""
        self._opened = self._heard = self._said = now
        self._world.peers[self] = None

    def lost(self, now: int) -> None:
        """Leave."""
        self._world.peers.pop(self, None)

    def receive(self, frame: Frame, now: int) -> None:
        """Take what the client sent."""
        if isinstance(frame, str):
            self._closing = Closing(1003, "binary only")
            return
        try:
            envelopes = self._reader.take(frame) if self._is_stream else [frame]
        except FrameTooLong:
            self._refuse(Refusal("FRAME_TOO_LONG"), "")
            self._closing = Closing()
            return
        for data in envelopes:
            self._heard = now
            self._take(decode(data), now)
        self._world.settle()

    def deadline(self) -> int | None:
        """Return when to beat or to hang up."""
        patience = self._heard if self._entry.is_authorised else min(self._heard, self._opened)
        return min(patience + IDLE_NS, self._said + BEAT_NS)

    def timeout(self, now: int) -> None:
        """Hang up on a silent client or one that has not logged in; beat when silent oneself."""
        patience = self._heard if self._entry.is_authorised else min(self._heard, self._opened)
        if now >= patience + IDLE_NS:
            self._closing = Closing(1000, "Bye")
        elif now >= self._said + BEAT_NS:
            self._put(HEARTBEAT, Kind.CONTROL)
        self._said = now

    def outgoing(self) -> list[Outgoing]:
        """Take the frames, after all that waited for the broker was done."""
        self._world.settle()
        out, self._out = self._out, []
        if out:
            self._said = max(self._said, self._world.broker.now)
        return out

    # What the world tells

    def told(self, message: Message, client_msg_id: str = "") -> None:
        """Send what happened to an account; what answers a request, and a fill, may be lost."""
        faults = self._world.faults
        if not client_msg_id and _is_fill(message) and faults.strikes(Fault.BREAK_OFF, "report"):
            self._closing = Closing()
        if self._closing is not None:
            return
        if client_msg_id and faults.strikes(Fault.LOSE_REPLY, "report"):
            return
        self._put(encode(message, client_msg_id), Kind.REPORT)

    def moved(self, instrument: str, change: Change) -> None:
        """Send a change of the touch to whoever wants it."""
        symbol = self._world.listing.number(instrument)
        event = self._wanted.spot(symbol, change, self._world.ticks[instrument])
        if event is not None:
            self._put(encode(event), Kind.MARKET)

    def book_changed(self, book: BookSnapshot) -> None:
        """Send a change of the book to whoever wants it."""
        event = self._wanted.depth(self._world.listing.number(book.instrument), book)
        if event is not None:
            self._put(encode(event), Kind.MARKET)

    def log_out(self, account: str) -> None:
        """End the session of an account."""
        if self.accounts.pop(account, None) is not None:
            number = self._world.number(account)
            gone = access_pb2.ProtoOAAccountDisconnectEvent(ctidTraderAccountId=number)
            self._put(encode(gone), Kind.CONTROL)

    def dismiss(self, reason: str) -> None:
        """End the session of the application, and with it that of every account."""
        self.accounts.clear()
        self._entry.is_authorised = False
        gone = access_pb2.ProtoOAClientDisconnectEvent(reason=reason)
        self._put(encode(gone), Kind.CONTROL)

    def invalidate(self, account: str, *, reason: str) -> None:
        """End the session of an account, whose token is no longer worth anything."""
        if self.accounts.pop(account, None) is None:
            return
        number = self._world.number(account)
        invalid = access_pb2.ProtoOAAccountsTokenInvalidatedEvent(
            ctidTraderAccountIds=[number], reason=reason
        )
        self._put(encode(invalid), Kind.CONTROL)

    # What the client asks

    def _take(self, envelope: Envelope, now: int) -> None:
        request, client_msg_id = envelope.message, envelope.client_msg_id
        if isinstance(request, envelope_pb2.ProtoHeartbeatEvent):
            return
        if request is None:
            self._refuse(Refusal("INVALID_REQUEST", envelope.fault), client_msg_id)
            return
        try:
            self._check(request, now)
            self._do(request, client_msg_id, now)
        except Refusal as refusal:
            self._refuse(refusal, client_msg_id, request)

    def _check(self, request: Message, now: int) -> None:
        """Refuse what the order of a login or the limits do not allow."""
        first = (
            access_pb2.ProtoOAVersionReq,
            access_pb2.ProtoOAApplicationAuthReq,
            access_pb2.ProtoOARefreshTokenReq,
        )
        if not self._entry.is_authorised and not isinstance(request, first):
            raise Refusal("CH_CLIENT_NOT_AUTHENTICATED", "The client is not authenticated")
        name = request.DESCRIPTOR.name
        is_late = self._world.faults.strikes(Fault.TOO_MANY, name)
        if is_late or not self._buckets.admit(endpoint_of(request), now):
            raise Refusal("BLOCKED_PAYLOAD_TYPE", "Too many requests")
        if self._world.faults.strikes(Fault.MAINTENANCE, name):
            raise Refusal("SERVER_IS_UNDER_MAINTENANCE")

    def _do(self, request: Message, client_msg_id: str, now: int) -> None:
        """Carry out a request: of the connection, of trading, or a question."""
        act = self._acts.get(type(request))
        if act is not None:
            self._put(encode(act(request, now), client_msg_id), Kind.REPLY)
            self._after(request, now)
            return
        account = self._entry.account(request)
        trade = self._world.trade(type(request))
        if trade is not None:
            if self._world.only_views:
                raise Refusal("TRADING_NOT_ALLOWED", "The token was granted to view alone")
            trade(request, account, now)
            self._world.settle(self, client_msg_id)
            return
        answer = self._world.answers.get(type(request))
        if answer is None:
            raise Refusal("UNSUPPORTED_MESSAGE", f"{request.DESCRIPTOR.name} is not supported")
        self._put(encode(answer(request, account), client_msg_id), Kind.REPLY)

    def _after(self, request: Message, now: int) -> None:
        """Send what follows the answer: the first prices of a symbol, the end of a session."""
        if isinstance(request, market_pb2.ProtoOASubscribeSpotsReq):
            for symbol in request.symbolId:
                ticks = self._world.ticks[self._world.listing.known(symbol).id]
                event = self._wanted.snapshot(symbol, ticks, milliseconds(now))
                if event is not None:
                    self._put(encode(event), Kind.MARKET)
        elif isinstance(request, market_pb2.ProtoOASubscribeDepthQuotesReq):
            for symbol in request.symbolId:
                book = self._world.book(self._world.listing.known(symbol).id)
                if book is not None:
                    self.book_changed(book)
        elif isinstance(request, access_pb2.ProtoOAAccountLogoutReq):
            number = request.ctidTraderAccountId
            gone = access_pb2.ProtoOAAccountDisconnectEvent(ctidTraderAccountId=number)
            self._put(encode(gone), Kind.CONTROL)

    def _subscribe_spots(self, request: market_pb2.ProtoOASubscribeSpotsReq, now: int) -> Message:
        self._entry.account(request)
        for symbol in request.symbolId:
            self._world.listing.known(symbol)
        for symbol in request.symbolId:
            timed = request.subscribeToSpotTimestamp
            self._wanted.add_spot(symbol, request.ctidTraderAccountId, timed=timed)
        return market_pb2.ProtoOASubscribeSpotsRes(ctidTraderAccountId=request.ctidTraderAccountId)

    def _unsubscribe_spots(
        self, request: market_pb2.ProtoOAUnsubscribeSpotsReq, now: int
    ) -> Message:
        for symbol in request.symbolId:
            self._wanted.end_spot(symbol)
        return market_pb2.ProtoOAUnsubscribeSpotsRes(
            ctidTraderAccountId=request.ctidTraderAccountId
        )

    def _subscribe_bars(
        self, request: market_pb2.ProtoOASubscribeLiveTrendbarReq, now: int
    ) -> Message:
        self._entry.account(request)
        self._wanted.add_bars(request.symbolId, request.period)
        return market_pb2.ProtoOASubscribeLiveTrendbarRes(
            ctidTraderAccountId=request.ctidTraderAccountId
        )

    def _unsubscribe_bars(
        self, request: market_pb2.ProtoOAUnsubscribeLiveTrendbarReq, now: int
    ) -> Message:
        self._wanted.end_bars(request.symbolId, request.period)
        return market_pb2.ProtoOAUnsubscribeLiveTrendbarRes(
            ctidTraderAccountId=request.ctidTraderAccountId
        )

    def _subscribe_depth(
        self, request: market_pb2.ProtoOASubscribeDepthQuotesReq, now: int
    ) -> Message:
        self._entry.account(request)
        for symbol in request.symbolId:
            self._wanted.add_depth(symbol)
        return market_pb2.ProtoOASubscribeDepthQuotesRes(
            ctidTraderAccountId=request.ctidTraderAccountId
        )

    def _unsubscribe_depth(
        self, request: market_pb2.ProtoOAUnsubscribeDepthQuotesReq, now: int
    ) -> Message:
        for symbol in request.symbolId:
            self._wanted.end_depth(symbol)
        return market_pb2.ProtoOAUnsubscribeDepthQuotesRes(
            ctidTraderAccountId=request.ctidTraderAccountId
        )

    def _refuse(self, refusal: Refusal, client_msg_id: str, request: Message | None = None) -> None:
        """Answer with an order's error to what trades, else with a general one."""
        account = getattr(request, "ctidTraderAccountId", 0)
        is_trading = request is not None and self._world.trade(type(request)) is not None
        if is_trading and refusal.code not in _GENERAL:
            error: Message = trading_pb2.ProtoOAOrderErrorEvent(
                errorCode=refusal.code,
                ctidTraderAccountId=account,
                orderId=getattr(request, "orderId", 0),
                positionId=getattr(request, "positionId", 0),
                description=refusal.description,
            )
        else:
            general = envelope_pb2.ProtoOAErrorRes(
                errorCode=refusal.code, description=refusal.description
            )
            if account:
                general.ctidTraderAccountId = account
            if refusal.code == "BLOCKED_PAYLOAD_TYPE":
                general.retryAfter = 1
            error = general
        self._put(encode(error, client_msg_id), Kind.REPLY)

    def _put(self, envelope: bytes, kind: Kind) -> None:
        self._out.append(Outgoing(framed(envelope) if self._is_stream else envelope, kind))


def _is_fill(message: Message) -> bool:
    return isinstance(message, trading_pb2.ProtoOAExecutionEvent) and message.HasField("deal")
