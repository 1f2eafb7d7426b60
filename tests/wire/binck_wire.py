"""What Binck answers and streams, small and in our own words, and a venue to say it to."""

import json

import msgspec

from connectors.binck.settings import Settings
from connectors.binck.venue import Binck
from connectors.frame.flow import drive
from connectors.frame.http import Response
from engine.config.secret import Secret, SecretReference
from engine.model.commands import OrderType, Side, SubmitOrder, TimeInForce
from tests.wire.b2trader_wire import Answers, answers, hub_frame

INGA = "INGA.BINCK"
NUMBER = "7654321"
SECOND = 1_000_000_000
T0 = 1_581_675_688_000_000_000  # 2020-02-14T10:21:28Z
SETTINGS = Settings(
    client_id="client",
    client_secret=SecretReference(env="SECRET"),
    refresh_token=SecretReference(env="REFRESH"),
    accounts={"main": NUMBER},
)


def instrument(**changes: object) -> dict[str, object]:
    return {
        "id": "b6OQR",
        "name": "ING GROEP",
        "symbol": "INGA",
        "isincode": "NL0011821202",
        "type": "equity",
        "marketIdentificationCode": "XAMS",
        "currency": "EUR",
        "priceDecimals": 3,
        "tickSizeCollection": {
            "tickSizes": [
                {"from": 0, "size": 0.001},
                {"from": 10, "size": 0.002},
                {"from": 20, "size": 0.005},
            ]
        },
        "hasOrderModifications": True,
    } | changes


def instruments(*rows: dict[str, object]) -> dict[str, object]:
    return {"instrumentsCollection": {"instruments": rows}, "count": len(rows)}


def order(
    *history: tuple[str, str, float | None, float | None], **changes: object
) -> dict[str, object]:
    """Return an order of 10 with its history, given oldest first as time, status, size, price."""
    entries = [
        {"dateTime": f"2020-02-14T{time}Z", "status": status}
        | ({} if size is None else {"executedQuantity": size, "executionPrice": price})
        for time, status, size, price in reversed(history)
    ]
    executed = sum(size for _, _, size, _ in history if size)
    return {
        "number": 4711,
        "instrument": {"id": "b6OQR", "name": "ING GROEP"},
        "type": "limit",
        "statusHistory": entries,
        "currency": "EUR",
        "duration": "day",
        "side": "buy",
        "executedQuantity": executed,
        "limitPrice": 10.5,
        "quantity": 10,
        "lastStatus": entries[0]["status"],
        "lastStatusDateTime": entries[0]["dateTime"],
        "referenceId": "bot-1-1",
    } | changes


PLACED = ("10:21:28", "placed", None, None)
CONFIRMED = ("10:21:29", "placementConfirmed", None, None)
PART = ("10:21:50", "partiallyExecuted", 4.0, 10.4975)
REST = ("10:22:00", "executed", 6.0, 10.5)


def orders(*rows: object) -> dict[str, object]:
    return {"ordersCollection": {"orders": rows}}


def preview(**changes: object) -> dict[str, object]:
    return {
        "previewOrder": {
            "orderCanBeRegistered": True,
            "warningsToBeShown": [],
            "warningsToBeConfirmed": [],
            "validationCode": "3f2b7c",
        }
        | changes
    }


def venue(settings: Settings = SETTINGS) -> Binck:
    found = Binck(settings, ("main",), lambda reference: Secret(str(reference.env)))
    drive(found.instruments((INGA,), T0), answers(instruments(instrument())))
    return found


def submit(**changes: object) -> SubmitOrder:
    command = SubmitOrder(
        client_order_id="bot-1-1",
        strategy="s",
        account="main",
        instrument=INGA,
        ts=T0,
        side=Side.BUY,
        type=OrderType.LIMIT,
        quantity=10.0,
        price=10.5,
        time_in_force=TimeInForce.DAY,
    )
    return msgspec.structs.replace(command, **changes)


def told_by_hub(target: str, *arguments: object) -> str:
    return hub_frame(type=1, target=target, arguments=list(arguments))


def answered(status: int, body: object) -> Answers:
    return Answers([Response(status=status, body=json.dumps(body).encode())])
