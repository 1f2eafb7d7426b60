"""The tasks of one owner: started here, told of when they fail, and canceled together.

Groups nothing that waits for one another.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any


class Tasks:
    """Run coroutines in the background; one that raises is told to the loop as a defect."""

    def __init__(self, owner: str) -> None:
        self._owner = owner
        self._running: dict[asyncio.Task[None], None] = {}

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Begin a task."""
        task = asyncio.get_running_loop().create_task(work)
        self._running[task] = None
        task.add_done_callback(self._finished)

    async def cancel(self) -> None:
        """Cancel all tasks, in the order in which they were started, and wait for their end."""
        running = list(self._running)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    def _finished(self, task: "asyncio.Task[None]") -> None:
        self._running.pop(task, None)
        if not task.cancelled() and (error := task.exception()) is not None:
            context = {"message": f"a task of {self._owner} failed", "exception": error}
            task.get_loop().call_exception_handler(context)
