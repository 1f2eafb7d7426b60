"""How long commands, reports and rows travel between a strategy and the simulated exchange.

Draws chance from a hash of seed, purpose and order, never from a generator: what one order meets
does not depend on any other. Carries nothing itself; `backtest.venue` does.
"""

import hashlib
from bisect import bisect_right
from collections.abc import Sequence
from math import exp, log
from statistics import NormalDist

import msgspec

from engine.model.commands import CancelOrder, Command, ReplaceOrder
from engine.model.reports import OrderFilled, OrderReport

_NORMAL = NormalDist()
_DRAWS = 2**53


class ExponentialDelay(msgspec.Struct, frozen=True):
    """Draw `minimum` plus an exponential part that averages `mean - minimum`, in nanoseconds."""

    mean: int
    minimum: int = 0
    seed: int = 0

    def at(self, purpose: str, name: str, _ts: int) -> int:
        """Return the delay of one thing sent."""
        share = _uniform(self.seed, purpose, name)
        return self.minimum + round(-log(share) * (self.mean - self.minimum))


class LogNormalDelay(msgspec.Struct, frozen=True):
    """Draw around a `median` in nanoseconds; `sigma` is the deviation of the logarithm.

    With a sigma of 0.5 one delay in forty is more than 2.6 times the median.
    """

    median: int
    sigma: float = 0.5
    seed: int = 0

    def at(self, purpose: str, name: str, _ts: int) -> int:
        """Return the delay of one thing sent."""
        deviation = _NORMAL.inv_cdf(_uniform(self.seed, purpose, name)) * self.sigma
        return round(self.median * exp(deviation))


class RecordedDelay(msgspec.Struct, frozen=True):
    """Interpolate between recorded delays: at rising `times`, all in nanoseconds.

    Before the first and after the last recording it is theirs. Source of the idea: hftbacktest,
    interpolated order latency.
    """

    times: Sequence[int]
    delays: Sequence[int]

    def at(self, _purpose: str, _name: str, ts: int) -> int:
        """Return the delay of what is sent at a time."""
        times, delays = self.times, self.delays
        after = bisect_right(times, ts)
        if after == 0:
            return delays[0]
        if after == len(times):
            return delays[-1]
        since, until = times[after - 1], times[after]
        before = delays[after - 1]
        return before + (delays[after] - before) * (ts - since) // (until - since)


Delay = int | ExponentialDelay | LogNormalDelay | RecordedDelay
"""A constant number of nanoseconds, or a model of them."""


class Latency(msgspec.Struct, frozen=True):
    """Give the delays of commands by kind, and of reports; a `replace` of None is as an `order`."""

    order: Delay = 0
    cancel: Delay = 0
    response: Delay = 0
    replace: Delay | None = None


class Link:
    """Say when what travels between a strategy and one instrument's exchange arrives.

    What has a modelled delay keeps its order on the way, as on one connection: nothing overtakes
    what was sent before in the same direction. Constant delays may differ by command, and then a
    cancel can come before the order it is for.
    """

    __slots__ = ("_cancel", "_command_last", "_order", "_replace", "_report_last", "_response")

    def __init__(self, latency: Latency) -> None:
        self._order = latency.order
        self._cancel = latency.cancel
        self._replace = latency.order if latency.replace is None else latency.replace
        self._response = latency.response
        self._command_last = self._report_last = -(2**63)

    @property
    def reports_travel(self) -> bool:
        """Return whether reports take any time."""
        return self._response != 0

    def command_at(self, command: Command, now: int) -> int:
        """Return when a command that is sent now reaches the exchange (ns)."""
        kind = type(command)
        if kind is CancelOrder:
            delay, purpose = self._cancel, "cancel"
        elif kind is ReplaceOrder:
            delay, purpose = self._replace, "replace"
        else:
            delay, purpose = self._order, "order"
        if isinstance(delay, int):
            return now + delay
        request = getattr(command, "request", 0)
        name = f"{getattr(command, 'client_order_id', '')}:{request}"
        self._command_last = max(self._command_last, now + delay.at(purpose, name, now))
        return self._command_last

    def report_at(self, report: OrderReport) -> int:
        """Return when a report reaches the strategy (ns)."""
        delay, now = self._response, report.ts_recv
        if isinstance(delay, int):
            return now + delay
        number = report.trade_id if isinstance(report, OrderFilled) else ""
        name = f"{report.client_order_id}:{type(report).__name__}:{number}"
        self._report_last = max(self._report_last, now + delay.at("response", name, now))
        return self._report_last


def _uniform(seed: int, purpose: str, name: str) -> float:
    """Return a number above 0 and below 1 that depends on its arguments only."""
    digest = hashlib.blake2b(f"{seed}|{purpose}|{name}".encode(), digest_size=8).digest()
    return ((int.from_bytes(digest, "big") >> 11) + 0.5) / _DRAWS
