"""A venue, connected: the ports for market data and execution over links, flows and a login.

Knows no protocol and draws no conclusions: what a venue says becomes events, no more.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from functools import partial
from random import Random
from typing import Any, TypeVar

from connectors.frame.chores import keep_doing, keep_renewing
from connectors.frame.conversation import Answerer, Conversation
from connectors.frame.driver import FlowDriver, Sent
from connectors.frame.feeds import Feeds
from connectors.frame.flow import Call, Flow
from connectors.frame.http import Request, Response
from connectors.frame.login import Login
from connectors.frame.pumps.http import send_request
from connectors.frame.pumps.network import Network
from connectors.frame.session import Inquiry, Refused, VenueEvent
from connectors.frame.supervisor import LinkSupervisor, Pace
from connectors.frame.timing import Alarm, Clock
from connectors.frame.venue import Address, Adopting, Link, Venue
from engine.errors import NotSent, TokenRefused, VenueError
from engine.gate.approved import Approved
from engine.gate.rates import BudgetUsed, RateLimited, Scope
from engine.model.commands import Command
from engine.model.connection import ClockMeasured, FeedChanged, LinkChanged, LinkState
from engine.model.instrument import Instrument
from engine.model.market import Bar, BookSnapshot
from engine.model.outcome import not_sent, refused, unknown
from engine.model.reports import OrderReport
from engine.model.subscription import Subscription
from engine.model.truth import OrderRecord, VenueTruth

T = TypeVar("T")

ConnectorEvent = VenueEvent | LinkChanged | VenueTruth
"""What a connector tells the engine."""

_TOO_MANY_REQUESTS = 429


class Connector:
    """Connect one login at one venue: market-data port, execution port and history in one.

    Every event goes to `sink`, in the call stack of the socket where it can, but never from within
    a call of the engine. `keep` stores a rotated secret and returns once it is safe. The network is
    closed with the connector. Orders are refused as not sent until every private link is ready.
    """

    def __init__(
        self,
        venue: Venue,
        sink: Callable[[ConnectorEvent], None],
        network: Network,
        clock: Clock,
        *,
        keep: Callable[[str, str], None],
        seed: int = 0,
        pace: Pace | None = None,
    ) -> None:
        self.venue = venue
        self._sink = sink
        self._network = network
        self._clock = clock
        self._pace = pace or Pace()
        self._random = Random(f"{seed}/{venue.name}")
        self._login = Login(self._log_in, venue.renew_at, clock)
        self._driver = FlowDriver(self._fetch, self._ring, keep, self._responded)
        self._feeds = Feeds(venue.link_of)
        self._links = {link.name: self._supervisor(link) for link in venue.links}
        self._tasks: dict[asyncio.Task[None], None] = {}
        self._logged_in, self._truth, self._time, self._opened = (Alarm(clock) for _ in range(4))
        self._problem = ""
        self._calls = 0
        self._later: deque[ConnectorEvent] = deque()

    @property
    def is_ready(self) -> bool:
        """Say whether orders can be sent: every private link is ready."""
        return not self._missing()

    async def open(
        self, names: tuple[str, ...], orders: tuple[OrderRecord, ...] = ()
    ) -> tuple[Instrument, ...]:
        """Log in and load instruments, then begin to keep the links connected.

        `orders` are those of an earlier run that may still work; a venue without client order ids
        is told of them. Raises VenueError when the venue cannot be reached or refuses the login;
        nothing runs then.
        """
        by_link = self.venue.capabilities.asks_by_link
        if by_link:
            await self._connect()
        instruments = await self.instruments(names)
        if isinstance(self.venue, Adopting):
            self.venue.adopt(orders)
        if not by_link:
            self._run_links()
        renewed = partial(keep_renewing, self.venue.name, self._login, self._renewed)
        self._start(renewed(self._clock, self._logged_in))
        self._keep_doing("resync", self.resync, self._pace.resync_ns, self._truth)
        self._keep_doing("clock", self._measure, self._pace.clock_ns, self._time)
        self._time.ring()
        if not any(link.private for link in self.venue.links):
            self._truth.ring()
        return instruments

    async def _connect(self) -> None:
        """Open the links and wait until they are ready; raises VenueError when one is not."""
        await self._login.ensure()
        self._run_links()
        until = self._clock.now() + 2 * self._pace.ready_ns
        while self._clock.now() < until and not self.is_ready and not self._problem:
            await self._opened.wait(until)
        if not self.is_ready:
            problem = self._problem or f"link {self._missing()} did not become ready"
            await self.close()
            raise VenueError(f"{self.venue.name} cannot be reached: {problem}")

    def _run_links(self) -> None:
        for supervisor in self._links.values():
            self._start(supervisor.run())

    async def close(self) -> None:
        """Close every link and the network; what was sent and not answered becomes unknown."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._driver.close()
        await self._network.close()

    def send(self, approved: Approved[Command]) -> None:
        """Carry out a command that the gate approved; its first step leaves in this call."""
        command, now = approved.command, self._clock.now()
        with self._called():
            if missing := self._missing():
                self._report(not_sent(command, f"link {missing} is not ready", now))
                return
            self._driver.start(
                self.venue.execute(command, now),
                self._report,
                partial(self._failed, command),
                _counted_by_the_gate,
            )

    def subscribe(self, subscription: Subscription) -> None:
        """Ask for a stream now and after every reconnect, once each; see the port."""
        link = self._feeds.add(subscription)
        if link is None:
            return
        conversation = self._links[link].current
        if conversation is not None and conversation.is_ready:
            with self._called():
                self._subscribe(conversation, subscription)

    def unsubscribe(self, subscription: Subscription) -> None:
        """End a stream; what was not asked for is ignored."""
        link = self._feeds.remove(subscription)
        conversation = None if link is None else self._links[link].current
        if conversation is not None and conversation.is_ready:
            with self._called():
                conversation.unsubscribe(subscription)

    async def instruments(self, names: tuple[str, ...]) -> tuple[Instrument, ...]:
        """Return the named instruments, or all that the venue lists; see `Venue.instruments`."""
        return await self._read(lambda now: self.venue.instruments(names, now))

    async def history(self, instrument: str, spec: str, start: int, end: int) -> tuple[Bar, ...]:
        """Return complete bars with `start <= ts_open < end`, oldest first; see `Venue.history`."""
        return await self._read(lambda _: self.venue.history(instrument, spec, start, end))

    async def resync(self) -> None:
        """Ask for the truth of every account; each becomes an event. Raises VenueError."""
        for account in self.venue.accounts:
            truth = await self._read(partial(self.venue.resync, account), account)
            self._tell(truth)

    # What links tell: the `Switchboard` of the supervisors.

    def hear(self, event: VenueEvent) -> None:
        """Pass on what a session tells."""
        if type(event) is BookSnapshot:
            self._tell_feed(self._feeds.see(event, self._clock.now()))
        elif type(event) is FeedChanged:
            self._feeds.note(event)
        self._tell(event)

    def refused(self, refused: Refused) -> None:
        """Take note that the venue will not send a stream: it stays broken."""
        now = self._clock.now()
        self._tell_feed(self._feeds.broken(refused.subscription, refused.reason, now))

    def inquired(self, inquiry: Inquiry) -> None:
        """Look up what a session could not tell; where that fails, ask for the whole truth."""
        self._driver.start(
            inquiry.flow(self._clock.now()),
            self._report,
            lambda _: self._truth.ring(),
            self._sent(inquiry.account),
        )

    def became_ready(self, conversation: Conversation) -> None:
        """Subscribe to what is wanted; when the last private link is ready, ask for the truth."""
        link = next(s.link for s in self._links.values() if s.current is conversation)
        self.link_changed(link, LinkState.READY)
        for subscription in self._feeds.on(link.name):
            self._subscribe(conversation, subscription)
        if link.private and self.is_ready:
            self._truth.ring()

    def link_changed(self, link: Link, state: LinkState, reason: str = "") -> None:
        """Tell of a link, and of the feeds that are lost with it."""
        now = self._clock.now()
        self._tell(LinkChanged(self.venue.name, link.name, state, link.private, now, reason))
        if state is LinkState.CLOSED:
            self._problem = reason
        self._opened.ring()
        if state in (LinkState.LOST, LinkState.CLOSED):
            for changed in self._feeds.lost(link.name, reason, now):
                self._tell(changed)

    def _supervisor(self, link: Link) -> LinkSupervisor:
        return LinkSupervisor(
            link,
            self._login,
            self._network,
            self,
            self._clock,
            self._random,
            self._pace,
            self._address,
        )

    def _missing(self) -> str:
        """Return the name of a private link that is not ready; empty when all are."""
        for name, supervisor in self._links.items():
            if supervisor.link.private:
                conversation = supervisor.current
                if conversation is None or not conversation.is_ready:
                    return name
        return ""

    def _subscribe(self, conversation: Conversation, subscription: Subscription) -> None:
        conversation.subscribe(subscription)
        self._tell_feed(self._feeds.asked(subscription, self._clock.now()))

    def _tell_feed(self, changed: FeedChanged | None) -> None:
        if changed is not None:
            self._tell(changed)

    def _report(self, reports: tuple[OrderReport, ...]) -> None:
        for report in reports:
            self._tell(report)

    def _tell(self, event: ConnectorEvent) -> None:
        """Tell the engine, in order: now, or after its own call, for it is in an event then."""
        if self._calls or self._later:
            if not self._later:
                asyncio.get_running_loop().call_soon(self._catch_up)
            self._later.append(event)
        else:
            self._sink(event)

    def _catch_up(self) -> None:
        while self._later:
            self._sink(self._later[0])
            self._later.popleft()

    @contextmanager
    def _called(self) -> Iterator[None]:
        """Mark that the engine is calling."""
        self._calls += 1
        try:
            yield
        finally:
            self._calls -= 1

    def _failed(self, command: Command, error: Exception) -> None:
        """Judge a flow that raised: only what surely did not happen is a refusal."""
        now = self._clock.now()
        if isinstance(error, NotSent):
            self._report(not_sent(command, str(error), now))
        elif isinstance(error, TokenRefused):
            self._login.invalidate()
            self._report(refused(command, str(error), now))
        else:
            text = (
                str(error) if isinstance(error, VenueError) else f"{type(error).__name__}: {error}"
            )
            self._report(unknown(command, text, now))

    async def _log_in(self) -> None:
        await self._driver.run(self.venue.login(self._clock.now()), self._sent(""))
        self._logged_in.ring()

    async def _address(self, link: Link) -> Address:
        return await self._driver.run(link.address(self._clock.now()), self._sent(""))

    async def _read(self, make: Callable[[int], Flow[T]], account: str = "") -> T:
        """Run a flow that changes nothing; a refused token is renewed and the flow run again."""
        await self._login.ensure()
        try:
            return await self._driver.run(make(self._clock.now()), self._sent(account))
        except TokenRefused:
            self._login.invalidate()
            await self._login.ensure()
            return await self._driver.run(make(self._clock.now()), self._sent(account))

    async def _measure(self) -> None:
        """Ask the venue for its time and tell by how much its clock differs from ours."""
        asked = self._clock.now()
        flow = self.venue.server_time(asked)
        if flow is None:
            return
        theirs = await self._driver.run(flow, self._sent(""))
        now = self._clock.now()
        middle, error = (asked + now) // 2, (now - asked + 1) // 2
        self._tell(ClockMeasured(self.venue.name, theirs - middle, error, now))

    def _renewed(self) -> None:
        for supervisor in self._links.values():
            if supervisor.current is not None:
                supervisor.current.renewed()

    def _ring(self, call: Call, answered: Answerer) -> None:
        conversation = self._links[call.link].current
        if conversation is None:
            raise NotSent(f"link {call.link} is not connected")
        conversation.call(call, answered)

    async def _fetch(self, request: Request) -> Response:
        return await send_request(self._network, request, self._clock)

    def _responded(self, request: Request, response: Response) -> None:
        if response.status == _TOO_MANY_REQUESTS:
            scope = Scope(self.venue.name, "", request.endpoint)
            now = self._clock.now()
            self._tell(RateLimited(scope, now, _retry_after(response)))

    def _sent(self, account: str) -> Sent:
        """Return what tells the gate of requests that it did not count itself."""

        def sent(endpoint: str) -> None:
            now = self._clock.now()
            self._tell(BudgetUsed(Scope(self.venue.name, account, endpoint), 1, now, now))

        return sent

    def _keep_doing(
        self, what: str, work: Callable[[], Coroutine[Any, Any, None]], every_ns: int, alarm: Alarm
    ) -> None:
        self._start(
            keep_doing(
                f"{self.venue.name} {what}",
                work,
                every_ns=every_ns,
                backoff=self._pace.backoff,
                random=self._random,
                clock=self._clock,
                alarm=alarm,
            )
        )

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks[task] = None
        task.add_done_callback(self._finished)

    def _finished(self, task: "asyncio.Task[None]") -> None:
        """Let a defect be seen where the loop's defects are: a chore that dies is one."""
        self._tasks.pop(task, None)
        if not task.cancelled() and (error := task.exception()) is not None:
            context = {"message": "a connector's task failed", "exception": error}
            task.get_loop().call_exception_handler(context)


def _counted_by_the_gate(_endpoint: str) -> None:
    """Count nothing: commands were counted when they were approved."""


def _retry_after(response: Response) -> int | None:
    """Return how long a venue asked to stay away (ns), None when it did not say in seconds."""
    text = response.header("Retry-After")
    return int(text) * 1_000_000_000 if text.isascii() and text.isdigit() else None
