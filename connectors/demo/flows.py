"""The demo venue's HTTP interface as flows: login, lists, bars, and orders as requests.

Does no I/O, and keeps nothing but the token that it is given.
"""

from urllib.parse import quote, urlencode

from connectors.demo import mapping
from connectors.demo.codec import read_body, write_body
from connectors.demo.messages import (
    Amend,
    Candle,
    DealRow,
    Done,
    Failed,
    MarketRow,
    MoneyRow,
    OrderRow,
    Place,
    PositionRow,
    Token,
    Withdraw,
)
from connectors.frame.flow import Flow, fetch
from connectors.frame.http import Request, Response
from engine.errors import LoginRefused, OutcomeUnknown, TokenRefused, VenueError
from engine.model.instrument import Instrument
from engine.model.market import Bar
from engine.model.truth import VenueTruth

BARS_PAGE = 500
"""How many bars one answer holds at most."""

_OK, _UNAUTHORISED, _FORBIDDEN, _SERVER_FAULT = 200, 401, 403, 500


class DemoHttp:
    """Make the requests of one login; `base` is the address without a path."""

    def __init__(self, base: str) -> None:
        self._base = base
        self.token = ""

    def login(self, key: str) -> Flow[Token]:
        """Exchange the key for a token."""
        request = Request(method="POST", url=f"{self._base}/login", body=write_body({"key": key}))
        response = yield from fetch(request)
        if response.status in (_UNAUTHORISED, _FORBIDDEN):
            raise LoginRefused("DEMO: the venue refused the key; check `key` in the configuration")
        return read_body(_expect(response, "login").body, Token)

    def time(self) -> Flow[int]:
        """Return the venue's clock in nanoseconds."""
        response = yield from self._get("/time")
        return mapping.nanoseconds(read_body(response.body, int))

    def instruments(self, markets: tuple[str, ...]) -> Flow[tuple[Instrument, ...]]:
        """Return the definitions of markets, or of all."""
        response = yield from self._get("/markets", {"names": ",".join(markets)})
        rows = read_body(response.body, tuple[MarketRow, ...])
        return tuple(mapping.definition(row) for row in rows)

    def bars(self, market: str, spec: str, start: int, end: int) -> Flow[tuple[Bar, ...]]:
        """Return bars page by page."""
        found: list[Bar] = []
        since, until = -(-start // 1_000_000), -(-end // 1_000_000)
        while since < until:
            query = {"market": market, "bar": spec, "since": str(since), "until": str(until)}
            response = yield from self._get("/bars", query)
            page = read_body(response.body, tuple[Candle, ...])
            found += [mapping.bar(candle, mapping.nanoseconds(candle.end)) for candle in page]
            if len(page) < BARS_PAGE:
                break
            since = page[-1].end
        return tuple(found)

    def truth(self, account: str, name: str, now: int) -> Flow[VenueTruth]:
        """Return everything that an account has; `name` is the engine's name of it."""
        base = f"/accounts/{quote(account, safe='')}"
        orders = yield from self._get(f"{base}/orders")
        deals = yield from self._get(f"{base}/deals")
        positions = yield from self._get(f"{base}/positions")
        money = yield from self._get(f"{base}/money")
        ts = money.ts_recv
        order_rows = read_body(orders.body, tuple[OrderRow, ...])
        deal_rows = read_body(deals.body, tuple[DealRow, ...])
        position_rows = read_body(positions.body, tuple[PositionRow, ...])
        money_row = read_body(money.body, MoneyRow)
        return VenueTruth(
            venue=mapping.VENUE,
            account=name,
            ts_asked=now,
            ts_recv=ts,
            orders=tuple(mapping.order_record(row, name) for row in order_rows),
            fills=tuple(mapping.fill(row, name, ts) for row in deal_rows),
            positions=tuple(mapping.position(row, name, ts) for row in position_rows),
            balances=(mapping.balance(money_row, name, ts),),
        )

    def order(self, message: Place | Amend | Withdraw) -> Flow[tuple[Done | Failed, int]]:
        """Send an order, a change or a withdrawal as a request; return its answer and when."""
        if isinstance(message, Place):
            method, path = "POST", "/orders"
        else:
            method = "PATCH" if isinstance(message, Amend) else "DELETE"
            path = f"/orders/{quote(message.account, safe='')}/{quote(message.label, safe='')}"
        response = yield from fetch(self._request(method, path, write_body(message), "orders"))
        if response.status == _UNAUTHORISED:
            raise TokenRefused("DEMO: the venue refused the token")
        if response.status >= _SERVER_FAULT:
            raise OutcomeUnknown(f"DEMO: {method} /orders was answered with {response.status}")
        if response.status != _OK:
            return _refusal(response), response.ts_recv
        return read_body(response.body, Done), response.ts_recv

    def _get(self, path: str, query: dict[str, str] | None = None) -> Flow[Response]:
        url = path if query is None else f"{path}?{urlencode(query)}"
        response = yield from fetch(self._request("GET", url, b"", "reads"))
        return _expect(response, path)

    def _request(self, method: str, path: str, body: bytes, endpoint: str) -> Request:
        headers = {"Authorization": f"Bearer {self.token}"}
        return Request(
            method=method, url=self._base + path, headers=headers, body=body, endpoint=endpoint
        )


def _expect(response: Response, what: str) -> Response:
    """Return a response that is what was asked for; raise what else it says."""
    if response.status == _UNAUTHORISED:
        raise TokenRefused("DEMO: the venue refused the token")
    if response.status != _OK:
        raise VenueError(f"DEMO: {what} was answered with {response.status}; it is asked again")
    return response


def _refusal(response: Response) -> Failed:
    """Return why a request was refused; a refusal without a readable reason names its status."""
    try:
        return read_body(response.body, Failed)
    except VenueError:
        return Failed(0, "status", f"refused with status {response.status}")
