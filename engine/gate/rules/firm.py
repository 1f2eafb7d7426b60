"""The rules of a firm with several accounts: what all of them together could come to.

One account alone never meets them: its own limits say the same.
"""

from collections.abc import Callable

from engine.gate.limits import FirmLimits
from engine.gate.rules.hedged import units_of
from engine.gate.verdict import Denial
from engine.ledger.portfolio import Portfolio
from engine.model.reports import DenialReason
from engine.orders.exposure import Exposure
from engine.orders.order import Order

_Measure = Callable[[Exposure, int, int], int]
"""Gives the units of an exposure that count on a side, with so many added."""


def worst(exposure: Exposure, side: int, added: int) -> int:
    """Return the largest of either side, shorts and longs of a hedging account together."""
    if exposure.legs is not None:
        return units_of(exposure, side, added)[0]
    high, low = exposure.highest, exposure.lowest
    return max(high + (added if side > 0 else 0), -low + (added if side < 0 else 0))


def net(exposure: Exposure, side: int, added: int) -> int:
    """Return the worst position on a side."""
    return units_of(exposure, side, added)[2]


def working(exposure: Exposure, side: int, added: int) -> int:
    """Return what works, on both sides."""
    return units_of(exposure, side, added)[1]


class FirmValue:
    """Deny what takes a value, summed over every account at the marks, above the firm's limit."""

    __slots__ = ("_currency", "_limit", "_measure", "_portfolio", "_reason")

    def __init__(
        self,
        reason: DenialReason,
        measure: _Measure,
        limit: float,
        currency: str,
        portfolio: Portfolio,
    ) -> None:
        self._reason = reason
        self._measure = measure
        self._limit = limit
        self._currency = currency
        self._portfolio = portfolio

    def judge(self, order: Order, _quantity: int, added: int, price: float) -> Denial | None:
        """Weigh what an order adds; its instrument in its account at the higher of mark and price.

        A mark or a rate that is missing denies.
        """
        if not added:
            return None
        total, own = 0.0, order.route.exposure
        for account in self._portfolio.accounts:
            for name, exposure in self._portfolio.working(account).items():
                units = self._measure(exposure, order.side, added if exposure is own else 0)
                if not units:
                    continue
                level = abs(self._portfolio.markets[name].mark())
                if exposure is own and not abs(price) < level:
                    level = abs(price)
                position = exposure.position
                rate = self._portfolio.rate(position.currency, self._currency)
                if rate is None:
                    text = f"no rate from {position.currency} to {self._currency}, the firm's"
                    return DenialReason.NO_CURRENCY_RATE, text
                total += units * level * position.unit_value * rate
        if total <= self._limit:
            return None
        if total != total:  # noqa: PLR0124 - NaN
            return DenialReason.NO_REFERENCE, "no price to weigh the accounts of the firm with"
        return self._reason, f"the firm would come to {total:.2f}, limit {self._limit:.2f}"


class FirmPosition:
    """Deny what could take the position of all accounts in one instrument above the limit."""

    __slots__ = ("_limit", "_name", "_portfolio")

    def __init__(self, limit: int, name: str, portfolio: Portfolio) -> None:
        self._limit = limit
        self._name = name
        self._portfolio = portfolio

    def judge(self, order: Order, _quantity: int, added: int, _price: float) -> Denial | None:
        """Weigh the worst case on the order's side."""
        found = exposures_in(self._portfolio, self._name)
        total = added + sum(net(each, order.side, 0) for each in found)
        if total <= self._limit or not added:
            return None
        scale = order.route.quantity_scale
        text = f"the firm's worst case is {total / scale:g}, limit {self._limit / scale:g}"
        return DenialReason.POSITION_LIMIT, text


class FirmOrders:
    """Deny a new order where as many work in an instrument, in all accounts, as may."""

    __slots__ = ("_limit", "_name", "_portfolio")

    def __init__(self, limit: int, name: str, portfolio: Portfolio) -> None:
        self._limit = limit
        self._name = name
        self._portfolio = portfolio

    def judge(self, order: Order, _quantity: int, _added: int, _price: float) -> Denial | None:
        """Count only orders that are not there yet."""
        count = sum(each.open_orders for each in exposures_in(self._portfolio, self._name))
        if order.leg is None and count >= self._limit:
            return DenialReason.OPEN_ORDERS, f"{count} orders of the firm are open, the limit"
        return None


def exposures_in(portfolio: Portfolio, name: str) -> list[Exposure]:
    """Return the exposure of every account in an instrument."""
    found = (portfolio.working(account).get(name) for account in portfolio.accounts)
    return [each for each in found if each is not None]


def firm_worth(portfolio: Portfolio, firm: FirmLimits) -> float:
    """Return the equity of all accounts in the firm's currency; NaN where a mark or rate lacks."""
    total = 0.0
    for account in portfolio.accounts.values():
        rate = portfolio.rate(account.currency, firm.currency)
        total += portfolio.equity(account) * (float("nan") if rate is None else rate)
    return total
