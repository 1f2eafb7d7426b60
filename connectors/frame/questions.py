"""Ask a venue by flows, with a login that is good: addresses, lists, history, its clock.

Sends no command; it counts, for the gate, what it sends by itself.
"""

from collections.abc import Callable
from functools import partial
from typing import TypeVar

from connectors.frame.driver import FlowDriver, Ring, Sent, Store
from connectors.frame.flow import Flow
from connectors.frame.http import Request, Response
from connectors.frame.login import Login
from connectors.frame.pumps.http import send_request
from connectors.frame.pumps.network import Network
from connectors.frame.session import VenueEvent
from connectors.frame.timing import Alarm, Clock
from connectors.frame.venue import Address, Link, Venue
from engine.errors import TokenRefused
from engine.gate.rates import BudgetUsed, RateLimited, Scope
from engine.model.connection import ClockMeasured

T = TypeVar("T")

_TOO_MANY_REQUESTS = 429


class Questions:
    """Run the flows of one venue; what the gate has to know of them is told.

    `login` is shared with the links, `renewed` rings after each new token. `driver` also runs the
    flows of commands.
    """

    def __init__(
        self,
        venue: Venue,
        network: Network,
        clock: Clock,
        *,
        ring: Ring,
        keep: Store,
        tell: Callable[[VenueEvent], None],
    ) -> None:
        self._venue = venue
        self._clock = clock
        self._tell = tell
        fetch = partial(send_request, network, clock)
        self.driver = FlowDriver(fetch, ring, keep, self._responded)
        self.login = Login(self._log_in, venue.renew_at, clock)
        self.renewed = Alarm(clock)

    async def read(self, make: Callable[[int], Flow[T]], account: str = "") -> T:
        """Run a flow that changes nothing; a refused token is renewed and the flow run again.

        `make` is given the time at which it begins. Raises VenueError.
        """
        await self.login.ensure()
        try:
            return await self.driver.run(make(self._clock.now()), self.sent(account))
        except TokenRefused:
            self.login.invalidate()
            await self.login.ensure()
            return await self.driver.run(make(self._clock.now()), self.sent(account))

    async def address(self, link: Link) -> Address:
        """Return where a link is to be opened now."""
        return await self.driver.run(link.address(self._clock.now()), self.sent(""))

    async def measure_clock(self) -> None:
        """Tell by how much the venue's clock differs from ours, where it tells its time."""
        asked = self._clock.now()
        flow = self._venue.server_time(asked)
        if flow is None:
            return
        theirs = await self.driver.run(flow, self.sent(""))
        now = self._clock.now()
        middle, error = (asked + now) // 2, (now - asked + 1) // 2
        self._tell(ClockMeasured(self._venue.name, theirs - middle, error, now))

    def sent(self, account: str) -> Sent:
        """Return what tells the gate of requests that it did not count itself."""

        def sent(endpoint: str) -> None:
            now = self._clock.now()
            self._tell(BudgetUsed(Scope(self._venue.name, account, endpoint), 1, now, now))

        return sent

    async def _log_in(self) -> None:
        await self.driver.run(self._venue.login(self._clock.now()), self.sent(""))
        self.renewed.ring()

    def _responded(self, request: Request, response: Response) -> None:
        if response.status == _TOO_MANY_REQUESTS:
            scope = Scope(self._venue.name, "", request.endpoint)
            self._tell(RateLimited(scope, self._clock.now(), _retry_after(response)))


def _retry_after(response: Response) -> int | None:
    """Return how long a venue asked to stay away (ns), None when it did not say in seconds."""
    text = response.header("Retry-After")
    return int(text) * 1_000_000_000 if text.isascii() and text.isdigit() else None
