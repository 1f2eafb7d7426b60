"""B2TRADER's REST interface: login, orders, positions, history, settings, candles.

Opens no socket; every answer is a function of the request. Not served: the calculators of
triggers, margin assets, and what guests may see.
"""

import re
from collections.abc import Callable
from math import isnan
from typing import Any
from urllib.parse import parse_qsl, unquote

import msgspec

from connectors.b2trader.mapping import SIDES, VENUE
from connectors.b2trader.messages import Executions, OrderAnswer, PositionAnswer, Trigger
from connectors.b2trader.names import TABLE, Names
from connectors.b2trader.simulator import rows
from connectors.frame.http import Request, Response
from connectors.frame.iso_time import from_iso, to_iso
from connectors.frame.package import SIMULATED_SECRET
from connectors.simulation.broker import SimulatedBroker
from connectors.simulation.faults import Fault, FaultPlan
from connectors.simulation.limits import RequestLimits
from connectors.simulation.market import GeneratedMarket
from connectors.simulation.records import BrokerOrder
from connectors.simulation.tokens import TokenStore
from engine.errors import LockstepError
from engine.model.commands import OrderType, SubmitOrder
from engine.model.instrument import Instrument

TOKEN_LIFE_S = 3600
_JSON = {"Content-Type": "application/json"}


class Refusal(Exception):
    """Carry the status and the words of a refusal to the one place that answers it."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


class _Asked(msgspec.Struct):
    """Hold a request that was understood: what it names in its path, query and body."""

    name: str
    account: str
    path: dict[str, str]
    query: dict[str, str]
    body: dict[str, Any]
    now: int


class B2TraderRest:
    """Answer requests by the table of names; every one but the login needs a token."""

    def __init__(
        self,
        broker: SimulatedBroker,
        faults: FaultPlan,
        names: Names,
        tokens: TokenStore,
        limits: RequestLimits,
        *,
        seed: int,
        token_life_s: float,
    ) -> None:
        self._broker = broker
        self._faults = faults
        self._names = names
        self._tokens = tokens
        self._limits = limits
        self._seed = seed
        self._token_life_s = token_life_s
        self._routes = [
            (route.method, _pattern(route.path), name)
            for name, entry in TABLE.items()
            if entry.endpoint
            for route in [names.route(name)]
        ]
        self._answers: dict[str, Callable[[_Asked], object]] = {
            "cancel_order": self._cancel,
            "cancel_stop_order": self._cancel,
            "close_position": self._close,
            "bulk_close": self._bulk_close,
            "submit_triggers": self._protect,
            "position_executions": self._executions,
            "positions_executions": self._executions,
            "closing_executions": self._executions,
            "closed_positions": self._closed_positions,
            "accounts": lambda _: [self._account(name) for name in self._broker.accounts],
            "assets": lambda _: self._assets(),
            "markets": lambda _: [rows.market(each) for each in broker.instruments.values()],
            "market": lambda asked: rows.market(self._instrument(asked.path["marketId"])),
            "history": self._candles,
        } | {
            f"place_{kind}{stop}_order": self._place
            for kind in ("spot", "cfd", "perp")
            for stop in ("", "_stop")
        }

    def answer(self, request: Request, now: int) -> Response:
        """Answer one request."""
        if self._faults.strikes(Fault.MAINTENANCE, request.path):
            return Response(status=503)
        try:
            return _good(self._answered(request, now))
        except Refusal as refusal:
            return _refused(refusal)
        except (msgspec.MsgspecError, KeyError, ValueError, LockstepError) as error:
            return _refused(Refusal(400, "invalid", str(error)))

    def _answered(self, request: Request, now: int) -> object:
        asked = self._understood(request, now)
        if asked.name == "access_token":
            return self._login(asked)
        if not self._tokens.accepts(request.header("Authorization").removeprefix("Bearer "), now):
            raise Refusal(401, "", "")
        if not self._limits.admit(TABLE[asked.name].endpoint, asked.account, now):
            raise Refusal(429, "too_many_requests", "Rate limit exceeded.")
        answer = self._answers.get(asked.name)
        if answer is None:
            raise Refusal(404, "not_found", f"the simulator does not serve {asked.name}")
        return answer(asked)

    def _understood(self, request: Request, now: int) -> _Asked:
        for method, pattern, name in self._routes:
            found = pattern.fullmatch(request.path)
            if found and method == request.method:
                return _Asked(
                    name,
                    request.header(self._names["account_header"]),
                    {key: unquote(value) for key, value in found.groupdict().items()},
                    dict(parse_qsl(request.query)),
                    msgspec.json.decode(request.body or b"{}", type=dict[str, Any]),
                    now,
                )
        raise Refusal(404, "not_found", f"there is nothing at {request.path}")

    def _login(self, asked: _Asked) -> object:
        secret = asked.body.get(self._names["access_token_field"])
        if secret != SIMULATED_SECRET or self._faults.strikes(Fault.REFUSE_LOGIN):
            raise Refusal(401, "", "")
        token, _ = self._tokens.issue(asked.now)
        return {"accessToken": token, "expiresIn": self._token_life_s, "tokenType": "Bearer"}

    def _place(self, asked: _Asked) -> object:
        wire = asked.body["order"]
        _, kind, *stop = asked.name.removesuffix("_order").split("_")
        instrument = self._instrument(wire["marketId"])
        if instrument.symbol.partition(".")[0] != kind or bool(stop) != ("activationPrice" in wire):
            raise Refusal(400, "invalid", "the order belongs to another method")
        lots = wire.get("requestedLotAmount")
        quantity = float(lots) * float(instrument.lot) if lots else float(wire["requestedAmount"])
        if self._faults.strikes(Fault.REJECT, instrument.id):
            raise Refusal(400, "rejected", "refused by the venue")
        order = self._broker.submit(
            SubmitOrder(
                "",
                "",
                self._known(asked.account),
                instrument.id,
                asked.now,
                SIDES[wire["side"]],
                _TYPES[wire["orderType"], bool(stop)],
                quantity,
                _optional(wire.get("requestedPrice")),
                _optional(wire.get("activationPrice")),
                time_in_force=rows.TIME_WORDS[wire["timeInForce"]],
                expire_ts=_moment(wire.get("cancellationDate")),
            )
        )
        return OrderAnswer(rows.order_item(order))

    def _cancel(self, asked: _Asked) -> object:
        order = self._order(asked)
        if reason := self._broker.cancel(order.venue_order_id, asked.now):
            raise Refusal(400, "invalid", reason)
        return OrderAnswer(rows.order_item(order))

    def _close(self, asked: _Asked) -> object:
        position = asked.path["positionId"]
        amount = asked.body.get("closePositionLotAmount")
        self._close_one(asked, position, amount)
        return PositionAnswer(position_id=position)

    def _close_one(self, asked: _Asked, position: str, lots: str | None) -> None:
        account = self._known(asked.account)
        found = [p for p in self._broker.positions(account) if rows.position_id(p) == position]
        if not found:
            raise Refusal(404, "not_found", f"no position {position}")
        [record] = found
        lot = float(self._broker.instruments[record.instrument].lot)
        closed = self._broker.close(
            account,
            record.position_id or record.instrument,
            asked.now,
            quantity=None if lots is None else float(lots) * lot,
            remark="close",
        )
        if isinstance(closed, str):
            raise Refusal(400, "invalid", closed)

    def _bulk_close(self, asked: _Asked) -> object:
        if asked.body["mode"] != "AllPositions":
            raise Refusal(400, "invalid", "the simulator closes AllPositions only")
        records = self._broker.positions(self._known(asked.account))
        ids = [rows.position_id(record) for record in records]
        for position in ids:
            self._close_one(asked, position, None)
        return {"status": "accepted", "positionIds": ids}

    def _protect(self, asked: _Asked) -> object:
        position, account = asked.path["positionId"], self._known(asked.account)
        stop, take = (
            None if asked.body.get(key) is None else msgspec.convert(asked.body[key], Trigger)
            for key in ("stopLoss", "takeProfit")
        )
        symbol = position.removeprefix("P-")
        held = position if symbol == position else f"{symbol}.{VENUE}"
        reason = self._broker.protect(account, held, asked.now, _price(stop), _price(take))
        if reason:
            raise Refusal(404, "not_found", reason)
        return PositionAnswer(position_id=position)

    def _executions(self, asked: _Asked) -> object:
        account = self._known(asked.account)
        positions = asked.body.get("positionIds") or [asked.path.get("positionId")]
        orders = {order.venue_order_id: order for order in self._broker.orders(account)}
        found = []
        for fill in self._broker.fills(account):
            execution = rows.execution(orders[fill.venue_order_id], fill)
            if execution.position_id in positions or execution.order_id == asked.path.get(
                "orderId"
            ):
                found.append(execution)
        if found and self._faults.strikes(Fault.STALE_LIST, asked.name):
            found.pop()
        return Executions(executions=tuple(found))

    def _closed_positions(self, asked: _Asked) -> object:
        """Return the orders that made a position smaller in a span of time."""
        account = self._known(asked.account)
        orders = {order.venue_order_id: order for order in self._broker.orders(account)}
        since, until = (from_iso(asked.body[key]) for key in ("closedAtFrom", "closedAtTo"))
        held: dict[str, float] = {}
        found = {}
        for fill in self._broker.fills(account):
            order, before = orders[fill.venue_order_id], held.get(fill.instrument, 0.0)
            held[fill.instrument] = before + order.side * fill.quantity
            if order.side * before < 0 and since <= fill.ts_event <= until:
                definition = self._broker.instruments[fill.instrument]
                row = rows.closed_order(order, fill, definition)
                found[row.order_id] = row
        page = [*found.values()]
        last = asked.body.get("lastOrderId")
        if last is not None:
            page = page[[*found].index(last) + 1 :]
        return {self._names["closed_positions_field"]: page[: int(asked.body["limit"])]}

    def _candles(self, asked: _Asked) -> object:
        instrument = self._instrument(asked.path["marketSymbol"])
        mark = self._broker.tape.mark(instrument.id)
        market = GeneratedMarket(
            instrument=instrument,
            price=100.0 if isnan(mark) else mark,
            seed=self._seed,
        )
        start, end = (
            from_iso(asked.query[self._names[key]]) for key in ("history_start", "history_end")
        )
        bars = market.bars(asked.query[self._names["history_type"]], start, end)
        return {
            "data": [
                {
                    "instrument": instrument.symbol,
                    "start": to_iso(bar.ts_open),
                    "end": to_iso(bar.ts_close),
                    "open": rows.text(bar.open),
                    "high": rows.text(bar.high),
                    "low": rows.text(bar.low),
                    "close": rows.text(bar.close),
                }
                for bar in bars
            ]
        }

    def _account(self, name: str) -> dict[str, object]:
        account = self._broker.accounts[name]
        return {
            "accountId": name,
            "accountName": name,
            "accountType": "Hedging" if account.hedges else "Netting",
            "totalBalanceInRAT": rows.text(account.total()),
            "isCopyTradingAccount": False,
        }

    def _assets(self) -> list[dict[str, object]]:
        roots = {account.terms.currency for account in self._broker.accounts.values()}
        found = {each.currency: None for each in self._broker.instruments.values()}
        return [
            {"assetId": each.lower(), "assetName": each, "isRootAsset": each in roots}
            for each in found
        ]

    def _known(self, account: str) -> str:
        if account not in self._broker.accounts:
            raise Refusal(403, "forbidden", f"no account {account!r}")
        return account

    def _order(self, asked: _Asked) -> BrokerOrder:
        wanted = asked.path["orderId"]
        order = self._broker.order(wanted.removesuffix(rows.CHILD))
        wants_stop = asked.name == "cancel_stop_order"
        if order is None or order.account != asked.account or rows.is_stop(order) != wants_stop:
            raise Refusal(404, "not_found", f"no order {wanted}")
        return order

    def _instrument(self, market: str) -> Instrument:
        instrument = self._broker.instruments.get(f"{market}.{VENUE}")
        if instrument is None:
            raise Refusal(400, "invalid", f"no market {market}")
        return instrument


_TYPES = {
    ("Market", False): OrderType.MARKET,
    ("Limit", False): OrderType.LIMIT,
    ("Market", True): OrderType.STOP,
    ("Limit", True): OrderType.STOP_LIMIT,
}


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path))


def _optional(value: object) -> float | None:
    return None if value is None else float(str(value))


def _moment(value: object) -> int | None:
    return None if value is None else from_iso(str(value))


def _price(trigger: Trigger | None) -> float | None:
    return None if trigger is None else _optional(trigger.price)


def _good(content: object) -> Response:
    return Response(status=200, headers=_JSON, body=msgspec.json.encode(content))


def _refused(refusal: Refusal) -> Response:
    if refusal.status == 401:
        return Response(status=401)
    body = {"errors": [{"code": refusal.code, "message": str(refusal)}]}
    return Response(status=refusal.status, headers=_JSON, body=msgspec.json.encode(body))
