"""Bars of the wire, which are of bid prices, to bars of the engine.

Knows the periods that the venue makes; builds none of its own.
"""

from collections.abc import Mapping
from types import MappingProxyType

from msgspec.structs import replace

from connectors.ctrader.mapping.scaling import price
from connectors.ctrader.schema.market_pb2 import ProtoOATrendbar, ProtoOATrendbarPeriod
from engine.bars.spec import BarSpec
from engine.errors import UsageError, ValueRefused
from engine.model.market import Bar

_MINUTE_NS = 60_000_000_000

PERIODS = MappingProxyType(
    {
        "1m@bid": ProtoOATrendbarPeriod.M1,
        "2m@bid": ProtoOATrendbarPeriod.M2,
        "3m@bid": ProtoOATrendbarPeriod.M3,
        "4m@bid": ProtoOATrendbarPeriod.M4,
        "5m@bid": ProtoOATrendbarPeriod.M5,
        "10m@bid": ProtoOATrendbarPeriod.M10,
        "15m@bid": ProtoOATrendbarPeriod.M15,
        "30m@bid": ProtoOATrendbarPeriod.M30,
        "1h@bid": ProtoOATrendbarPeriod.H1,
        "4h@bid": ProtoOATrendbarPeriod.H4,
        "12h@bid": ProtoOATrendbarPeriod.H12,
    }
)
"""Bars with a length in minutes, by name: recorded and live."""

DAYS = MappingProxyType({"1d@bid": ProtoOATrendbarPeriod.D1, "7d@bid": ProtoOATrendbarPeriod.W1})
"""Recorded bars of the venue's own days and weeks. When those begin nothing tells but the bars
themselves, so they are not streamed; months have no name here.
"""

_SPECS: dict[int, str] = {period: spec for spec, period in (PERIODS | DAYS).items()}

_DAY_MINUTES = 1440
_HOUR_NS = 60 * _MINUTE_NS

_DAYS_AT_ONCE = ((5, 35), (60, 245), (_DAY_MINUTES, 366), (7 * _DAY_MINUTES, 1830))
"""Minutes of a period up to which so many days may be asked for at once."""


def period_of(spec: str) -> ProtoOATrendbarPeriod:
    """Return the venue's period of live bars; raises UsageError for bars that it does not make."""
    return _found(spec, PERIODS)


def recorded_period_of(spec: str) -> ProtoOATrendbarPeriod:
    """Return the venue's period of recorded bars, days and weeks too; raises UsageError."""
    return _found(spec, PERIODS | DAYS)


def _found(spec: str, periods: Mapping[str, ProtoOATrendbarPeriod]) -> ProtoOATrendbarPeriod:
    try:
        name = str(BarSpec.parse(spec))
    except ValueRefused as refused:
        raise UsageError(str(refused)) from None
    found = periods.get(name)
    if found is None:
        raise UsageError(f"cTrader makes no bars {spec!r} here; it makes {', '.join(periods)}")
    return found


def spec_of(period: int) -> str:
    """Return the engine's name of a period."""
    return _SPECS[period]


def step_ns(period: int) -> int:
    """Return the length of a period's bars; days and weeks are no longer than that."""
    spec = BarSpec.parse(_SPECS[period])
    return spec.step_ns or spec.step * _DAY_MINUTES * _MINUTE_NS


def span_ns(period: int) -> int:
    """Return the longest span that one question for bars may cover."""
    minutes = step_ns(period) // _MINUTE_NS
    days = next(days for limit, days in _DAYS_AT_ONCE if minutes <= limit)
    return days * _DAY_MINUTES * _MINUTE_NS


def opening(bar: ProtoOATrendbar, period: int) -> int:
    """Return when a bar's period began; the wire has the minute of its first tick.

    Days and weeks are taken to begin with the hour of their first tick.
    """
    step = _HOUR_NS if _SPECS[period] in DAYS else step_ns(period)
    return bar.utcTimestampInMinutes * _MINUTE_NS // step * step


def closing(start: int, following: int | None, period: int) -> int:
    """Return when the bar that began at `start` ended; `following` is when the next one began."""
    end = start + step_ns(period)
    return end if following is None else min(end, following)


def historical_bar(
    bar: ProtoOATrendbar, period: int, instrument: str, now: int, following: int | None = None
) -> Bar:
    """Return a bar of an answer; its volume counts ticks."""
    made = _bar(bar, period, instrument, price(bar.low + bar.deltaClose), now)
    return replace(made, ts_close=closing(made.ts_open, following, period))


def live_bar(bar: ProtoOATrendbar, period: int, instrument: str, bid: float, now: int) -> Bar:
    """Return a bar of a spot event, whose close is the bid."""
    return _bar(bar, period, instrument, bid, now)


def _bar(bar: ProtoOATrendbar, period: int, instrument: str, close: float, now: int) -> Bar:
    start = opening(bar, period)
    return Bar(
        instrument=instrument,
        spec=_SPECS[period],
        ts_open=start,
        ts_close=start + step_ns(period),
        ts_recv=now,
        open=price(bar.low + bar.deltaOpen),
        high=price(bar.low + bar.deltaHigh),
        low=price(bar.low),
        close=close,
        volume=float(bar.volume),
    )
