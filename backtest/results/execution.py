"""Measure how orders were executed: fill ratio, slippage to arrival, denials, time to fill.

Judges no strategy, and compares with nothing but the price at the decision.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from backtest.results.equity import Floats, Integers
from backtest.results.tables import MISSING, Labels, Rows, Table

SECOND_NS = 1e9


@dataclass(frozen=True, slots=True)
class Count:
    """Say how often something happened."""

    name: str
    count: int


@dataclass(frozen=True, slots=True)
class Slippage:
    """Give the cost against arrival of a group of fills; positive is worse than arrival.

    `money` is in the account's currency, `bps` is weighted by value; both are NaN without fills
    that have an arrival price.
    """

    group: str
    name: str
    fills: int
    money: float
    bps: float


@dataclass(frozen=True, slots=True)
class FillTime:
    """Give seconds from submission to the first fill over the orders of one type."""

    name: str
    orders: int
    median_s: float
    percentile_95_s: float


@dataclass(frozen=True, slots=True)
class Execution:
    """Hold the execution page of one account or of the whole run.

    `fill_ratio` is the mean over sent orders of filled over ordered quantity, `maker_share` the
    share of traded value that gave liquidity; both are NaN without orders or fills.
    """

    sent: int
    statuses: tuple[Count, ...]
    denials: tuple[Count, ...]
    rejections: tuple[Count, ...]
    fill_ratio: float
    maker_share: float
    slippage: tuple[Slippage, ...]
    fills_without_arrival: int
    fill_times: tuple[FillTime, ...]

    def of_status(self, name: str) -> int:
        """Return how many orders ended with a status."""
        return next((row.count for row in self.statuses if row.name == name), 0)


def execution(orders: Table, fills: Table) -> Execution:
    """Return the execution page of orders and their fills, which share one account currency."""
    status = orders.labels("status")
    denied = status.rows_of("denied")
    order_of_fill = _order_of_fill(orders, fills)
    cost, value = _cost_to_arrival(fills)
    known = np.isfinite(cost)
    return Execution(
        sent=int((~denied).sum()),
        statuses=_counts(status),
        denials=_counts(orders.labels("reason").take(denied)),
        rejections=_counts(orders.labels("reason").take(status.rows_of("rejected"))),
        fill_ratio=_fill_ratio(orders.take(~denied)),
        maker_share=_maker_share(fills),
        slippage=tuple(_slippage(_groups(orders, fills, order_of_fill), cost, value)),
        fills_without_arrival=int((~known).sum()),
        fill_times=tuple(_fill_times(orders, fills, order_of_fill)),
    )


def _counts(labels: Labels) -> tuple[Count, ...]:
    """Return how often each text occurs, the most frequent first, ties by name."""
    found = np.bincount(labels.codes, minlength=len(labels.names))
    counts = [Count(name, int(n)) for name, n in zip(labels.names, found, strict=True) if n]
    return tuple(sorted(counts, key=lambda row: (-row.count, row.name)))


def _fill_ratio(sent: Table) -> float:
    quantity = sent.floats("quantity")
    rows = quantity > 0
    if not rows.any():
        return float("nan")
    return float((sent.floats("filled")[rows] / quantity[rows]).mean())


def _maker_share(fills: Table) -> float:
    value = _value(fills, fills.floats("price"))
    total = float(value.sum())
    maker = float(value[fills.labels("liquidity").rows_of("maker")].sum())
    return maker / total if total > 0 else float("nan")


def _value(fills: Table, price: Floats) -> Floats:
    traded = price * fills.floats("quantity") * fills.floats("multiplier") * fills.floats("rate")
    return np.abs(traded)


def _cost_to_arrival(fills: Table) -> tuple[Floats, Floats]:
    """Return what each fill cost against arrival, in account currency, and its value at arrival."""
    arrival = fills.floats("arrival_price")
    worse = (fills.floats("price") - arrival) * fills.integers("side")
    size = fills.floats("quantity") * fills.floats("multiplier") * fills.floats("rate")
    return worse * size, _value(fills, arrival)


def _order_of_fill(orders: Table, fills: Table) -> Integers:
    """Return the row in `orders` of each fill's order, MISSING for a fill without one."""
    known, asked = orders.labels("client_order_id"), fills.labels("client_order_id")
    if not known.names:
        return np.full(fills.rows, MISSING)
    row = np.full(len(known.names), MISSING)
    row[known.codes] = np.arange(orders.rows)
    names, wanted = np.array(known.names), np.array(asked.names, dtype=np.str_)
    place = np.minimum(np.searchsorted(names, wanted), len(names) - 1)
    return np.where(names[place] == wanted, row[place], MISSING)[asked.codes]


def _groups(orders: Table, fills: Table, order_of_fill: Integers) -> Iterator[tuple[str, Labels]]:
    sides = Labels(("buy", "sell"), np.where(fills.integers("side") > 0, 0, 1))
    yield "all", Labels(("all fills",), np.zeros(fills.rows, dtype=np.int64))
    yield "side", sides
    yield "type", _type_of_fill(orders, order_of_fill)
    yield "liquidity", fills.labels("liquidity")
    yield "instrument", fills.labels("instrument")


def _type_of_fill(orders: Table, order_of_fill: Integers) -> Labels:
    types = orders.labels("type")
    codes = np.append(types.codes, len(types.names))  # the last is for a fill without an order
    place = np.where(order_of_fill == MISSING, len(codes) - 1, order_of_fill)
    return Labels((*types.names, "unknown order"), codes[place])


def _slippage(
    groups: Iterator[tuple[str, Labels]], cost: Floats, value: Floats
) -> Iterator[Slippage]:
    known = np.isfinite(cost)
    for group, labels in groups:
        size = len(labels.names)
        codes = labels.codes[known]
        fills = np.bincount(codes, minlength=size)
        money = np.bincount(codes, cost[known], minlength=size)
        total = np.bincount(codes, value[known], minlength=size)
        for code in np.flatnonzero(fills):
            bps = 1e4 * money[code] / total[code] if total[code] > 0 else float("nan")
            name = labels.names[code]
            yield Slippage(group, name, int(fills[code]), float(money[code]), float(bps))


def _fill_times(orders: Table, fills: Table, order_of_fill: Integers) -> Iterator[FillTime]:
    never = np.iinfo(np.int64).max
    first = np.full(orders.rows, never)
    rows: Rows = order_of_fill != MISSING
    np.minimum.at(first, order_of_fill[rows], fills.integers("ts_recv")[rows])
    filled = first != never
    seconds = (first - orders.integers("ts_submitted"))[filled] / SECOND_NS
    types = orders.labels("type").take(filled)
    if len(seconds):
        yield _fill_time("all orders", seconds)
    for name in types.names:
        chosen = seconds[types.rows_of(name)]
        if len(chosen):
            yield _fill_time(name, chosen)


def _fill_time(name: str, seconds: Floats) -> FillTime:
    median, late = np.percentile(seconds, (50, 95))
    return FillTime(name, len(seconds), float(median), float(late))
