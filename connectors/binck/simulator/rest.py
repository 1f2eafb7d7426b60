"""Binck's REST interface: accounts, orders in two steps, instruments, candles, bookings, news.

Opens no socket; every answer is a function of the request. Not served: costs, performances,
settings, derivatives and documents.
"""

import re
from collections.abc import Callable
from itertools import count
from math import isnan
from typing import TypeVar
from urllib.parse import parse_qsl

import msgspec

from connectors.binck.codec import ENDPOINT
from connectors.binck.mapping import DURATIONS, INTERVALS, SIDES, TYPES, market_text, market_time
from connectors.binck.messages import (
    Account,
    Accounts,
    AccountsAnswer,
    Balance,
    Balances,
    BalancesAnswer,
    Brief,
    Candle,
    Candles,
    CandlesAnswer,
    CashBalance,
    CashBalances,
    Instruments,
    InstrumentsAnswer,
    Leg,
    ModifyOrder,
    NewOrder,
    NewsAnswer,
    NewsItems,
    Order,
    Orders,
    OrdersAnswer,
    Paging,
    Position,
    Positions,
    PositionsAnswer,
    Preview,
    PreviewAnswer,
    Transaction,
    Transactions,
    TransactionsAnswer,
)
from connectors.binck.simulator.ledger import OrderLedger
from connectors.binck.simulator.listing import Listing
from connectors.binck.simulator.login import LoginDesk
from connectors.frame.http import Request, Response
from connectors.frame.iso_time import from_iso, to_iso
from connectors.limits import BINCK
from connectors.simulation.broker import SimulatedBroker
from connectors.simulation.faults import Fault, FaultPlan
from connectors.simulation.limits import RequestLimits
from connectors.simulation.market import GeneratedMarket
from connectors.simulation.records import BrokerOrder
from engine.errors import LockstepError
from engine.model.commands import SubmitOrder, TimeInForce

PAGE = 50
_ZONE = "Europe/Amsterdam"
_LIVES = {word: life for life, word in DURATIONS.items()}


class Refusal(Exception):
    """Carry the status and the words of a refusal to the one place that answers it."""

    def __init__(self, status: int, error_id: str, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.error_id = error_id


class _Asked(msgspec.Struct):
    """Hold a request that was understood."""

    parts: dict[str, str]
    query: dict[str, str]
    body: bytes
    now: int

    @property
    def account(self) -> str:
        """Return the account of the path."""
        return self.parts["account"]


T = TypeVar("T")
_Answer = Callable[[_Asked], object]


class BinckRest:
    """Answer requests; every one needs a token, and counts in the one limit."""

    def __init__(
        self,
        broker: SimulatedBroker,
        faults: FaultPlan,
        desk: LoginDesk,
        ledger: OrderLedger,
        listing: Listing,
        *,
        seed: int,
    ) -> None:
        self._broker = broker
        self._faults = faults
        self._desk = desk
        self._ledger = ledger
        self._listing = listing
        self._seed = seed
        self._limits = RequestLimits(BINCK)
        self._codes: dict[str, bytes] = {}
        self._numbers = count(1)
        account, order = "/accounts/(?P<account>[^/]+)", "/orders/(?P<number>[0-9]+)"
        self._routes: list[tuple[str, re.Pattern[str], _Answer]] = [
            (method, re.compile(pattern), answer)
            for method, pattern, answer in (
                ("GET", "/accounts", self._accounts),
                ("GET", f"{account}/balances", self._balances),
                ("GET", f"{account}/positions", self._positions),
                ("GET", f"{account}/transactions", self._transactions),
                ("GET", f"{account}/orders", self._orders),
                ("GET", f"{account}{order}", self._order),
                ("POST", f"{account}/orders/preview", self._preview),
                ("POST", f"{account}/orders", self._place),
                ("POST", f"{account}{order}/preview", self._preview),
                ("PATCH", f"{account}{order}", self._modify),
                ("DELETE", f"{account}{order}", self._cancel),
                ("GET", "/instruments", self._instruments),
                ("GET", "/quotes/(?P<id>[^/]+)/history", self._history),
                ("GET", "/news", lambda _: NewsAnswer(news_collection=NewsItems())),
            )
        ]

    def answer(self, path: str, request: Request, now: int) -> Response:
        """Answer one request to a path below the base of the interface."""
        token = request.header("Authorization").removeprefix("Bearer ")
        if not self._desk.accepts(token, now):
            return Response(status=401)
        try:
            content = self._answered(path, request, now)
        except Refusal as refusal:
            return _refused(refusal)
        except (msgspec.MsgspecError, KeyError, ValueError, LockstepError) as error:
            return _refused(Refusal(400, "validationError", str(error)))
        created = request.method == "POST" and path.endswith("/orders")
        return _json(201 if created else 200, content)

    def _answered(self, path: str, request: Request, now: int) -> object:
        if not self._limits.admit(ENDPOINT, "", now):
            raise Refusal(429, "tooManyRequests", "Te veel verzoeken.")
        for method, pattern, answer in self._routes:
            found = pattern.fullmatch(path)
            if found and method == request.method:
                parts = found.groupdict()
                if parts.get("account", next(iter(self._broker.accounts))) not in (
                    self._broker.accounts
                ):
                    raise Refusal(404, "noMatchingAccountInfoFound", "Onbekende rekening.")
                return answer(_Asked(parts, dict(parse_qsl(request.query)), request.body, now))
        raise Refusal(404, "notFound", f"Er is niets op {path}.")

    def _accounts(self, asked: _Asked) -> object:
        found = [Account(number=name, name=name) for name in self._broker.accounts]
        return AccountsAnswer(accounts_collection=Accounts(accounts=tuple(found)))

    def _balances(self, asked: _Asked) -> object:
        record = self._broker.balance(asked.account)
        cash = CashBalance(currency=record.currency, cash_balance=record.total)
        balance = Balance(
            cash_balance=record.total,
            available_spending_limit=record.available,
            cash_balances_collection=CashBalances(cash_balances=(cash,)),
        )
        return BalancesAnswer(
            balances_collection=Balances(balances=(balance,), currency=record.currency)
        )

    def _positions(self, asked: _Asked) -> object:
        found = [
            Position(
                instrument=self._brief(record.instrument, asked.now),
                quantity=record.quantity,
                average_historical_price=record.average_price,
            )
            for record in self._broker.positions(asked.account)
        ]
        part, paging = _page(found, asked)
        return PositionsAnswer(positions_collection=Positions(positions=part), paging=paging)

    def _transactions(self, asked: _Asked) -> object:
        fills = self._broker.fills(asked.account)
        found = [
            Transaction(
                number=number,
                transaction_date=to_iso(fill.ts_event),
                mutation_type="openingBuy" if fill.side > 0 else "closingSell",
                currency=fill.fee_currency,
                instrument=self._brief(fill.instrument, asked.now),
                price=fill.price,
                quantity=fill.quantity,
                total_costs=fill.fee,
            )
            for number, fill in enumerate(fills, 1)
        ]
        part, paging = _page(found, asked)
        return TransactionsAnswer(
            transactions_collection=Transactions(transactions=part), paging=paging
        )

    def _orders(self, asked: _Asked) -> object:
        known = self._broker.instruments
        found = [o for o in self._broker.orders(asked.account) if o.instrument in known]
        if found and self._faults.strikes(Fault.STALE_LIST, "orders"):
            found.pop()
        part, paging = _page([self._row(order, asked.now) for order in found], asked)
        return OrdersAnswer(orders_collection=Orders(orders=part), paging=paging)

    def _order(self, asked: _Asked) -> object:
        return self._one(self._found(asked), asked.now)

    def _preview(self, asked: _Asked) -> object:
        """Judge an order and give the code without which it cannot be placed."""
        wanted = NewOrder if "number" not in asked.parts else ModifyOrder
        msgspec.json.decode(asked.body, type=wanted)
        code = f"{next(self._numbers):06x}"
        self._codes[code] = asked.body
        preview = Preview(order_can_be_registered=True, validation_code=code)
        return PreviewAnswer(preview_order=preview)

    def _place(self, asked: _Asked) -> object:
        wanted = msgspec.json.decode(asked.body, type=NewOrder)
        self._check_code(wanted)
        leg = _leg(wanted)
        name = None if leg is None else self._listing.name_of(leg.instrument_id, asked.now)
        if leg is None or name is None or self._faults.strikes(Fault.REJECT, wanted.reference_id):
            raise Refusal(422, "orderNotValid", "De order is niet geldig.")
        expires = wanted.expiration_date
        order = self._broker.submit(
            SubmitOrder(
                wanted.reference_id,
                "",
                asked.account,
                name,
                asked.now,
                SIDES[leg.side],
                TYPES[wanted.type],
                float(wanted.quantity),
                wanted.limit_price,
                wanted.stop_price,
                time_in_force=_LIVES.get(wanted.duration, TimeInForce.DAY),
                expire_ts=None if expires is None else from_iso(expires),
            )
        )
        if order.reason:
            raise Refusal(422, "orderNotValid", order.reason)
        return self._one(order, asked.now)

    def _modify(self, asked: _Asked) -> object:
        wanted = msgspec.json.decode(asked.body, type=ModifyOrder)
        self._check_code(wanted)
        order = self._found(asked)
        reason = self._broker.replace(order.venue_order_id, asked.now, price=wanted.limit_price)
        if reason:
            raise Refusal(422, "orderModificationRefused", reason)
        return self._one(order, asked.now)

    def _cancel(self, asked: _Asked) -> object:
        order = self._found(asked)
        if not order.is_working:
            raise Refusal(422, "orderCancellationNotPossible", "De order is niet meer open.")
        self._ledger.note(order, "cancelationRequested", asked.now)
        answer = self._one(order, asked.now)
        self._broker.cancel(order.venue_order_id, asked.now)
        return answer

    def _instruments(self, asked: _Asked) -> object:
        found = tuple(self._listing.found(asked.query, asked.now))
        return InstrumentsAnswer(instruments_collection=Instruments(instruments=found))

    def _history(self, asked: _Asked) -> object:
        name = self._listing.name_of(asked.parts["id"], asked.now)
        if name is None:
            raise Refusal(404, "hashIdError", "Onbekend instrument.")
        words = {word: spec for spec, (word, _) in INTERVALS.items()}
        mark = self._broker.tape.mark(name)
        market = GeneratedMarket(
            instrument=self._broker.instruments[name],
            price=2.0 if isnan(mark) else mark,
            seed=self._seed,
        )
        start, end = (
            market_time(asked.query[key], _ZONE) for key in ("fromDateTime", "toDateTime")
        )
        candles = [
            Candle(
                date_time=f"{market_text(bar.ts_open, _ZONE)}Z",
                first=bar.open,
                high=bar.high,
                low=bar.low,
                last=bar.close,
                cum_vol=bar.volume,
            )
            for bar in market.bars(words[asked.query["interval"]], start, end)
        ]
        return CandlesAnswer(historical_quotes_collection=Candles(historical_quotes=tuple(candles)))

    def _check_code(self, wanted: NewOrder | ModifyOrder) -> None:
        """Demand the code of a preview of the very same order; it serves once."""
        body = self._codes.pop(wanted.validation_code or "", None)
        without = msgspec.structs.replace(wanted, validation_code=None)
        if body != msgspec.json.encode(without):
            raise Refusal(422, "orderNotValid", "De controlecode is niet geldig.")

    def _found(self, asked: _Asked) -> BrokerOrder:
        order = self._broker.order(asked.parts["number"])
        if order is None or order.account != asked.account:
            raise Refusal(404, "orderNumberIsIncorrect", "Onbekende order.")
        return order

    def _one(self, order: BrokerOrder, now: int) -> OrdersAnswer:
        return OrdersAnswer(orders_collection=Orders(orders=(self._row(order, now),)))

    def _row(self, order: BrokerOrder, now: int) -> Order:
        return self._ledger.row(order, self._listing.id_of(order.instrument, now))

    def _brief(self, name: str, now: int) -> Brief:
        return Brief(id=self._listing.id_of(name, now), name=name.rpartition(".")[0])


def _leg(order: NewOrder) -> Leg | None:
    """Return what an order trades, whichever kind of instrument it is."""
    if order.option is not None:
        return order.option.leg1
    return order.cash or order.future or order.srd


def _page(found: list[T], asked: _Asked) -> tuple[tuple[T, ...], Paging]:
    """Return the part of a list that `range` asks for, and what to ask for next."""
    first = int(asked.query.get("range", "0-").partition("-")[0])
    last = first + PAGE
    more = f"range={last}-{last + PAGE - 1}" if last < len(found) else None
    return tuple(found[first:last]), Paging(next=more)


def _refused(refusal: Refusal) -> Response:
    body = {
        "developerMessage": f"{refusal.error_id}: {refusal}",
        "endUserMessage": str(refusal),
        "errorCode": str(refusal.status),
        "errorId": refusal.error_id,
    }
    return _json(refusal.status, body)


def _json(status: int, content: object) -> Response:
    headers = {"Content-Type": "application/json; charset=utf-8"}
    return Response(status=status, headers=headers, body=msgspec.json.encode(content))
