"""The rules of hedging accounts: only what names a position reduces, and both sides count.

Netting accounts never meet them.
"""

from collections.abc import Callable, Collection, Iterable

from engine.gate.limits import INFINITE
from engine.gate.verdict import Denial
from engine.ledger.account import Account
from engine.ledger.portfolio import Portfolio
from engine.model.commands import OrderType
from engine.model.reports import DenialReason
from engine.orders.exposure import Exposure
from engine.orders.life import Life
from engine.orders.order import Order

_NOTHING = DenialReason.NOTHING_TO_REDUCE


def names_position(order: Order, _added: int) -> bool:
    """Say whether an order is an exit on a hedging account: whether it names a position."""
    return bool(order.terms.position_id)


def unprotectable(order: Order) -> Denial | None:
    """Return why exits cannot be kept at a position: the market has reached one, or it is gone."""
    legs, name = order.route.exposure.legs, order.terms.position_id
    if legs is None:
        text = f"account {order.account} nets; give protection to submit(), or a bracket"
        return DenialReason.NOT_SUPPORTED, text
    if legs.find(name) is None:
        return _NOTHING, f"there is no position {name} of {order.route.name}"
    mark = order.route.market.mark()
    for exit_, price, sign in (("stop_loss", order.stop, 1), ("take_profit", order.price, -1)):
        if price is not None and (mark - price) * -order.side * sign <= 0:
            text = f"{exit_} {price:g} is on the wrong side of {mark:g}"
            return DenialReason.ORDER_INVALID, text
    return None


class NamedPosition:
    """Deny what names a position that is not there, is smaller, or is on the order's own side."""

    __slots__ = ("_legs",)

    def __init__(self, exposure: Exposure) -> None:
        self._legs = exposure.legs

    def judge(self, order: Order, _quantity: int, added: int, _price: float) -> Denial | None:
        """Deny a reduce-only order without a name too: it would open a position of its own."""
        terms = order.terms
        if not terms.position_id:
            if not terms.reduce_only:
                return None
            text = "on a hedging account an order that reduces names a position"
            return DenialReason.ORDER_INVALID, text
        if order.type is not OrderType.MARKET and not order.route.keeps_reduce_only:
            return DenialReason.NOT_SUPPORTED, f"{order.route.account.venue} has no reduce-only"
        leg = None if self._legs is None else self._legs.find(terms.position_id)
        if leg is None:
            return _NOTHING, f"there is no position {terms.position_id} of {order.route.name}"
        held = -leg.position.quantity * order.side
        if held < added:
            scale = order.route.quantity_scale
            return _NOTHING, f"position {leg.id} has {leg.position.size:g}, asked {added / scale:g}"
        return None


class Unclosed:
    """Deny what would close more of a position than other orders leave of it."""

    __slots__ = ("_legs", "_orders")

    def __init__(self, exposure: Exposure, orders: Callable[[], Iterable[Order]]) -> None:
        self._legs = exposure.legs
        self._orders = orders

    def judge(self, order: Order, _quantity: int, added: int, _price: float) -> Denial | None:
        """Look at the leg that the order names; a person may look past those of unknown fate."""
        name = order.terms.position_id
        leg = self._legs.find(name) if name and self._legs is not None else None
        if leg is None or added <= leg.closable:
            return None
        text = f"{leg.closing / order.route.quantity_scale:g} of position {name} are being closed"
        return DenialReason.EXIT_UNKNOWN if self._is_in_doubt(order) else _NOTHING, text

    def _is_in_doubt(self, order: Order) -> bool:
        """Say whether nobody knows the fate of an order that closes the same position."""
        named = [
            other
            for other in self._orders()
            if other.terms.position_id == order.terms.position_id and other.account == order.account
        ]
        return any(other.leg is not None and other.leg.life is Life.UNKNOWN for other in named)


class HedgedWorth:
    """Weigh everything that is held and works in a hedging account at its marks.

    Longs and shorts of an instrument do not net in the gross value nor in the margin it needs.
    """

    __slots__ = ("_account", "_gross", "_net", "_portfolio", "_working")

    def __init__(
        self, account: Account, portfolio: Portfolio, gross: float, net: float, working: float
    ) -> None:
        self._account = account
        self._portfolio = portfolio
        self._gross, self._net, self._working = gross, net, working

    def without(self, passed: Collection[DenialReason]) -> "HedgedWorth":
        """Return the same rule without the limits that have these reasons."""
        return HedgedWorth(
            self._account,
            self._portfolio,
            INFINITE if DenialReason.GROSS_LIMIT in passed else self._gross,
            INFINITE if DenialReason.NET_LIMIT in passed else self._net,
            INFINITE if DenialReason.OPEN_VALUE in passed else self._working,
        )

    def judge(self, order: Order, _quantity: int, added: int, price: float) -> Denial | None:
        """Weigh what an order adds; its own instrument at the higher of mark and price."""
        if not added:
            return None
        gross = net = working = margin = 0.0
        for name, exposure in self._portfolio.working(self._account.id).items():
            own = exposure is order.route.exposure
            units = added if own else 0
            level = abs(self._portfolio.markets[name].mark())
            if own and not abs(price) < level:
                level = abs(price)
            held, resting, side = units_of(exposure, order.side, units)
            if not (held or resting):
                continue
            unit = self._unit(exposure) * level
            gross += held * unit
            margin += held * unit * exposure.position.margin_initial
            working += resting * unit
            net += side * unit
        margin /= self._account.leverage
        return self._denial((gross, net, working), margin, order)

    def _unit(self, exposure: Exposure) -> float:
        position = exposure.position
        return self._portfolio.worth(self._account, position.unit_value, position.currency)

    def _denial(
        self, sums: tuple[float, float, float], margin: float, order: Order
    ) -> Denial | None:
        gross, net, working = sums
        equity = self._portfolio.equity(self._account)
        if not (gross >= 0 and equity == equity):  # noqa: PLR0124 - NaN in either
            return DenialReason.NO_REFERENCE, f"no price or rate to weigh {order.route.name} with"
        held = (
            (working, self._working, DenialReason.OPEN_VALUE, "orders would be worth"),
            (net, self._net, DenialReason.NET_LIMIT, "net worst case is"),
            (gross, self._gross, DenialReason.GROSS_LIMIT, "worst case is worth"),
            (margin, equity, DenialReason.BUYING_POWER, "margin needed is"),
        )
        for value, limit, reason, words in held:
            if not value <= limit:
                return reason, f"{words} {value:.2f}, limit {limit:.2f}"
        return None


def units_of(exposure: Exposure, side: int, added: int) -> tuple[int, int, int]:
    """Return what both sides come to, what rests, and the worst net on a side, `added` with it."""
    buys, sells, legs = exposure.buys, exposure.sells, exposure.legs
    held = abs(exposure.position.quantity) if legs is None else legs.long + legs.short
    resting = buys + sells + exposure.reducing_buys + exposure.reducing_sells + added
    net = exposure.highest if side > 0 else -exposure.lowest
    return held + buys + sells + added, resting, net + added
