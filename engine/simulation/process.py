"""Processes of a seeded loop: what belongs to which program, and how one is killed alone.

Interrupts nothing half way: a program is killed between two callbacks, or by whatever it called.
"""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from contextvars import Context, ContextVar, copy_context
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import WeakSet

if TYPE_CHECKING:
    from engine.simulation.loop import SeededLoop
    from engine.simulation.network import MemoryTransport

T = TypeVar("T")

_CURRENT: ContextVar["Process | None"] = ContextVar("process", default=None)


class Killed(BaseException):
    """Say that a program was killed."""


class Process:
    """Be one program of a loop, beside others that outlive it.

    What its work starts, schedules and opens belongs to it, however deep. `steps` counts its
    callbacks. `before_step` is called ahead of each and may call `kill`: then nothing of it runs
    any more, not even its `finally` clauses, until the loop is closed; its connections are closed
    behind what it had sent, or `silently`, as when a machine goes down.
    """

    def __init__(self, loop: "SeededLoop") -> None:
        self.steps = 0
        self.is_dead = False
        self.before_step: Callable[[], object] = _nothing
        self._loop = loop
        self._context = copy_context()
        self._context.run(_CURRENT.set, self)
        self._tasks: WeakSet[asyncio.Task[Any]] = WeakSet()
        self._transports: WeakSet[MemoryTransport] = WeakSet()
        self._buried: list[asyncio.Task[Any]] = []
        self._ended: asyncio.Future[Any] | None = None

    async def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine as this program; raises Killed when that happens before its end."""
        ended: asyncio.Future[T] = self._loop.create_future()
        self._ended = ended
        task = self._loop.create_task(work, context=self._context)

        def finish(done: asyncio.Task[T]) -> None:
            if ended.done():
                return
            error = done.exception()
            if error is None:
                ended.set_result(done.result())
            else:
                ended.set_exception(error)

        task.add_done_callback(finish)
        return await ended

    def call(self, work: Callable[[], object]) -> None:
        """Call something as this program, as soon as its turn comes."""
        self._loop.call_soon(work, context=self._context)

    def kill(self, reason: str, *, silently: bool = False) -> None:
        """Let nothing of the program run any more; whoever awaits `run` gets Killed."""
        if self.is_dead:
            return
        self.is_dead = True
        self._loop.killed.append(self)
        for transport in sorted(self._transports, key=lambda each: each.number):
            transport.die(silently=silently)
        self._buried.extend(task for task in self._tasks if not task.done())
        for task in self._buried:
            task._log_destroy_pending = False  # type: ignore[attr-defined] # noqa: SLF001 - no public way
        if self._ended is not None and not self._ended.done():
            self._ended.set_exception(Killed(reason))

    def check(self) -> None:
        """Raise Killed once the program is dead: for what it calls from its last callback."""
        if self.is_dead:
            raise Killed("the program is dead")

    def step(self) -> None:
        """Count a callback that is about to run; the loop's own queue calls this."""
        self.steps += 1
        self.before_step()

    def owns(self, task: "asyncio.Task[Any]") -> bool:
        """Say whether a task was buried with the program."""
        return task in self._buried

    def adopt(self, task: "asyncio.Task[Any]") -> None:
        """Count a task to the program."""
        self._tasks.add(task)

    def connect(self, transport: "MemoryTransport") -> None:
        """Count an end of a connection to the program."""
        self._transports.add(transport)

    def forget(self) -> None:
        """Let go of what was buried; what its coroutines still want to do comes to nothing.

        They find the loop that they ran in, which is closed: without it asyncio would make another.
        """
        before = asyncio._get_running_loop()  # noqa: SLF001 - as asyncio's own loops do it
        asyncio._set_running_loop(self._loop)  # noqa: SLF001
        for task in self._buried:
            coroutine = task.get_coro()
            with suppress(BaseException):
                coroutine.close()
        asyncio._set_running_loop(before)  # noqa: SLF001
        self._buried.clear()


def process_of(context: Context) -> Process | None:
    """Return the program that a context belongs to, None for the world around all."""
    return context.get(_CURRENT)


def _nothing() -> None:
    """Let the program go on."""
