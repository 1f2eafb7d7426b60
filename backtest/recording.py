"""Write down a run as it happens: decision log, digest, orders, fills, equity and marks.

Influences nothing: it listens, and samples on a timer of its own.
"""

import hashlib
from itertools import starmap
from pathlib import Path
from typing import BinaryIO

import msgspec

from backtest.results.tables import EQUITY, FILLS, MARKS, ORDERS, TableWriter, Value
from engine.kernel import Kernel
from engine.model.reports import OrderFilled
from engine.orders.life import CLOSED
from engine.orders.order import Order
from engine.timers import Phase

FLUSH_AT = 512
"""How many decisions wait in memory before they are encoded and hashed, and rows are made."""

_NAN = float("nan")
_OPERATOR = Phase.OPERATOR


class Recorder:
    """Record a run into its folder.

    Equity is sampled every `interval_ns` of engine time and at the end. The digest is the SHA-256
    of `decisions.log`: one JSON object a line, in the order in which things were decided. Without a
    folder only the digest is made.
    """

    def __init__(self, kernel: Kernel, folder: Path | None, interval_ns: int) -> None:
        self._kernel = kernel
        self._interval = interval_ns
        self._hash = hashlib.sha256()
        self._encode = msgspec.json.Encoder().encode_lines
        self._log: BinaryIO | None = (
            None if folder is None else (folder / "decisions.log").open("wb")
        )
        self._tables = (
            {}
            if folder is None
            else {s.name: TableWriter(folder / s.file_name, s) for s in _SCHEMAS}
        )
        self.fills = 0
        self.orders = 0
        self.denied = 0
        self._closed: list[Order] = []
        self._worth: list[tuple[Value, ...]] = []
        self._marks: list[tuple[Value, ...]] = []
        self._filled: list[tuple[Order, OrderFilled, float, float, float | None]] = []
        kernel.observers.append(self)

    def start(self, ts: int) -> None:
        """Take the first sample and schedule the rest."""
        self._sample(ts)
        self._schedule(ts)

    def flush(self) -> None:
        """Write what has happened since the last call once there is enough of it."""
        if len(self._kernel.decisions) + len(self._worth) >= FLUSH_AT:
            self._write()

    def finish(self, ts: int) -> str:
        """Take the last sample, write what is open, close the files and return the digest."""
        self._sample(ts)
        self._closed.extend(order for order in self._kernel.orders.orders.values() if order.is_open)
        self._write()
        for table in self._tables.values():
            table.close()
        if self._log is not None:
            self._log.close()
        return self._hash.hexdigest()

    def on_fill(self, order: Order, fill: OrderFilled, profit: float) -> None:
        """Keep a row of fills to be written."""
        self.fills += 1
        route = order.route
        rate = self._kernel.portfolio.rate(route.instrument.currency, route.account.currency)
        self._filled.append((order, fill, profit, route.held.position.size, rate))

    def on_closed(self, order: Order) -> None:
        """Keep a row of orders to be written."""
        self._closed.append(order)

    def _write(self) -> None:
        decisions = self._kernel.decisions
        lines = self._encode(decisions)
        decisions.clear()
        self._hash.update(lines)
        if self._log is not None:
            self._log.write(lines)
        if self._tables:
            self._tables["orders"].extend(map(_order_row, self._closed))
            self._tables["fills"].extend(starmap(_fill_row, self._filled))
            self._tables["equity"].extend(self._worth)
            self._tables["marks"].extend(self._marks)
        legs = [order.leg for order in self._closed]
        self.denied += legs.count(None)
        self.orders += sum([leg is not None and CLOSED[leg.life] for leg in legs])
        for rows in (self._closed, self._filled, self._worth, self._marks):
            rows.clear()

    def _schedule(self, ts: int) -> None:
        following = ts - ts % self._interval + self._interval
        self._kernel.timers.schedule(following, _OPERATOR, self._tick)

    def _tick(self, ts: int) -> None:
        self._sample(ts)
        self._schedule(ts)

    def _sample(self, ts: int) -> None:
        if not self._tables:
            return
        portfolio = self._kernel.portfolio
        for account in portfolio.accounts.values():
            balance, unrealised = portfolio.balance(account), portfolio.unrealised(account)
            worth = balance + unrealised, balance, unrealised, *portfolio.exposures(account)
            self._worth.append((ts, account.id, *worth))
        for name, market in self._kernel.bus.markets.items():
            mark = market.mark()
            if mark == mark:  # noqa: PLR0124 - NaN: nothing known yet
                self._marks.append((ts, name, mark))


_SCHEMAS = (ORDERS, FILLS, EQUITY, MARKS)


def _order_row(order: Order) -> tuple[Value, ...]:
    route, leg = order.route, order.leg
    filled = 0.0 if leg is None else leg.filled / route.quantity_scale
    return (
        order.id,
        route.strategy,
        route.account.id,
        route.name,
        order.side,
        order.type,
        order.terms.time_in_force,
        order.quantity,
        order.price,
        order.stop,
        order.status,
        filled,
        order.notional / filled if filled else _NAN,
        order.ts_submitted,
        order.ts_accepted,
        order.ts_closed,
        order.reason,
        order.arrival_price,
    )


def _fill_row(
    order: Order, fill: OrderFilled, profit: float, position: float, rate: float | None
) -> tuple[Value, ...]:
    route = order.route
    instrument = route.instrument
    return (
        fill.ts_event,
        fill.ts_recv,
        order.id,
        fill.trade_id,
        route.strategy,
        route.account.id,
        route.name,
        fill.side,
        fill.quantity,
        fill.price,
        fill.fee,
        fill.fee_currency,
        instrument.currency,
        fill.liquidity,
        instrument.point_value,
        position,
        profit,
        order.arrival_price,
        _NAN if rate is None else rate,
    )
