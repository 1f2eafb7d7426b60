"""Rules about what may be traded at all: instruments, types of order, hours.

Knows no position and no price.
"""

from engine.clock import Clock
from engine.gate.verdict import Denial
from engine.market_state import MarketState
from engine.model.market import TradingState
from engine.model.reports import DenialReason
from engine.orders.order import Order

_SHUT = (TradingState.CLOSED, TradingState.HALTED)


def not_allowed(order: Order, _quantity: int, _added: int, _price: float) -> Denial | None:
    """Deny every entry in an instrument that some list leaves out."""
    return DenialReason.INSTRUMENT_NOT_ALLOWED, f"{order.route.name} is not on the list"


class OrderTypes:
    """Deny entries of a type that is not on the list."""

    __slots__ = ("_types",)

    def __init__(self, types: tuple[str, ...]) -> None:
        self._types = types

    def judge(self, order: Order, _quantity: int, _added: int, _price: float) -> Denial | None:
        """Look the type up."""
        if order.type in self._types:
            return None
        allowed = ", ".join(self._types) or "none"
        return DenialReason.ORDER_TYPE_NOT_ALLOWED, f"{order.type.value} is not one of {allowed}"


class OpenSession:
    """Deny entries outside an instrument's hours, and while its venue says that it is shut."""

    __slots__ = ("_clock", "_is_open", "_market", "_until")

    def __init__(self, market: MarketState, clock: Clock) -> None:
        self._market = market
        self._clock = clock
        self._is_open = False
        self._until = -1

    def judge(self, order: Order, _quantity: int, _added: int, _price: float) -> Denial | None:
        """Ask the calendar once a session, and the last status."""
        now, market = self._clock.now, self._market
        if now >= self._until:
            self._is_open, _, self._until = market.instrument.calendar.interval(now)
        status = market.status
        if self._is_open and (status is None or status.state not in _SHUT):
            return None
        said = "closed" if status is None or not self._is_open else status.state.value
        return DenialReason.SESSION_CLOSED, f"{order.route.name} is {said}"
