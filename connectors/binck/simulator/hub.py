"""The venue's end of Binck's hub: subscriptions, quotes, signs of orders.

Does no I/O: the server carries its frames, and plays the faults of connections.
"""

from math import isnan

from msgspec import UNSET

from connectors.binck.messages import Cell, HubOrder, QuotePacket, SubscriptionResult
from connectors.binck.session import BLOCK, SUBSCRIBED_MAX
from connectors.binck.simulator.ledger import HUB_WORDS, OrderLedger
from connectors.binck.simulator.listing import Listing
from connectors.binck.simulator.login import LoginDesk
from connectors.frame.iso_time import to_iso
from connectors.signalr.messages import Invocation, StreamInvocation
from connectors.signalr.served import ServedHub
from connectors.simulation.broker import SimulatedBroker
from connectors.simulation.market import book_around
from connectors.simulation.records import BrokerEvent, OrderUpdate
from connectors.simulation.simulator import Kind
from engine.model.market import MarketEvent, QuoteTick, TradeTick
from engine.model.reports import CancelRejected, OrderFilled, OrderReplaced, ReplaceRejected

ONE_SESSION = "Per token only one session is allowed"
_LEVELS = {"Trades": 0, "TopOfBook": 1, "Book": 5}
_QUIET = (CancelRejected, ReplaceRejected)


class BinckHub(ServedHub):
    """Serve one connection; `subscribed` lists those that hold their token's one session."""

    def __init__(
        self,
        broker: SimulatedBroker,
        desk: LoginDesk,
        ledger: OrderLedger,
        listing: Listing,
        token: str,
        subscribed: "dict[str, BinckHub]",
    ) -> None:
        super().__init__()
        self._broker = broker
        self._desk = desk
        self._ledger = ledger
        self._listing = listing
        self._token = token
        self._ends = desk.tokens.end_of(token)
        self._subscribed = subscribed
        self._levels: dict[str, int] = {}
        self._accounts: dict[str, None] = {}
        self._now = 0
        self._methods = {
            "subscribequotes": self._subscribe_quotes,
            "unsubscribequotes": self._unsubscribe_quotes,
            "subscribeorders": self._subscribe_orders,
            "unsubscribeorders": self._unsubscribe_orders,
            "subscribenews": self._subscribe_news,
            "unsubscribenews": lambda _: UNSET,
            "extendsubscriptions": self._extend,
        }
        broker.listen(self._hear)

    def lost(self, now: int) -> None:
        """Stop listening to the broker, and give the session of the token free."""
        super().lost(now)
        self._broker.leave(self._hear)
        if self._subscribed.get(self._token) is self:
            del self._subscribed[self._token]

    def deadline(self) -> int | None:
        """Return when the token ends, or the hub wants something."""
        due = super().deadline()
        return None if due is None else min(due, self._ends)

    def timeout(self, now: int) -> None:
        """End the feed of a token that has ended and was not extended."""
        super().timeout(now)
        if now >= self._ends and self.closing is None:
            self.end("the access token has ended", allow_reconnect=False)

    def _called(self, call: Invocation | StreamInvocation, now: int) -> None:
        self._now = now
        target = call.target.lower()
        method = self._methods.get(target)
        if method is None or call.invocation_id is None:
            self._refuse_unknown(call)
            return
        if target.startswith("subscribe") and self._subscribed.setdefault(
            self._token, self
        ) is not (self):
            self.end(ONE_SESSION, allow_reconnect=False)
            return
        arguments = [self.hub.protocol.payload(raw, object) for raw in call.arguments]
        self.hub.complete(call.invocation_id, method(arguments))
        if target == "subscribequotes":
            self._burst(arguments)

    def _subscribe_quotes(self, arguments: list[object]) -> object:
        account, ids, level = arguments
        assert isinstance(ids, list)
        known = account in self._broker.accounts and level in _LEVELS
        room = len(ids) <= BLOCK and len({*self._levels, *ids}) <= SUBSCRIBED_MAX
        if not known or not room:
            return SubscriptionResult(is_succeeded=False, subcount=len(self._levels))
        self._levels.update(dict.fromkeys(ids, _LEVELS[str(level)]))
        return SubscriptionResult(is_succeeded=True, subcount=len(self._levels))

    def _unsubscribe_quotes(self, arguments: list[object]) -> object:
        [ids] = arguments
        assert isinstance(ids, list)
        for each in ids:
            self._levels.pop(each, None)
        return SubscriptionResult(is_succeeded=True, subcount=len(self._levels))

    def _subscribe_orders(self, arguments: list[object]) -> object:
        [account] = arguments
        known = account in self._broker.accounts
        if known:
            self._accounts[str(account)] = None
        return SubscriptionResult(is_succeeded=known)

    def _unsubscribe_orders(self, arguments: list[object]) -> object:
        self._accounts.clear()
        return UNSET

    def _subscribe_news(self, arguments: list[object]) -> object:
        return SubscriptionResult(is_succeeded=arguments[0] in self._broker.accounts)

    def _extend(self, arguments: list[object]) -> object:
        token = str(arguments[0])
        if self._desk.tokens.end_of(token) > self._now:
            if self._subscribed.pop(self._token, None) is self:
                self._subscribed[token] = self
            self._token, self._ends = token, self._desk.tokens.end_of(token)
        return UNSET

    def _burst(self, arguments: list[object]) -> None:
        """Send the initial values of what was just subscribed."""
        ids = arguments[1]
        assert isinstance(ids, list)
        for each in ids:
            name = self._listing.name_of(each, self._now)
            quote = None if name is None else self._broker.tape.quotes.get(name)
            if quote is not None and each in self._levels:
                self._quote(each, quote, "qi")

    def _hear(self, event: BrokerEvent) -> None:
        if isinstance(event, OrderUpdate):
            self._hear_order(event)
        elif isinstance(event, QuoteTick | TradeTick):
            instrument_id = self._listing.id_of(event.instrument, event.ts_recv)
            if instrument_id in self._levels and self.hub.is_open:
                self._quote(instrument_id, event, "qu")

    def _quote(self, instrument_id: str, event: MarketEvent, message: str) -> None:
        cells = self._cells(event, message, self._levels[instrument_id])
        if cells:
            packet = QuotePacket(instrument_id, to_iso(event.ts_event), tuple(cells))
            self.hub.notify("Quote", packet)
            self._say(Kind.MARKET)

    def _cells(self, event: MarketEvent, message: str, levels: int) -> list[Cell]:
        if isinstance(event, TradeTick):
            return [Cell(message, "lst", event.price, event.size)]
        if not isinstance(event, QuoteTick) or not levels:
            return []
        book = book_around(event, self._broker.instruments[event.instrument], levels)
        cells = []
        for word, side in (("bid", book.bids), ("ask", book.asks)):
            for place, (price, size) in enumerate(side, 1):
                typ = word if place == 1 else f"{word}{place}"
                cells.append(Cell(message, typ, 0.0 if isnan(price) else price, size))
        return cells

    def _hear_order(self, update: OrderUpdate) -> None:
        order, report = update.order, update.report
        if order.account not in self._accounts or not self.hub.is_open:
            return
        if order.instrument not in self._broker.instruments or isinstance(report, _QUIET):
            return
        status = self._ledger.status(order)
        sign = HubOrder(
            account_number=order.account,
            number=int(order.venue_order_id),
            status=HUB_WORDS.get(status, status),
            dt=to_iso(report.ts_event),
            reference_id=order.client_order_id,
        )
        target = "OrderStatus"
        if isinstance(report, OrderFilled):
            target = "OrderExecution"
        elif isinstance(report, OrderReplaced):
            target = "OrderModified"
        self.hub.notify(target, sign)
        self._say(Kind.REPORT)
