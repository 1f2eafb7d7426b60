"""Answer HTTP requests for a simulator, as the faults will have it.

Knows no venue: what the answer says is the simulator's business.
"""

from collections.abc import Callable

from aiohttp import web

from connectors.frame.http import Request, Response
from connectors.frame.timing import Clock, pause
from connectors.simulation.faults import Fault, FaultPlan
from connectors.simulation.simulator import Simulator

LOST_NS = 60_000_000_000
"""How long a client may wait for an answer that is lost, before its connection is cut."""


class RequestDesk:
    """Answer one request after another; `flush` is called after whatever happened.

    `clock` is the program's, `venue` the one that the simulator lives by.
    """

    def __init__(
        self, simulator: Simulator, clock: Clock, venue: Clock, flush: Callable[[], None]
    ) -> None:
        self._simulator = simulator
        self._faults: FaultPlan = simulator.faults
        self._clock = clock
        self._venue = venue
        self._flush = flush

    async def answer(self, raw: web.Request, request: Request) -> web.StreamResponse:
        """Answer a request, unless a fault does; a cut connection gets no answer at all."""
        faults, what = self._faults, f"{request.method} {request.url}"
        if faults.strikes(Fault.CUT_BEFORE, what):
            return cut(raw)
        if faults.strikes(Fault.TOO_MANY, what):
            return web.Response(status=429, headers={"Retry-After": "1"})
        if faults.strikes(Fault.FAIL_BEFORE, what):
            return web.Response(status=500)
        response = self._simulator.answer(request, self._venue.now())
        self._flush()
        return await self._deliver(raw, response, what)

    async def _deliver(self, raw: web.Request, response: Response, what: str) -> web.StreamResponse:
        """Send an answer, or what the faults make of it: the venue has acted already."""
        faults = self._faults
        if faults.strikes(Fault.FAIL_AFTER, what):
            return web.Response(status=502)
        if faults.strikes(Fault.CUT_AFTER, what):
            return cut(raw)
        if faults.strikes(Fault.PARTIAL, what):
            return _torn(raw, response)
        if faults.strikes(Fault.LOSE_REPLY, what):
            await pause(self._clock, self._clock.now() + LOST_NS)
            return cut(raw)
        if faults.strikes(Fault.DELAY, what):
            await pause(self._clock, self._clock.now() + faults.span_ns(Fault.DELAY))
        return response_of(response)


def response_of(response: Response) -> web.Response:
    """Return an answer as the server sends it."""
    return web.Response(status=response.status, headers=response.headers, body=response.body)


def cut(raw: web.Request) -> web.Response:
    """Cut the connection of a request; the response that is returned goes nowhere."""
    if raw.transport is not None:
        raw.transport.abort()
    return web.Response(status=503)


def _torn(raw: web.Request, response: Response) -> web.Response:
    """Send an answer whose body ends half way, with its connection."""
    if raw.transport is not None:
        length = max(len(response.body), 1)
        head = f"HTTP/1.1 {response.status} Torn\r\nContent-Length: {length}\r\n\r\n"
        raw.transport.write(head.encode() + response.body[: length // 2])
        raw.transport.close()
    return web.Response(status=503)
