"""What B2TRADER answers and streams, small and in our own words, and a venue to say it to."""

import json
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

import msgspec

from connectors.b2trader.mapping import Directory
from connectors.b2trader.settings import Settings
from connectors.b2trader.venue import B2Trader
from connectors.frame.flow import Flow, Reply, Step, drive
from connectors.frame.http import Request, Response
from connectors.frame.session import Session, SessionEvent
from engine.config.secret import Secret, SecretReference
from engine.model.commands import OrderType, Side, SubmitOrder
from engine.model.reports import OrderReport

CFD, SPOT = "cfd.eur_chf.B2TRADER", "spot.btc_usdt.B2TRADER"
ACCOUNT_ID = "67d0456f8c7b1108e4cf5d46"
T0 = 1_747_761_751_900_121_300  # 2025-05-20T17:22:31.9001213Z
SECOND = 1_000_000_000

MARKETS: list[dict[str, Any]] = [
    {
        "marketId": "cfd.eur_chf",
        "baseAssetId": "eur",
        "quoteAssetId": "chf",
        "priceScale": 5,
        "minAmount": None,
        "amountScale": None,
        "lotSize": "100000",
        "minLotAmount": "0.01",
        "maxLotAmount": "50",
        "lotStep": "0.01",
        "tradingSessions": [{"dayOfWeek": "Monday", "from": "00:00:00", "to": "24:00:00"}],
    },
    {
        "marketId": "spot.btc_usdt",
        "baseAssetId": "btc",
        "quoteAssetId": "usdt",
        "priceScale": 2,
        "minAmount": "0.0001",
        "maxBaseAmount": "100",
        "amountScale": 5,
    },
    {"marketId": "perp.odd", "baseAssetId": "x", "quoteAssetId": "y", "priceScale": 2},
]


def answers(*bodies: object, status: int = 200) -> "Answers":
    return Answers([Response(status=status, body=json.dumps(body).encode()) for body in bodies])


class Answers:
    """Play the venue's REST side with prepared responses; keep what was asked."""

    def __init__(self, responses: list[Response | Exception]) -> None:
        self._responses = list(responses)
        self.requests: list[Request] = []

    def __call__(self, step: Step) -> Reply:
        assert isinstance(step, Request)
        self.requests.append(step)
        response = self._responses.pop(0)
        if isinstance(response, Exception):
            raise response
        return response


def venue(
    names: Mapping[str, str] = MappingProxyType({}),
    *,
    leverage: int = 1,
    hedging: bool = False,
    rows: Sequence[object] = MARKETS,
) -> B2Trader:
    settings = Settings(
        url="https://broker.example",
        token=SecretReference(env="TOKEN"),
        accounts={"main": ACCOUNT_ID},
        names=names,
        leverage=leverage,
        hedging=hedging,
    )
    found = B2Trader(settings, ("main",), lambda: Secret("offline"))
    drive(found.instruments((CFD, SPOT), 0), answers(rows))
    return found


def directory() -> Directory:
    return venue()._directory


def order_item(**changes: object) -> dict[str, object]:
    """Return a row of the stream of open orders: a buy of 10,000 EUR/CHF at 0.93."""
    return {
        "marketId": "cfd.eur_chf",
        "marketType": "Cfd",
        "orderId": "01ORDER",
        "timeInForce": "Gtc",
        "status": "Pending",
        "source": "Manual",
        "side": "Buy",
        "orderType": "Limit",
        "requestedAmount": "10000",
        "remainingAmount": "10000",
        "requestedPrice": "0.9300",
        "executionPrice": None,
        "createdAt": "2025-05-20T17:22:31.9001213Z",
        "updatedAt": "2025-05-20T17:22:31.9001213Z",
        "commissionAssetId": "eur",
        "commissionAmount": "0",
        "leverage": 10,
        "takeProfit": None,
    } | changes


def submit(**changes: object) -> SubmitOrder:
    """Return the command that `order_item` is the venue's row of."""
    command = SubmitOrder(
        client_order_id="bot-1-1",
        strategy="s",
        account="main",
        instrument=CFD,
        ts=T0,
        side=Side.BUY,
        type=OrderType.LIMIT,
        quantity=10_000.0,
        price=0.93,
    )
    return msgspec.structs.replace(command, **changes)


def reports_of(flow: Flow[tuple[OrderReport, ...]], played: Answers) -> tuple[OrderReport, ...]:
    return drive(flow, played)


def hub_frame(**message: object) -> str:
    return json.dumps(message) + "\x1e"


def item_frame(stream: int, item: object) -> str:
    return hub_frame(type=2, invocationId=str(stream), item=item)


def started(session: Session, now: int = T0) -> list[dict[str, Any]]:
    """Open a session, shake hands, and return the hub messages that it then sent."""
    session.opened(now)
    session.frames_to_send()
    session.receive("{}\x1e", now)
    return sent(session)


def sent(session: Session) -> list[dict[str, Any]]:
    frames = [frame for frame in session.frames_to_send() if isinstance(frame, str)]
    records = [record for frame in frames for record in frame.split("\x1e")[:-1]]
    return [message for message in map(json.loads, records) if message.get("type") != 6]


def told(session: Session, *frames: str, now: int = T0) -> list[SessionEvent]:
    for frame in frames:
        session.receive(frame, now)
    return session.events()
