"""The server's end of the data socket: tokens in every request, subscriptions by guid.

What a subscription sends is its stream's business.
"""

import msgspec

from connectors.alor_protocol.messages.requests import StreamRequest
from connectors.alor_protocol.messages.spelling import Format
from connectors.alor_protocol.simulator.answers import seconds_of
from connectors.alor_protocol.simulator.ledger import Ledger
from connectors.alor_protocol.simulator.peers import BAD_TOKEN, HANDLED, NO_TOKEN, SocketPeer
from connectors.alor_protocol.simulator.portfolio_streams import PORTFOLIO_STREAMS
from connectors.alor_protocol.simulator.profile import Listings
from connectors.alor_protocol.simulator.streams import INSTRUMENT_STREAMS, Stream
from connectors.alor_protocol.simulator.tokens import TokenService
from connectors.frame.session import Frame
from connectors.simulation.broker import SimulatedBroker
from connectors.simulation.faults import Fault, FaultPlan
from connectors.simulation.records import BrokerEvent

SUBSCRIPTIONS_MAX = 5_000
"""How many subscriptions one connection may have."""

_FORMATS = {spelling.casefold(): spelling for spelling in Format}
_FORMATS[""] = Format.SIMPLE


class StreamPeer(SocketPeer):
    """Answer one client of the data socket.

    A guid that is used again replaces the older subscription. Running subscriptions outlive the
    token. `data_first` says what begins before its acknowledgement: books, as was seen at the
    venue, all, or none.
    """

    def __init__(
        self,
        broker: SimulatedBroker,
        listings: Listings,
        ledger: Ledger,
        tokens: TokenService,
        faults: FaultPlan,
        data_first: str = "books",
    ) -> None:
        super().__init__()
        self._broker = broker
        self._listings = listings
        self._ledger = ledger
        self._tokens = tokens
        self._faults = faults
        self._data_first = data_first
        self._streams: dict[str, Stream] = {}

    def opened(self, now: int) -> None:
        """Begin to listen to the broker."""
        self._broker.listen(self._hear)

    def lost(self, now: int) -> None:
        """Listen no more."""
        super().lost(now)
        self._broker.leave(self._hear)
        self._streams.clear()

    def deadline(self) -> int | None:
        """Return when the next interval of a subscription ends."""
        dues = [due for stream in self._streams.values() if (due := stream.due) is not None]
        return min(dues, default=None)

    def timeout(self, now: int) -> None:
        """Send the last states of the intervals that are over."""
        for stream in self._streams.values():
            stream.flush(now)

    def receive(self, frame: Frame, now: int) -> None:
        """Take one request; what cannot be read is answered without a guid."""
        try:
            request = msgspec.json.decode(frame, type=StreamRequest)
        except (msgspec.DecodeError, UnicodeDecodeError):
            self._reply("", 400, "The message could not be read")
            return
        if not request.token:
            self._reply(request.guid, 400, NO_TOKEN)
        elif not self._tokens.is_good(request.token, now) or self._faults.strikes(
            Fault.EXPIRE_TOKEN, "ws"
        ):
            self._reply(request.guid, 401, BAD_TOKEN)
        elif request.opcode == "ping":
            self._reply(request.guid, 200, HANDLED)
        elif request.opcode == "unsubscribe":
            self._streams.pop(request.guid, None)
            self._reply(request.guid, 200, HANDLED)
        else:
            self._subscribe(request, request.token)

    def _subscribe(self, request: StreamRequest, token: str) -> None:
        stream = self._stream(request, token)
        if isinstance(stream, tuple):
            self._reply(request.guid, *stream)
            return
        self._streams[request.guid] = stream
        is_book = request.opcode == "OrderBookGetAndSubscribe"
        if self._data_first == "all" or (self._data_first == "books" and is_book):
            stream.start()
            self._reply(request.guid, 200, HANDLED)
        else:
            self._reply(request.guid, 200, HANDLED)
            stream.start()

    def _stream(self, request: StreamRequest, token: str) -> Stream | tuple[int, str]:
        """Return the stream that a request asks for, or the code and text of a refusal."""
        spelling = _FORMATS.get((request.format or "").casefold())
        if spelling is None:
            return 400, "Unknown format"
        if len(self._streams) >= SUBSCRIPTIONS_MAX and request.guid not in self._streams:
            return 400, "Too many subscriptions"
        if request.tf is not None and seconds_of(str(request.tf)) is None:
            return 400, "Unknown length of bars"
        kind = INSTRUMENT_STREAMS.get(request.opcode)
        if kind is not None:
            listed = self._listings.find(request.exchange or "", request.code or "")
            if listed is None:
                return 404, "Unknown instrument"
            return kind(request, spelling, self._queue, self._ledger, listed)
        portfolio_kind = PORTFOLIO_STREAMS.get(request.opcode)
        if portfolio_kind is None:
            return 400, "Unknown opcode"
        if request.portfolio not in self._tokens.portfolios(token):
            return 403, "The portfolio is not the client's"
        return portfolio_kind(request, spelling, self._queue, self._ledger, self._listings)

    def _hear(self, event: BrokerEvent) -> None:
        now = self._broker.now
        for stream in tuple(self._streams.values()):
            stream.hear(event, now)
