"""What waits to be processed: orders first, then the market, newer quotes in place of older ones.

Processes nothing.
"""

from collections import Counter, deque
from typing import Any

from engine.journal.entries import MARKET
from engine.model.connection import FeedChanged, FeedState
from engine.model.market import QuoteTick
from engine.model.subscription import DataKind

MARKET_EVENTS_MAX = 100_000
"""How many market events may wait; beyond that one is dropped and its feed is told as broken."""


class Inbox:
    """Queue events in two lines.

    Everything but market data is never dropped and always comes first. A quote takes the place of
    the instrument's last one if nothing else of the instrument has come since; trades, bars and
    changes of books each keep their place. `coalesced` counts what was replaced, by instrument.
    """

    def __init__(self, market_max: int = MARKET_EVENTS_MAX) -> None:
        self.coalesced: Counter[str] = Counter()
        self.dropped: Counter[str] = Counter()
        self._market_max = market_max
        self._orders: deque[Any] = deque()
        self._market: deque[list[Any]] = deque()
        self._last: dict[str, list[Any]] = {}

    def __len__(self) -> int:
        return len(self._orders) + len(self._market)

    def put(self, event: Any) -> None:  # noqa: ANN401 - every event there is
        """Take an event in."""
        if type(event) in MARKET:
            self._put_market(event)
        else:
            self._orders.append(event)

    def take(self) -> Any:  # noqa: ANN401 - as above
        """Return the next event, or None when nothing waits."""
        if self._orders:
            return self._orders.popleft()
        if not self._market:
            return None
        cell = self._market.popleft()
        event = cell[0]
        if self._last.get(event.instrument) is cell:
            del self._last[event.instrument]
        return event

    def _put_market(self, event: Any) -> None:  # noqa: ANN401 - as above
        name = event.instrument
        last = self._last.get(name)
        if last is not None and type(event) is QuoteTick and type(last[0]) is QuoteTick:
            last[0] = event
            self.coalesced[name] += 1
        elif len(self._market) < self._market_max:
            cell = self._last[name] = [event]
            self._market.append(cell)
        else:
            self._drop(event)

    def _drop(self, event: Any) -> None:  # noqa: ANN401 - as above
        if not self.dropped[event.instrument]:
            reason = f"more than {self._market_max} market events wait; the program is too slow"
            kind = DataKind.BOOK if hasattr(event, "sequence") else DataKind.TRADES
            self._orders.append(
                FeedChanged(event.instrument, kind, FeedState.BROKEN, event.ts_recv, reason)
            )
        self.dropped[event.instrument] += 1
