"""Tell the engine events in order, and never while it is itself calling.

Changes and drops no event.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

from engine.errors import InvariantError, VenueError

E = TypeVar("E")


class Teller(Generic[E]):
    """Pass events to `sink` at once, or, from within `engine_calls`, right after the call.

    What the sink raises is a defect, never a fault of the venue or its connection, whatever it is.
    """

    def __init__(self, sink: Callable[[E], None]) -> None:
        self._sink = sink
        self._calls = 0
        self._later: deque[E] = deque()

    def tell(self, event: E) -> None:
        """Tell one event; what has to wait keeps its place before what comes after it."""
        if self._calls or self._later:
            if not self._later:
                asyncio.get_running_loop().call_soon(self._catch_up)
            self._later.append(event)
        else:
            self._pass_on(event)

    @contextmanager
    def engine_calls(self) -> Iterator[None]:
        """Mark that the engine is in the middle of an event, and calling."""
        self._calls += 1
        try:
            yield
        finally:
            self._calls -= 1

    def _catch_up(self) -> None:
        while self._later:
            self._pass_on(self._later[0])
            self._later.popleft()

    def _pass_on(self, event: E) -> None:
        try:
            self._sink(event)
        except (OSError, VenueError) as error:
            raise InvariantError(f"the engine could not take {event!r}: {error}") from error
