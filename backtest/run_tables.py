"""Collect the tables of a run as it happens: orders, fills, equity and marks.

Influences nothing: it listens to a kernel, and whoever owns it says when to sample and to write.
"""

from itertools import starmap
from pathlib import Path

from backtest.results.tables import EQUITY, FILLS, MARKS, ORDERS, TableWriter, Value
from engine.kernel import Kernel
from engine.model.reports import OrderFilled
from engine.orders.life import CLOSED
from engine.orders.order import Order

_NAN = float("nan")
_SCHEMAS = (ORDERS, FILLS, EQUITY, MARKS)


class RunTables:
    """Write the tables of a run into its folder; without a folder, only count.

    `orders`, `denied` and `fills` are what has been written so far, orders that are closed alone.
    """

    def __init__(self, kernel: Kernel, folder: Path | None) -> None:
        self._kernel = kernel
        self._folder = folder
        self._tables: dict[str, TableWriter] = {}
        self.fills = 0
        self.orders = 0
        self.denied = 0
        self._closed: list[Order] = []
        self._worth: list[tuple[Value, ...]] = []
        self._marks: list[tuple[Value, ...]] = []
        self._filled: list[tuple[Order, OrderFilled, float, float, float | None]] = []
        kernel.observers.append(self)

    @property
    def waiting(self) -> int:
        """Return how many samples, orders and fills wait to be written."""
        return len(self._worth) + len(self._closed) + len(self._filled)

    def on_fill(self, order: Order, fill: OrderFilled, profit: float) -> None:
        """Keep a row of fills to be written."""
        self.fills += 1
        route = order.route
        rate = self._kernel.portfolio.rate(route.instrument.currency, route.account.currency)
        self._filled.append((order, fill, profit, route.held.position.size, rate))

    def on_closed(self, order: Order) -> None:
        """Keep a row of orders to be written."""
        self._closed.append(order)

    def write(self) -> None:
        """Write what waits."""
        if self._folder is not None:
            self._open(self._folder)
            self._tables["orders"].extend(map(_order_row, self._closed))
            self._tables["fills"].extend(starmap(_fill_row, self._filled))
            self._tables["equity"].extend(self._worth)
            self._tables["marks"].extend(self._marks)
        legs = [order.leg for order in self._closed]
        self.denied += legs.count(None)
        self.orders += sum([leg is not None and CLOSED[leg.life] for leg in legs])
        for rows in (self._closed, self._filled, self._worth, self._marks):
            rows.clear()

    def _open(self, folder: Path) -> None:
        """Begin the files with the first rows: a library is loaded that runs can begin without."""
        if not self._tables:
            self._tables = {s.name: TableWriter(folder / s.file_name, s) for s in _SCHEMAS}

    def close(self) -> None:
        """Write what waits and a row of each order that is open, and give the files their names."""
        self._closed.extend(order for order in self._kernel.orders.orders.values() if order.is_open)
        self.write()
        for table in self._tables.values():
            table.close()

    def sample(self, ts: int) -> None:
        """Take the worth of every account and the mark of every instrument."""
        if self._folder is None:
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
