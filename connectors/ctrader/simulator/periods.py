"""When the bars of the simulated venue begin: its days end at 21:00 UTC, its weeks on Saturdays.

Times are milliseconds.
"""

from datetime import UTC, datetime

from connectors.ctrader.mapping.bars import span_ns, step_ns
from connectors.ctrader.mapping.scaling import milliseconds
from connectors.ctrader.schema.market_pb2 import ProtoOATrendbarPeriod
from connectors.ctrader.simulator.conditions import SWAP_MINUTE

_DAY_MS = 86_400_000
_DAY_START_MS = SWAP_MINUTE * 60_000
_OFFSETS: dict[int, int] = {
    ProtoOATrendbarPeriod.D1: _DAY_START_MS,
    ProtoOATrendbarPeriod.W1: 2 * _DAY_MS + _DAY_START_MS,  # the epoch was a Thursday
}
_MONTHS_DAYS = 31


def start_of(ts: int, period: int) -> int:
    """Return when the period of a time began; a month with the venue's own first day."""
    if period == ProtoOATrendbarPeriod.MN1:
        day = datetime.fromtimestamp((ts + _DAY_MS - _DAY_START_MS) // 1000, UTC)
        first = day.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        return round(first.timestamp()) * 1000 - _DAY_MS + _DAY_START_MS
    offset, step = offset_of(period), length(period)
    return (ts - offset) // step * step + offset


def offset_of(period: int) -> int:
    """Return by how much the starts of a period are later than whole multiples of its length."""
    return _OFFSETS.get(period, 0)


def longest_span(period: int) -> int:
    """Return what one question may cover; that of months is as long as that of weeks."""
    is_month = period == ProtoOATrendbarPeriod.MN1
    return milliseconds(span_ns(ProtoOATrendbarPeriod.W1 if is_month else period))


def length(period: int) -> int:
    """Return the length of a period; of a month at most."""
    if period == ProtoOATrendbarPeriod.MN1:
        return _MONTHS_DAYS * _DAY_MS
    return milliseconds(step_ns(period))
