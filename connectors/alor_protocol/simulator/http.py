"""The HTTP answers of the simulated venue by path, with the rules of tokens, rate and request ids.

Writes no record itself; the ledger does, and the counter carries out commands.
"""

import re
from collections import deque
from urllib.parse import parse_qsl, unquote, urlencode

import msgspec

from connectors.alor_protocol.messages.margins import EstimateRequest
from connectors.alor_protocol.messages.replies import TokenRequest
from connectors.alor_protocol.messages.requests import OrderRequest, User
from connectors.alor_protocol.simulator import graphql
from connectors.alor_protocol.simulator.answers import json, number_of, query_of, text
from connectors.alor_protocol.simulator.counter import OrderCounter, Taken
from connectors.alor_protocol.simulator.ledger import DELAY_NS, Ledger
from connectors.alor_protocol.simulator.lists import MarketLists, PortfolioLists
from connectors.alor_protocol.simulator.margins import MarginDesk
from connectors.alor_protocol.simulator.profile import Listings
from connectors.alor_protocol.simulator.tokens import LIFE_S, TokenService
from connectors.frame.http import Request, Response
from connectors.frame.package import SIMULATED_SECRET
from connectors.simulation.faults import Fault, FaultPlan

REQUESTS_PER_SECOND = 100
"""How many requests a client may send in any second."""

_SECOND = 1_000_000_000
_COMMANDS = re.compile(
    r"/commandapi/warptrans/\w+/v2/client/orders/(?:actions/(\w+)(?:/([\w.-]+))?|([\w.-]+))"
)

_ESTIMATE = re.compile(r"/commandapi/warptrans/\w+/v2/client/orders/estimate")


class Caller(msgspec.Struct, frozen=True):
    """Say who asks: nobody, or the holder of a good token with his portfolios."""

    token: str
    portfolios: tuple[str, ...]


class HttpDesk:
    """Answer HTTP requests. Paths are folded to lower case, as the venue does."""

    def __init__(
        self,
        listings: Listings,
        ledger: Ledger,
        counter: OrderCounter,
        tokens: TokenService,
        faults: FaultPlan,
        market: MarketLists,
        margins: MarginDesk,
        *,
        empty_is_404: bool = True,
    ) -> None:
        self._listings = listings
        self._ledger = ledger
        self._counter = counter
        self._tokens = tokens
        self._faults = faults
        self._market = market
        self._margins = margins
        self._portfolio = PortfolioLists(ledger, empty_is_404=empty_is_404)
        self._answered: dict[str, Response] = {}
        self._times: deque[int] = deque()

    def answer(self, request: Request, now: int) -> Response:
        """Answer one request."""
        path = unquote(request.path)
        if self._faults.strikes(Fault.MAINTENANCE, path):
            return Response(status=503)
        if path.casefold().startswith(("/refresh", "/authorize", "/token")):
            return self._oauth(path.casefold(), request, now)
        if self._is_too_fast(now):
            return text(429, "Too many requests")
        token = request.header("Authorization").removeprefix("Bearer ")
        if token and not self._is_good(token, path, now):
            return Response(status=401)
        caller = Caller(token, self._tokens.portfolios(token) if token else ())
        return self._route(path, request, caller, now)

    def _route(self, path: str, request: Request, caller: Caller, now: int) -> Response:
        folded = path.casefold()
        if folded.rstrip("/") == "/hyperion":
            if not self._listings.profile.has_graphql:
                return Response(status=404)
            return json(200, graphql.answer(request.body, self._listings, self._ledger))
        if folded == "/md/v2/risk/rates":
            return self._rates(query_of(request))
        if folded.startswith("/commandapi/"):
            return self._command(path, request, caller, now)
        query = query_of(request)
        if folded.startswith("/md/v2/clients/"):
            return self._portfolio.answer(path, query, caller.portfolios, caller.token, now)
        if folded == "/md/v2/time":
            return json(200, (now if caller.token else now - DELAY_NS) // _SECOND)
        return self._market.answer(path, query, now, is_delayed=not caller.token)

    def _oauth(self, path: str, request: Request, now: int) -> Response:
        if path == "/refresh" and request.method == "POST":
            return self._refresh(request, now)
        if path == "/authorize":
            query = query_of(request)
            back = query.get("redirect_uri", "")
            given = {"code": self._tokens.code(back), "state": query.get("state", "")}
            return Response(status=302, headers={"Location": f"{back}?{urlencode(given)}"})
        form = dict(parse_qsl(request.body.decode(errors="replace")))
        token = self._tokens.exchange(form.get("code", ""), form.get("redirect_uri", ""), now)
        if token is None:
            return json(400, {"error": "invalid_grant"})
        return json(
            200,
            {
                "access_token": token,
                "token_type": "Bearer",
                "expires_in": LIFE_S,
                "refresh_token": SIMULATED_SECRET,
            },
        )

    def _refresh(self, request: Request, now: int) -> Response:
        """Answer a refresh token, in the body or, where there is none, in the query."""
        asked = TokenRequest(query_of(request).get("token", ""))
        if request.body:
            try:
                asked = msgspec.json.decode(request.body, type=TokenRequest)
            except msgspec.DecodeError:
                return Response(status=400)
        token = self._tokens.refresh(asked.token, tuple(asked.allowed_portfolios or ()), now)
        if token is None or self._faults.strikes(Fault.REFUSE_LOGIN, "/refresh"):
            return Response(status=403)
        return json(200, {"AccessToken": token})

    def _command(self, path: str, request: Request, caller: Caller, now: int) -> Response:
        if not caller.token:
            return Response(status=401)
        if _ESTIMATE.fullmatch(path.casefold()):
            return self._estimate(request.body, caller)
        found = _COMMANDS.fullmatch(path)
        if found is None:
            return Response(status=404)
        kind, changed, deleted = found.groups()
        if deleted is not None:
            return self._delete(deleted, query_of(request), caller, now)
        key = request.header("X-REQID") or request.header("X-ALOR-REQID")
        if not key:
            return json(400, {"message": "Request should contain X-REQID header"})
        known = self._answered.get(key)
        if known is not None:
            return _again(known)
        action = "update" if request.method == "PUT" else "create"
        response = self._carry_out(f"{action}:{kind}", changed, request.body, caller, now)
        self._answered[key] = response
        return response

    def _rates(self, query: dict[str, str]) -> Response:
        if "riskCategoryId" not in query:
            return json(400, {"message": "riskCategoryId is required"})
        category = number_of(query, "riskCategoryId", 0)
        exchange, ticker = query.get("exchange", ""), query.get("ticker", "")
        return json(200, self._margins.rates(category, exchange, ticker))

    def _estimate(self, body: bytes, caller: Caller) -> Response:
        try:
            asked = msgspec.json.decode(body, type=EstimateRequest)
        except msgspec.DecodeError:
            return Response(status=400)
        if asked.portfolio not in caller.portfolios:
            return Response(status=403)
        found = self._margins.estimate(asked)
        return Response(status=404) if found is None else json(200, found)

    def _carry_out(
        self, opcode: str, number: str | None, body: bytes, caller: Caller, now: int
    ) -> Response:
        try:
            order = msgspec.json.decode(body, type=OrderRequest)
        except msgspec.DecodeError:
            order = OrderRequest()
        order = msgspec.structs.replace(order, opcode=opcode, order_id=number)
        outcome = self._counter.execute(order, caller.portfolios, now)
        if isinstance(outcome, Taken):
            return json(200, {"message": "success", "orderNumber": outcome.number})
        return json(outcome.status, _refusal(outcome.code, outcome.message))

    def _delete(self, number: str, query: dict[str, str], caller: Caller, now: int) -> Response:
        portfolio, stop = query.get("portfolio", ""), query.get("stop")
        if portfolio not in caller.portfolios:
            return Response(status=403)
        if number.casefold() == "all":
            stops = None if stop is None else stop == "true"
            outcome = self._counter.cancel_all(portfolio, now, stops=stops)
        else:
            opcode = "delete:stop" if stop == "true" else "delete:limit"
            order = OrderRequest(opcode=opcode, order_id=number, user=User(portfolio))
            outcome = self._counter.execute(order, caller.portfolios, now)
        if not isinstance(outcome, Taken):
            return json(outcome.status, _refusal(outcome.code, outcome.message))
        as_json = query.get("jsonResponse") == "true"
        return json(200, {"message": "success"}) if as_json else text(200, "success")

    def _is_good(self, token: str, path: str, now: int) -> bool:
        expired = self._faults.strikes(Fault.EXPIRE_TOKEN, path)
        return self._tokens.is_good(token, now) and not expired

    def _is_too_fast(self, now: int) -> bool:
        times = self._times
        while times and times[0] <= now - _SECOND:
            times.popleft()
        if len(times) >= REQUESTS_PER_SECOND:
            return True
        times.append(now)
        return False


def _again(known: Response) -> Response:
    """Answer a request id that was seen before with a copy of its first answer."""
    old = {"statusCode": known.status, "body": msgspec.Raw(known.body)}
    message = "Request with such X-ALOR-REQID was already handled."
    return json(400, {"message": message, "oldResponse": old})


def _refusal(code: str, message: str) -> dict[str, str]:
    return {"code": code, "message": message} if code else {"message": message}
