"""The margin of an account's positions, and whether its equity still covers them.

Counts as the venue does: on each side of a symbol by tiers of leverage, and of two sides the larger
one. Money is in cents.
"""

from collections.abc import Callable, Iterable

from connectors.ctrader.simulator.conditions import conditions, margin
from connectors.ctrader.simulator.positions import Position
from engine.model.instrument import Instrument

Price = Callable[[Position], float]
"""Says at what price a position could be closed now; NaN when nothing tells."""


def allot(positions: Iterable[Position], instrument: Instrument) -> dict[int, int]:
    """Return the margin of each position of an account in one instrument, by number.

    What a side needs together is shared by value at opening prices.
    """
    found: dict[int, int] = {}
    held = [each for each in positions if each.instrument == instrument.id and each.size]
    for side in (1, -1):
        values = {each.number: abs(each.size) * each.price for each in held if each.side == side}
        total = sum(values.values())
        needed = side_margin(total, instrument)
        found.update((number, round(needed * value / total)) for number, value in values.items())
    return found


def side_margin(cents: float, instrument: Instrument) -> float:
    """Return the margin of a side's whole value."""
    return margin(cents, instrument.margin_initial, conditions(instrument.symbol).leverage_id)


def used(positions: Iterable[Position]) -> int:
    """Return the margin of an account: of the two sides of a symbol the larger counts."""
    sides: dict[str, dict[int, int]] = {}
    for each in positions:
        by_side = sides.setdefault(each.instrument, {1: 0, -1: 0})
        by_side[each.side] += each.used_margin
    return sum(max(by_side.values()) for by_side in sides.values())


def equity(balance: int, positions: Iterable[Position], price: Price) -> float:
    """Return balance and open profit; opening costs count, for the close will book them."""
    return balance + sum(open_profit(each, price(each)) for each in positions if each.size)


def open_profit(position: Position, price: float) -> float:
    """Return what closing a position at a price would book, but for the close's own fee."""
    gross = (price - position.price) * position.size
    return gross + position.swap + position.commission
