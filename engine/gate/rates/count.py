"""Count what was sent under a limit and say when more may be: in constant time and memory.

Knows no scope and no queue. Times are nanoseconds of our clock, which does not go back.
"""

from abc import ABC, abstractmethod
from bisect import bisect_left
from collections import deque

import msgspec

from engine.gate.rates.rule import FixedWindow, RateRule, Traffic

NEVER = 1 << 62
"""Later than every moment: the wait of what does not fit however long it waits."""

_LONG_AGO = -NEVER
_HALVINGS_MAX = 20
"""After so many a further halving changes nothing: one unit is always left."""


class CountState(msgspec.Struct, frozen=True):
    """Hold what a count remembers over a restart: send times, or window number and counts."""

    times: tuple[int, ...] = ()
    aligned: tuple[int, int, int] | None = None
    blocked_until: int = 0
    halved_until: int = 0
    halvings: int = 0


class RateCount(ABC):
    """Count units against the allowances of the classes of traffic, indexed by `Traffic`.

    Before `slowed_until` the venue has asked for less than its limits.
    """

    __slots__ = ("_allowed", "_blocked_until", "_halved_until", "_halvings", "slowed_until")

    def __init__(self, allowed: tuple[int, ...]) -> None:
        self._allowed = allowed
        self._blocked_until = self._halved_until = self.slowed_until = 0
        self._halvings = 0

    @abstractmethod
    def ready(self, traffic: Traffic, units: int, now: int) -> int:
        """Return the first moment at which `units` fit if nothing else is sent; past = at once."""

    def room(self, now: int) -> int:
        """Return how many units of entries would fit at once."""
        units = range(1, self._allowed[Traffic.ENTRY] + 1)
        return bisect_left(units, 1, key=lambda n: self.ready(Traffic.ENTRY, n, now) > now)

    @abstractmethod
    def take(self, units: int, now: int) -> None:
        """Count `units` as sent at `now`, fitting or not."""

    @abstractmethod
    def state(self) -> CountState:
        """Return what must survive a restart."""

    @abstractmethod
    def restore(self, state: CountState, now: int) -> None:
        """Be as full as `state` says; a state of another shape, or from the future, means full."""

    @abstractmethod
    def _free(self, allowed: int, units: int, now: int) -> int:
        """Return when `units` fit under `allowed`, whatever the venue asked."""

    @property
    def allowed(self) -> tuple[int, ...]:
        """Return the allowance of each class of traffic."""
        return self._allowed

    def fill(self, now: int) -> None:
        """Be as full as if everything allowed had been sent at `now`."""
        self.take(self._allowed[Traffic.CANCEL], now)

    def block(self, until: int) -> None:
        """Let nothing pass before `until`."""
        self._blocked_until = max(self._blocked_until, until)
        self.slowed_until = max(self.slowed_until, until)

    def halve(self, now: int, until: int) -> None:
        """Halve every allowance before `until`, again if it is halved now, but not below one."""
        if now >= self._halved_until:
            self._halvings = 0
        self._halvings = min(self._halvings + 1, _HALVINGS_MAX)
        self._halved_until = max(self._halved_until, until)
        self.slowed_until = max(self.slowed_until, until)

    def _slowed(self, traffic: Traffic, units: int, now: int) -> int:
        """Return what `ready` does while the venue has asked for less."""
        allowed = self._allowed[traffic]
        ts = self._free(allowed, units, now)
        if now < self._halved_until:
            reduced = max(1, allowed >> self._halvings) if allowed > 0 else 0
            halved = self._free(reduced, units, now)
            ts = halved if halved < self._halved_until else max(ts, self._halved_until)
        return max(ts, self._blocked_until)

    def _restore_slowness(self, state: CountState) -> None:
        self._blocked_until, self._halved_until = state.blocked_until, state.halved_until
        self._halvings = state.halvings
        self.slowed_until = max(state.blocked_until, state.halved_until)


class RollingCount(RateCount):
    """Keep the last send times, one slot a unit: for sliding windows and unknown phases.

    `times` always holds as many as the largest allowance, oldest first. Units of a class fit when
    the one at `slot` is further back than `reach_ns`.
    """

    __slots__ = ("reach_ns", "times")

    def __init__(self, allowed: tuple[int, ...], window_ns: int) -> None:
        super().__init__(allowed)
        size = max(allowed)
        self.reach_ns = window_ns + 1  # both edges count as inside
        self.times: deque[int] = deque([_LONG_AGO] * size, maxlen=size)

    def slot(self, traffic: Traffic, units: int) -> int:
        """Return the index in `times` of the newest send that must have aged for `units` to fit."""
        return len(self.times) - self._allowed[traffic] + units - 1

    def ready(self, traffic: Traffic, units: int, now: int) -> int:
        """Return the first moment at which `units` fit; that is when the oldest in the way ages."""
        if now < self.slowed_until:
            return self._slowed(traffic, units, now)
        return self._free(self._allowed[traffic], units, now)

    def take(self, units: int, now: int) -> None:
        """Put `units` send times in place of the oldest; never earlier than the newest one."""
        now = max(now, self.times[-1])
        self.times.extend([now] * min(units, len(self.times)))

    def state(self) -> CountState:
        """Return the send times, oldest first."""
        return CountState(
            times=tuple(ts for ts in self.times if ts != _LONG_AGO),
            blocked_until=self._blocked_until,
            halved_until=self._halved_until,
            halvings=self._halvings,
        )

    def restore(self, state: CountState, now: int) -> None:
        """Take over the newest send times; one after `now` is one at `now`."""
        size = len(self.times)
        if state.aligned is not None:
            self.fill(now)
        else:
            self.times.extend([_LONG_AGO] * size)
            self.times.extend(min(ts, now) for ts in state.times[-size:])
        self._restore_slowness(state)

    def _free(self, allowed: int, units: int, now: int) -> int:
        if units > allowed:
            return NEVER
        return self.times[len(self.times) - allowed + units - 1] + self.reach_ns


class AlignedCount(RateCount):
    """Count in the venue's own windows, whose phase is known: a unit in each it may fall into.

    A request decided at t is counted by the venue at a moment of [t - error, t + jitter + error]
    of its clock; that touches two windows at the most, which `check` makes sure of.
    """

    __slots__ = ("_early", "_first", "_index", "_late", "_newest", "_phase", "_second", "_window")

    def __init__(self, allowed: tuple[int, ...], window: FixedWindow, jitter_ns: int) -> None:
        super().__init__(allowed)
        assert window.phase_ns is not None
        self._phase, self._window = window.phase_ns, window.window_ns
        self._early = window.clock_error_ns + 1  # an edge belongs to both windows
        self._late = jitter_ns + self._early
        self._index, self._first, self._second = _LONG_AGO, 0, 0
        self._newest = _LONG_AGO

    def ready(self, traffic: Traffic, units: int, now: int) -> int:
        """Return the first moment from which no full window can be hit."""
        if now < self.slowed_until:
            return self._slowed(traffic, units, now)
        return self._free(self._allowed[traffic], units, now)

    def take(self, units: int, now: int) -> None:
        """Count `units` in the windows that `now` may fall into."""
        self._newest = now = max(now, self._newest)
        first = (now - self._early - self._phase) // self._window
        if first > self._index:
            self._first = self._second if first == self._index + 1 else 0
            self._second = 0
            self._index = first
        self._first += units
        if (now + self._late - self._phase) // self._window > first:
            self._second += units

    def state(self) -> CountState:
        """Return the number of the first window and the counts of it and the next."""
        return CountState(
            aligned=(self._index, self._first, self._second),
            blocked_until=self._blocked_until,
            halved_until=self._halved_until,
            halvings=self._halvings,
        )

    def restore(self, state: CountState, now: int) -> None:
        """Take over the counts, unless they are send times or of windows still to come."""
        first = (now - self._early - self._phase) // self._window
        if state.aligned is None or state.aligned[0] > first:
            self.fill(now)
        else:
            self._index, self._first, self._second = state.aligned
        self._restore_slowness(state)

    def _free(self, allowed: int, units: int, now: int) -> int:
        if units > allowed:
            return NEVER
        now = max(now, self._newest)
        first = (now - self._early - self._phase) // self._window
        last = (now + self._late - self._phase) // self._window
        for index in (last, first):
            if self._counted(index) + units > allowed:
                return self._phase + (index + 1) * self._window + self._early
        return now

    def _counted(self, index: int) -> int:
        if index == self._index:
            return self._first
        return self._second if index == self._index + 1 else 0


def commands_count(rule: RateRule) -> RateCount | None:
    """Return an empty count of the commands under `rule`; None when the edge has all of it."""
    cancels, exits, entries = rule.allowances
    return _count(rule, (cancels, exits, entries, cancels)) if cancels else None


def automatic_count(rule: RateRule) -> RateCount | None:
    """Return an empty count of what the edge sends by itself; None when it has no share."""
    share = rule.automatic_share
    return _count(rule, (share, share, share, share)) if share else None


def _count(rule: RateRule, allowed: tuple[int, ...]) -> RateCount:
    window = rule.window
    if isinstance(window, FixedWindow) and window.phase_ns is not None:
        return AlignedCount(allowed, window, rule.jitter_ns)
    return RollingCount(allowed, rule.guarded_ns)
