"""What an instrument may still cost: the position, and the sums that open orders reserve.

One exists for each scope (strategy in an account, account) and instrument; all sums are kept in
O(1).
"""

from engine.ledger.legs import Legs
from engine.ledger.position import Position


class Exposure:
    """Hold reserved buys and sells beside the position that they would change.

    Quantities are in units of 10^-quantity_digits. What reduce-only orders reserve is kept apart:
    the venue lets them take a position to zero and never through it. On a hedging account `legs`
    are what is underneath the position, and what reduces takes from one of them alone.
    """

    __slots__ = (
        "buys",
        "legs",
        "open_orders",
        "position",
        "reducing_buys",
        "reducing_sells",
        "sells",
    )

    def __init__(self, position: Position, legs: Legs | None = None) -> None:
        self.position = position
        self.legs = legs
        self.buys = 0
        self.sells = 0
        self.reducing_buys = 0
        self.reducing_sells = 0
        self.open_orders = 0

    def reserve_reducing(self, side: int, change: int) -> None:
        """Add to what reduce-only orders of a side reserve; a negative change releases."""
        if side > 0:
            self.reducing_buys += change
        else:
            self.reducing_sells += change

    @property
    def highest(self) -> int:
        """Return the largest position that reserved buys can lead to while no sell fills."""
        held = self.position.quantity
        if self.legs is not None:
            held += self.reducing_buys
        elif held < 0 and self.reducing_buys:
            held = min(0, held + self.reducing_buys)
        return held + self.buys

    @property
    def lowest(self) -> int:
        """Return the smallest position that reserved sells can lead to while no buy fills."""
        held = self.position.quantity
        if self.legs is not None:
            held -= self.reducing_sells
        elif held > 0 and self.reducing_sells:
            held = max(0, held - self.reducing_sells)
        return held - self.sells
