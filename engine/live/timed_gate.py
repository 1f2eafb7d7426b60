"""Time the gate's decisions, as a stage of its own beside what strategies do.

Decides nothing: each verdict is the gate's.
"""

from collections.abc import Callable
from typing import TypeVar

from engine.gate.approved import Approved
from engine.gate.gate import RiskGate
from engine.gate.verdict import Change, Denial, Waiting
from engine.model.commands import CancelOrder, ReplaceOrder, SubmitOrder
from engine.orders.order import Order, VenueOrder

Verdict = TypeVar("Verdict")


class TimedGate(RiskGate):
    """Be the gate, and add up how long its decisions take by a clock in nanoseconds."""

    __slots__ = ("_now", "_spent", "_verdicts")

    def __init__(self, now: Callable[[], int]) -> None:
        self._now = now
        self._spent = self._verdicts = 0

    def take(self) -> tuple[int, int]:
        """Return how many verdicts there were since the last call, and what they took (ns)."""
        if not self._verdicts:
            return 0, 0
        taken = self._verdicts, self._spent
        self._spent = self._verdicts = 0
        return taken

    def submit(self, order: Order, now: int) -> Approved[SubmitOrder] | Denial | Waiting:
        """Decide a new order."""
        began = self._now()
        verdict = super().submit(order, now)
        return self._timed(began, verdict)

    def replace(
        self, order: Order, leg: VenueOrder, change: Change, now: int
    ) -> Approved[ReplaceOrder] | Denial | Waiting:
        """Decide a change of an order."""
        began = self._now()
        verdict = super().replace(order, leg, change, now)
        return self._timed(began, verdict)

    def cancel(
        self, order: Order, leg: VenueOrder, now: int
    ) -> Approved[CancelOrder] | Denial | Waiting:
        """Decide a cancel."""
        began = self._now()
        verdict = super().cancel(order, leg, now)
        return self._timed(began, verdict)

    def _timed(self, began: int, verdict: Verdict) -> Verdict:
        self._spent += self._now() - began
        self._verdicts += 1
        return verdict
