"""Money at the simulated venue, and whether it covers one more order.

Liquidates nothing, and keeps no history: the engine's ledger does.
"""

from collections.abc import Callable
from math import isnan

from backtest.exchange.holding import Holding

Rate = Callable[[str, str], float]
"""Say what one unit of a currency is worth in another; NaN when nothing tells."""


def same_currency(currency: str, into: str) -> float:
    """Know no rate but that of a currency to itself."""
    return 1.0 if currency == into else float("nan")


class VenueAccount:
    """Refuse orders whose initial margin the account's equity does not cover.

    Equity is the balance plus profit of all positions at present prices, less fees. An instrument
    needs its `margin_initial` (divided by `leverage`) of the value of its worst case: the largest
    position that its working orders can lead to. What an order costs to check grows with the
    number of instruments held, never with that of orders.
    """

    __slots__ = ("balance", "currency", "holdings", "id", "leverage", "rate")

    def __init__(
        self,
        id: str,  # noqa: A002 - the field's own name
        currency: str,
        balance: float,
        *,
        leverage: float = 1.0,
        rate: Rate = same_currency,
    ) -> None:
        self.id = id
        self.currency = currency
        self.balance = balance
        self.leverage = leverage
        self.rate = rate
        self.holdings: list[Holding] = []

    def adjust(self, amount: float, currency: str) -> None:
        """Add money (negative: take it) of any currency at its present rate."""
        self.balance += amount * self.rate(currency, self.currency)

    def forget(self, holding: Holding) -> None:
        """Take the profit of a position that is closed, and think of it no more."""
        self.adjust(holding.profit(), holding.instrument.currency)
        self.holdings.remove(holding)

    def equity(self) -> float:
        """Return balance plus profit in the account's currency; NaN when a price or rate lacks."""
        return self.balance + sum(
            holding.profit() * self.rate(holding.instrument.currency, self.currency)
            for holding in self.holdings
        )

    def covers(self, holding: Holding, side: int, added: int, price: float) -> bool:
        """Return whether `added` units of a side are covered; `price` is the order's own, or NaN.

        An order that makes the worst case no larger is always covered. The order's instrument is
        valued at the higher of its present price and the order's; without either, and without a
        rate of currencies, nothing is covered.
        """
        if holding.worst(side, added) <= holding.worst():
            return True
        needed = sum(
            self._margin(other, other.worst(), float("nan"))
            for other in self.holdings
            if other is not holding
        )
        return needed + self._margin(holding, holding.worst(side, added), price) <= self.equity()

    def _margin(self, holding: Holding, units: int, price: float) -> float:
        if not units:
            return 0.0
        instrument, mark = holding.instrument, holding.price()
        level = mark if isnan(price) else price if isnan(mark) else max(mark, price)
        value = units / instrument.quantity_scale * abs(level) * instrument.point_value
        rate = self.rate(instrument.currency, self.currency)
        return value * rate * instrument.margin_initial / self.leverage
