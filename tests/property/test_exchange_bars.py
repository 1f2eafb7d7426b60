"""Whatever orders meet whatever bars, fills stay inside them and keep the exchange's laws."""

from random import Random
from typing import Literal

from hypothesis import given
from hypothesis import strategies as st

from backtest.exchange.core import Exchange
from backtest.exchange.models import ExchangeModels, FillRule
from engine.model.market import Bar
from engine.model.reports import CashAdjusted, OrderFilled, OrderReport
from engine.model.zones import SECOND_NS
from tests.exchange.driving import NAME, XYZ, act
from tests.exchange.flow import Flow, Quote, Submit, Trade
from tests.exchange.laws import Laws

MINUTE = 60 * SECOND_NS
SEEDS = st.integers(0, 2**32)
FILLS = st.sampled_from(["next_open", "close", "ohlc_path"])
RULES = st.sampled_from(["touch", "through"])
SHARES = st.sampled_from([None, 0.25])
Rule = Literal["touch", "through"]
Reports = list[OrderReport | CashAdjusted]


class Session:
    """Bars that wander, with orders that arrive between, during and inside them."""

    def __init__(self, seed: int, models: ExchangeModels) -> None:
        self.random = Random(seed)
        self.flow = Flow(seed)
        self.exchange = Exchange([XYZ], models)
        self.market = self.exchange.market(NAME)
        self.laws = Laws()
        self.reports: Reports = []
        self.bars = 0

    def bar(self) -> Bar:
        """Draw the next bar and let it follow its orders' way through the exchange."""
        draw, start = self.random, self.bars * MINUTE
        self.bars += 1
        first, last = (self.flow.middle + draw.randint(-3, 3) for _ in range(2))
        self.flow.middle = last
        high, low = max(first, last) + draw.randint(0, 3), min(first, last) - draw.randint(0, 3)
        prices = float(first), float(high), float(low), float(last)
        end, volume = start + MINUTE, float(draw.randint(0, 40))
        return Bar(NAME, "1m", start, end, end, *prices, volume)

    def send(self, ts: int, most: int) -> None:
        """Send a few orders, cancels and replaces."""
        for action in self.flow.actions(self.random.randint(0, most)):
            if isinstance(action, Quote | Trade):
                continue
            if isinstance(action, Submit):
                self.laws.submitted(action)
            act(self.exchange, action, ts)
        self.collect()

    def collect(self) -> Reports:
        """Take the reports there are, holding them to the laws."""
        taken = list(self.exchange.reports)
        self.exchange.reports.clear()
        self.laws.check(taken)
        self.reports += taken
        return taken

    def run(self) -> Reports:
        """Go through one bar; return all it led to, reactions of orders inside it included."""
        bar, begun = self.bar(), len(self.reports)
        if self.market.awaits_open or self.random.random() < 0.3:
            self.market.on_open(bar.ts_open, bar.open, bar.volume)
            self.collect()
            if self.market.models.fills != "close":  # they would meet the close before
                self.send(bar.ts_open, 2)
        self.send(bar.ts_open + MINUTE // 2, 2)
        self.market.on_bar(bar)
        for _ in range(200):
            if not self.collect():
                break
            self.send(bar.ts_close, 1)
            self.market.again_in_bar(bar)
        else:
            raise AssertionError("a bar must come to an end")
        self.seen(bar, self.reports[begun:])
        self.send(bar.ts_close, 4)
        return self.reports[begun:]

    def seen(self, bar: Bar, reports: Reports) -> None:
        """Hold the fills of a bar to its prices and its volume."""
        fills = [report for report in reports if isinstance(report, OrderFilled)]
        assert all(bar.low <= fill.price <= bar.high for fill in fills)
        share = self.market.models.participation
        if share is not None:
            assert sum(fill.quantity for fill in fills) <= bar.volume * share


@given(seed=SEEDS, fills=FILLS, limit_fill=RULES, share=SHARES)
def test_fills_stay_inside_their_bar(
    seed: int, fills: FillRule, limit_fill: Rule, share: float | None
) -> None:
    models = ExchangeModels(fills=fills, limit_fill=limit_fill, participation=share)
    session = Session(seed, models)
    for _ in range(40):
        session.run()
    sizes = {h.account: h.size for h in session.market.holdings.values() if h.size}
    assert sizes == {name: size for name, size in session.laws.positions.items() if size}
