"""Turn frames of the sockets into typed records and back, for client and simulator alike.

Knows no subscription's meaning; sessions do.
"""

from typing import Any, Generic, TypeVar

import msgspec

from connectors.alor_protocol.messages import account, clusters, market, risk
from connectors.alor_protocol.messages.replies import Control
from connectors.alor_protocol.messages.spelling import Format, Spelled
from connectors.frame.session import Frame

T = TypeVar("T")

RECORDS: dict[str, Spelled[Any]] = {
    "OrderBookGetAndSubscribe": market.BOOK,
    "QuotesSubscribe": market.QUOTE,
    "AllTradesGetAndSubscribe": market.PUBLIC_TRADE,
    "AllTradesSubscribe": market.PUBLIC_TRADE,
    "BarsGetAndSubscribe": market.CANDLE,
    "ClustersGetAndSubscribe": clusters.CLUSTER,
    "InstrumentsGetAndSubscribeV2": market.INSTRUMENT_UPDATE,
    "OrdersGetAndSubscribeV2": account.ORDER,
    "StopOrdersGetAndSubscribeV2": account.STOP_ORDER,
    "StopOrdersGetAndSubscribe": account.LEGACY_STOP_ORDER,
    "TradesGetAndSubscribeV2": account.TRADE,
    "PositionsGetAndSubscribeV2": account.POSITION,
    "SummariesGetAndSubscribeV2": risk.SUMMARY,
    "RisksGetAndSubscribe": risk.RISK,
    "SpectraRisksGetAndSubscribe": risk.DERIVATIVES_RISK,
}
"""The record that each opcode of the data socket brings."""

_GUID = '"guid":"'


class Envelope(msgspec.Struct, Generic[T], frozen=True, gc=False):
    """Hold one data frame: a record and the subscription it belongs to."""

    data: T
    guid: str


class AnyFrame(msgspec.Struct, frozen=True, gc=False, rename="camel"):
    """Hold whatever frame a server may send, before it is known what it is."""

    guid: str | None = None
    data: msgspec.Raw = msgspec.Raw(b"")
    request_guid: str | None = None
    http_code: int = 0
    message: str = ""
    order_number: str | int | None = None

    def control(self) -> Control | None:
        """Return the control that the frame is, if it is one."""
        if self.request_guid is None:
            return None
        return Control(self.request_guid, self.http_code, self.message, self.order_number)


_ANY = msgspec.json.Decoder(AnyFrame)
_ENCODER = msgspec.json.Encoder()


def data_decoder(record: type[T]) -> msgspec.json.Decoder[Envelope[T]]:
    """Return the decoder of data frames whose record type is known."""
    return msgspec.json.Decoder(Envelope[record])  # type: ignore[valid-type] # made at run time


def guid_of(frame: str) -> str:
    """Return the guid that a data frame ends with, without decoding it; empty when it has none.

    It is a guess, for a text in the record may look like one: compare it with the decoded guid.
    """
    start = frame.rfind(_GUID) + len(_GUID)
    return frame[start : frame.find('"', start)] if start >= len(_GUID) else ""


def read_any(frame: Frame) -> AnyFrame | None:
    """Decode any frame of a server; None for what is no JSON object of a known shape."""
    try:
        return _ANY.decode(frame)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def encode(record: msgspec.Struct) -> str:
    """Return a request or a control as the compact JSON of one text frame."""
    return _ENCODER.encode(record).decode()


def encode_data(record: msgspec.Struct, spelled: Spelled[Any], to: Format) -> str:
    """Return a record in a format as compact JSON, to be put into frames and HTTP bodies."""
    return _ENCODER.encode(spelled.write(record, to)).decode()


def data_frame(body: str, guid: str) -> str:
    """Return a data frame with the blanks that the venue's have."""
    return f'{{ "data": {body}, "guid":{encode_text(guid)} }}'


def encode_text(text: str) -> str:
    """Return a text as JSON."""
    return _ENCODER.encode(text).decode()
