"""Brackets and one-cancels-the-other pairs, emulated in the engine so that every venue has them.

The legs rest at the venue as ordinary orders; nothing here sends by itself, it only adds intents.
"""

from typing import Protocol

from engine.model.commands import Side
from engine.orders.order import Order


class Legs(Protocol):
    """Make and change a group's orders for the strategy it belongs to; quantities in units."""

    def leg(
        self, entry: Order, side: Side, units: int, price: float | None, stop: float | None
    ) -> Order:
        """Submit one reduce-only leg of a bracket: a limit with `price`, a stop with `stop`."""

    def cancel(self, order: Order) -> object:
        """Cancel a leg."""

    def resize(self, order: Order, units: int) -> None:
        """Change a leg's total quantity."""


class OrderGroup(Protocol):
    """React to what happens to an order of the group."""

    def on_change(self) -> None:
        """Bring the group in line after an order of it has changed and its state is up to date."""


class OneCancelsOther:
    """Keep two orders of one side of which one shall fill: what one fills, the other shrinks by.

    Once together they have filled the quantity, what is still open is canceled. Both rest at the
    venue, so a race between two fills is possible where messages take time; make them reduce-only
    where they protect a position.
    """

    def __init__(self, legs: Legs, first: Order, second: Order, units: int) -> None:
        self._legs = legs
        self._units = units
        self.first = first
        self.second = second
        first.group = second.group = self

    @property
    def orders(self) -> tuple[Order, Order]:
        """Return both orders."""
        return self.first, self.second

    def on_change(self) -> None:
        """Cancel or shrink what is open as the other fills."""
        _share(self._legs, self._units, self.orders)


class Bracket:
    """Follow an entry with a stop-loss and a take-profit that live from its first fill.

    The legs are sent for what has filled and grow with further fills; they are reduce-only and one
    cancels the other. If the entry ends unfilled no leg is ever sent.
    """

    def __init__(
        self, legs: Legs, entry: Order, stop_loss: float | None, take_profit: float | None
    ) -> None:
        self._legs = legs
        self.entry = entry
        self._stop_price = stop_loss
        self._profit_price = take_profit
        self.stop_loss: Order | None = None
        self.take_profit: Order | None = None
        entry.group = self

    @property
    def orders(self) -> tuple[Order, ...]:
        """Return the entry and the legs sent so far."""
        return (self.entry, *self._sent)

    @property
    def _sent(self) -> tuple[Order, ...]:
        return tuple(order for order in (self.stop_loss, self.take_profit) if order is not None)

    def on_change(self) -> None:
        """Send, grow, shrink or cancel legs as the entry and the legs fill."""
        filled = self.entry.filled_units
        if filled == 0:
            return
        side = Side.SELL if self.entry.side > 0 else Side.BUY
        if self.stop_loss is None and self._stop_price is not None:
            self.stop_loss = self._legs.leg(self.entry, side, filled, None, self._stop_price)
            self.stop_loss.group = self
        if self.take_profit is None and self._profit_price is not None:
            self.take_profit = self._legs.leg(self.entry, side, filled, self._profit_price, None)
            self.take_profit.group = self
        _share(self._legs, filled, self._sent)


def _share(legs: Legs, units: int, orders: tuple[Order, ...]) -> None:
    """Let each open order be good for what `orders` together have not yet filled of `units`."""
    left = units - sum(order.filled_units for order in orders)
    for order in orders:
        leg = order.leg
        if leg is None or not order.is_open or order.has_request:
            continue
        if left <= 0:
            legs.cancel(order)
        elif leg.quantity != leg.filled + left:
            legs.resize(order, leg.filled + left)
