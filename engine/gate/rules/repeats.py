"""Rules about repetition: the same order twice, and executions that follow each other too fast.

What they remember is bounded.
"""

from collections import deque

from engine.clock import Clock
from engine.gate.verdict import Denial
from engine.model.commands import OrderType, Side
from engine.model.reports import DenialReason
from engine.orders.order import Order

REMEMBERED_MAX = 1_000
"""How many different orders of a route are remembered at the least; twice as many at the most."""

_Terms = tuple[Side, OrderType, int, float | None, float | None, float | None]


class Duplicates:
    """Deny an entry of the same side, type, quantity and prices as one approved shortly before."""

    __slots__ = ("_approved", "_asked", "_before", "_clock", "_terms", "_window")

    def __init__(self, window: int, clock: Clock) -> None:
        self._window = window
        self._clock = clock
        self._approved: dict[_Terms, int] = {}
        self._before: dict[_Terms, int] = {}
        self._asked: Order | None = None
        self._terms: _Terms | None = None

    def judge(self, order: Order, _quantity: int, _added: int, _price: float) -> Denial | None:
        """Look for the same terms within the window; a change is no order of its own."""
        if order.leg is not None:
            return None
        terms = (order.side, order.type, order.units, order.price, order.stop, order.trail)
        self._asked, self._terms = order, terms
        ts = self._approved.get(terms)
        if ts is None and self._before:
            ts = self._before.get(terms)
        if ts is None or self._clock.now - ts > self._window:
            return None
        since = (self._clock.now - ts) / 1e9
        return DenialReason.DUPLICATE_ORDER, f"the same order was approved {since:g} s before"

    def note(self, order: Order, _price: float) -> None:
        """Remember an approved order."""
        if order.leg is None:
            approved, terms = self._approved, self._terms
            if self._asked is not order or terms is None:
                terms = (order.side, order.type, order.units, order.price, order.stop, order.trail)
            approved[terms] = self._clock.now
            if len(approved) >= REMEMBERED_MAX:
                self._before, self._approved = approved, {}


class Throttle:
    """Count the executions of a strategy; too many in any window mean that it runs wild."""

    __slots__ = ("_times", "_window", "limit")

    def __init__(self, limit: int, window: int) -> None:
        self.limit = limit
        self._window = window
        self._times: deque[int] = deque(maxlen=limit + 1)

    def count(self, now: int) -> bool:
        """Count one execution; return whether there are more than `limit` in the window now."""
        times = self._times
        times.append(now)
        return len(times) > self.limit and now - times[0] <= self._window

    def forget(self) -> None:
        """Begin anew, once a person has enabled the strategy again."""
        self._times.clear()

    @property
    def words(self) -> str:
        """Return what was exceeded."""
        return f"more than {self.limit} executions within {self._window / 1e9:g} s"
