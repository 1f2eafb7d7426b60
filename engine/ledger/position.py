"""One position by cost: exact through partial closes and flips, whatever digits fills come in.

Knows nothing of accounts, fees or currencies.
"""

from engine.model.decimals import canonical, power_of_ten
from engine.model.instrument import Instrument


class Position:
    """Carry quantity, cost and realised profit of one instrument as integers.

    `quantity` is signed, in units of 10^-quantity_digits. `cost` is the signed sum of quantity
    times price still held and `realised` the profit taken so far, both in units of 10^-(price
    digits + quantity_digits) without the contract multiplier. `price_digits` starts at the
    instrument's and widens when a fill comes in finer. Nothing is rounded away: cash paid for fills
    plus cost equals realised profit at every moment. `unit_value` is the money that one unit of
    quantity is worth for each 1.0 of price.
    """

    __slots__ = (
        "_money_scale",
        "_point_value",
        "_size_scale",
        "cost",
        "currency",
        "instrument",
        "margin_initial",
        "price_digits",
        "quantity",
        "realised",
        "unit_value",
    )

    def __init__(self, instrument: Instrument) -> None:
        self.instrument = instrument
        self.currency = instrument.currency
        self.margin_initial = instrument.margin_initial
        self.price_digits = instrument.price_digits
        self._size_scale = instrument.quantity_scale
        self._money_scale = power_of_ten(self.money_digits)
        self._point_value = instrument.point_value
        self.unit_value = instrument.point_value / instrument.quantity_scale
        self.quantity = 0
        self.cost = 0
        self.realised = 0

    def book(self, quantity: int, price: int, price_digits: int) -> int:
        """Book a fill of signed `quantity` at `price` and return the profit it realised.

        The price is in units of 10^-price_digits of the call.

        The part of a fill that closes removes `cost * closed // held`, the remainder stays in the
        cost; a fill through zero closes all and opens the rest at its own price.
        """
        if price_digits != self.price_digits:
            price = self._align(price, price_digits)
        held = self.quantity
        self.quantity = held + quantity
        if held * quantity >= 0:
            self.cost += quantity * price
            return 0
        size = abs(held)
        units = min(size, abs(quantity))
        removed = self.cost * units // size
        closed = units if held > 0 else -units
        profit = closed * price - removed
        self.cost += (quantity + closed) * price - removed
        self.realised += profit
        return profit

    def settle(self, price: int, price_digits: int) -> int:
        """Realise the profit of what is held at a settlement price, at which it is carried on."""
        if price_digits != self.price_digits:
            price = self._align(price, price_digits)
        carried = self.quantity * price
        profit = carried - self.cost
        self.cost = carried
        self.realised += profit
        return profit

    def restore(self, quantity: int, cost: int, realised: int, price_digits: int) -> None:
        """Take over the books of this position from an earlier run."""
        self.quantity, self.cost, self.realised = quantity, cost, realised
        self.price_digits = price_digits
        self._money_scale = power_of_ten(self.money_digits)

    def _align(self, price: int, digits: int) -> int:
        if digits < self.price_digits:
            return price * int(10 ** (self.price_digits - digits))
        widen = 10 ** (digits - self.price_digits)
        self.cost *= widen
        self.realised *= widen
        self.price_digits = digits
        self._money_scale = power_of_ten(self.money_digits)
        return price

    @property
    def money_digits(self) -> int:
        """Return the digits that `cost` and `realised` are in."""
        return self.price_digits + self.instrument.quantity_digits

    @property
    def size(self) -> float:
        """Return the signed quantity held, as a canonical float."""
        return self.quantity / self._size_scale

    @property
    def average_price(self) -> float:
        """Return the average price of what is held: the double nearest to it, NaN when flat."""
        if self.quantity == 0:
            return float("nan")
        return self.cost / (self.quantity * power_of_ten(self.price_digits))

    @property
    def realised_pnl(self) -> float:
        """Return the profit taken so far in the instrument's currency, fees not included."""
        return self.money(self.realised)

    def unrealised_pnl(self, mark: float) -> float:
        """Return the profit of what is held at the price `mark`, in the instrument's currency."""
        if self.quantity == 0:
            return 0.0
        value = self.quantity / self._size_scale * mark
        return (value - self.cost / self._money_scale) * self._point_value

    def money(self, amount: int) -> float:
        """Return an amount in the units of `cost` as money of the instrument's currency."""
        if amount == 0:
            return 0.0
        units, digits = self.instrument.multiplier_units
        return canonical(amount * units, self.money_digits + digits)
