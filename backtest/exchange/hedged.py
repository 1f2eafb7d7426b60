"""Positions of hedging accounts at the exchange: their ids, closes by name, and exits kept at them.

Matches nothing: an exit is an order at the position's own market, good until it is flat.
"""

from collections.abc import Callable

import msgspec

from backtest.exchange import reasons
from backtest.exchange.blotter import Blotter
from backtest.exchange.market import Market
from engine.model.commands import (
    CancelOrder,
    ClosePosition,
    OrderType,
    Protection,
    SetProtection,
    Side,
    SubmitOrder,
)
from engine.model.outcome import protection_set
from engine.model.reports import OrderFilled
from engine.orders.protection import levels, on_grid

Submit = Callable[[SubmitOrder, int], None]


class HedgedPositions:
    """Give each opening order of the accounts in `names` a position, and keep the exits of those.

    `submit` places an order. `entries` are the orders whose exits wait for a fill.
    """

    def __init__(
        self, names: frozenset[str], prefix: str, blotter: Blotter, submit: Submit
    ) -> None:
        self.names = names
        self.entries: dict[str, Protection] = {}
        self._prefix = prefix
        self._blotter = blotter
        self._submit = submit
        self._count = 0

    def named(self, market: Market, command: SubmitOrder) -> SubmitOrder:
        """Return an order with the position that it opens or reduces."""
        if command.position_id:
            return msgspec.structs.replace(command, reduce_only=True)
        market.forget_empty(command.account)
        self._count += 1
        if command.protection is not None:
            self.entries[command.client_order_id] = command.protection
        return msgspec.structs.replace(command, position_id=f"{self._prefix}P{self._count}")

    def close(self, market: Market | None, command: ClosePosition, ts: int) -> None:
        """Close a position at the market, or reject where there is no such position."""
        size = _size(market, command.position_id)
        order = _leaving(command, size, OrderType.MARKET, command.quantity)
        if size:
            self._submit(order, ts)
        else:
            self._reject(order, ts)

    def protect(self, market: Market | None, command: SetProtection, ts: int) -> None:
        """Put the exits of a position in place of those it had, and say so."""
        size = _size(market, command.position_id)
        if market is None or not size:
            self._reject(_leaving(command, size, OrderType.MARKET, 0.0), ts)
            return
        for name in (f"{command.position_id}:stop", f"{command.position_id}:profit"):
            if name in market.orders:
                market.cancel(CancelOrder(name, command.account, command.instrument, ts, 1), ts)
        holding = market.holdings[command.position_id]
        for order in _exits(command, holding.size, market.price()):
            self._submit(order, ts)
        self._blotter.reports.append(protection_set(command, ts))

    def keep(self, market: Callable[[str], Market]) -> None:
        """Put the exits of entries that have filled since the last call."""
        for report in self._blotter.reports[:]:
            if not isinstance(report, OrderFilled):
                continue
            asked = self.entries.get(report.client_order_id)
            if asked is None or not report.position_id:
                continue
            listed = market(report.instrument)
            stop, profit = levels(asked, report.side, report.price)
            on = on_grid(listed.instrument, Protection(stop, profit))
            ids = report.account, report.instrument, report.ts_recv, report.position_id
            exits = on.stop_loss, on.take_profit, asked.trailing
            self.protect(listed, SetProtection("", "", *ids, *exits), report.ts_recv)
            if report.client_order_id not in listed.orders:
                del self.entries[report.client_order_id]

    def _reject(self, order: SubmitOrder, ts: int) -> None:
        self._blotter.ts_event = self._blotter.ts_recv = ts
        self._blotter.rejected(order, reasons.NOTHING_TO_REDUCE)


def _size(market: Market | None, name: str) -> int:
    holding = None if market is None else market.holdings.get(name)
    return 0 if holding is None else holding.position


def _exits(command: SetProtection, size: float, mark: float) -> list[SubmitOrder]:
    """Return the orders that stand for the exits of a position."""
    made = []
    stop, profit = command.stop_loss, command.take_profit
    if stop is not None:
        kind = OrderType.TRAILING_STOP if command.trailing else OrderType.STOP
        trail = abs(mark - stop) if command.trailing else None
        order = _leaving(command, size, kind, abs(size))
        name = f"{command.position_id}:stop"
        made.append(msgspec.structs.replace(order, client_order_id=name, stop=stop, trail=trail))
    if profit is not None:
        order = _leaving(command, size, OrderType.LIMIT, abs(size))
        name = f"{command.position_id}:profit"
        made.append(msgspec.structs.replace(order, client_order_id=name, price=profit))
    return made


def _leaving(
    command: ClosePosition | SetProtection, size: float, kind: OrderType, quantity: float
) -> SubmitOrder:
    return SubmitOrder(
        command.client_order_id,
        command.strategy,
        command.account,
        command.instrument,
        command.ts,
        Side.SELL if size > 0 else Side.BUY,
        kind,
        quantity,
        reduce_only=True,
        position_id=command.position_id,
    )
