"""The demo venue's HTTP interface: login, time, markets, bars, lists, and orders as requests.

Opens no socket; every answer is a function of the request.
"""

from collections.abc import Callable
from urllib.parse import parse_qs, unquote

from connectors.demo import mapping
from connectors.demo.codec import read_body, write_body
from connectors.demo.flows import BARS_PAGE
from connectors.demo.messages import Amend, Done, Failed, Place, Token, Withdraw
from connectors.demo.simulator import rows
from connectors.demo.simulator.desk import LIMIT, Desk
from connectors.frame.http import Request, Response
from connectors.frame.package import SIMULATED_SECRET
from connectors.simulation.broker import SimulatedBroker
from connectors.simulation.faults import Fault, FaultPlan
from connectors.simulation.limits import RequestLimits
from connectors.simulation.market import GeneratedMarket
from connectors.simulation.tokens import TokenStore
from engine.errors import UsageError, ValueRefused, VenueError

_STATUS = {LIMIT: 429, "missing": 404}
_ORDERS: dict[str, type[Place | Amend | Withdraw]] = {
    "POST": Place,
    "PATCH": Amend,
    "DELETE": Withdraw,
}


class DemoRest:
    """Answer requests; every one but the login needs a token."""

    def __init__(
        self,
        broker: SimulatedBroker,
        faults: FaultPlan,
        tokens: TokenStore,
        desk: Desk,
        limits: RequestLimits,
        seed: int,
    ) -> None:
        self._broker = broker
        self._faults = faults
        self._tokens = tokens
        self._desk = desk
        self._limits = limits
        self._seed = seed

    def answer(self, request: Request, now: int) -> Response:
        """Answer one request."""
        if self._faults.strikes(Fault.MAINTENANCE, request.path):
            return _failed(503, "maintenance", "the venue is closed for maintenance")
        if request.path == "/login":
            return self._login(request, now)
        token = request.header("Authorization").removeprefix("Bearer ")
        if not self._tokens.accepts(token, now):
            return _failed(401, "token", "the token is not good")
        try:
            return self._authorised(request, now)
        except (VenueError, UsageError, ValueRefused, KeyError, ValueError) as error:
            return _failed(400, "broken", str(error))

    def _authorised(self, request: Request, now: int) -> Response:
        parts = [unquote(part) for part in request.path.strip("/").split("/")]
        if parts[0] == "orders" and request.method in _ORDERS:
            return self._order(request, now)
        if not self._limits.admit("reads", "", now):
            return _failed(429, LIMIT, "too many requests")
        if request.path == "/time":
            return _good(mapping.milliseconds(now))
        query = {key: values[0] for key, values in parse_qs(request.query).items()}
        if request.path == "/markets":
            return self._markets(query.get("names", ""))
        if request.path == "/bars":
            return self._bars(query)
        if parts[0] == "accounts" and len(parts) == 3 and parts[1] in self._broker.accounts:
            return self._list(parts[1], parts[2])
        return _failed(404, "missing", f"there is nothing at {request.path}")

    def _login(self, request: Request, now: int) -> Response:
        key = read_body(request.body, dict[str, str]).get("key")
        if key != SIMULATED_SECRET or self._faults.strikes(Fault.REFUSE_LOGIN):
            return _failed(403, "key", "the key is not good")
        token, ends = self._tokens.issue(now)
        return _good(Token(token, mapping.milliseconds(ends)))

    def _order(self, request: Request, now: int) -> Response:
        message = read_body(request.body, _ORDERS[request.method])
        answer = self._desk.take(message, now)
        if isinstance(answer, Done):
            return _good(answer)
        return _failed(_STATUS.get(answer.code, 422), answer.code, answer.text)

    def _markets(self, names: str) -> Response:
        wanted = names.split(",") if names else []
        found = self._broker.instruments.values()
        listed = [i for i in found if not wanted or i.symbol in wanted]
        return _good([rows.market_row(instrument) for instrument in listed])

    def _bars(self, query: dict[str, str]) -> Response:
        name = mapping.instrument_of(query["market"])
        mark = self._broker.tape.mark(name)
        market = GeneratedMarket(
            instrument=self._broker.instruments[name],
            price=100.0 if mark != mark else mark,  # noqa: PLR0124 - NaN is no price
            seed=self._seed,
        )
        start, end = (mapping.nanoseconds(int(query[key])) for key in ("since", "until"))
        found = market.bars(query["bar"], start, end)
        return _good([rows.candle(bar) for bar in found[:BARS_PAGE]])

    def _list(self, account: str, what: str) -> Response:
        broker = self._broker
        lists: dict[str, Callable[[], object]] = {
            "orders": lambda: [rows.order_row(order) for order in broker.orders(account)],
            "deals": lambda: [rows.deal_row(fill) for fill in broker.fills(account)],
            "positions": lambda: [rows.position_row(each) for each in broker.positions(account)],
            "money": lambda: rows.money_row(broker.balance(account)),
        }
        found = lists[what]()
        if isinstance(found, list) and found and self._faults.strikes(Fault.STALE_LIST, what):
            found.pop()
        return _good(found)


def _good(content: object) -> Response:
    return Response(status=200, headers=_JSON, body=write_body(content))


def _failed(status: int, code: str, text: str) -> Response:
    headers = {**_JSON, "Retry-After": "1"} if status == 429 else _JSON
    return Response(status=status, headers=headers, body=write_body(Failed(0, code, text)))


_JSON = {"Content-Type": "application/json"}
"""The header of every answer."""
