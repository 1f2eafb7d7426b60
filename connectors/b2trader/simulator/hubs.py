"""The venue's ends of B2TRADER's three hubs.

Do no I/O: the server carries their frames, and plays the faults of connections.
"""

from collections.abc import Callable

from connectors.b2trader.names import Names
from connectors.b2trader.simulator import rows
from connectors.b2trader.simulator.market_streams import MarketStream, make_stream
from connectors.signalr.messages import Invocation, StreamInvocation
from connectors.signalr.served import ServedHub
from connectors.simulation.broker import SimulatedBroker
from connectors.simulation.faults import FaultPlan
from connectors.simulation.records import BrokerEvent, BrokerOrder, OrderUpdate
from connectors.simulation.simulator import Kind
from connectors.simulation.tokens import TokenStore
from engine.model.reports import CashAdjusted, OrderFilled
from engine.model.truth import BalanceRecord, PositionRecord

TOKEN_ENDED = "the access token has ended"  # noqa: S105 - a sentence


class B2TraderHub(ServedHub):
    """Start streams for accounts of the broker, until the token ends."""

    def __init__(
        self, broker: SimulatedBroker, names: Names, tokens: TokenStore, token: str
    ) -> None:
        super().__init__()
        self._broker = broker
        self._names = names
        self._ends = tokens.end_of(token)
        self._streams: dict[str, tuple[str, str]] = {}
        broker.listen(self._hear)

    def lost(self, now: int) -> None:
        """Stop listening to the broker."""
        super().lost(now)
        self._broker.leave(self._hear)

    def deadline(self) -> int | None:
        """Return when the token ends, or the hub wants something."""
        due = super().deadline()
        return None if due is None else min(due, self._ends)

    def timeout(self, now: int) -> None:
        """End the connection of a token that has ended."""
        super().timeout(now)
        if now >= self._ends and self.closing is None:
            self.end(TOKEN_ENDED, allow_reconnect=False)

    def _called(self, call: Invocation | StreamInvocation, now: int) -> None:
        if not isinstance(call, StreamInvocation):
            self._refuse_unknown(call)
            return
        account, *others = (self.hub.protocol.payload(raw, object) for raw in call.arguments)
        if account not in self._broker.accounts:
            self.hub.complete(call.invocation_id, error=f"no account {account}")
        else:
            self._begin(call, str(account), others)

    def _begin(self, call: StreamInvocation, account: str, others: list[object]) -> None:
        """Start the stream of a target with its first item."""
        raise NotImplementedError

    def _hear(self, event: BrokerEvent) -> None:
        """Take what the broker tells."""
        raise NotImplementedError

    def _canceled(self, invocation_id: str) -> None:
        self._streams.pop(invocation_id, None)

    def _tell(self, target: str, account: str, item: object) -> None:
        """Send an item to every stream of a target and an account."""
        for stream, (key, owner) in self._streams.items():
            if key == target and owner == account:
                self.hub.item(stream, item)
        self._say(Kind.REPORT)


class AccountHub(B2TraderHub):
    """Stream orders, positions and closings."""

    def _begin(self, call: StreamInvocation, account: str, others: list[object]) -> None:
        first: dict[str, Callable[[], object]] = {
            "stream_orders": lambda: self._open_orders(account),
            "stream_positions": lambda: {"item": self._open_positions(account)},
            "stream_closed": list,
        }
        for key, item in first.items():
            if call.target.lower() == self._names[key].lower():
                self._streams[call.invocation_id] = key, account
                self.hub.item(call.invocation_id, item())
                return
        self._refuse_unknown(call)

    def _open_orders(self, account: str) -> list[object]:
        orders = self._broker.orders(account)
        return [rows.order_item(each) for each in orders if each.is_working and not _hidden(each)]

    def _open_positions(self, account: str) -> list[object]:
        records = self._broker.positions(account)
        return [self._position(record) for record in records if not _is_spot(record.instrument)]

    def _position(self, record: PositionRecord) -> object:
        return rows.position(record, self._broker.instruments[record.instrument])

    def _hear(self, event: BrokerEvent) -> None:
        if isinstance(event, OrderUpdate):
            self._hear_order(event)
        elif isinstance(event, PositionRecord) and not _is_spot(event.instrument):
            whole = self._names["open_positions_mode"] == "full_list"
            items = self._open_positions(event.account) if whole else [self._position(event)]
            self._tell("stream_positions", event.account, {"item": items})

    def _hear_order(self, update: OrderUpdate) -> None:
        order, report = update.order, update.report
        if _hidden(order) or order.instrument not in self._broker.instruments:
            return
        whole = self._names["open_orders_mode"] == "full_list"
        items = self._open_orders(order.account) if whole else [rows.order_item(order)]
        self._tell("stream_orders", order.account, items)
        if isinstance(report, OrderFilled) and (order.closes or order.remark):
            instrument = self._broker.instruments[order.instrument]
            closed = rows.closed_order(order, report, instrument)
            self._tell("stream_closed", order.account, [closed])


class BalanceHub(B2TraderHub):
    """Stream money and the state of margin."""

    def _begin(self, call: StreamInvocation, account: str, others: list[object]) -> None:
        record = self._broker.balance(account)
        first: dict[str, object] = {
            "stream_balance": [rows.balance(record)],
            "stream_margin": rows.margin(record),
        }
        for key, item in first.items():
            if call.target.lower() == self._names[key].lower():
                self._streams[call.invocation_id] = key, account
                self.hub.item(call.invocation_id, item)
                return
        self._refuse_unknown(call)

    def _hear(self, event: BrokerEvent) -> None:
        if isinstance(event, BalanceRecord):
            self._tell("stream_balance", event.account, [rows.balance(event)])
            self._tell("stream_margin", event.account, rows.margin(event))


class MarketHub(B2TraderHub):
    """Stream books, touches, statistics and candles."""

    def __init__(
        self,
        broker: SimulatedBroker,
        names: Names,
        tokens: TokenStore,
        token: str,
        faults: FaultPlan,
    ) -> None:
        super().__init__(broker, names, tokens, token)
        self._faults = faults
        self._running: dict[str, MarketStream] = {}

    def _begin(self, call: StreamInvocation, account: str, others: list[object]) -> None:
        stream = make_stream(self._names, self._broker, self._faults, call.target, others)
        if stream is None:
            self._refuse_unknown(call)
            return
        self._running[call.invocation_id] = stream
        for item in stream.first():
            self.hub.item(call.invocation_id, item)

    def _canceled(self, invocation_id: str) -> None:
        self._running.pop(invocation_id, None)

    def _hear(self, event: BrokerEvent) -> None:
        if isinstance(event, OrderUpdate | PositionRecord | BalanceRecord | CashAdjusted):
            return
        for stream_id, stream in self._running.items():
            for item in stream.hear(event):
                self.hub.item(stream_id, item)
        self._say(Kind.MARKET)


def _is_spot(instrument: str) -> bool:
    return instrument.startswith("spot.")


def _hidden(order: BrokerOrder) -> bool:
    """Say whether an order waits for its trigger: no stream tells of those."""
    return rows.is_stop(order) and order.is_working
