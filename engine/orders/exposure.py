"""What an instrument may still cost: the position, and the sums that open orders reserve.

One exists for each scope (strategy in an account, account) and instrument; all sums are kept in
O(1).
"""

from engine.ledger.position import Position


class Exposure:
    """Hold reserved buys and sells beside the position that they would change.

    Quantities are in units of 10^-quantity_digits.
    """

    __slots__ = ("buys", "open_orders", "position", "sells")

    def __init__(self, position: Position) -> None:
        self.position = position
        self.buys = 0
        self.sells = 0
        self.open_orders = 0

    @property
    def highest(self) -> int:
        """Return the largest position if every reserved buy fills and no sell does."""
        return self.position.quantity + self.buys

    @property
    def lowest(self) -> int:
        """Return the smallest position if every reserved sell fills and no buy does."""
        return self.position.quantity - self.sells
