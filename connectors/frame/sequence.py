"""Notice what a numbered stream has left out, repeated or put in the wrong order.

Mends nothing: whoever hears of a gap asks for a snapshot.
"""

from enum import Enum


class Order(Enum):
    """Say how a number relates to those before it."""

    NEXT = "next"
    OLD = "old"
    GAP = "gap"


class SequenceGuard:
    """Follow the numbers of one stream; `strict` expects each to be one more than the last.

    Without `strict` numbers only have to rise, and a gap cannot be seen.
    """

    def __init__(self, *, strict: bool = True) -> None:
        self._strict = strict
        self._last: int | None = None

    def begin(self, number: int) -> None:
        """Start from the number of a snapshot."""
        self._last = number

    def see(self, number: int) -> Order:
        """Take the number of an update; only NEXT ones are to be applied.

        A GAP is told once: from then on, as before the first snapshot, everything is OLD.
        """
        last = self._last
        if last is None or number <= last:
            return Order.OLD
        if self._strict and number != last + 1:
            self._last = None
            return Order.GAP
        self._last = number
        return Order.NEXT
