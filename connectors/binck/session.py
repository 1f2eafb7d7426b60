"""The hub of Binck: subscriptions in blocks, quotes, and signs that orders have changed.

It asks for no order itself: `Inquiry` has the connector do it.
"""

from collections.abc import Callable, Mapping

import msgspec

from connectors.binck.mapping import VENUE, Directory, nanoseconds
from connectors.binck.messages import HubOrder, News, QuotePacket, SubscriptionResult
from connectors.binck.quotes import StreamedQuotes
from connectors.frame.flow import Flow
from connectors.frame.session import Ended, Inquiry, Refused, Remedy
from connectors.signalr.messages import Completion, Invocation
from connectors.signalr.peer import Timing
from connectors.signalr.session import HubSession
from engine.errors import UsageError
from engine.model.notices import NewsReceived
from engine.model.reports import OrderReport
from engine.model.subscription import DataKind, Subscription

BLOCK = 100
"""Instruments in one call."""
SUBSCRIBED_MAX = 3_000
GATHER_NS = 5_000_000
"""How long subscriptions are gathered, since a call takes a hundred of them."""
STREAMED = (DataKind.QUOTES, DataKind.TRADES, DataKind.BOOK)
_WORDS = {DataKind.TRADES: "Trades", DataKind.QUOTES: "TopOfBook", DataKind.BOOK: "Book"}
_RISING = (DataKind.TRADES, DataKind.QUOTES, DataKind.BOOK)
"""Each level includes the ones before it."""

Inquire = Callable[[str, int], Callable[[int], Flow[tuple[OrderReport, ...]]]]
"""Makes, of account and order number, the flow that asks for an order."""


class _Pending(msgspec.Struct, frozen=True):
    """Hold what an open call was about."""

    what: str
    instruments: tuple[str, ...] = ()
    account: str = ""


class StreamSession(HubSession):
    """Follow quotes, orders and news of one login.

    Ready once the orders of every account are subscribed. Only one connection may exist for a
    token: the hub closes a second one when it subscribes, or refuses it.
    """

    def __init__(
        self,
        directory: Directory,
        accounts: Mapping[str, str],
        token: Callable[[], str],
        inquire: Inquire,
        timing: Timing | None = None,
    ) -> None:
        super().__init__(timing)
        self._directory = directory
        self._accounts = accounts
        self._by_number = {number: name for name, number in accounts.items()}
        self._token = token
        self._inquire = inquire
        self._pending: dict[str, _Pending] = {}
        self._awaited: dict[str, None] = {}
        self._is_subscribed = False
        self._wanted: dict[str, dict[Subscription, None]] = {}
        self._quotes: dict[str, StreamedQuotes] = {}
        self._dirty: dict[str, None] = {}
        self._ask_at: int | None = None

    @property
    def is_ready(self) -> bool:
        """Say whether the orders of every account are subscribed."""
        return self._is_subscribed and not self._awaited

    def renewed(self, now: int) -> None:
        """Give the running connection the new token, so that its streams go on."""
        if self._is_subscribed:
            self._invoke(_Pending("extend"), "ExtendSubscriptions", self._token())

    def subscribe(self, subscription: Subscription, now: int) -> None:
        """Want a stream; it is asked for a moment later, in a block with others."""
        if subscription.kind not in STREAMED:
            raise UsageError(f"Binck streams no {subscription.kind}")
        name = subscription.instrument
        if name not in self._wanted and len(self._wanted) >= SUBSCRIBED_MAX:
            text = f"the hub takes at most {SUBSCRIBED_MAX} instruments"
            self._events.append(Refused(subscription, text))
            return
        self._wanted.setdefault(name, {})[subscription] = None
        self._dirty[name] = None
        if self._ask_at is None:
            self._ask_at = now + GATHER_NS

    def unsubscribe(self, subscription: Subscription, now: int) -> None:
        """Want a stream no more."""
        name = subscription.instrument
        wanted = self._wanted.get(name, {})
        wanted.pop(subscription, None)
        if not wanted and self._wanted.pop(name, None) is not None:
            self._quotes.pop(name, None)
            self._dirty.pop(name, None)
            ids = [self._directory.of_instrument(name).id]
            self._invoke(_Pending("unsubscribe"), "UnSubscribeQuotes", ids)

    def deadline(self) -> int | None:
        """Return when `timeout` must be called at the latest (ns)."""
        moments = [m for m in (super().deadline(), self._ask_at) if m is not None]
        return min(moments, default=None)

    def timeout(self, now: int) -> None:
        """Ask for the quotes that were gathered, and keep the hub alive."""
        if self._ask_at is not None and now >= self._ask_at:
            self._ask_at = None
            self._ask_for_quotes()
        super().timeout(now)

    def relearned(self) -> None:
        """Ask for a new connection: ids of instruments are other ones today."""
        self._events.append(Ended("the venue's ids of instruments have changed", Remedy.REPLACE))

    def _reset(self) -> None:
        self._pending.clear()
        self._awaited.clear()
        self._is_subscribed = False
        self._wanted.clear()
        self._quotes.clear()
        self._dirty.clear()
        self._ask_at = None

    def _started(self, now: int) -> None:
        for account, number in self._accounts.items():
            self._invoke(_Pending("orders", account=account), "SubscribeOrders", number)
            self._awaited[account] = None
            self._invoke(_Pending("news", account=account), "SubscribeNews", number)
        self._is_subscribed = True

    def _ask_for_quotes(self) -> None:
        by_level: dict[str, list[str]] = {}
        for name in self._dirty:
            by_level.setdefault(self._level(name), []).append(name)
        self._dirty.clear()
        number = next(iter(self._accounts.values()))
        for level, names in by_level.items():
            for start in range(0, len(names), BLOCK):
                block = tuple(names[start : start + BLOCK])
                ids = [self._directory.of_instrument(name).id for name in block]
                self._invoke(_Pending("quotes", block), "SubscribeQuotes", number, ids, level)

    def _level(self, name: str) -> str:
        """Return the highest level that is wanted of an instrument, and note what to make of it."""
        kinds = [subscription.kind for subscription in self._wanted[name]]
        quotes = self._quotes.setdefault(name, StreamedQuotes(name))
        quotes.with_quotes = DataKind.QUOTES in kinds
        quotes.with_trades = DataKind.TRADES in kinds
        quotes.with_book = DataKind.BOOK in kinds
        return _WORDS[max(kinds, key=_RISING.index)]

    def _invoke(self, pending: _Pending, target: str, *arguments: object) -> None:
        self._pending[self.hub.invoke(target, *arguments)] = pending

    def _completed(self, completion: Completion, now: int) -> None:
        pending = self._pending.pop(completion.invocation_id, None)
        if pending is None:
            return
        reason = completion.error or self._failure(pending, completion)
        if pending.what == "orders" and not reason:
            self._awaited.pop(pending.account, None)
        elif reason:
            self._failed(pending, reason)

    def _failure(self, pending: _Pending, completion: Completion) -> str:
        """Return why a subscription was refused; empty when it was not, or was none."""
        if pending.what in ("extend", "unsubscribe"):
            return ""
        result = self.hub.protocol.payload(completion.result, SubscriptionResult)
        return "" if result.is_succeeded else f"the hub refused to subscribe to {pending.what}"

    def _failed(self, pending: _Pending, reason: str) -> None:
        if pending.what in ("orders", "extend"):
            self._events.append(Ended(reason, Remedy.LOGIN))
        for name in pending.instruments:
            for subscription in self._wanted.pop(name, {}):
                self._events.append(Refused(subscription, reason))

    def _called(self, call: Invocation, now: int) -> None:
        target = call.target.lower()
        if not call.arguments:
            return
        [raw, *_] = call.arguments
        if target == "quote":
            self._take_quote(self.hub.protocol.payload(raw, QuotePacket), now)
        elif target in ("orderstatus", "ordermodified", "orderexecution"):
            self._take_order(self.hub.protocol.payload(raw, HubOrder))
        elif target == "news":
            self._take_news(self.hub.protocol.payload(raw, News), now)

    def _take_news(self, news: News, now: int) -> None:
        known = map(self._directory.of_id, news.iids)
        self._events.append(
            NewsReceived(
                venue=VENUE,
                headline=news.head,
                body=news.body,
                instruments=tuple(terms.instrument.id for terms in known if terms is not None),
                ts_event=nanoseconds(news.dt),
                ts_recv=now,
            )
        )

    def _take_quote(self, packet: QuotePacket, now: int) -> None:
        terms = self._directory.of_id(packet.id)
        quotes = None if terms is None else self._quotes.get(terms.instrument.id)
        if quotes is not None:
            self._events += quotes.take(packet, now)

    def _take_order(self, order: HubOrder) -> None:
        account = self._by_number.get(order.account_number)
        if account is not None:
            self._events.append(Inquiry(account, self._inquire(account, order.number)))
