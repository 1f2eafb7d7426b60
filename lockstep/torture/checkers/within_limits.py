"""Check that no position, with all that works at the venue, is ever larger than allowed.

Counts what the venue has, not what the engine believes.
"""

from collections.abc import Iterator, Mapping

from engine.config.risk import RiskConfig
from engine.model.commands import SubmitOrder
from engine.model.reports import OrderFilled
from engine.model.truth import OrderRecord, Standing
from lockstep.torture.checkers.breach import Breach
from lockstep.torture.record import Record

_TINY = 1e-9


def within_limits(record: Record) -> Iterator[Breach]:
    """Demand that position plus working buys, and minus working sells, stay within max_position."""
    risk = record.scenario.loaded.config.risk
    reducing = _reducing(record)
    sides: dict[tuple[str, str], _Exposure] = {}
    for each in record.venue:
        order = each.order
        limit = _limit(risk, order)
        exposure = sides.setdefault((order.account, order.instrument), _Exposure(reducing))
        exposure.take(order, each.report)
        if limit is not None and exposure.worst > limit + _TINY:
            yield Breach(
                each.ts,
                f"{order.account} may come to {exposure.worst:g} in {order.instrument}, "
                f"allowed are {limit:g}",
            )


class _Exposure:
    """Add up one instrument of one account."""

    def __init__(self, reducing: frozenset[str]) -> None:
        self._position = 0.0
        self._working: dict[str, float] = {}
        self._reducing: dict[str, float] = {}
        self._names = reducing

    def take(self, order: OrderRecord, report: object) -> None:
        if isinstance(report, OrderFilled):
            self._position += report.quantity * report.side
        works = order.standing is Standing.WORKING
        left = (order.quantity - order.filled) * order.side if works else 0.0
        of_kind = self._reducing if order.client_order_id in self._names else self._working
        of_kind[order.venue_order_id] = left

    @property
    def worst(self) -> float:
        """Return the largest size that the position can come to, long or short."""
        buys, sells = _sides(self._working)
        covers, closes = _sides(self._reducing)  # these end where the position does
        low, high = min(self._position, 0.0), max(self._position, 0.0)
        highest = (self._position if low == 0 else min(0.0, low + covers)) + buys
        lowest = (self._position if high == 0 else max(0.0, high + closes)) + sells
        return max(highest, -lowest)


def _sides(working: Mapping[str, float]) -> tuple[float, float]:
    """Return the sums of what may still be bought and sold."""
    left = working.values()
    return sum(each for each in left if each > 0), sum(each for each in left if each < 0)


def _reducing(record: Record) -> frozenset[str]:
    """Return the orders that their venues let go down to a flat position and no further."""
    return frozenset(
        sent.command.client_order_id
        for sent in record.sent
        if isinstance(sent.command, SubmitOrder)
        and sent.command.reduce_only
        and sent.command.account in record.reducing
    )


def _limit(risk: RiskConfig, order: OrderRecord) -> float | None:
    scopes = (
        risk.firm,
        risk.account.get(order.account),
        risk.instrument.get(order.instrument),
    )
    limits = [each.max_position for each in scopes if each is not None]
    return min((limit for limit in limits if limit is not None), default=None)
