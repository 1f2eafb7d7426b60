"""Count requests as a venue does, and say which ones are over its limits.

Knows the rules of `engine.gate.rates`, but shares none of its code: what it finds is a check on it.
"""

from collections import deque

from engine.gate.rates import FixedWindow, Level, RateRule, VenueRates


class RequestLimits:
    """Refuse requests beyond a venue's limits, by the clock of the venue."""

    def __init__(self, rates: VenueRates) -> None:
        self._rules = rates.rules
        self._seen: dict[tuple[str, str], deque[tuple[int, int]]] = {}

    def admit(self, endpoint: str, account: str, now: int) -> bool:
        """Count one request, or return False where it would be one too many; then it is free."""
        drawn = [
            (self._of(rule, account), rule, units)
            for rule in self._rules
            if (units := rule.weight(endpoint, is_request=True))
        ]
        for seen, rule, units in drawn:
            start = _start(rule, now)
            while seen and seen[0][0] < start:
                seen.popleft()
            if sum(each for _, each in seen) + units > rule.window.limit:
                return False
        for seen, _, units in drawn:
            seen.append((now, units))
        return True

    def _of(self, rule: RateRule, account: str) -> deque[tuple[int, int]]:
        owner = account if rule.per is Level.ACCOUNT else ""
        return self._seen.setdefault((rule.name, owner), deque())


def _start(rule: RateRule, now: int) -> int:
    """Return when the window began in which a request at `now` falls."""
    window = rule.window
    if isinstance(window, FixedWindow):
        return now - (now - (window.phase_ns or 0)) % window.window_ns
    return now - window.window_ns
