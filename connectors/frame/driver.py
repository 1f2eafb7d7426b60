"""Drive flows over real connections: requests by HTTP, calls on links, secrets kept.

Knows nothing of what a flow is for; it counts what flows send by themselves.
"""

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, Generic, TypeVar

from connectors.frame.conversation import Answerer
from connectors.frame.flow import Answer, Call, Flow, Keep, Reply, Step
from connectors.frame.http import Request, Response
from engine.errors import ConfigError, NotSent, OutcomeUnknown, VenueError

T = TypeVar("T")

Sent = Callable[[str], None]
"""Takes note that something which draws on an endpoint was sent."""

Fetch = Callable[[Request], Coroutine[Any, Any, Response]]
Ring = Callable[[Call, Answerer], None]
Store = Callable[[str, str], None]


class FlowDriver:
    """Run flows; `fetch` sends requests, `ring` calls on links, `store` keeps secrets.

    `responded` sees every response, whoever asked.
    """

    def __init__(
        self, fetch: Fetch, ring: Ring, store: Store, responded: Callable[[Request, Response], None]
    ) -> None:
        self._fetch = fetch
        self._ring = ring
        self._store = store
        self._responded = responded
        self._tasks: dict[asyncio.Task[None], None] = {}

    async def run(self, flow: Flow[T], sent: Sent) -> T:
        """Run a flow and return its value, or raise what it raised."""
        result: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self.start(flow, partial(_succeed, result), partial(_fail, result), sent)
        return await result

    def start(
        self,
        flow: Flow[T],
        succeeded: Callable[[T], None],
        failed: Callable[[Exception], None],
        sent: Sent,
    ) -> None:
        """Begin a flow: its first step is taken in this call, the end may come in it too."""
        run = _Run(self, flow, succeeded, failed, sent)
        run.go_on(partial(next, flow))

    def close(self) -> None:
        """Cancel the requests that are on their way; their flows end with an unknown outcome."""
        for task in list(self._tasks):
            task.cancel()

    def begin(self, step: Request | Call, run: "_Run[Any]") -> None:
        """Take a step whose reply comes later; raises NotSent when it cannot be taken."""
        if isinstance(step, Call):
            self._ring(step, run.reply)
        else:
            task = asyncio.get_running_loop().create_task(self._request(step, run))
            self._tasks[task] = None
            task.add_done_callback(partial(self._tasks.pop))
        if step.endpoint:
            run.sent(step.endpoint)

    def keep(self, step: Keep) -> None:
        """Store a secret at once."""
        self._store(step.name, step.secret)

    async def _request(self, request: Request, run: "_Run[Any]") -> None:
        reply: Response | VenueError
        try:
            reply = await self._fetch(request)
            self._responded(request, reply)
        except (NotSent, OutcomeUnknown) as fault:
            reply = fault
        except asyncio.CancelledError:
            run.reply(OutcomeUnknown(f"{request!r}: the program stopped before the answer"))
            raise
        run.reply(reply)


class _Run(Generic[T]):
    """Hold one flow that is under way."""

    def __init__(
        self,
        driver: FlowDriver,
        flow: Flow[T],
        succeeded: Callable[[T], None],
        failed: Callable[[Exception], None],
        sent: Sent,
    ) -> None:
        self._driver = driver
        self._flow = flow
        self._succeeded = succeeded
        self._failed = failed
        self.sent = sent

    def reply(self, reply: Response | Answer | VenueError) -> None:
        """Go on with what came of the last step."""
        if isinstance(reply, VenueError):
            self.go_on(partial(self._flow.throw, reply))
        else:
            self.go_on(partial(self._flow.send, reply))

    def go_on(self, resume: Callable[[], Step]) -> None:
        """Take steps until one has to be waited for, or until the end."""
        while True:
            try:
                step = resume()
            except StopIteration as end:
                self._succeeded(end.value)
                return
            except Exception as error:  # noqa: BLE001 - whoever began the flow judges its faults
                self._failed(error)
                return
            try:
                if not isinstance(step, Keep):
                    self._driver.begin(step, self)
                    return
                self._driver.keep(step)
                resume = partial(self._flow.send, _KEPT)
            except (NotSent, ConfigError) as fault:  # the latter where a secret cannot be kept
                resume = partial(self._flow.throw, fault)
            except Exception as error:  # noqa: BLE001 - a secret that is not kept must not be used
                self._flow.close()
                self._failed(error)
                return


_KEPT: Reply = None


def _succeed(result: "asyncio.Future[T]", value: T) -> None:
    if not result.done():
        result.set_result(value)


def _fail(result: "asyncio.Future[T]", error: Exception) -> None:
    if not result.done():
        result.set_exception(error)
