"""One login at Binck: link, commands in two steps, the truth of accounts.

It opens no connection. Every order is previewed first; only the second request places it.
"""

from collections.abc import Callable

import msgspec

from connectors.binck import flows, oauth
from connectors.binck.codec import Codec, Maintenance, RequestRefused, read
from connectors.binck.mapping import (
    DURATIONS,
    TYPES,
    VENUE,
    Directory,
    Terms,
    day_of,
    new_order,
)
from connectors.binck.messages import ModifyOrder, NewOrder, Order, OrdersAnswer, Position
from connectors.binck.orders import OrderBook, record_of
from connectors.binck.session import STREAMED, StreamSession
from connectors.binck.settings import Settings
from connectors.frame.flow import Flow, Keep, fetch
from connectors.frame.venue import Address, Capabilities, Link
from connectors.limits import BINCK
from connectors.signalr.negotiate import Hub, address_of, with_query
from engine.config.secret import Secret, SecretReference
from engine.errors import NotSent, UsageError
from engine.gate.rates import VenueRates
from engine.model.commands import CancelOrder, Command, ReplaceOrder, SubmitOrder
from engine.model.instrument import Instrument
from engine.model.market import Bar
from engine.model.outcome import refused
from engine.model.reports import OrderFilled, OrderReport
from engine.model.subscription import Subscription
from engine.model.truth import BalanceRecord, PositionRecord, VenueTruth

_SECOND = 1_000_000_000
_BEFORE_END_NS = 60 * _SECOND
_IDLE_NS = 25 * 60 * _SECOND
"""A session dies after 30 minutes without a request; a refresh is one."""
REFRESH_TOKEN = "refresh_token"  # noqa: S105 - the name under which it is kept


class Binck:
    """Speak for one session; `resolve` fetches the client's secret and the first refresh token."""

    name = VENUE
    rates: VenueRates = BINCK

    def __init__(
        self,
        settings: Settings,
        accounts: tuple[str, ...],
        resolve: Callable[[SecretReference], Secret],
    ) -> None:
        self.accounts = accounts
        self.capabilities = Capabilities(
            order_types=tuple(TYPES.values()),
            times_in_force=tuple(DURATIONS),
            data=STREAMED,
            amends_quantity=False,
        )
        self._settings = settings
        self._resolve = resolve
        self._numbers = settings.account_numbers(accounts)
        self._codec = Codec(settings.where().api)
        self._directory = Directory()
        self._orders = OrderBook()
        self._refresh_token: str | None = None
        self._renew_at: int | None = None
        self.session = StreamSession(
            self._directory, self._numbers, lambda: self._codec.token, self._inquire
        )
        self.links = (
            Link(name="stream", session=self.session, address=self._address, private=True),
        )

    def login(self, now: int) -> Flow[None]:
        """Refresh the session; the new refresh token is kept before anything else is done."""
        client_secret = self._resolve(self._settings.client_secret).reveal()
        newest = self._refresh_token or self._resolve(self._settings.refresh_token).reveal()
        token = yield from oauth.refresh(self._settings, client_secret, newest)
        self._refresh_token = token.refresh_token
        yield Keep(REFRESH_TOKEN, token.refresh_token)
        self._codec.token = token.access_token
        ends = now + token.expires_in * _SECOND - _BEFORE_END_NS
        self._renew_at = min(ends, now + _IDLE_NS)

    def renew_at(self) -> int | None:
        """Return when to refresh: before the token ends, and before the session dies of idleness.

        The venue refreshes for 24 hours after the login; then a person has to log in again.
        """
        return self._renew_at

    def instruments(self, names: tuple[str, ...], now: int) -> Flow[tuple[Instrument, ...]]:
        """Return the named instruments; each costs a request. Raises UsageError without names."""
        found = yield from flows.instruments(self._codec, self._first_number, names)
        if self._directory.learn(found, now):
            self.session.relearned()
        return tuple(terms.instrument for terms in found.values())

    def link_of(self, subscription: Subscription) -> str:
        """Return the only link. Raises UsageError for bars and states, which do not stream."""
        if subscription.kind not in STREAMED:
            raise UsageError(f"Binck streams no {subscription.kind}; it has quotes, trades, books")
        return "stream"

    def execute(self, command: Command, now: int) -> Flow[tuple[OrderReport, ...]]:
        """Carry out a command. Raises NotSent where the venue has no such thing.

        A preview that timed out placed nothing; a placement that timed out is unknown, and found
        again by our reference.
        """
        match command:
            case SubmitOrder():
                return self._submit(command, now)
            case ReplaceOrder():
                return self._replace(command, now)
            case CancelOrder():
                return self._cancel(command, now)
            case _:
                raise NotSent("Binck keeps no positions that could be closed or protected by id")

    def resync(self, account: str, now: int) -> Flow[VenueTruth]:
        """Return orders with their executions, positions and money; three requests and more.

        On a new day the ids of all instruments are asked for first.
        """
        if self._directory.learned_on != day_of(now) and self._directory.names:
            yield from self.instruments(self._directory.names, now)
        number = self._numbers[account]
        rows = yield from flows.orders(self._codec, number)
        held = yield from flows.positions(self._codec, number)
        money = yield from flows.balances(self._codec, number)
        known = [(row, terms.instrument.id) for row in rows if (terms := self._terms(row))]
        for row, _ in known:
            self._orders.know(account, row)
        fills = [
            report
            for row, name in known
            for report in OrderBook().update(account, name, row, now)
            if isinstance(report, OrderFilled)
        ]
        return VenueTruth(
            venue=VENUE,
            account=account,
            ts_asked=now,
            ts_recv=now,
            orders=tuple(record_of(account, name, row) for row, name in known),
            fills=tuple(fills),
            fills_since=min((fill.ts_event for fill in fills), default=now),
            positions=tuple(
                record for each in held if (record := self._position(account, each, now))
            ),
            balances=tuple(
                BalanceRecord(
                    account=account,
                    currency=cash.currency,
                    total=cash.cash_balance,
                    available=each.available_spending_limit
                    if cash.currency == money.currency
                    else None,
                    ts_event=now,
                    ts_recv=now,
                )
                for each in money.balances
                for cash in each.cash_balances_collection.cash_balances
            ),
        )

    def history(self, instrument: str, spec: str, start: int, end: int) -> Flow[tuple[Bar, ...]]:
        """Return complete bars; the venue's times are those of the market."""
        terms = self._directory.of_instrument(instrument)
        span, zone = (start, end), self._settings.time_zone
        return flows.history(self._codec, self._first_number, terms, spec, span, zone)

    def server_time(self, now: int) -> None:
        """Return nothing: no answer of the venue tells a time fine enough."""

    @property
    def _first_number(self) -> str:
        return next(iter(self._settings.accounts.values()), "")

    def _address(self, now: int) -> Flow[Address]:
        url = with_query(self._settings.where().hub, {"accountNumber": self._first_number})
        return address_of(Hub(url=url, token=self._codec.token))

    def _orders_path(self, account: str) -> str:
        return f"/accounts/{self._numbers[account]}/orders"

    def _submit(self, command: SubmitOrder, now: int) -> Flow[tuple[OrderReport, ...]]:
        order = new_order(command, self._directory.of_instrument(command.instrument))
        path = self._orders_path(command.account)
        try:
            judged = yield from flows.preview(self._codec, path, order)
            if reason := flows.refusal(judged, confirms=self._settings.confirm_warnings):
                return refused(command, reason, now)
            confirmed = msgspec.structs.replace(order, validation_code=judged.validation_code)
            return (yield from self._placed("POST", path, confirmed, command.account, now))
        except Maintenance as refusal:
            raise NotSent(str(refusal)) from None
        except RequestRefused as refusal:
            return refused(command, str(refusal), now)

    def _replace(self, command: ReplaceOrder, now: int) -> Flow[tuple[OrderReport, ...]]:
        terms = self._directory.of_instrument(command.instrument)
        number = self._orders.number_of(command.client_order_id)
        quantity = self._orders.quantity_of(command.account, command.client_order_id)
        if command.price is None or not terms.can_modify or command.quantity != quantity:
            raise NotSent("Binck changes nothing but the limit price, and not of every instrument")
        path = f"{self._orders_path(command.account)}/{number}"
        change = ModifyOrder(order_number=number, limit_price=command.price)
        try:
            judged = yield from flows.preview(self._codec, path, change)
            if reason := flows.refusal(judged, confirms=self._settings.confirm_warnings):
                return refused(command, reason, now)
            self._orders.asked(command)
            confirmed = msgspec.structs.replace(change, validation_code=judged.validation_code)
            return (yield from self._placed("PATCH", path, confirmed, command.account, now))
        except Maintenance as refusal:
            raise NotSent(str(refusal)) from None
        except RequestRefused as refusal:
            return refused(command, str(refusal), now)

    def _cancel(self, command: CancelOrder, now: int) -> Flow[tuple[OrderReport, ...]]:
        number = self._orders.number_of(command.client_order_id)
        self._orders.asked(command)
        path = f"{self._orders_path(command.account)}/{number}"
        try:
            return (yield from self._placed("DELETE", path, None, command.account, now))
        except Maintenance as refusal:
            raise NotSent(str(refusal)) from None
        except RequestRefused as refusal:
            return refused(command, str(refusal), now)

    def _placed(
        self, method: str, path: str, body: NewOrder | ModifyOrder | None, account: str, now: int
    ) -> Flow[tuple[OrderReport, ...]]:
        """Send what changes something and read the order in the answer."""
        response = yield from fetch(self._codec.request(method, path, body=body))
        rows = read(response, OrdersAnswer).orders_collection.orders
        return self._reports(account, rows, response.ts_recv or now)

    def _inquire(self, account: str, number: int) -> Callable[[int], Flow[tuple[OrderReport, ...]]]:
        def inquiry(now: int) -> Flow[tuple[OrderReport, ...]]:
            rows = yield from flows.order(self._codec, self._numbers[account], number)
            return self._reports(account, rows, now)

        return inquiry

    def _reports(self, account: str, rows: tuple[Order, ...], now: int) -> tuple[OrderReport, ...]:
        reports: list[OrderReport] = []
        for row in rows:
            if (terms := self._terms(row)) is not None:
                reports += self._orders.update(account, terms.instrument.id, row, now)
        return tuple(reports)

    def _terms(self, row: Order) -> Terms | None:
        return self._directory.of_id(row.instrument.id)

    def _position(self, account: str, position: Position, now: int) -> PositionRecord | None:
        terms = self._directory.of_id(position.instrument.id)
        if terms is None:
            return None
        return PositionRecord(
            account=account,
            instrument=terms.instrument.id,
            quantity=position.quantity,
            average_price=position.average_historical_price,
            ts_event=now,
            ts_recv=now,
        )
