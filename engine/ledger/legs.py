"""The positions of a hedging account underneath its netted one, by the venue's ids.

Books no money: the netted position does, and what both sides are worth together is the same.
"""

from collections.abc import Iterator

from engine.ledger.position import Position
from engine.model.instrument import Instrument


class Leg:
    """Hold one position of the venue: what is in it, whose it is, and what is closing it.

    `closing` is what orders that name it have reserved, in units. An empty `strategy` owns what no
    order of ours opened. `stop_loss` and `take_profit` are the exits that the venue keeps.
    """

    __slots__ = ("closing", "id", "position", "stop_loss", "strategy", "take_profit")

    def __init__(self, id: str, instrument: Instrument, strategy: str = "") -> None:  # noqa: A002 - the field's own name
        self.id = id
        self.position = Position(instrument)
        self.strategy = strategy
        self.closing = 0
        self.stop_loss: float | None = None
        self.take_profit: float | None = None

    @property
    def closable(self) -> int:
        """Return the units that no order is about to close."""
        return abs(self.position.quantity) - self.closing


class Legs:
    """Hold the legs of an account in an instrument; `long` and `short` are sums of their units."""

    __slots__ = ("_instrument", "_legs", "long", "short")

    def __init__(self, instrument: Instrument) -> None:
        self._instrument = instrument
        self._legs: dict[str, Leg] = {}
        self.long = 0
        self.short = 0

    def __iter__(self) -> Iterator[Leg]:
        """Yield the legs that hold something, the oldest first."""
        return (leg for leg in self._legs.values() if leg.position.quantity)

    def find(self, name: str) -> Leg | None:
        """Return a leg that holds something; None for any other name."""
        leg = self._legs.get(name)
        return leg if leg is not None and leg.position.quantity else None

    def book(self, name: str, quantity: int, price: tuple[int, int], strategy: str = "") -> Leg:
        """Book a fill of signed `quantity` units at `(units, digits)` on a leg.

        It belongs to `strategy` where it belonged to nobody.
        """
        leg = self._leg(name)
        leg.strategy = leg.strategy or strategy
        before = leg.position.quantity
        leg.position.book(quantity, *price)
        self._count(leg, before)
        self._forget_empty(leg)
        return leg

    def restore(self, leg: Leg) -> None:
        """Take over a leg from an earlier run."""
        self._legs[leg.id] = leg
        self._count(leg, 0)

    def protect(self, name: str, stop_loss: float | None, take_profit: float | None) -> None:
        """Note which exits the venue keeps at a leg, if it is there."""
        leg = self._legs.get(name)
        if leg is not None:
            leg.stop_loss, leg.take_profit = stop_loss, take_profit

    def reserve(self, name: str, change: int) -> None:
        """Add to what orders are about to close of a leg; a negative change releases."""
        leg = self._leg(name)
        leg.closing += change
        self._forget_empty(leg)

    def _leg(self, name: str) -> Leg:
        leg = self._legs.get(name)
        if leg is None:
            leg = self._legs[name] = Leg(name, self._instrument)
        return leg

    def _count(self, leg: Leg, before: int) -> None:
        after = leg.position.quantity
        self.long += max(after, 0) - max(before, 0)
        self.short += max(-after, 0) - max(-before, 0)

    def _forget_empty(self, leg: Leg) -> None:
        if not leg.position.quantity and not leg.closing:
            del self._legs[leg.id]
