"""A client that talks to the simulated cTrader message by message, in memory."""

from typing import TypeVar

from google.protobuf.message import Message

from connectors.ctrader.codec import Envelope, decode, encode
from connectors.ctrader.framing import FrameReader, framed
from connectors.ctrader.package import PACKAGE
from connectors.ctrader.schema import (
    access_pb2,
    account_pb2,
    envelope_pb2,
    trading_pb2,
)
from connectors.ctrader.simulator.listing import account_number
from connectors.ctrader.simulator.simulator import CTraderSimulator
from connectors.frame.http import Request, Response
from connectors.simulation.faults import FaultPlan
from connectors.simulation.simulator import Peer, SimulatorTerms
from engine.model.market import QuoteTick
from lockstep.simulators import make_broker
from tests.wire.ctrader_rig import EURUSD, MONDAY, MS, NAN

HEDGED, NETTING = account_number("hedged"), account_number("netting")
TOKEN = "/apps/token?grant_type=refresh_token&refresh_token={}&client_id=x&client_secret=simulated"


class Client:
    """Talk to the simulator message by message."""

    def __init__(self, *, is_stream: bool = True, quirks: dict[str, str] | None = None) -> None:
        self.now = MONDAY
        self.broker = make_broker(PACKAGE)
        self.faults = FaultPlan()
        terms = SimulatorTerms(quirks=quirks or {})
        self.simulator = CTraderSimulator(self.broker, self.faults, terms)
        self._is_stream = is_stream
        self._ids = 0
        self.peer = self._connect()
        self.peer.opened(self.now)
        self.reader = FrameReader()

    def _connect(self) -> Peer:
        if self._is_stream:
            return self.simulator.accept(self.now)
        peer = self.simulator.connect(Request(method="GET", url="/"), self.now)
        assert not isinstance(peer, Response)
        return peer

    def ask(self, message: Message, name: str | None = None) -> list[Envelope]:
        """Send a message and return all that comes at once."""
        self._ids += 1
        envelope = encode(message, str(self._ids) if name is None else name)
        self.peer.receive(framed(envelope) if self._is_stream else envelope, self.now)
        return self.heard()

    def answer(self, message: Message) -> Message:
        (envelope,) = self.ask(message)
        assert envelope.message is not None
        return envelope.message

    def heard(self) -> list[Envelope]:
        found = []
        for outgoing in self.peer.outgoing():
            assert isinstance(outgoing.frame, bytes)
            frames = self.reader.take(outgoing.frame) if self._is_stream else [outgoing.frame]
            found += [decode(each) for each in frames]
        return found

    def token(self, refresh: str = "simulated") -> str:
        response = self.simulator.answer(Request(method="GET", url=TOKEN.format(refresh)), self.now)
        return response.body.decode().split('accessToken":"')[1].split('"')[0]

    def log_in(self, *accounts: int) -> None:
        token = self.token()
        self.answer(access_pb2.ProtoOAApplicationAuthReq(clientId="x", clientSecret="simulated"))
        for account in accounts or (HEDGED, NETTING):
            self.answer(
                access_pb2.ProtoOAAccountAuthReq(ctidTraderAccountId=account, accessToken=token)
            )

    def quote(self, bid: float, ask: float, size: float = NAN) -> None:
        self.now += MS
        self.broker.row(QuoteTick(EURUSD, self.now, self.now, bid, ask, size, size))

    def order(self, **fields: object) -> list[trading_pb2.ProtoOAExecutionEvent]:
        request = market_order(clientOrderId="c", **fields)
        return executions(self.ask(request))


def market_order(**fields: object) -> trading_pb2.ProtoOANewOrderReq:
    """Return a request to buy 1,000 EURUSD at the market, with fields of another value."""
    request = trading_pb2.ProtoOANewOrderReq(
        ctidTraderAccountId=HEDGED, symbolId=1, orderType="MARKET", tradeSide="BUY", volume=100_000
    )
    for name, value in fields.items():
        setattr(request, name, value)
    return request


def executions(envelopes: list[Envelope]) -> list[trading_pb2.ProtoOAExecutionEvent]:
    """Return the execution events; there is nothing else but changes of margin."""
    margin = account_pb2.ProtoOAMarginChangedEvent
    messages = [each.message for each in envelopes if not isinstance(each.message, margin)]
    found = [m for m in messages if isinstance(m, trading_pb2.ProtoOAExecutionEvent)]
    assert len(found) == len(messages), messages
    return found


def steps(events: list[trading_pb2.ProtoOAExecutionEvent]) -> list[tuple[str, str, bool]]:
    kinds = trading_pb2.ProtoOAExecutionType
    return [
        (
            kinds.Name(event.executionType).removeprefix("ORDER_"),
            str(event.position.positionStatus),
            event.isServerEvent,
        )
        for event in events
    ]


CREATED, OPEN, CLOSED = "3", "1", "2"


def code(message: Message) -> str:
    assert isinstance(
        message,
        envelope_pb2.ProtoOAErrorRes | trading_pb2.ProtoOAOrderErrorEvent,
    ), message
    return message.errorCode


M = TypeVar("M", bound=Message)


def only(envelopes: list[Envelope], kind: type[M]) -> list[M]:
    """Return the messages of one kind."""
    return [each.message for each in envelopes if isinstance(each.message, kind)]


def connected(*accounts: int, quirks: dict[str, str] | None = None) -> Client:
    """Return a client that is logged in, with a first quote of EURUSD."""
    made = Client(quirks=quirks)
    made.log_in(*accounts)
    made.quote(1.1, 1.1002)
    return made
