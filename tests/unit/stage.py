"""A kernel and a simulated venue that a test walks row by row, as a backtest does.

It judges nothing.
"""

from collections.abc import Callable

from backtest.exchange.cash import Funding
from backtest.exchange.core import Exchange
from backtest.exchange.models import ExchangeModels, FillRule
from backtest.latency import Latency
from backtest.steps import exchange_then_kernel
from backtest.venue import NextOpen, SimulatedVenue
from engine.gate.limits import Limits
from engine.kernel import Kernel
from engine.ledger.account import AccountSpec
from engine.model.identifiers import OrderIds
from engine.model.instrument import Instrument
from engine.model.market import Bar, QuoteTick, TradeTick
from engine.model.reports import OrderReport
from engine.model.zones import SECOND_NS
from engine.publishing import Walk
from engine.strategy.attach import attach
from tests.unit.rig import ABC, STREAMS, XYZ, Probe

BARS = Instrument.define("BAR.SIM", tick="0.01", currency="USD", margin_initial=0.1)
MINUTE = 60 * SECOND_NS


class Stage:
    """A kernel and a simulated venue that are walked as the backtest walks them."""

    def __init__(
        self,
        latency: Latency = Latency(),  # noqa: B008 - frozen
        *,
        of: dict[str, Latency] | None = None,
        funding_s: int | None = None,
        participation: float | None = None,
    ) -> None:
        self.venue: SimulatedVenue
        self.probe = Probe()
        ports: dict[str, SimulatedVenue] = {}
        account = AccountSpec(id="main", venue="SIM", currency="USD", balances={"USD": 1e6})
        instruments = {each.id: each for each in (ABC, XYZ, BARS)}
        self.kernel = Kernel(instruments, [account], lambda *_: Limits(), ports, OrderIds("t", 0))
        self.exchange = Exchange((), ExchangeModels())
        self.venue = ports["main"] = SimulatedVenue(
            self.kernel, self.exchange, lambda name: (of or {}).get(name, latency)
        )
        cash = () if funding_s is None else (Funding(rate=0.01, every_s=funding_s),)
        self.walks: dict[tuple[str, str], Walk] = {}
        for each in instruments.values():
            rule: FillRule = "next_open" if each is BARS else "quotes"
            models = ExchangeModels(fills=rule, cash=cash, participation=participation)
            market = self.exchange.list(each, models)
            self.kernel.bus.market(each.id)
            for kind in ("quotes", "trades", "bars"):
                walk = exchange_then_kernel(self.venue, market, kind, self.kernel)
                self.walks[each.id, kind] = walk
        self.opens: list[NextOpen] = []
        self.venue.feed_opens(BARS.id, self._next_open)
        context = attach(self.kernel, self.probe, "one", ("main",), lambda _name: STREAMS)
        context.start()
        for name in instruments:
            self.probe.subscribe_quotes(name)
            self.probe.subscribe_trades(name)
            self.probe.subscribe_bars(name, "1m")
        self.venue.start(0)

    def _next_open(self, since: int) -> NextOpen | None:
        return next((each for each in self.opens if each.ts >= since), None)

    def do(self, action: Callable[[Probe], object]) -> None:
        host = self.kernel.hosts["one"]

        def callback(_event: object) -> None:
            action(self.probe)

        self.kernel.call(host, callback, None)
        assert not host.fault

    def quote(self, ts: int, bid: float, ask: float, name: str = ABC.id) -> None:
        self._row(ts, name, "quotes", QuoteTick(name, ts, ts, bid, ask, 100.0, 100.0))

    def trade(self, ts: int, price: float, name: str = ABC.id) -> None:
        self._row(ts, name, "trades", TradeTick(name, ts, ts, price, 1.0, 0))

    def bar(self, ts_open: int, prices: tuple[float, float, float, float]) -> None:
        """Give a minute bar of 100 units."""
        end = ts_open + MINUTE
        row = Bar(BARS.id, "1m", ts_open, end, end, *prices, 100.0)
        self._row(end, BARS.id, "bars", row)

    def until(self, ts: int) -> None:
        self.venue.advance(ts)

    def _row(self, ts: int, name: str, kind: str, row: object) -> None:
        self.walks[name, kind]([row])

    @property
    def log(self) -> list[str]:
        """Return what was decided and reported so far, in order."""
        return [type(each).__name__ for each in self.kernel.decisions]

    def reports(self, kind: type[OrderReport]) -> list[OrderReport]:
        return [each for each in self.kernel.decisions if type(each) is kind]
