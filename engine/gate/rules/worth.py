"""Rules about money: what an order is worth, and what its account could come to hold.

Keeps no sums: all is weighed at the marks of the moment.
"""

from collections.abc import Collection

from engine.gate.limits import INFINITE
from engine.gate.verdict import Denial
from engine.ledger.account import Account
from engine.ledger.portfolio import Portfolio
from engine.model.reports import DenialReason
from engine.orders.order import Order
from engine.orders.route import Route

_ROUNDING = 1e-12
"""More than what four products of doubles can be wrong by, as a part of the result."""


class OrderValue:
    """Deny an order worth more than its limit; one without a price needs a reference."""

    __slots__ = ("_limit", "_portfolio", "_surely")

    def __init__(self, limit: float, route: Route, portfolio: Portfolio) -> None:
        self._limit = limit
        self._portfolio = portfolio
        instrument, scale = route.instrument, route.quantity_scale
        self._surely = 0.0
        if instrument.currency == route.account.currency:
            self._surely = limit * scale / instrument.point_value * (1 - _ROUNDING)

    def judge(self, order: Order, quantity: int, _added: int, price: float) -> Denial | None:
        """Weigh the whole quantity at the order's price, in the account's currency.

        Where nothing is converted, what is surely below the limit is known by one product.
        """
        if 0.0 < price * quantity < self._surely:
            return None
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
    """Weigh everything that is held and works in an account at its marks, in one pass.

    Denies what takes the value of working orders, the worst net value (every order on this side
    fills, none on the other), the worst gross value or the margin it needs above their limits.
    """

    __slots__ = ("_account", "_exposures", "_gross", "_markets", "_net", "_portfolio", "_working")

    def __init__(
        self, account: Account, portfolio: Portfolio, gross: float, net: float, working: float
    ) -> None:
        self._account = account
        self._portfolio = portfolio
        self._exposures = portfolio.working(account.id)
        self._markets = portfolio.markets
        self._gross, self._net, self._working = gross, net, working

    def without(self, passed: Collection[DenialReason]) -> "AccountWorth":
        """Return the same rule without the limits that have these reasons."""
        return AccountWorth(
            self._account,
            self._portfolio,
            INFINITE if DenialReason.GROSS_LIMIT in passed else self._gross,
            INFINITE if DenialReason.NET_LIMIT in passed else self._net,
            INFINITE if DenialReason.OPEN_VALUE in passed else self._working,
        )

    def judge(  # noqa: C901, PLR0912 - one pass without calls, for every order comes through
        self, order: Order, _quantity: int, added: int, price: float
    ) -> Denial | None:
        """Weigh what an order adds; the route's own instrument at the higher of mark and price."""
        if not added:
            return None
        account, markets, own, side = self._account, self._markets, order.route.exposure, order.side
        currency = account.currency
        gross = net = working = margin = profit = 0.0
        for name, exposure in self._exposures.items():
            position = exposure.position
            held, buys, sells = position.quantity, exposure.buys, exposure.sells
            if exposure.reducing_buys or exposure.reducing_sells:
                high, low = exposure.highest, exposure.lowest
                resting = buys + sells + exposure.reducing_buys + exposure.reducing_sells
            else:
                high, low, resting = held + buys, held - sells, buys + sells
            if exposure is own:
                resting += added
                if side > 0:
                    high += added
                else:
                    low -= added
            elif not (resting or held):
                continue
            market = markets[name]
            quote = market.quote
            if quote is not None and quote.bid <= quote.ask:  # as `mark` does, without a call
                mark = (quote.bid + quote.ask) / 2
            else:
                mark = market.mark()
            unit, gain = position.unit_value, position.unrealised_pnl(mark) if held else 0.0
            if position.currency != currency:
                unit = self._portfolio.worth(account, unit, position.currency)
                gain = self._portfolio.worth(account, gain, position.currency)
            profit += gain
            level = mark if mark >= 0 else -mark
            if exposure is own and not -level < price < level:
                level = abs(price)
            each, low = level * unit, -low
            value = (high if high > low else low) * each  # noqa: FURB136 - without a call
            gross += value
            margin += value * position.margin_initial
            net += (high if side > 0 else low) * each
            working += resting * each
        single = account.single
        equity = profit + (self._portfolio.balance(account) if single is None else float(single))
        margin /= account.leverage
        if (
            gross <= self._gross
            and margin <= equity
            and net <= self._net
            and working <= self._working
        ):
            return None
        return self._denial(order, (gross, net, working), margin, equity)

    def _denial(
        self, order: Order, sums: tuple[float, float, float], margin: float, equity: float
    ) -> Denial:
        gross, net, working = sums
        if not (gross >= 0 and equity == equity):  # noqa: PLR0124 - NaN in either
            name = order.route.name
            return DenialReason.NO_REFERENCE, f"no price or rate to weigh {name} with"
        if working > self._working:
            text = f"orders would be worth {working:.2f}, limit {self._working:.2f}"
            return DenialReason.OPEN_VALUE, text
        if net > self._net:
            return DenialReason.NET_LIMIT, f"net worst case is {net:.2f}, limit {self._net:.2f}"
        if gross > self._gross:
            text = f"worst case is worth {gross:.2f}, limit {self._gross:.2f}"
            return DenialReason.GROSS_LIMIT, text
        text = f"needs {margin:.2f} of margin, equity is {equity:.2f}"
        return DenialReason.BUYING_POWER, text
