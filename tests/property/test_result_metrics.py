"""The vectorised metrics against slow and obvious formulas, on random runs."""

from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backtest.results.equity import DAY_NS, Curve, day_ends, drawdown, monthly_returns, sum_curves
from backtest.results.metrics import Basis, compute
from backtest.results.tables import Table
from tests.results.folders import DAY, MONDAY, Book

Fill = tuple[int, int, int, int, str]
"""Signed tenths of quantity, price, fee in cents, nanoseconds since the last fill, strategy."""

fills = st.lists(
    st.tuples(
        st.integers(-9, 9).filter(bool),
        st.integers(1, 200),
        st.integers(-50, 50),
        st.integers(0, DAY // 4),
        st.sampled_from("ab"),
    ),
    max_size=40,
)

levels = st.lists(
    st.tuples(st.integers(1, 5 * DAY_NS), st.integers(1, 1_000)), min_size=1, max_size=60
)


class Naive:
    """Net fills one by one in exact fractions."""

    def __init__(self) -> None:
        self.position = self.average = self.pnl = self.fees = Fraction(0)
        self.trips: list[tuple[int, Fraction, Fraction]] = []

    def fill(self, signed: Fraction, price: Fraction, fee: Fraction) -> None:
        while signed:
            crossing = self.position * signed < 0 and abs(signed) > abs(self.position)
            part = -self.position if crossing else signed
            paid = fee * part / signed
            self._apply(part, price, paid)
            signed, fee = signed - part, fee - paid

    def _apply(self, signed: Fraction, price: Fraction, fee: Fraction) -> None:
        after = self.position + signed
        side = 1 if (self.position or signed) > 0 else -1
        if self.position * signed >= 0:
            self.average = (self.average * self.position + price * signed) / after
        else:
            self.pnl += (price - self.average) * -signed
        self.fees += fee
        self.position = after
        if not after:
            self.trips.append((side, self.pnl, self.fees))
            self.pnl = self.fees = Fraction(0)


def curve_of(steps: list[tuple[int, int]]) -> Curve:
    ts = MONDAY + np.cumsum([step for step, _ in steps])
    equity = np.array([float(level) for _, level in steps])
    return Curve(ts, equity, equity, np.zeros(len(ts)))


@given(fills)
def test_round_trips_equal_netting_one_fill_after_another(rows: list[Fill]) -> None:
    book, naive, ts = Book(), {"a": Naive(), "b": Naive()}, MONDAY
    book.sample(MONDAY, 1_000.0)
    for tenths, price, cents, pause, strategy in rows:
        ts += pause
        book.fill(ts, tenths / 10, float(price), fee=cents / 100, strategy=strategy)
        naive[strategy].fill(Fraction(tenths, 10), Fraction(price), Fraction(cents, 100))
    with TemporaryDirectory() as folder:
        total = compute(book.write(Path(folder)), Basis(currencies={"main": "USD"})).total
    assert total is not None
    closed = total.trips.take(total.trips.closed)
    for strategy, expected in naive.items():
        trips = closed.take(closed.strategy.rows_of(strategy))
        assert trips.side.tolist() == [side for side, _, _ in expected.trips]
        assert trips.pnl.tolist() == pytest.approx([float(p) for _, p, _ in expected.trips])
        assert trips.fees.tolist() == pytest.approx([float(f) for _, _, f in expected.trips])
    assert total.trips.pnl.sum() == pytest.approx(total.converted.pnl.sum(), abs=1e-9)
    assert total.trips.fees.sum() == pytest.approx(total.converted.fee.sum(), abs=1e-9)
    assert total.trips.fills.sum() == len(rows) + flips(total.fills)


def flips(table: Table) -> int:
    after = table.floats("position_after")
    before = after - table.floats("quantity") * table.integers("side")
    return int((before.round(6) * after.round(6) < 0).sum())


@given(levels)
def test_drawdown_equals_looking_at_every_pair(steps: list[tuple[int, int]]) -> None:
    curve = curve_of(steps)
    ts, equity = curve.ts.tolist(), curve.equity.tolist()
    pairs = [(i, j) for j in range(len(ts)) for i in range(j + 1)]
    fall = drawdown(curve)
    deepest = max(1 - equity[j] / max(equity[: j + 1]) for j in range(len(ts)))
    assert fall.deepest == pytest.approx(deepest)
    assert fall.deepest_money == max(equity[i] - equity[j] for i, j in pairs)
    waits = [0]
    for i, level in enumerate(equity):
        if level == max(equity[: i + 1]) and i + 1 < len(ts) and equity[i + 1] < level:
            waits.append(
                next(
                    (t for t, e in zip(ts[i + 1 :], equity[i + 1 :], strict=True) if e >= level),
                    ts[-1],
                )
                - ts[i]
            )
    assert fall.longest_ns == max(waits)


@given(levels, st.sampled_from([252, 365]))
def test_day_ends_are_the_last_samples_of_their_days(
    steps: list[tuple[int, int]], days_per_year: int
) -> None:
    curve = curve_of(steps)
    last: dict[int, float] = {}
    for ts, equity in zip(curve.ts[1:].tolist(), curve.equity[1:].tolist(), strict=True):
        day = -(-ts // DAY_NS) - 1
        while days_per_year == 252 and np.datetime64(day, "D").astype(object).weekday() > 4:
            day += 1
        last[day] = equity
    if days_per_year == 365 and last:
        for day in range(min(last), max(last)):
            last.setdefault(day + 1, last[day])
    days, ends = day_ends(curve, days_per_year)
    assert dict(zip(days.tolist(), ends.tolist(), strict=True)) == last
    assert all(a < b for a, b in pairwise(days.tolist()))


@given(levels)
def test_months_are_contiguous_and_multiply_to_the_whole(steps: list[tuple[int, int]]) -> None:
    curve = curve_of(steps)
    months = monthly_returns(curve)
    numbers = [month.year * 12 + month.month for month in months]
    assert all(b == a + 1 for a, b in pairwise(numbers))
    growth = 1.0
    for month in months:
        assert month.change is not None
        growth *= 1 + month.change
    assert growth == pytest.approx(curve.equity[-1] / curve.equity[0])


@given(st.lists(levels, min_size=1, max_size=3))
def test_summed_curves_hold_each_last_value(many: list[list[tuple[int, int]]]) -> None:
    curves = [curve_of(steps) for steps in many]
    total = sum_curves(curves)
    for ts, equity in zip(total.ts.tolist(), total.equity.tolist(), strict=True):
        expected = sum(
            (
                [e for t, e in zip(c.ts.tolist(), c.equity.tolist(), strict=True) if t <= ts]
                or c.equity[:1].tolist()
            )[-1]
            for c in curves
        )
        assert equity == expected
