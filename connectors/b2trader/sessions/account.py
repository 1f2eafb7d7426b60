"""The hub of orders and positions: what it streams becomes reports and position records.

It sends no order; those go over REST.
"""

from collections.abc import Callable, Mapping

from connectors.b2trader.desk import OrderDesk
from connectors.b2trader.mapping import Directory, position_record
from connectors.b2trader.messages import ClosedOrder, OrderItem, Position, PositionsItem
from connectors.b2trader.names import Names
from connectors.b2trader.sessions.streams import StreamSession
from connectors.frame.flow import Flow
from connectors.frame.session import Inquiry
from connectors.signalr.peer import Timing
from engine.errors import UsageError
from engine.model.reports import OrderReport
from engine.model.subscription import Subscription
from engine.model.truth import PositionRecord

Inquire = Callable[[str, str], Callable[[int], Flow[tuple[OrderReport, ...]]]]
"""Makes, of account and order, the flow that asks for the executions of a closing order."""


class AccountSession(StreamSession):
    """Follow the orders and positions of every account of the login.

    `accounts` maps the engine's names to the venue's ids. Orders and positions are awaited.
    """

    def __init__(
        self,
        names: Names,
        directory: Directory,
        desk: OrderDesk,
        accounts: Mapping[str, str],
        inquire: Inquire,
        *,
        hedging: bool,
        timing: Timing | None = None,
    ) -> None:
        super().__init__(timing)
        self._names = names
        self._directory = directory
        self._desk = desk
        self._accounts = accounts
        self._inquire = inquire
        self._hedging = hedging
        self._positions: dict[str, dict[str, Position]] = {name: {} for name in accounts}
        self._unheard: dict[str, None] = {}

    def subscribe(self, subscription: Subscription, now: int) -> None:
        """Refuse: this hub has no market data."""
        raise UsageError(f"the hub of accounts has no {subscription.kind}")

    def unsubscribe(self, subscription: Subscription, now: int) -> None:
        """Refuse: this hub has no market data."""
        raise UsageError(f"the hub of accounts has no {subscription.kind}")

    def positions(self, account: str) -> tuple[Position, ...]:
        """Return the open positions as last streamed."""
        return tuple(self._positions[account].values())

    def position_records(self, account: str, now: int) -> tuple[PositionRecord, ...] | None:
        """Return the open positions of an account; None until they are known."""
        if not self.is_ready:
            return None
        found = (self._record(account, each, now) for each in self._positions[account].values())
        return tuple(record for record in found if record is not None)

    def _reset(self) -> None:
        super()._reset()
        self._unheard = dict.fromkeys(self._accounts)

    def _begin(self) -> None:
        for account, venue_id in self._accounts.items():
            self._open(account, venue_id)

    def _open(self, account: str, venue_id: str) -> None:
        orders, positions, closed = (
            self._names[key] for key in ("stream_orders", "stream_positions", "stream_closed")
        )
        self._stream(
            lambda raw, now: self._take_orders(account, raw, now),
            account,
            orders,
            venue_id,
            awaited=True,
        )
        self._stream(
            lambda raw, now: self._take_positions(account, raw, now),
            account,
            positions,
            venue_id,
            awaited=True,
        )
        self._stream(
            lambda raw, now: self._take_closed(account, raw, now), account, closed, venue_id
        )

    def _take_orders(self, account: str, raw: object, now: int) -> None:
        items = self.hub.protocol.payload(raw, tuple[OrderItem, ...])
        if self._names["open_orders_mode"] == "full_list":
            self._events += self._desk.listed(account, items, now)
        else:
            for item in items:
                self._events += self._desk.seen(account, item, now)

    def _take_positions(self, account: str, raw: object, now: int) -> None:
        items = self.hub.protocol.payload(raw, PositionsItem).item
        known, mode = self._positions[account], self._names["open_positions_mode"]
        is_whole = account in self._unheard  # the first item of a connection is the list as it is
        self._unheard.pop(account, None)
        if is_whole or mode == "full_list":
            present = {item.position_id for item in items}
            items += tuple(_gone(each) for key, each in known.items() if key not in present)
        for item in items:
            if item.status == "Open":
                known[item.position_id] = item
            else:
                known.pop(item.position_id, None)
            if (record := self._record(account, item, now)) is not None:
                self._events.append(record)

    def _take_closed(self, account: str, raw: object, now: int) -> None:
        for item in self.hub.protocol.payload(raw, tuple[ClosedOrder, ...]):
            self._events += self._desk.closed(account, item, now)
            if item.order_id in self._desk.without_fills(account):
                self._events.append(Inquiry(account, self._inquire(account, item.order_id)))

    def _record(self, account: str, item: Position, now: int) -> PositionRecord | None:
        terms = self._directory.of_market(item.market_id)
        if terms is None:
            return None
        return position_record(item, terms, account, now, hedging=self._hedging)


def _gone(position: Position) -> Position:
    return Position(
        position_id=position.position_id,
        market_id=position.market_id,
        side=position.side,
        position_lot_amount=0,
        status="Gone",
    )
