"""Net fills into round trips: from flat to flat, by average cost, one per strategy and instrument.

Does not compute profit itself: the engine's exact realised result of each fill is what is summed.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from backtest.results.equity import Floats, Integers
from backtest.results.tables import Labels, Rows, Table

NOISE = 1e-9
"""A position smaller than this share of the fill that made it is the noise of float subtraction."""


@dataclass(frozen=True, slots=True)
class Converted:
    """Hold what each fill brought and cost in the currency of its account.

    `pnl` is before fees; a fee in a currency without a known rate is NaN in `fee`. `value` is
    |price x quantity x multiplier|.
    """

    pnl: Floats
    fee: Floats
    value: Floats

    def take(self, rows: Rows) -> "Converted":
        """Return the chosen fills."""
        return Converted(self.pnl[rows], self.fee[rows], self.value[rows])


@dataclass(frozen=True, slots=True)
class Trips:
    """Hold round trips as columns, in the order in which they were closed, open ones last.

    `side` is +1 for a long trip and -1 for a short one; times are nanoseconds UTC (`ts_close` is
    the last fill's); `quantity` is all that was entered; `entry_price` and `exit_price` are
    averages weighted by quantity, NaN where there is no such fill; money is in the account's
    currency, `net` is `pnl` less `fees`, and `change` is `net` as a fraction of `entry_value`.
    """

    strategy: Labels
    account: Labels
    instrument: Labels
    side: NDArray[np.int8]
    ts_open: Integers
    ts_close: Integers
    quantity: Floats
    entry_price: Floats
    exit_price: Floats
    entry_value: Floats
    pnl: Floats
    fees: Floats
    fills: Integers
    closed: NDArray[np.bool_]

    @property
    def net(self) -> Floats:
        """Return the result of each trip after fees."""
        return self.pnl - self.fees

    @property
    def change(self) -> Floats:
        """Return `net` as a fraction of the value entered, NaN where that is zero."""
        value = np.where(self.entry_value > 0, self.entry_value, np.nan)
        return self.net / value

    @property
    def holding_ns(self) -> Integers:
        """Return the time from the first to the last fill of each trip."""
        return self.ts_close - self.ts_open

    def take(self, rows: Rows) -> "Trips":
        """Return the chosen trips."""
        return Trips(
            strategy=self.strategy.take(rows),
            account=self.account.take(rows),
            instrument=self.instrument.take(rows),
            side=self.side[rows],
            ts_open=self.ts_open[rows],
            ts_close=self.ts_close[rows],
            quantity=self.quantity[rows],
            entry_price=self.entry_price[rows],
            exit_price=self.exit_price[rows],
            entry_value=self.entry_value[rows],
            pnl=self.pnl[rows],
            fees=self.fees[rows],
            fills=self.fills[rows],
            closed=self.closed[rows],
        )


def convert(fills: Table, currencies: Mapping[str, str]) -> Converted:
    """Turn result, fee and value of every fill into the currency of its account.

    `currencies` names the currency of each account. A fee is taken as it is when it was paid in
    that currency, at the fill's rate when it was paid in the instrument's, and is NaN otherwise.
    """
    rate = fills.floats("rate")
    account = fills.labels("account")
    own = np.array([currencies.get(name, "") for name in account.names], dtype=np.str_)
    paid_in = fills.labels("fee_currency").text()
    in_own = paid_in == (own[account.codes] if len(own) else paid_in)
    in_instrument = paid_in == fills.labels("currency").text()
    fee_rate = np.where(in_own, 1.0, np.where(in_instrument, rate, np.nan))
    fee = fills.floats("fee")
    traded = fills.floats("price") * fills.floats("quantity") * fills.floats("multiplier")
    return Converted(
        pnl=fills.floats("realised_pnl") * rate,
        fee=np.where(fee == 0, 0.0, fee * fee_rate),
        value=np.abs(traded * rate),
    )


def round_trips(fills: Table, converted: Converted) -> Trips:
    """Return the round trips that the fills make.

    A trip begins with the fill that leaves flat and ends with the one that comes back; a fill that
    flips the position ends one and begins the next, its fee split by quantity. A fee that could not
    be converted counts as zero here. What a clearing settled in cash while a trip was open is part
    of the trip's result when it is closed, at the rate of its last fill.
    """
    group = _groups(fills)
    order = np.argsort(group, kind="stable")
    legs = _legs(fills, order, group)
    starts = np.flatnonzero(legs.starts)
    if not len(starts):
        return _trips(fills, converted, legs, starts)
    trips = _trips(fills, converted, legs, starts)
    rank = np.lexsort((np.arange(len(starts)), trips.ts_close, ~trips.closed))
    return trips.take(rank)


@dataclass(frozen=True, slots=True)
class _Legs:
    """Hold the fills group by group, each flip split in two; `fill` is the row it comes from."""

    fill: Integers
    quantity: Floats
    enters: NDArray[np.bool_]
    side: NDArray[np.int8]
    starts: NDArray[np.bool_]
    flat_after: NDArray[np.bool_]


def _groups(fills: Table) -> Integers:
    strategy, account, instrument = (
        fills.labels(name) for name in ("strategy", "account", "instrument")
    )
    pair = strategy.codes * len(account.names) + account.codes
    return pair * len(instrument.names) + instrument.codes


def _legs(fills: Table, order: Integers, group: Integers) -> _Legs:
    quantity = fills.floats("quantity")[order]
    side = fills.integers("side")[order]
    after = fills.floats("position_after")[order]
    before = after - side * quantity
    before = np.where(np.abs(before) <= NOISE * quantity, 0.0, before)
    flips = before * after < 0
    copies = np.repeat(np.arange(len(order)), 1 + flips)
    second = np.append([False], copies[1:] == copies[:-1])[: len(copies)]
    first = flips[copies] & ~second
    leg_before = np.where(second, 0.0, before[copies])
    leg_after = np.where(first, 0.0, after[copies])
    holds = np.where(leg_before == 0, leg_after, leg_before)
    new_group = np.append([True], np.diff(group[order]) != 0)[: len(order)]
    flat_after = leg_after == 0
    after_flat = np.append([True], flat_after[:-1])[: len(copies)]
    return _Legs(
        fill=order[copies],
        quantity=np.where(first | second, np.abs(leg_after - leg_before), quantity[copies]),
        enters=side[copies] * holds > 0,
        side=np.sign(holds).astype(np.int8),
        starts=(leg_before == 0) | after_flat | (new_group[copies] & ~second),
        flat_after=flat_after,
    )


def _trips(fills: Table, converted: Converted, legs: _Legs, starts: Integers) -> Trips:
    def total(values: Floats) -> Floats:
        return np.add.reduceat(values, starts) if len(starts) else np.zeros(0)

    first = legs.fill[starts]
    last = np.append(starts[1:], len(legs.fill))[: len(starts)] - 1
    share = legs.quantity / fills.floats("quantity")[legs.fill]
    price = fills.floats("price")[legs.fill]
    entered = np.where(legs.enters, legs.quantity, 0.0)
    left = np.where(legs.enters, 0.0, legs.quantity)
    ts = fills.integers("ts_event")
    whole = legs.flat_after[last] & np.isclose(total(entered), total(left), rtol=NOISE, atol=0.0)
    settled = (
        np.where(whole, _settled(fills, legs, total), 0.0) * fills.floats("rate")[legs.fill[last]]
    )
    return Trips(
        strategy=fills.labels("strategy").take(first),
        account=fills.labels("account").take(first),
        instrument=fills.labels("instrument").take(first),
        side=legs.side[starts],
        ts_open=ts[first],
        ts_close=ts[legs.fill[last]],
        quantity=total(entered),
        entry_price=_average(total(entered * price), total(entered)),
        exit_price=_average(total(left * price), total(left)),
        entry_value=total(np.where(legs.enters, converted.value[legs.fill] * share, 0.0)),
        pnl=total(np.where(legs.enters, 0.0, converted.pnl[legs.fill])) + settled,
        fees=total(np.nan_to_num(converted.fee)[legs.fill] * share),
        fills=np.diff(np.append(starts, len(legs.fill))),
        closed=legs.flat_after[last],
    )


def _settled(fills: Table, legs: _Legs, total: Callable[[Floats], Floats]) -> Floats:
    """Return what entries and exits brought by their prices beyond the results booked at fills."""
    traded = (fills.floats("price") * fills.floats("multiplier"))[legs.fill] * legs.quantity
    flow = total(-traded * fills.integers("side")[legs.fill])
    booked = total(np.where(legs.enters, 0.0, fills.floats("realised_pnl")[legs.fill]))
    return np.where(np.abs(flow - booked) > NOISE * total(np.abs(traded)), flow - booked, 0.0)


def _average(weighted: Floats, weights: Floats) -> Floats:
    return weighted / np.where(weights > 0, weights, np.nan)
