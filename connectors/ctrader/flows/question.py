"""Ask one thing after another over a connection: the message that answers, or a fault.

Repeats nothing.
"""

from typing import TypeVar

from google.protobuf.message import Message

from connectors.ctrader.mapping.refusals import fault
from connectors.ctrader.requests import Unreadable, endpoint_of
from connectors.ctrader.schema.envelope_pb2 import ProtoErrorRes, ProtoOAErrorRes
from connectors.frame.flow import Call, Flow, ask
from engine.errors import OutcomeUnknown, VenueError

M = TypeVar("M", bound=Message)


class Asker:
    """Ask on one link; `ts_recv` is when the last answer came."""

    def __init__(self, link: str) -> None:
        self._link = link
        self.ts_recv = 0

    def ask(self, request: Message, expected: type[M]) -> Flow[M]:
        """Return the answer of the expected kind.

        Raises what a refusal means, and OutcomeUnknown for an answer that cannot be read.
        """
        call = Call(link=self._link, message=request, endpoint=endpoint_of(request))
        answer = yield from ask(call)
        self.ts_recv = answer.ts_recv
        message = answer.message
        if isinstance(message, expected):
            return message
        if isinstance(message, ProtoErrorRes | ProtoOAErrorRes):
            raise fault(message.errorCode, message.description)
        if isinstance(message, Unreadable):
            raise OutcomeUnknown(message.fault)
        name = type(message).__name__
        raise VenueError(f"cTrader answered {request.DESCRIPTOR.name} with {name}")
