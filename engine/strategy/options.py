"""Read the options of orders as strategies write them.

Makes no order.
"""

from engine.errors import StrategyError
from engine.model.commands import Side, TimeInForce

WAIT_MAX_S = 86_400
"""The longest that an order may be told to wait, in seconds."""


def wait_ns_of(seconds: float) -> int:
    """Return how long an order may wait; raises StrategyError for no such time."""
    if not 0 <= seconds <= WAIT_MAX_S:
        msg = f"wait = {seconds!r} is no number of seconds from 0 to {WAIT_MAX_S:,}"
        raise StrategyError(msg)
    return int(seconds * 1e9)


def side_of(side: Side | str) -> Side:
    """Return a side by its name; raises StrategyError for what is none."""
    if isinstance(side, Side):
        return side
    found = {"buy": Side.BUY, "sell": Side.SELL}.get(str(side).lower())
    if found is None:
        msg = f"side {side!r} is neither BUY nor SELL; import them from lockstep"
        raise StrategyError(msg)
    return found


def time_in_force_of(text: str) -> TimeInForce:
    """Return a time in force by its name; raises StrategyError for what is none."""
    if isinstance(text, TimeInForce):
        return text
    try:
        return TimeInForce(text.lower())
    except ValueError:
        msg = f"time in force {text!r} is none of {', '.join(TimeInForce)}"
        raise StrategyError(msg) from None
