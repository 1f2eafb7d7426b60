"""Order commands over the order socket or HTTP, and what their answers say.

No command is ever sent again: an answer that is missing leaves the outcome unknown.
"""

import re

import msgspec

from connectors.alor_protocol.flows.http import ENDPOINT, address, headers
from connectors.alor_protocol.messages.replies import CommandDone, Control, Refusal
from connectors.alor_protocol.messages.requests import OrderRequest
from connectors.alor_protocol.settings import Settings
from connectors.alor_protocol.tokens import Login
from connectors.frame.flow import Call, Flow, ask, fetch
from connectors.frame.http import Request, Response
from engine.errors import OutcomeUnknown, TokenRefused

ORDERS_LINK = "orders"
"""The name of the order socket's link."""

_UNKNOWN_CODES = (900, "900", "CommandResponseTimeout")
_NUMBERED = re.compile(r".*\((\d+)\)", re.ASCII)
_TIMEOUT_TEXT = "command timeout"
_METHODS = {"create": "POST", "update": "PUT", "delete": "DELETE"}


class Done(msgspec.Struct, frozen=True):
    """Say that the venue took a command; `number` is the order's, a replaced one's new number."""

    number: str
    ts_recv: int


class Declined(msgspec.Struct, frozen=True):
    """Say that the venue refused a command."""

    reason: str
    ts_recv: int


Outcome = Done | Declined


def send(request: OrderRequest, settings: Settings, login: Login) -> Flow[Outcome]:
    """Send a command once, and return what the venue answered.

    Raises OutcomeUnknown where it may have been carried out, TokenRefused where it surely was not.
    """
    if settings.order_channel == "http":
        return _by_http(request, settings, login)
    return _by_socket(request)


def _by_socket(request: OrderRequest) -> Flow[Outcome]:
    answer = yield from ask(Call(link=ORDERS_LINK, message=request, endpoint=ENDPOINT))
    control = answer.message
    assert isinstance(control, Control), control
    if control.http_code == 200:
        return Done(str(control.order_number or ""), answer.ts_recv)
    if control.http_code == 401:
        raise TokenRefused(f"the order socket is not authorized: {control.message}")
    if control.http_code >= 500 or _TIMEOUT_TEXT in control.message.casefold():
        raise OutcomeUnknown(f"the venue answered {control.http_code} {control.message}")
    return Declined(control.message or f"refused with {control.http_code}", answer.ts_recv)


def _by_http(request: OrderRequest, settings: Settings, login: Login) -> Flow[Outcome]:
    response = yield from fetch(http_request(request, settings, login))
    return read_outcome(response)


def http_request(request: OrderRequest, settings: Settings, login: Login) -> Request:
    """Return a command as an HTTP request; its id is the portfolio and the command's own."""
    action, _, kind = (request.opcode or "").partition(":")
    base = f"/commandapi/warptrans/{settings.trade_server}/v2/client/orders"
    portfolio = request.user.portfolio if request.user else ""
    if action == "delete":
        query = {
            "portfolio": portfolio,
            "exchange": request.exchange,
            "stop": kind.startswith("stop"),
            "jsonResponse": True,
        }
        return Request(
            method="DELETE",
            url=address(settings.hosts.api, f"{base}/{request.order_id}", query),
            headers=headers(login.token),
            endpoint=ENDPOINT,
        )
    number = f"/{request.order_id}" if action == "update" else ""
    body = msgspec.structs.replace(
        request, opcode=None, guid=None, order_id=None, check_duplicates=None
    )
    return Request(
        method=_METHODS[action],
        url=f"{settings.hosts.api}{base}/actions/{kind}{number}",
        headers={
            **headers(login.token, has_body=True),
            "X-REQID": f"{portfolio};{request.guid}",
        },
        body=msgspec.json.encode(body),
        endpoint=ENDPOINT,
    )


def read_outcome(response: Response) -> Outcome:
    """Return what an HTTP answer to a command says.

    The answer to a request id that was seen before is that of the first request. Raises
    OutcomeUnknown for 5xx, for the venue's own timeout and for what cannot be read.
    """
    if response.status == 401:
        raise TokenRefused("the venue does not take the access token; log in anew")
    if response.status >= 500:
        raise OutcomeUnknown(f"the venue answered a command with status {response.status}")
    if response.status == 200:
        return Done(_number(response.body), response.ts_recv)
    try:
        refusal = msgspec.json.decode(response.body, type=Refusal)
    except msgspec.DecodeError:
        text = response.body[:200].decode(errors="replace").strip()
        return Declined(text or f"refused with status {response.status}", response.ts_recv)
    old = refusal.old_response
    if old is not None and old.status_code == 200:
        body = old.body
        number = body.order_number if isinstance(body, CommandDone) else ""
        return Done(str(number or ""), response.ts_recv)
    if _code(refusal) in _UNKNOWN_CODES or (old is not None and old.status_code >= 500):
        raise OutcomeUnknown(f"the venue answered a command with {refusal.message}")
    return Declined(refusal.message or str(refusal.code), response.ts_recv)


def _number(body: bytes) -> str:
    """Return the order number of a success; a deleted order's answer has none."""
    try:
        return str(msgspec.json.decode(body, type=CommandDone).order_number or "")
    except msgspec.DecodeError:
        return ""


def _code(refusal: Refusal) -> str | int | None:
    found = _NUMBERED.fullmatch(str(refusal.code))
    return found.group(1) if found else refusal.code
