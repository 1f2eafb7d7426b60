"""Rules about money: what an order is worth, and what its account could come to hold.

Keeps no sums: all is weighed at the marks of the moment.
"""

from engine.gate.verdict import Denial
from engine.ledger.account import Account
from engine.ledger.portfolio import Portfolio
from engine.model.reports import DenialReason
from engine.orders.exposure import Exposure
from engine.orders.order import Order


class OrderValue:
    """Deny an order worth more than its limit; one without a price needs a reference."""

    __slots__ = ("_limit", "_portfolio")

    def __init__(self, limit: float, portfolio: Portfolio) -> None:
        self._limit = limit
        self._portfolio = portfolio

    def judge(self, order: Order, quantity: int, _added: int, price: float) -> Denial | None:
        """Weigh the whole quantity at the order's price, in the account's currency."""
        route = order.route
        instrument = route.instrument
        if price != price:  # noqa: PLR0124 - NaN
            return DenialReason.NO_REFERENCE, f"no reference price of {route.name} yet"
        currency = route.account.currency
        rate = self._portfolio.rate(instrument.currency, currency)
        if rate is None:
            return (
                DenialReason.NO_CURRENCY_RATE,
                f"no rate from {instrument.currency} to {currency}",
            )
        value = abs(price) * quantity / route.quantity_scale * instrument.point_value * rate
        if not value <= self._limit:
            return DenialReason.ORDER_VALUE, f"order is worth {value:.2f}, limit {self._limit:.2f}"
        return None


class AccountWorth:
    """Deny what takes the account's worst case above its gross limit or its buying power."""

    __slots__ = ("_limit", "_portfolio")

    def __init__(self, limit: float, portfolio: Portfolio) -> None:
        self._limit = limit
        self._portfolio = portfolio

    def judge(self, order: Order, _quantity: int, added: int, price: float) -> Denial | None:
        """Weigh what the order adds to everything that is held and works in the account."""
        if not added:
            return None
        route, limit = order.route, self._limit
        gross, margin, equity = self._portfolio.weigh(route, added * order.side, price)
        if gross <= limit and margin <= equity:
            return None
        if not (gross >= 0 and equity == equity):  # noqa: PLR0124 - NaN in either
            return DenialReason.NO_REFERENCE, f"no price or rate to weigh {route.name} with"
        if gross > limit:
            return DenialReason.GROSS_LIMIT, f"worst case is worth {gross:.2f}, limit {limit:.2f}"
        return (
            DenialReason.BUYING_POWER,
            f"needs {margin:.2f} of margin, equity is {equity:.2f}",
        )


class NetWorth:
    """Deny what takes the worst net value of an account, shorts against longs, above its limit.

    The worst is that every order on the side of this one fills and none of the others does.
    """

    __slots__ = ("_limit", "_portfolio")

    def __init__(self, limit: float, portfolio: Portfolio) -> None:
        self._limit = limit
        self._portfolio = portfolio

    def judge(self, order: Order, _quantity: int, added: int, price: float) -> Denial | None:
        """Sum the worst case of each instrument on the order's side, at the marks."""
        if not added:
            return None
        route, portfolio, side = order.route, self._portfolio, order.side
        net = _value(portfolio, route.account, route.exposure, added * side, price)
        for exposure in portfolio.working(route.account.id).values():
            units = exposure.highest if side > 0 else exposure.lowest
            if units:
                net += _value(portfolio, route.account, exposure, units)
        if net * side <= self._limit:
            return None
        if net != net:  # noqa: PLR0124 - NaN
            return DenialReason.NO_REFERENCE, f"no price or rate to weigh {route.name} with"
        return DenialReason.NET_LIMIT, f"net worst case is {net:.2f}, limit {self._limit:.2f}"


class OpenValue:
    """Deny what takes the value of all working orders of an account above its limit."""

    __slots__ = ("_limit", "_portfolio")

    def __init__(self, limit: float, portfolio: Portfolio) -> None:
        self._limit = limit
        self._portfolio = portfolio

    def judge(self, order: Order, _quantity: int, added: int, price: float) -> Denial | None:
        """Sum what works on either side of each instrument, at the marks."""
        if not added:
            return None
        route, portfolio = order.route, self._portfolio
        value = _value(portfolio, route.account, route.exposure, added, abs(price))
        for each in portfolio.working(route.account.id).values():
            units = each.buys + each.sells + each.reducing_buys + each.reducing_sells
            if units:
                value += abs(_value(portfolio, route.account, each, units))
        if value <= self._limit:
            return None
        if value != value:  # noqa: PLR0124 - NaN
            return DenialReason.NO_REFERENCE, f"no price or rate to weigh {route.name} with"
        return (
            DenialReason.OPEN_VALUE,
            f"orders would be worth {value:.2f}, limit {self._limit:.2f}",
        )


def _value(
    portfolio: Portfolio,
    account: Account,
    exposure: Exposure,
    units: int,
    price: float | None = None,
) -> float:
    """Return what signed units are worth in the account's currency, at the mark unless priced."""
    position = exposure.position
    level = portfolio.mark(position.instrument.id) if price is None else price
    return portfolio.worth(account, units * level * position.unit_value, position.currency)
