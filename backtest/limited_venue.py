"""A simulated venue that keeps to its own limits on requests, and refuses what is over them.

It counts by itself, so that a gate that was told of other limits is found out.
"""

from collections import deque
from collections.abc import Callable, Mapping

from backtest.exchange.core import Exchange
from backtest.latency import Latency
from backtest.venue import SimulatedVenue
from engine.gate.rates import (
    CommandKind,
    FixedWindow,
    Level,
    RateLimited,
    RateRule,
    Scope,
    VenueRates,
)
from engine.kernel import Kernel
from engine.model.commands import (
    CancelOrder,
    ClosePosition,
    Command,
    ReplaceOrder,
    SetProtection,
    SubmitOrder,
)
from engine.model.outcome import refused

_KINDS: dict[type, CommandKind] = {
    SubmitOrder: CommandKind.SUBMIT,
    ReplaceOrder: CommandKind.REPLACE,
    CancelOrder: CommandKind.CANCEL,
    ClosePosition: CommandKind.CLOSE,
    SetProtection: CommandKind.PROTECT,
}


class _Window:
    """The venue's count under one rule: of the last window, or of the present fixed one."""

    def __init__(self, rule: RateRule) -> None:
        window = rule.window
        self._limit, self._length = window.limit, window.window_ns
        self._is_fixed = isinstance(window, FixedWindow)
        self._phase = (window.phase_ns or 0) if isinstance(window, FixedWindow) else 0
        self._taken: deque[tuple[int, int]] = deque()
        self._sum = 0

    def has_room(self, units: int, ts: int) -> bool:
        """Say whether `units` more are within the limit at a time."""
        passed = (ts - self._phase) % self._length if self._is_fixed else self._length - 1
        since = ts - passed
        while self._taken and self._taken[0][0] < since:
            self._sum -= self._taken.popleft()[1]
        return self._sum + units <= self._limit

    def take(self, units: int, ts: int) -> None:
        """Count what was let in."""
        self._taken.append((ts, units))
        self._sum += units


class LimitedVenue(SimulatedVenue):
    """Refuse commands over the limits of an account's venue, and say so as a venue does.

    A refused command is rejected, and `RateLimited` follows, as after HTTP 429 without a time to
    wait. Fixed windows begin where the rule says, else on whole multiples of their length. What was
    refused does not count. `rates` are the limits by account.
    """

    def __init__(
        self,
        kernel: Kernel,
        exchange: Exchange,
        latency: Callable[[str], Latency],
        rates: Mapping[str, VenueRates],
    ) -> None:
        super().__init__(kernel, exchange, latency)
        self._rates = rates
        self._windows: dict[tuple[str, str, str], _Window] = {}

    def _execute(self, command: object, ts: int) -> None:
        assert isinstance(command, Command)
        full = self._full(command, ts)
        if full is None:
            super()._execute(command, ts)
            return
        self.exchange.reports += refused(command, f"too many requests: {full}", ts)
        if self._inside is None:
            self.deliver()
        venue = self._rates[command.account].venue
        self._kernel.process(RateLimited(Scope(venue, command.account), ts))

    def _full(self, command: Command, ts: int) -> str | None:
        """Count a command, or return the first rule that has no room for it."""
        rates = self._rates.get(command.account)
        if rates is None:
            return None
        drawn = [
            (rule, self._window(rates, rule, command.account), units)
            for rule in rates.rules
            if rule.per != Level.STRATEGY and (units := rates.units(rule, _KINDS[type(command)]))
        ]
        for rule, window, units in drawn:
            if not window.has_room(units, ts):
                return f"{rates.venue}.{rule.name}"
        for _, window, units in drawn:
            window.take(units, ts)
        return None

    def _window(self, rates: VenueRates, rule: RateRule, account: str) -> _Window:
        key = rates.venue, rule.name, account if rule.per == Level.ACCOUNT else ""
        found = self._windows.get(key)
        if found is None:
            found = self._windows[key] = _Window(rule)
        return found


def make_venue(
    kernel: Kernel,
    exchange: Exchange,
    latency: Callable[[str], Latency],
    rates: Mapping[str, VenueRates],
) -> SimulatedVenue:
    """Return a simulated venue; one that counts only where some account has limits."""
    if rates:
        return LimitedVenue(kernel, exchange, latency, rates)
    return SimulatedVenue(kernel, exchange, latency)
