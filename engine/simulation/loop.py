"""An event loop whose order and time come from a seed: the same run on every machine.

Does no I/O, starts no thread and reads no clock; a program that would wait for ever is a deadlock.
"""

import asyncio
from asyncio import base_events
from collections import deque
from collections.abc import Callable, Coroutine, Iterable, Iterator
from contextvars import Context, copy_context
from typing import TYPE_CHECKING, Any, TypeVar

from engine.errors import InvariantError
from engine.simulation.network import MemoryNetwork, MemoryServer
from engine.simulation.process import Killed, Process, process_of

if TYPE_CHECKING:
    from random import Random

T = TypeVar("T")

STEPS_MAX = 50_000_000
"""How many callbacks one run may take; beyond that it runs in a circle."""


class Deadlock(InvariantError):
    """Say that every task waits and nothing can wake any of them."""


_BURIED: list[object] = []
"""What was killed; a test process ends before it weighs anything."""


class SeededLoop(base_events.BaseEventLoop):
    """Run callbacks that are ready in an order drawn from `random`, and let time jump to the next.

    Time begins at 0 and passes only where everything waits. Streams and servers connect in memory,
    by host and port; `network` says how fast, and traces what travels. `faults` collects what the
    program did not handle; `run` raises the first. What would run in a thread runs at once.

    `steps` counts callbacks. At the step `kill_at` everything stops as if the process were killed:
    `run` raises Killed, and nothing of the program runs any more, not even its `finally` clauses.
    A `Process` is killed alone; `killed` holds those that were.
    """

    def __init__(self, random: "Random") -> None:
        super().__init__()
        self.network = MemoryNetwork(self, random)
        self.steps = 0
        self.kill_at: int | None = None
        self.faults: list[dict[str, Any]] = []
        self.killed: list[Process] = []
        self._now = 0.0
        self._selector = _Selector(self)
        self._ready = _ShuffledQueue(self, random)
        self._clock_resolution = 1e-9
        self.set_exception_handler(lambda _, context: self._take_fault(context))

    def time(self) -> float:
        """Return virtual seconds since the loop was made."""
        return self._now

    def skip(self, seconds: float) -> None:
        """Let time pass; only the loop's own waiting does so."""
        self._now += seconds

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine to its end, cancel what it left behind, and return its value.

        Raises Deadlock, and the first fault that nobody handled.
        """
        main = self.create_task(work)
        try:
            value = self.run_until_complete(main)
        except Killed:
            self._bury(main)
            raise
        finally:
            if not self.is_closed():
                self._cancel_the_rest()
                self.close()
        for context in self.faults:
            raise context.get("exception") or InvariantError(context["message"])
        return value

    def create_task(  # type: ignore[override] # as asyncio's own, which has one signature a version
        self, coro: Coroutine[Any, Any, T], *, name: object = None, context: Context | None = None
    ) -> "asyncio.Task[T]":
        """Start a task, which belongs to the program that its context says."""
        task = super().create_task(coro, name=name, context=context)
        process = process_of(copy_context() if context is None else context)
        if process is not None:
            process.adopt(task)
        return task

    def close(self) -> None:
        """Close the loop, and forget what was killed."""
        super().close()
        for process in self.killed:
            process.forget()
        self.killed.clear()

    async def create_connection(  # type: ignore[override] # in memory, the rest makes no difference
        self, protocol_factory: Callable[[], asyncio.Protocol], host: str, port: int, **_: object
    ) -> tuple[asyncio.Transport, asyncio.Protocol]:
        """Connect to a server of this loop."""
        return await self.network.connect(protocol_factory, f"{host}:{port}")

    async def create_server(  # type: ignore[override] # in memory, the rest makes no difference
        self, protocol_factory: Callable[[], asyncio.Protocol], host: str, port: int, **_: object
    ) -> MemoryServer:
        """Listen on a port of this loop; 0 takes the next free one."""
        return self.network.listen(protocol_factory, host, port)

    async def create_unix_connection(  # type: ignore[override] # as above
        self, protocol_factory: Callable[[], asyncio.Protocol], path: str, **_: object
    ) -> tuple[asyncio.Transport, asyncio.Protocol]:
        """Connect to a server of this loop, whose `host:port` stands for a path."""
        return await self.network.connect(protocol_factory, path)

    def run_in_executor(
        self, _executor: object, function: Callable[..., T], *arguments: object
    ) -> "asyncio.Future[T]":
        """Call a function at once: there is one thread."""
        result: asyncio.Future[T] = self.create_future()
        try:
            result.set_result(function(*arguments))
        except Exception as error:  # noqa: BLE001 - it belongs to whoever awaits the result
            result.set_exception(error)
        return result

    async def getaddrinfo(self, *names: object, **_: object) -> list[Any]:
        """Raise: names are not looked up in memory."""
        raise InvariantError(f"a name was looked up under the seeded loop: {names}")

    def add_signal_handler(self, _number: int, _call: Callable[..., object], *_: object) -> None:
        """Do nothing: no signal comes from outside."""

    def step(self) -> None:
        """Count a callback that is about to run; only the loop's own queue calls this."""
        if self.steps == self.kill_at:
            raise Killed(f"killed at step {self.steps}")
        self.steps += 1
        if self.steps > STEPS_MAX:
            raise Deadlock(f"more than {STEPS_MAX} steps; the program runs in a circle")

    def _bury(self, main: "asyncio.Task[Any]") -> None:
        """Keep what was killed from ever running again, which forgetting it would make it do."""
        for task in (main, *asyncio.all_tasks(self)):
            task._log_destroy_pending = False  # type: ignore[attr-defined] # noqa: SLF001
            _BURIED.append(task)
        _BURIED.extend(self._scheduled)  # type: ignore[attr-defined] # what asyncio's loops have
        self.close()

    def _cancel_the_rest(self) -> None:
        alive = (
            task
            for task in asyncio.all_tasks(self)
            if not any(process.owns(task) for process in self.killed)
        )
        left = sorted(alive, key=_number)
        for task in left:
            task.cancel()
        if left:
            self.run_until_complete(_settled(left))

    def _take_fault(self, context: dict[str, Any]) -> None:
        """Keep a fault that nobody handled, unless it is the end of what was killed."""
        if not self.is_closed() and not isinstance(context.get("exception"), Killed):
            self.faults.append(context)

    def _process_events(self, _events: object) -> None:
        """Do nothing: no socket has events."""

    def _write_to_self(self) -> None:
        """Do nothing: nobody else could wake the loop."""


class _Selector:
    """Stand where a loop waits for sockets, and let time pass instead."""

    def __init__(self, loop: SeededLoop) -> None:
        self._loop = loop

    def select(self, timeout: float | None) -> tuple[()]:
        if timeout is None:
            raise Deadlock("every task waits and no timer runs")
        if timeout > 0:
            self._loop.skip(timeout)
        return ()

    def close(self) -> None:
        """Do nothing."""


class _ShuffledQueue:
    """Be the loop's queue of callbacks, out of which the next is drawn."""

    def __init__(self, loop: SeededLoop, random: "Random") -> None:
        self._loop = loop
        self._handles: deque[asyncio.Handle] = deque()
        self._random = random

    def append(self, handle: asyncio.Handle) -> None:
        self._handles.append(handle)

    def extend(self, handles: Iterable[asyncio.Handle]) -> None:
        self._handles.extend(handles)

    def popleft(self) -> asyncio.Handle:
        self._loop.step()
        handle = self._draw()
        process = process_of(handle._context)  # type: ignore[attr-defined] # noqa: SLF001 - no public way
        if process is not None:
            if not process.is_dead:
                process.step()
            if process.is_dead:
                handle.cancel()
        return handle

    def _draw(self) -> asyncio.Handle:
        handles = self._handles
        if len(handles) > 1:
            at = self._random.randrange(len(handles))
            handles.rotate(-at)
            handle = handles.popleft()
            handles.rotate(at)
            return handle
        return handles.popleft()

    def clear(self) -> None:
        self._handles.clear()

    def __len__(self) -> int:
        return len(self._handles)

    def __iter__(self) -> Iterator[asyncio.Handle]:
        return iter(self._handles)


class LoopClock:
    """Tell the virtual time of a loop as nanoseconds UTC from `origin` on."""

    def __init__(self, loop: asyncio.AbstractEventLoop, origin: int) -> None:
        self._loop = loop
        self._origin = origin

    def now(self) -> int:
        """Return the present moment."""
        return self._origin + round(self._loop.time() * 1e9)


async def _settled(tasks: list["asyncio.Task[Any]"]) -> None:
    await asyncio.gather(*tasks, return_exceptions=True)


def _number(task: "asyncio.Task[Any]") -> tuple[int, str]:
    """Order tasks by when they were made, which the name tells unless somebody chose it."""
    name = task.get_name()
    return len(name), name
