"""Measure one decision of the gate with every rule on, against the number of working orders.

It judges the growth, and the decision against empty method calls made in between, for a processor
that changes its pace changes both; microseconds are reported beside their target. The best of
several runs counts: whatever else runs only adds to it.
"""

import argparse
import gc
import sys
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks import table
from engine.config.rates import RatesConfig
from engine.config.risk import LimitsConfig, RiskConfig
from engine.gate.approved import Approved
from engine.gate.limits import limits_of
from engine.gate.rates import setup_rates
from engine.kernel import Kernel
from engine.ledger.account import AccountSpec
from engine.model.commands import Command, Side
from engine.model.identifiers import OrderIds
from engine.model.instrument import Instrument
from engine.model.market import QuoteTick
from engine.orders.order import Order
from engine.strategy.attach import attach
from engine.strategy.base import Strategy
from engine.strategy.host import Host

WORKING = (0, 100, 10_000)
GROWTH_AT_MOST = 1.5
"""From no working orders to the most."""

CALLS_AT_MOST = 139
"""How many empty method calls a decision may cost: 5 us at 36 ns each, as on the reference
machine.
"""

TARGET_US = 5.0
"""On the reference machine, reported only."""

START = 1_704_153_600_000_000_000
NAME = "ABC.SIM"
DECISIONS = 500
EMPTY_CALLS = 50_000
_LARGE = 1e12

EVERY = LimitsConfig(
    instruments=(NAME,),
    order_types=("limit", "market"),
    only_open=True,
    min_price=0.01,
    max_price=1e6,
    max_order_value=_LARGE,
    max_order_quantity=1e9,
    collar_percent=50.0,
    collar_ticks=1e6,
    feed_age="1d",
    rate_age="1d",
    max_position=1e9,
    max_gross=_LARGE,
    max_net=_LARGE,
    max_open_orders=1_000_000,
    max_open_value=_LARGE,
    max_messages=1_000_000,
    duplicate_window="1ms",
    max_executions=100_000,
    prevent_self_match=True,
    max_daily_loss=_LARGE,
    max_drawdown=_LARGE,
)
OWN = LimitsConfig(
    max_position=1e9, max_open_orders=1_000_000, max_daily_loss=_LARGE, max_drawdown=_LARGE
)


class Nowhere:
    """Take approved commands and drop them."""

    def send(self, approved: Approved[Command]) -> None:
        """Drop a command."""


class Quiet(Strategy):
    """Do nothing."""


def desk() -> tuple[Kernel, Host]:
    """Return a kernel with every limit set, far away, and the host of a strategy in it."""
    instrument = Instrument.define(NAME, tick="0.01", currency="USD")
    risk = RiskConfig(firm=EVERY, strategy={"quiet": OWN})
    account = AccountSpec(id="main", venue="SIM", currency="USD", balances={"USD": _LARGE})
    kernel = Kernel(
        {NAME: instrument},
        [account],
        lambda *scopes: limits_of(risk, *scopes),
        {"main": Nowhere()},
        OrderIds("b", 0),
        rates=setup_rates(RatesConfig(assume_empty=True), risk, ["SIM"], {}),
    )
    kernel.clock.now = START
    context = attach(kernel, Quiet(), "quiet", ("main",), lambda _name: (("quotes", None),))
    context.start()
    kernel.process(QuoteTick(NAME, START, START, 99.99, 100.01, 100.0, 100.0))
    return kernel, context.host


def work(kernel: Kernel, host: Host, count: int) -> None:
    """Let as many orders rest, half on each side, at many prices."""

    def ask(_event: object) -> None:
        for number in range(count // 2):
            host.order(NAME, Side.BUY, 1.0, 50.0 + number % 4_000 * 0.01)
            host.order(NAME, Side.SELL, 1.0, 110.0 + number % 4_000 * 0.01)

    kernel.call(host, ask, None)
    assert len(host.open_orders) == count


def decide(kernel: Kernel, host: Host, repeats: int) -> tuple[float, float]:
    """Return the seconds of one approval and of one empty call; no order comes twice."""
    samples, calls = [], []
    for repeat in range(repeats):
        orders = [_order(host, repeat * DECISIONS + number) for number in range(DECISIONS)]
        host.intents.clear()
        kernel.clock.now += 10_000_000
        submit, now = kernel.gate.submit, kernel.clock.now
        calls.append(empty_call())
        begun = time.perf_counter()
        for order in orders:
            submit(order, now)
        samples.append((time.perf_counter() - begun) / DECISIONS)
        last = submit(_order(host, -1 - repeat), now)
        assert isinstance(last, Approved), last
    return min(samples), min(calls)


def _order(host: Host, number: int) -> Order:
    return host.order(NAME, Side.BUY, 1.0 + number % 97, 90.0 + number // 97 % 900 * 0.01)


def empty_call() -> float:
    """Return the seconds of one empty method call."""
    drop: Callable[[Approved[Command]], None] = Nowhere().send
    begun = time.perf_counter()
    for _ in range(EMPTY_CALLS):
        drop(None)  # type: ignore[arg-type] # any argument does
    return (time.perf_counter() - begun) / EMPTY_CALLS


def main() -> int:
    """Print the cost of a decision; return 1 if it grows or is above its limit of calls."""
    parser = argparse.ArgumentParser(description="Measure one decision of the gate, all rules on.")
    parser.add_argument("--working", type=int, nargs="+", default=WORKING, help="fewest first")
    parser.add_argument("--repeat", type=int, default=30)
    chosen = parser.parse_args()
    gc.disable()
    lines, costs, calls = [("working orders", "us", "empty calls")], [], []
    for count in sorted(chosen.working):
        kernel, host = desk()
        work(kernel, host, count)
        cost, call = decide(kernel, host, chosen.repeat)
        costs.append(cost)
        calls.append(cost / call)
        lines.append((f"{count:,}", f"{costs[-1] * 1e6:.2f}", f"{calls[-1]:.0f}"))
    print(table.aligned(lines))
    growth, most = costs[-1] / costs[0], max(calls)
    print(f"target on the reference machine: {TARGET_US} us")
    print(f"growth: {growth:.2f}, limit {GROWTH_AT_MOST}")
    print(f"empty calls: {most:.0f}, limit {CALLS_AT_MOST}")
    return 1 if growth > GROWTH_AT_MOST or most > CALLS_AT_MOST else 0


if __name__ == "__main__":
    sys.exit(main())
