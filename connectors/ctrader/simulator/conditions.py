"""On what terms the simulated venue trades its symbols: swap, leverage, guaranteed stops.

Made up, of the size that is usual; a symbol without terms of its own costs no swap.
"""

from types import MappingProxyType

import msgspec

from connectors.ctrader.schema.reference_pb2 import ProtoOADynamicLeverage

SWAP_MINUTE = 21 * 60
"""When swap is charged, in minutes after 00:00 UTC."""

TRIPLE_SWAP_DAY = 3
"""The day of the week (Monday is 1) whose swap is that of three days."""

STOP_OUT_LEVEL = 30.0
"""Equity in percent of used margin below which positions are closed."""


class Conditions(msgspec.Struct, frozen=True, kw_only=True):
    """Hold the terms of one symbol.

    `swap_long` and `swap_short` are pips for a day, what the account gains. `leverage_id` names
    tiers of leverage, 0 none. `guaranteed_points` is how far from the market a guaranteed stop must
    be at least, 0 where there are none.
    """

    swap_long: float = 0.0
    swap_short: float = 0.0
    leverage_id: int = 0
    guaranteed_points: int = 0


CONDITIONS = MappingProxyType(
    {
        "EURUSD": Conditions(
            swap_long=-0.65, swap_short=0.21, leverage_id=1, guaranteed_points=100
        ),
        "USDJPY": Conditions(swap_long=0.9, swap_short=-1.4, leverage_id=1),
        "XAUUSD": Conditions(swap_long=-3.5, swap_short=1.1, leverage_id=2),
    }
)

_TIERS = MappingProxyType(
    {
        1: ((100_000_000, 100), (500_000_000, 50), (10_000_000_000, 20)),
        2: ((100_000_000, 50), (10_000_000_000, 10)),
    }
)
"""By number: up to which volume of a side (cents of a dollar) which leverage holds."""


def conditions(symbol: str) -> Conditions:
    """Return the terms of a symbol."""
    return CONDITIONS.get(symbol, Conditions())


def leverage(leverage_id: int) -> ProtoOADynamicLeverage | None:
    """Return tiers of leverage as the venue lists them."""
    tiers = _TIERS.get(leverage_id)
    if tiers is None:
        return None
    found = ProtoOADynamicLeverage(leverageId=leverage_id)
    for volume, factor in tiers:
        found.tiers.add(volume=volume, leverage=factor)
    return found


def margin(cents: float, rate: float, leverage_id: int) -> float:
    """Return the margin of a side's volume (both in cents), each tier's part at its own leverage.

    `rate` is the account's own margin by unit of volume, below which no tier goes.
    """
    tiers = _TIERS.get(leverage_id, ())
    needed = reached = 0.0
    for limit, factor in tiers:
        part = max(0.0, min(cents, limit) - reached)
        needed += part * max(rate, 1 / factor)
        reached = limit
    last = max(rate, 1 / tiers[-1][1]) if tiers else rate
    return needed + max(0.0, cents - reached) * last
