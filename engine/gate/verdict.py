"""The words that the gate and its rules share: a denial, a rule, and a note of what was approved.

Decides nothing.
"""

from collections.abc import Callable

import msgspec

from engine.model.reports import DenialReason
from engine.orders.order import Order

Denial = tuple[DenialReason, str]
Rule = Callable[[Order, int, int, float], Denial | None]
"""Judges an order of a total quantity, the units it adds to the worst case, and its price."""

Change = tuple[float, float | None, float | None]
"""What a change asks for: quantity, limit, trigger."""

Note = Callable[[Order, float], None]
"""Takes note of an order that was approved at a price: new, or changed."""


class Waiting(msgspec.Struct, frozen=True):
    """Say that a command passed the risk rules and waits for a limit; it will be judged again."""


WAITING = Waiting()
