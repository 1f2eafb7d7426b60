"""Request and response logic as generators: a flow yields a step and is sent what came of it.

Does no I/O: `connectors.frame.driver` drives flows over real connections, `drive` in memory.
"""

from collections.abc import Callable, Generator
from typing import TypeVar

import msgspec

from connectors.frame.http import SECOND_NS, Request, Response
from engine.errors import InvariantError, NotSent, OutcomeUnknown

T = TypeVar("T")


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """Ask for a message to be sent on a persistent connection and for the answer to it.

    `link` names the connection; its session gives the message a correlation id, encodes it and
    reports the `Answered` that belongs to it. It is sent at once or never: a link that is not ready
    raises NotSent in the flow. Without an answer after `timeout_ns`, or when the link is lost
    before it came, OutcomeUnknown is raised. `endpoint` is as in `Request`.
    """

    link: str
    message: object
    endpoint: str = ""
    timeout_ns: int = 10 * SECOND_NS


class Answer(msgspec.Struct, frozen=True):
    """Hold the message that answered a call, and when it came (ns)."""

    message: object
    ts_recv: int


class Keep(msgspec.Struct, frozen=True):
    """Ask for a secret that the venue has just changed to be stored before the flow goes on.

    Venues that rotate refresh tokens make the old one worthless: a flow yields this first and uses
    the new one afterwards. Never prints the secret.
    """

    name: str
    secret: str

    def __repr__(self) -> str:
        return f"<Keep {self.name}>"


Step = Request | Call | Keep
"""What a flow may ask for."""

Reply = Response | Answer | None
"""What a step is answered with: a request's response, a call's answer, None once a secret is kept.
"""

Flow = Generator[Step, Reply, T]
"""A procedure of steps that ends with a value of type T.

NotSent, OutcomeUnknown or another VenueError is raised inside it at the step that failed.
"""


def fetch(request: Request) -> Flow[Response]:
    """Send one request and return its response, for `yield from`."""
    reply = yield request
    if not isinstance(reply, Response):
        raise InvariantError(f"{request!r} was answered with {type(reply).__name__}")
    return reply


def ask(call: Call) -> Flow[Answer]:
    """Make one call and return its answer, for `yield from`."""
    reply = yield call
    if not isinstance(reply, Answer):
        raise InvariantError(f"a call on {call.link} was answered with {type(reply).__name__}")
    return reply


def done(value: T) -> Flow[T]:
    """Return a value without any step: a flow for where there is nothing to ask."""
    return value
    yield  # the presence of a yield makes this a generator


def drive(flow: Flow[T], answer: Callable[[Step], Reply]) -> T:
    """Run a flow in memory and return its value; `answer` plays the other side.

    A fault that `answer` raises for a step is raised in the flow at that step.
    """
    try:
        step = next(flow)
        while True:
            try:
                reply = answer(step)
            except (NotSent, OutcomeUnknown) as fault:
                step = flow.throw(fault)
            else:
                step = flow.send(reply)
    except StopIteration as end:
        value: T = end.value
        return value
