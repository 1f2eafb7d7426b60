"""One login at B2TRADER: links, commands, the truth of accounts.

It opens no connection. Commands go over REST, and what becomes of them comes over the hubs.
"""

from collections.abc import Callable

from connectors.b2trader import flows
from connectors.b2trader.codec import Codec, RequestRefused, read
from connectors.b2trader.desk import OrderDesk
from connectors.b2trader.evidence import filled_orders
from connectors.b2trader.mapping import (
    STOPS,
    TIMES_IN_FORCE,
    VENUE,
    Directory,
    exact,
    order_body,
    plain,
)
from connectors.b2trader.messages import OrderAnswer, PositionAnswer
from connectors.b2trader.names import Names
from connectors.b2trader.sessions.account import AccountSession
from connectors.b2trader.sessions.balance import BalanceSession
from connectors.b2trader.sessions.market import STREAMED, MarketSession
from connectors.b2trader.settings import Settings
from connectors.frame.flow import Flow, fetch
from connectors.frame.session import Session
from connectors.frame.venue import Address, Capabilities, Link
from connectors.limits import B2TRADER
from connectors.signalr.negotiate import Hub, address_of
from engine.config.secret import Secret
from engine.errors import NotSent, OutcomeUnknown, UsageError
from engine.gate.rates import VenueRates
from engine.model.commands import (
    CancelOrder,
    ClosePosition,
    Command,
    OrderType,
    SetProtection,
    SubmitOrder,
)
from engine.model.instrument import Instrument
from engine.model.market import Bar
from engine.model.outcome import protection_set, refused
from engine.model.reports import OrderFilled, OrderReport
from engine.model.subscription import Subscription
from engine.model.truth import OrderRecord, VenueTruth

_SECOND = 1_000_000_000
_RENEW_AFTER = 0.9
"""The part of a token's life after which a new one is asked for."""


class B2Trader:
    """Speak for one offline token; `resolve` fetches it at each login."""

    name = VENUE
    rates: VenueRates = B2TRADER

    def __init__(
        self, settings: Settings, accounts: tuple[str, ...], resolve: Callable[[], Secret]
    ) -> None:
        self.accounts = accounts
        self.capabilities = Capabilities(
            order_types=(OrderType.MARKET, OrderType.LIMIT, *STOPS),
            times_in_force=tuple(TIMES_IN_FORCE),
            data=STREAMED,
            replaces=False,
            amends=False,
            client_order_ids=False,
            hedging=settings.hedging,
            lists=("positions", "balances"),
        )
        self._settings = settings
        self._resolve = resolve
        self._names = Names(settings.names)
        self._codec = Codec(settings.url, self._names)
        self._directory = Directory()
        self._renew_at: int | None = None
        self._earlier: tuple[OrderRecord, ...] = ()
        self._ids = settings.venue_accounts(accounts)
        self.desk = OrderDesk(self._directory, round(settings.correlation_window_s * _SECOND))
        self.account_session = self._new_account_session()
        self.balance_session = self._new_balance_session()
        self.market_session = self._new_market_session()
        self.links = (
            self._link("account", self.account_session, self._new_account_session, private=True),
            self._link("balance", self.balance_session, self._new_balance_session, private=True),
            self._link("market", self.market_session, self._new_market_session),
        )

    def login(self, now: int) -> Flow[None]:
        """Exchange the offline token for an access token of an hour; there is no refresh."""
        answer = yield from flows.login(self._codec, self._names, self._resolve().reveal())
        self._codec.token = answer.access_token
        self._renew_at = now + round(answer.expires_in * _RENEW_AFTER * _SECOND)

    def renew_at(self) -> int | None:
        """Return when the access token has lived nine tenths of its time."""
        return self._renew_at

    def instruments(self, names: tuple[str, ...], now: int) -> Flow[tuple[Instrument, ...]]:
        """Return the named instruments, or all whose properties are understood."""
        found = yield from flows.instruments(self._codec, self._names, self._directory, names)
        earlier, self._earlier = self._earlier, ()
        for record in earlier:
            self.desk.adopt(record)
        return found

    def adopt(self, orders: tuple[OrderRecord, ...]) -> None:
        """Follow orders of an earlier run: the venue keeps no id of ours to find them by.

        It begins once their instruments are known.
        """
        self._earlier = orders

    def release(self, account: str, instrument: str) -> list[str]:
        """Lift the freeze of markets whose orders a person has looked at."""
        return self.desk.resolve(account, instrument)

    def link_of(self, subscription: Subscription) -> str:
        """Return the link of market data. Raises UsageError for public trades and states."""
        if subscription.kind not in STREAMED:
            raise UsageError(f"B2TRADER streams no {subscription.kind}; it has quotes, books, bars")
        return "market"

    def execute(self, command: Command, now: int) -> Flow[tuple[OrderReport, ...]]:
        """Carry out a command. Raises NotSent where the venue has no such thing."""
        match command:
            case SubmitOrder():
                return self._submit(command, now)
            case CancelOrder():
                return self._cancel(command, now)
            case ClosePosition():
                return self._close(command)
            case SetProtection():
                return self._protect(command, now)
            case _:
                raise NotSent("B2TRADER cannot change an order; cancel it and place another")

    def resync(self, account: str, now: int) -> Flow[VenueTruth]:
        """Return what the hubs last said, and fills that only the history knows.

        There is no list of orders: nothing follows from an order's absence. Orders whose answers
        were lost are looked for among the executions of positions, open ones and closed since.
        """
        venue_id = self._ids[account]
        held = self.account_session.positions(account)
        markets = {each.position_id: each.market_id for each in held}
        ids, closing = tuple(markets), self.desk.without_fills(account)
        lost_since = self.desk.lost_since(account)
        if lost_since is not None:
            closed = yield from flows.closed_positions(
                self._codec, self._names, venue_id, lost_since, now
            )
            strange = {each.order_id: each.market_id for each in closed}
            closing += tuple(name for name in strange if not self.desk.is_followed(name))
            markets |= strange
        executions = yield from flows.executions(self._codec, venue_id, ids, closing)
        found: list[OrderReport] = []
        if lost_since is not None:
            found = self.desk.missed(account, filled_orders(executions, markets), now)
        found += self.desk.executed(executions, now)
        return VenueTruth(
            venue=VENUE,
            account=account,
            ts_asked=now,
            ts_recv=now,
            fills=tuple(each for each in found if isinstance(each, OrderFilled)),
            fills_since=now,
            positions=self.account_session.position_records(account, now),
            balances=self.balance_session.balances(account),
            unlisted=self._directory.spot,
            absent=self.desk.absent(account),
        )

    def history(self, instrument: str, spec: str, start: int, end: int) -> Flow[tuple[Bar, ...]]:
        """Return complete bars, without volume, for the venue tells none."""
        terms = self._directory.of_instrument(instrument)
        return flows.history(self._codec, self._names, terms, spec, start, end)

    def server_time(self, now: int) -> None:
        """Return nothing: the venue does not tell its time."""

    def _inquire(
        self, account: str, order_id: str
    ) -> Callable[[int], Flow[tuple[OrderReport, ...]]]:
        def inquiry(now: int) -> Flow[tuple[OrderReport, ...]]:
            found = yield from flows.executions(self._codec, self._ids[account], (), (order_id,))
            return tuple(self.desk.executed(found, now))

        return inquiry

    def _new_account_session(self) -> AccountSession:
        return AccountSession(
            self._names,
            self._directory,
            self.desk,
            self._ids,
            self._inquire,
            hedging=self._settings.hedging,
        )

    def _new_balance_session(self) -> BalanceSession:
        return BalanceSession(self._names, self._ids)

    def _new_market_session(self) -> MarketSession:
        first = next(iter(self._settings.accounts.values()), "")
        return MarketSession(self._names, self._directory, first)

    def _link(
        self, name: str, session: Session, make: Callable[[], Session], *, private: bool = False
    ) -> Link:
        """Return a link; two connections at once would contradict each other over whole lists."""
        shares = name != "account" or self._names["open_orders_mode"] == "upsert"
        return Link(
            name=name,
            session=session,
            address=lambda _: self._address(f"hub_{name}"),
            private=private,
            successor=make if shares else None,
            took_over=self._took_over,
        )

    def _took_over(self, session: Session) -> None:
        """Ask another session from now on: its connection has the new token."""
        match session:
            case AccountSession():
                self.account_session = session
            case BalanceSession():
                self.balance_session = session
            case MarketSession():
                self.market_session = session

    def _address(self, key: str) -> Flow[Address]:
        hub = Hub(
            url=f"{self._settings.url.rstrip('/')}{self._names[key]}",
            token=self._codec.token,
            token_by_query=True,
            skip_negotiation=self._names["negotiate"] == "skip",
        )
        return address_of(hub)

    def _submit(self, command: SubmitOrder, now: int) -> Flow[tuple[OrderReport, ...]]:
        terms = self._directory.of_instrument(command.instrument)
        body = order_body(command, terms, self._settings.leverage)
        stop = "_stop" if command.type in STOPS else ""
        request = self._codec.request(
            f"place_{terms.kind}{stop}_order", account=self._ids[command.account], body=body
        )
        self.desk.sending(command)
        order_id = command.client_order_id
        try:
            response = yield from fetch(request)
            answer = read(response, OrderAnswer)
        except NotSent:
            self.desk.refused(order_id, now)
            raise
        except RequestRefused as refusal:
            return (*refused(command, refusal.text, now), *self.desk.refused(order_id, now))
        except OutcomeUnknown:
            self.desk.unknown(order_id, now)
            raise
        return tuple(self.desk.placed(order_id, answer.order, response.ts_recv or now))

    def _cancel(self, command: CancelOrder, now: int) -> Flow[tuple[OrderReport, ...]]:
        order = self.desk.of_client(command.client_order_id)
        request = self._codec.request(
            "cancel_stop_order" if order.waits_for_trigger else "cancel_order",
            account=self._ids[command.account],
            path={"orderId": order.venue_order_id},
        )
        response = yield from fetch(request)
        try:
            answer = read(response, OrderAnswer)
        except RequestRefused as refusal:
            return refused(command, refusal.text, now)
        return tuple(order.update(answer.order, response.ts_recv or now))

    def _close(self, command: ClosePosition) -> Flow[tuple[OrderReport, ...]]:
        terms = self._directory.of_instrument(command.instrument)
        request = self._codec.request(
            "close_position",
            account=self._ids[command.account],
            path={"positionId": command.position_id},
            body={"closePositionLotAmount": terms.lots(command.quantity)},
        )
        self.desk.closing(command)
        try:
            response = yield from fetch(request)
            read(response, PositionAnswer)
        except NotSent:
            self.desk.not_closing(command)
            raise
        except RequestRefused as refusal:
            self.desk.not_closing(command)
            return refused(command, refusal.text, command.ts)
        return ()

    def _protect(self, command: SetProtection, now: int) -> Flow[tuple[OrderReport, ...]]:
        stop, take = command.stop_loss, command.take_profit
        body = {
            "stopLoss": None
            if stop is None
            else {"price": plain(exact(stop)), "isTrailing": command.trailing},
            "takeProfit": None if take is None else {"price": plain(exact(take))},
        }
        request = self._codec.request(
            "submit_triggers",
            account=self._ids[command.account],
            path={"positionId": command.position_id},
            body=body,
        )
        try:
            response = yield from fetch(request)
            read(response, PositionAnswer)
        except RequestRefused as refusal:
            return refused(command, refusal.text, command.ts)
        return (protection_set(command, response.ts_recv or now),)
