"""Messages that a session sends and waits for, on behalf of flows and of its own.

Holds no state of a connection.
"""

import msgspec
from google.protobuf.message import Message

from connectors.ctrader.schema.market_pb2 import ProtoOAGetTickDataReq, ProtoOAGetTrendbarsReq
from connectors.ctrader.schema.records_pb2 import (
    ProtoOADealListByPositionIdReq,
    ProtoOADealListReq,
    ProtoOAOrderListByPositionIdReq,
    ProtoOAOrderListReq,
)

ORDINARY, HISTORICAL = "ordinary", "historical"
"""The two groups of requests that the venue counts."""

_HISTORICAL = (
    ProtoOAGetTickDataReq,
    ProtoOAGetTrendbarsReq,
    ProtoOADealListByPositionIdReq,
    ProtoOADealListReq,
    ProtoOAOrderListByPositionIdReq,
    ProtoOAOrderListReq,
)


class OrderRequest(msgspec.Struct, frozen=True):
    """Hold a request by which the venue makes an order, and the id that the order has with us."""

    client_order_id: str
    message: Message


class Unreadable(msgspec.Struct, frozen=True):
    """Stand in for an answer that cannot be read."""

    fault: str


def endpoint_of(message: Message) -> str:
    """Return the group in which the venue counts a request."""
    return HISTORICAL if isinstance(message, _HISTORICAL) else ORDINARY
