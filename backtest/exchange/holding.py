"""What one account has in one instrument: the position and the orders that could change it.

Knows neither money nor margin rates of other instruments.
"""

from collections.abc import Callable

from engine.ledger.position import Position
from engine.model.decimals import canonical
from engine.model.instrument import Instrument


class Holding:
    """Count a net position and the sums of working buys and sells, in units of quantity.

    Reduce-only orders are in neither sum: they never make a position larger. `book` carries the
    position at cost where someone needs that, else it is None. `price` answers what the position
    is valued at, NaN while nothing tells. `position_id` names the one position that this is on a
    hedging account; it is empty on others.
    """

    __slots__ = (
        "account",
        "book",
        "buys",
        "instrument",
        "position",
        "position_id",
        "price",
        "sells",
    )

    def __init__(
        self,
        account: str,
        instrument: Instrument,
        price: Callable[[], float],
        *,
        at_cost: bool,
        position_id: str = "",
    ) -> None:
        self.account = account
        self.position_id = position_id
        self.instrument = instrument
        self.price = price
        self.position = self.buys = self.sells = 0
        self.book = Position(instrument) if at_cost else None

    def work(self, side: int, units: int) -> None:
        """Add working units of a side; negative ones take them off."""
        if side > 0:
            self.buys += units
        else:
            self.sells += units

    def worst(self, side: int = 1, added: int = 0) -> int:
        """Return the largest position that working orders, and `added` units more, can lead to."""
        buys = self.buys + (added if side > 0 else 0)
        sells = self.sells + (added if side < 0 else 0)
        return max(self.position + buys, sells - self.position)

    @property
    def size(self) -> float:
        """Return the signed position as a canonical float."""
        return self.position / self.instrument.quantity_scale

    def clear(self, price: float) -> tuple[float, float]:
        """Carry the position at a price (put on the nearest unit) and return (profit, that price).

        The profit is what was unrealised until then, in the instrument's currency.
        """
        book, instrument = self.book, self.instrument
        assert book is not None
        units = round(price * instrument.price_scale)
        profit = book.settle(units, instrument.price_digits)
        multiplier, digits = instrument.multiplier_units
        money = canonical(profit * multiplier, book.money_digits + digits)
        return money, units / instrument.price_scale

    def profit(self) -> float:
        """Return realised plus unrealised profit in the instrument's currency, before fees."""
        book = self.book
        if book is None:
            return 0.0
        return book.realised_pnl + book.unrealised_pnl(self.price())
