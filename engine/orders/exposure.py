"""What an instrument may still cost: the position and the sums reserved by orders that could still
fill.

One exists for each scope (strategy in an account, account) and instrument; all sums are kept in
O(1).
"""

from engine.ledger.position import Position


class Exposure:
    """Hold reserved buy and sell quantities (units of 10^-quantity_digits) beside the position they
    would change.
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
