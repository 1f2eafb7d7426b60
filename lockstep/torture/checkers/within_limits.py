"""Check that no position, with all that works at the venue, is ever larger than allowed.

Counts what the venue has, not what the engine believes.
"""

from collections.abc import Iterator

from engine.config.risk import RiskConfig
from engine.model.reports import OrderFilled
from engine.model.truth import OrderRecord, Standing
from lockstep.torture.checkers.breach import Breach
from lockstep.torture.record import Record

_TINY = 1e-9


def within_limits(record: Record) -> Iterator[Breach]:
    """Demand that position plus working buys, and minus working sells, stay within max_position."""
    risk = record.scenario.loaded.config.risk
    sides: dict[tuple[str, str], _Exposure] = {}
    for each in record.venue:
        order = each.order
        limit = _limit(risk, order)
        exposure = sides.setdefault((order.account, order.instrument), _Exposure())
        exposure.take(order, each.report)
        if limit is not None and exposure.worst > limit + _TINY:
            yield Breach(
                each.ts,
                f"{order.account} may come to {exposure.worst:g} in {order.instrument}, "
                f"allowed are {limit:g}",
            )


class _Exposure:
    """Add up one instrument of one account."""

    def __init__(self) -> None:
        self._position = 0.0
        self._working: dict[str, float] = {}

    def take(self, order: OrderRecord, report: object) -> None:
        if isinstance(report, OrderFilled):
            self._position += report.quantity * report.side
        works = order.standing is Standing.WORKING
        left = (order.quantity - order.filled) * order.side if works else 0.0
        self._working[order.venue_order_id] = left

    @property
    def worst(self) -> float:
        """Return the largest size that the position can come to, long or short."""
        buys = sum(left for left in self._working.values() if left > 0)
        sells = sum(left for left in self._working.values() if left < 0)
        return max(self._position + buys, -(self._position + sells))


def _limit(risk: RiskConfig, order: OrderRecord) -> float | None:
    scopes = (
        risk.firm,
        risk.account.get(order.account),
        risk.instrument.get(order.instrument),
    )
    limits = [each.max_position for each in scopes if each is not None]
    return min((limit for limit in limits if limit is not None), default=None)
