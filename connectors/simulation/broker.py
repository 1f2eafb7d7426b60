"""The simulated broker: accounts and an exchange behind one counter, whatever wire leads to it.

Owns no time and knows no wire: the venue's simulator says when things happen and how they look.
"""

from collections.abc import Callable, Iterable
from itertools import count

import msgspec

from connectors.simulation.accounts import AccountTerms, BrokerAccount, Holding
from connectors.simulation.records import (
    BrokerEvent,
    BrokerOrder,
    IdFormat,
    Listener,
    OrderUpdate,
)
from connectors.simulation.tape import Tape
from engine.model.commands import CancelOrder, OrderType, ReplaceOrder, Side, SubmitOrder
from engine.model.instrument import Instrument
from engine.model.market import Bar, BookSnapshot, MarketEvent, QuoteTick, TradeTick
from engine.model.reports import (
    CancelRejected,
    CashAdjusted,
    OrderFilled,
    OrderRejected,
    OrderReport,
    ReplaceRejected,
)
from engine.model.truth import BalanceRecord, PositionRecord
from engine.ports import Exchange

UNKNOWN_ACCOUNT = "unknown account"
UNKNOWN_INSTRUMENT = "unknown instrument"
UNKNOWN_ORDER = "unknown order"
UNKNOWN_POSITION = "unknown position"
TOO_MUCH_TO_CLOSE = "more than the position"


class SimulatedBroker:
    """Take orders, book fills, and tell whoever listens.

    Rows come in by `row`, in the order of their `ts_recv`; `advance` lets time pass without one.
    `tape` is the market as last seen. Orders stay listed for ever: a simulator lives for a session.
    `before_change` hears of an order that is about to be canceled or changed, and may call `row`.
    """

    def __init__(
        self,
        exchange: Exchange,
        instruments: Iterable[Instrument],
        accounts: Iterable[AccountTerms],
        ids: IdFormat | None = None,
    ) -> None:
        self.instruments = {instrument.id: instrument for instrument in instruments}
        self.tape = Tape(self.instruments)
        self.accounts = {
            terms.id: BrokerAccount(terms, self.instruments, self.tape.mark) for terms in accounts
        }
        self.now = 0
        self.before_change: Callable[[BrokerOrder, int], None] = _nothing
        self._exchange = exchange
        self._ids = ids or IdFormat()
        self._orders: dict[str, BrokerOrder] = {}
        self._by_key: dict[str, BrokerOrder] = {}
        self._fills: list[OrderFilled] = []
        self._listeners: list[Listener] = []
        self._order_numbers = count(1)
        self._trade_numbers = count(1)
        self._position_numbers = count(1)
        self._refusal = ""

    def listen(self, listener: Listener) -> None:
        """Tell a listener of everything from now on."""
        self._listeners.append(listener)

    def leave(self, listener: Listener) -> None:
        """Tell a listener nothing more."""
        self._listeners.remove(listener)

    def row(self, event: MarketEvent) -> None:
        """Let the market move: remember the row, tell of it, and match orders against it."""
        self.now = max(self.now, event.ts_recv)
        self.tape.add(event)
        self._tell(event)
        if isinstance(event, BookSnapshot):
            self._exchange.row(self.tape.quotes[event.instrument])
        elif isinstance(event, QuoteTick | TradeTick | Bar):
            self._exchange.row(event)
        self._take_reports()
        if isinstance(event, QuoteTick | BookSnapshot):
            self._protect(self.tape.quotes[event.instrument])

    def advance(self, now: int) -> None:
        """Let time pass: orders whose time is up end."""
        self.now = max(self.now, now)
        if self._exchange.next_expiry <= now:
            self._exchange.expire(now)
            self._take_reports()

    @property
    def next_due(self) -> int:
        """Return when `advance` has something to do (ns); later than any time when nothing has."""
        return self._exchange.next_expiry

    def submit(
        self, command: SubmitOrder, *, position_id: str = "", remark: str = ""
    ) -> BrokerOrder:
        """Take an order at `command.ts`; its standing and reason say what became of it at once.

        Client order ids are kept as they come and need not be unique. On a hedging account
        `position_id` names the position to reduce (the other side) or to add to (the same side);
        without one the order opens a position of its own.
        """
        self.now = max(self.now, command.ts)
        number = next(self._order_numbers)
        order = BrokerOrder.taken(command, number, self._ids.order(number), remark)
        self._orders[order.venue_order_id] = order
        if reason := self._objection(order, position_id):
            self._report(order, _rejected(order, self.now, reason))
            return order
        key = str(number)
        self._by_key[key] = self.accounts[order.account].working[key] = order
        self._exchange.submit(msgspec.structs.replace(command, client_order_id=key), self.now)
        self._take_reports()
        return order

    def replace(
        self,
        venue_order_id: str,
        now: int,
        *,
        quantity: float | None = None,
        price: float | None = None,
        stop: float | None = None,
    ) -> str:
        """Change an order in place; None leaves a value. Return why not, or an empty text.

        `quantity` is the total, what is filled included.
        """
        order = self._orders.get(venue_order_id)
        if order is None:
            return UNKNOWN_ORDER
        self.before_change(order, now)
        total = order.quantity if quantity is None else quantity
        command = ReplaceOrder(
            str(order.number), order.account, order.instrument, now, 0, total, price, stop
        )
        self._refusal = ""
        self._exchange.replace(command, now)
        self._take_reports()
        return self._refusal

    def cancel(self, venue_order_id: str, now: int) -> str:
        """Take an order out of the market. Return why not, or an empty text."""
        order = self._orders.get(venue_order_id)
        if order is None:
            return UNKNOWN_ORDER
        self.before_change(order, now)
        self._refusal = ""
        command = CancelOrder(str(order.number), order.account, order.instrument, now, 0)
        self._exchange.cancel(command, now)
        self._take_reports()
        return self._refusal

    def close(
        self,
        account: str,
        position_id: str,
        now: int,
        *,
        quantity: float | None = None,
        client_order_id: str = "",
        remark: str = "",
    ) -> BrokerOrder | str:
        """Close a position, or a part, at the market; return why not.

        `position_id` is the instrument on a netting account.
        """
        holding = self._holding(account, position_id)
        if holding is None:
            return UNKNOWN_POSITION
        size = holding.book.size
        command = SubmitOrder(
            client_order_id,
            "",
            account,
            holding.instrument.id,
            now,
            Side.SELL if size > 0 else Side.BUY,
            OrderType.MARKET,
            abs(size) if quantity is None else quantity,
        )
        return self.submit(command, position_id=position_id, remark=remark)

    def protect(
        self,
        account: str,
        position_id: str,
        now: int,
        stop_loss: float | None,
        take_profit: float | None,
    ) -> str:
        """Set both exits of a position, None for none; return why not, or an empty text.

        The broker watches the touch and closes the whole position at the market, with the remark
        `protection`.
        """
        holding = self._holding(account, position_id)
        if holding is None:
            return UNKNOWN_POSITION
        self.now = holding.ts = max(self.now, now)
        holding.stop_loss, holding.take_profit = stop_loss, take_profit
        self._tell(self.accounts[account].position(holding))
        return ""

    def adjust(self, account: str, amount: float, reason: str) -> str:
        """Move an account's money by what no trade moved; return why not, or an empty text.

        Listeners hear a CashAdjusted, then the balance.
        """
        found = self.accounts.get(account)
        if found is None:
            return UNKNOWN_ACCOUNT
        found.adjust(amount)
        moved = CashAdjusted(
            account=account,
            instrument="",
            currency=found.terms.currency,
            ts_event=self.now,
            ts_recv=self.now,
            amount=amount,
            reason=reason,
        )
        self._tell(moved)
        self._tell(self.balance(account))
        return ""

    def order(self, venue_order_id: str) -> BrokerOrder | None:
        """Return an order by the venue's id."""
        return self._orders.get(venue_order_id)

    def orders(self, account: str) -> list[BrokerOrder]:
        """Return all orders of an account, oldest first."""
        return [order for order in self._orders.values() if order.account == account]

    def fills(self, account: str) -> list[OrderFilled]:
        """Return all executions of an account, oldest first."""
        return [fill for fill in self._fills if fill.account == account]

    def positions(self, account: str) -> list[PositionRecord]:
        """Return the open positions of an account."""
        found = self.accounts[account]
        return [found.position(holding) for holding in found.holdings.values()]

    def balance(self, account: str) -> BalanceRecord:
        """Return the money of an account."""
        return self.accounts[account].balance(self.now)

    def _objection(self, order: BrokerOrder, position_id: str) -> str:
        """Return why the broker does not pass an order on; else bind it to its position."""
        account = self.accounts.get(order.account)
        if account is None:
            return UNKNOWN_ACCOUNT
        if order.instrument not in self.instruments:
            return UNKNOWN_INSTRUMENT
        if not account.hedges:
            return ""
        if not position_id:
            order.position_id = self._ids.position(next(self._position_numbers))
            return ""
        holding = account.holdings.get(position_id)
        if holding is None or holding.instrument.id != order.instrument:
            return UNKNOWN_POSITION
        order.position_id = position_id
        order.closes = holding.book.size * order.side < 0
        if order.closes and order.quantity > abs(holding.book.size) - account.closing(position_id):
            return TOO_MUCH_TO_CLOSE
        return ""

    def _holding(self, account: str, position_id: str) -> Holding | None:
        found = self.accounts.get(account)
        return None if found is None else found.holdings.get(position_id)

    def _take_reports(self) -> None:
        """Book what the exchange reported, in order, and tell of it under the venue's ids."""
        reports = self._exchange.reports
        while reports:
            taken = reports[:]
            reports.clear()
            for report in taken:
                assert isinstance(report, OrderReport), report  # settlement is never asked for
                order = self._by_key[report.client_order_id]
                self._report(order, self._renamed(order, report))

    def _renamed(self, order: BrokerOrder, report: OrderReport) -> OrderReport:
        ids = {"client_order_id": order.client_order_id, "venue_order_id": order.venue_order_id}
        if isinstance(report, OrderFilled):
            ids["trade_id"] = self._ids.trade(next(self._trade_numbers))
        return msgspec.structs.replace(report, **ids)

    def _report(self, order: BrokerOrder, report: OrderReport) -> None:
        """Apply a report to its order and the account's books, then tell."""
        if isinstance(report, CancelRejected | ReplaceRejected):
            self._refusal = report.reason
            self._tell(OrderUpdate(order, report))
            return
        instrument, account = (
            self.instruments.get(order.instrument),
            self.accounts.get(order.account),
        )
        order.apply(report, 1.0 if instrument is None else instrument.quantity_scale)
        if account is None:
            self._tell(OrderUpdate(order, report))
            return
        if not order.is_working:
            account.working.pop(str(order.number), None)
        if isinstance(report, OrderFilled):
            self._fills.append(report)
            holding = account.fill(order, report)
            self._tell(OrderUpdate(order, report))
            self._tell(account.position(holding))
            self._tell(account.balance(self.now))
            return
        self._tell(OrderUpdate(order, report))
        if not order.is_working:
            self._tell(account.balance(self.now))

    def _protect(self, quote: QuoteTick) -> None:
        """Close the positions whose exits the touch has reached."""
        for name, account in self.accounts.items():
            for holding in account.reached(quote):
                holding.stop_loss = holding.take_profit = None
                position_id = holding.id or holding.instrument.id
                self.close(name, position_id, self.now, remark="protection")

    def _tell(self, event: BrokerEvent) -> None:
        for listener in tuple(self._listeners):
            listener(event)


def _nothing(_order: BrokerOrder, _now: int) -> None:
    """Do nothing before an order is changed."""


def _rejected(order: BrokerOrder, now: int, reason: str) -> OrderRejected:
    return OrderRejected(
        client_order_id=order.client_order_id,
        instrument=order.instrument,
        account=order.account,
        venue_order_id=order.venue_order_id,
        ts_event=now,
        ts_recv=now,
        reason=reason,
    )
