"""Watch the feeds of a run: nothing for too long, although the market is open, is told.

Denies nothing; the gate has an age of its own for what it decides by.
"""

import asyncio
from collections.abc import Callable, Iterable

from engine.gate.rules.references import newest
from engine.live.runner import Clock
from engine.market_state import MarketState
from engine.model.market import TradingState

CHECK_S = 5.0
_SECOND_NS = 1e9
Tell = Callable[[str, str], None]
"""Hears of an instrument, and what is the matter in one line."""


class FeedWatch:
    """Look at markets every CHECK_S seconds; tell once of each that has been silent for too long.

    `markets` gives those that are subscribed to. One that speaks again is told of when it next
    falls silent.
    """

    def __init__(
        self,
        markets: Callable[[], Iterable[MarketState]],
        clock: Clock,
        silence_ns: int,
        tell: Tell,
    ) -> None:
        self._markets = markets
        self._clock = clock
        self._silence_ns = silence_ns
        self._tell = tell
        self._began = clock.now()
        self._silent: dict[str, None] = {}
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Look now, and from now on."""
        self.check()
        self._timer = asyncio.get_running_loop().call_later(CHECK_S, self.start)

    def stop(self) -> None:
        """Look no more."""
        if self._timer is not None:
            self._timer.cancel()

    def check(self) -> None:
        """Tell of every feed that is silent and was not when it was looked at last."""
        now = self._clock.now()
        for market in self._markets():
            name = market.instrument.id
            silent_ns = now - max(newest(market), self._began)
            if silent_ns <= self._silence_ns or not _is_open(market, now):
                self._silent.pop(name, None)
            elif name not in self._silent:
                self._silent[name] = None
                self._tell(name, f"nothing for {silent_ns / _SECOND_NS:.0f} s")


def _is_open(market: MarketState, now: int) -> bool:
    """Say whether an instrument trades by its calendar and by what its venue said last."""
    status = market.status
    shut = status is not None and status.state in (TradingState.CLOSED, TradingState.HALTED)
    return not shut and market.instrument.calendar.is_open(now)
