"""Answer what strategies ask for while a bot runs: bars from the venue, functions in threads.

Waits for nothing itself; answers come back as events.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import msgspec

from engine.bars import BarSpec
from engine.errors import LockstepError
from engine.live.connection import Connection
from engine.live.runner import Clock
from engine.model.market import Bar
from engine.model.requests import BarsRequested, HistoryReceived, Plain, WorkRequested
from engine.strategy.answers import failed_result, result_of

ANSWERS_MAX = 100
"""How many requests may be under way at once; one more is answered with an error."""
_DAY_NS = 86_400_000_000_000
_SPARE = 4
"""How many times the wanted span is asked for, for nights and holidays."""


class LiveAnswers:
    """Be the request port of a live run; `connections` gives each venue's connector by its name."""

    def __init__(
        self,
        connections: Callable[[str], Connection],
        clock: Clock,
        feed: Callable[[object], None],
    ) -> None:
        self._connections = connections
        self._clock = clock
        self._feed = feed
        self._tasks: dict[asyncio.Task[None], None] = {}

    def fetch(self, request: BarsRequested) -> None:
        """Fetch bars from the venue."""
        if len(self._tasks) >= ANSWERS_MAX:
            self._feed(self._history(request, (), f"{ANSWERS_MAX} requests are under way"))
        else:
            self._start(self._fetch(request))

    def work(self, request: WorkRequested, function: Callable[[], Plain]) -> None:
        """Call a function in a thread."""
        if len(self._tasks) >= ANSWERS_MAX:
            reason = f"{ANSWERS_MAX} requests are under way"
            self._feed(failed_result(request, reason, self._clock.now()))
        else:
            self._start(self._work(request, function))

    async def bars(self, instrument: str, spec: str, count: int, before: int) -> tuple[Bar, ...]:
        """Return at most the last `count` bars closed before a time. Raises LockstepError."""
        step = BarSpec.parse(spec).step_ns or _DAY_NS
        connection = self._connections(instrument)
        start = before - max(count * step * _SPARE, 7 * _DAY_NS if step < _DAY_NS else 0)
        found = await connection.history(instrument, spec, start, before)
        return tuple(bar for bar in found if bar.ts_close < before)[-count:]

    def close(self) -> None:
        """Give up what is under way."""
        for task in self._tasks:
            task.cancel()

    async def _fetch(self, request: BarsRequested) -> None:
        try:
            bars = await self.bars(request.instrument, request.spec, request.count, request.ts)
        except LockstepError as error:
            self._feed(self._history(request, (), str(error)))
        else:
            self._feed(self._history(request, bars, ""))

    async def _work(self, request: WorkRequested, function: Callable[[], Plain]) -> None:
        loop = asyncio.get_running_loop()
        answer = await loop.run_in_executor(None, result_of, request, function, 0)
        self._feed(msgspec.structs.replace(answer, ts_recv=self._clock.now()))

    def _history(
        self, request: BarsRequested, bars: tuple[Bar, ...], error: str
    ) -> HistoryReceived:
        return HistoryReceived(
            request.strategy,
            request.request,
            request.instrument,
            request.spec,
            self._clock.now(),
            bars,
            error,
        )

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks[task] = None
        task.add_done_callback(lambda done: self._tasks.pop(done, None))
