"""The market as the simulated venue remembers it: ticks of each side, and bars made of the bids.

Keeps the newest ticks only. Prices are integers of 10^-5, times milliseconds.
"""

from bisect import bisect_left, bisect_right
from math import isnan

import msgspec

from connectors.ctrader.mapping.scaling import PRICE_SCALE, milliseconds
from connectors.ctrader.schema.market_pb2 import (
    ProtoOATickData,
    ProtoOATrendbar,
    ProtoOATrendbarPeriod,
)
from connectors.ctrader.simulator.periods import start_of
from engine.model.market import QuoteTick

TICKS_KEPT = 500_000
"""Ticks of one side of an instrument; then the older half is forgotten."""


class Change(msgspec.Struct, frozen=True):
    """Say which sides of a quote are new; None is unchanged."""

    bid: int | None
    ask: int | None
    ts: int


class Ticks:
    """Remember the changes of one instrument's touch."""

    def __init__(self) -> None:
        self.sides: dict[int, list[tuple[int, int]]] = {1: [], -1: []}

    def take(self, quote: QuoteTick) -> Change:
        """Note a quote and return what it changed."""
        ts = milliseconds(quote.ts_recv)
        return Change(self._note(1, quote.bid, ts), self._note(-1, quote.ask, ts), ts)

    def last(self, side: int) -> int | None:
        """Return the last price of a side."""
        ticks = self.sides[side]
        return ticks[-1][1] if ticks else None

    def between(self, side: int, start: int, end: int) -> list[tuple[int, int]]:
        """Return the ticks with `start <= time <= end`, oldest first."""
        ticks = self.sides[side]
        return ticks[bisect_left(ticks, (start, 0)) : bisect_right(ticks, (end, 1 << 62))]

    def _note(self, side: int, price: float, ts: int) -> int | None:
        if isnan(price):
            return None
        units = round(price * PRICE_SCALE)
        if units == self.last(side):
            return None
        ticks = self.sides[side]
        ticks.append((ts, units))
        if len(ticks) > TICKS_KEPT:
            del ticks[: TICKS_KEPT // 2]
        return units


def bars(ticks: list[tuple[int, int]], period: ProtoOATrendbarPeriod) -> list[ProtoOATrendbar]:
    """Return bars oldest first; as at the venue without a period of their own.

    The minute is that of a bar's first tick.
    """
    groups: dict[int, list[tuple[int, int]]] = {}
    for tick in ticks:
        groups.setdefault(start_of(tick[0], period), []).append(tick)
    return [_bar(group) for group in groups.values()]


def forming(ticks: Ticks, period: ProtoOATrendbarPeriod, ts: int) -> ProtoOATrendbar | None:
    """Return the bar of the present period as spot events carry it: without a close."""
    found = bars(ticks.between(1, start_of(ts, period), ts), period)
    if not found:
        return None
    found[0].period = period
    found[0].ClearField("deltaClose")
    return found[0]


def _bar(ticks: list[tuple[int, int]]) -> ProtoOATrendbar:
    prices = [units for _, units in ticks]
    low = min(prices)
    return ProtoOATrendbar(
        volume=len(prices),
        low=low,
        deltaOpen=prices[0] - low,
        deltaHigh=max(prices) - low,
        deltaClose=prices[-1] - low,
        utcTimestampInMinutes=ticks[0][0] // 60_000,
    )


def differences(ticks: list[tuple[int, int]]) -> list[ProtoOATickData]:
    """Return ticks newest first, the first as it is and each other as a difference to the last."""
    found, before = [], (0, 0)
    for ts, units in reversed(ticks):
        found.append(ProtoOATickData(timestamp=ts - before[0], tick=units - before[1]))
        before = (ts, units)
    return found
