"""A venue, connected: the ports for market data and execution over links, flows and a login.

Knows no protocol and draws no conclusions: what a venue says becomes events, no more.
"""

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial
from random import Random
from typing import Any, TypeVar

import msgspec

from connectors.frame.chores import keep_doing, keep_renewing
from connectors.frame.conversation import Answerer, Conversation, Tap
from connectors.frame.feeds import Feeds
from connectors.frame.flow import Call
from connectors.frame.pumps.network import Network
from connectors.frame.questions import Questions
from connectors.frame.session import Frame, Inquiry, Refused, VenueEvent
from connectors.frame.supervisor import LinkSupervisor, Pace
from connectors.frame.tasks import Tasks
from connectors.frame.teller import Teller
from connectors.frame.timing import Alarm, Clock
from connectors.frame.venue import Link, RecordsQuotes, Venue
from engine.errors import NotSent, TokenRefused, UsageError, VenueError
from engine.gate.approved import Approved
from engine.model.commands import Command
from engine.model.connection import FeedChanged, LinkChanged, LinkState
from engine.model.instrument import Instrument
from engine.model.market import Bar, BookSnapshot, QuoteTick
from engine.model.outcome import not_sent, refused, unknown
from engine.model.reports import OrderReport
from engine.model.subscription import Subscription
from engine.model.truth import VenueTruth

T = TypeVar("T")

ConnectorEvent = VenueEvent | LinkChanged | VenueTruth
"""What a connector tells the engine."""

FrameTap = Callable[[str, str, Frame, int], None]
"""Takes note of a frame: the venue, the link, what came, and when (ns)."""

_TOO_MANY_REQUESTS = 429
_SECOND_NS = 1_000_000_000


class Connector:
    """Connect one login at one venue: market-data port, execution port and history in one.

    Every event goes to `sink`, in the call stack of the socket where it can, but never from within
    a call of the engine. `keep` stores a rotated secret and returns once it is safe. The network is
    closed with the connector. Orders are refused as not sent until every private link is ready.
    `tap`, set before it is opened, hears of every frame that a link brings.
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
        self._teller: Teller[ConnectorEvent] = Teller(sink)
        self._tell = self._teller.tell
        self._network = network
        self._clock = clock
        self._pace = pace or Pace()
        self.tap: FrameTap | None = None
        self._random = Random(f"{seed}/{venue.name}")
        self._questions = Questions(
            venue, network, clock, ring=self._ring, keep=keep, tell=self._tell
        )
        self._feeds = Feeds(venue.link_of)
        self._links = {link.name: self._supervisor(link) for link in venue.links}
        self._tasks = Tasks(f"the connector of {venue.name}")
        self._truth, self._time, self._changed = (Alarm(clock) for _ in range(3))
        self._problem = self._last_loss = ""

    @property
    def is_ready(self) -> bool:
        """Say whether orders can be sent: every private link is ready."""
        return not self._missing()

    async def open(self, names: tuple[str, ...]) -> tuple[Instrument, ...]:
        """Log in and load instruments, then begin to keep the links connected.

        Raises VenueError when the venue cannot be reached or refuses the login; nothing runs then.
        """
        by_link = self.venue.capabilities.asks_by_link
        if by_link:
            await self._connect()
        instruments = await self.instruments(names)
        if not by_link:
            self._run_links()
        login, alarm = self._questions.login, self._questions.renewed
        self._tasks.start(keep_renewing(self.venue.name, login, self._renewed, self._clock, alarm))
        self._keep_doing("resync", self.resync, self._pace.resync_ns, self._truth)
        measure = self._questions.measure_clock
        self._keep_doing("clock", measure, self._pace.clock_ns, self._time)
        self._time.ring()
        if not any(link.private for link in self.venue.links):
            self._truth.ring()
        return instruments

    async def _connect(self) -> None:
        """Open the links and wait until they are ready; raises VenueError when one is not."""
        await self._questions.login.ensure()
        self._run_links()
        until = self._clock.now() + 2 * self._pace.ready_ns
        while self._clock.now() < until and not self.is_ready and not self._problem:
            await self._changed.wait(until)
        if not self.is_ready:
            last = f" ({self._last_loss})" if self._last_loss else ""
            problem = self._problem or f"link {self._missing()} did not become ready{last}"
            await self.close()
            raise VenueError(f"{self.venue.name} cannot be reached: {problem}")

    def _run_links(self) -> None:
        for supervisor in self._links.values():
            self._tasks.start(supervisor.run())

    async def close(self) -> None:
        """Close every link and the network; what was sent and not answered becomes unknown."""
        await self._tasks.cancel()
        self._questions.driver.close()
        await self._network.close()

    def send(self, approved: Approved[Command]) -> None:
        """Carry out a command that the gate approved; its first step leaves in this call."""
        command, now = approved.command, self._clock.now()
        with self._teller.engine_calls():
            if missing := self._missing():
                self._report(not_sent(command, f"link {missing} is not ready", now))
                return
            self._questions.driver.start(
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
            with self._teller.engine_calls():
                self._subscribe(conversation, subscription)

    def unsubscribe(self, subscription: Subscription) -> None:
        """End a stream; what was not asked for is ignored."""
        link = self._feeds.remove(subscription)
        conversation = None if link is None else self._links[link].current
        if conversation is not None and conversation.is_ready:
            with self._teller.engine_calls():
                conversation.unsubscribe(subscription)

    async def instruments(self, names: tuple[str, ...]) -> tuple[Instrument, ...]:
        """Return the named instruments, or all that the venue lists; see `Venue.instruments`."""
        return await self._questions.read(lambda now: self.venue.instruments(names, now))

    async def history(self, instrument: str, spec: str, start: int, end: int) -> tuple[Bar, ...]:
        """Return complete bars with `start <= ts_open < end`, oldest first; see `Venue.history`."""
        return await self._questions.read(
            lambda _: self.venue.history(instrument, spec, start, end)
        )

    async def quote_history(self, instrument: str, start: int, end: int) -> tuple[QuoteTick, ...]:
        """Return quotes with `start <= ts_event < end`, oldest first; see `RecordsQuotes`.

        Raises UsageError for a venue that answers with bars alone.
        """
        venue = self.venue
        if not isinstance(venue, RecordsQuotes):
            raise UsageError(
                f"{venue.name} records no quotes that could be asked for; ask for bars"
            )
        return await self._questions.read(lambda _: venue.quote_history(instrument, start, end))

    async def resync(self) -> None:
        """Ask for the truth of every account; each becomes an event. Raises VenueError."""
        for account in self.venue.accounts:
            truth = await self._questions.read(partial(self.venue.resync, account), account)
            self._tell(msgspec.structs.replace(truth, ts_recv=self._clock.now()))

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
        self._questions.driver.start(
            inquiry.flow(self._clock.now()),
            self._report,
            lambda _: self._truth.ring(),
            self._questions.sent(inquiry.account),
        )

    def became_ready(self, conversation: Conversation) -> None:
        """Subscribe to what is wanted; when the last private link is ready, ask for the truth."""
        link = next(s.link for s in self._links.values() if s.current is conversation)
        self.link_changed(link, LinkState.READY)
        for subscription in self._feeds.on(link.name):
            self._subscribe(conversation, subscription)
        if link.private and self.is_ready:
            self._truth.ring()
            again_s = self._pace.again_ns / _SECOND_NS
            asyncio.get_running_loop().call_later(again_s, self._ask_again)

    def resubscribe(self, link: Link, conversation: Conversation) -> None:
        """Ask a second connection of a link for all that is wanted; the feeds stay as they are."""
        for subscription in self._feeds.on(link.name):
            conversation.subscribe(subscription)

    def _ask_again(self) -> None:
        """Ask for the truth once more, unless the links are gone: then it comes with the next."""
        if self.is_ready:
            self._truth.ring()

    def link_changed(self, link: Link, state: LinkState, reason: str = "") -> None:
        """Tell of a link, and of the feeds that are lost with it."""
        now = self._clock.now()
        self._tell(LinkChanged(self.venue.name, link.name, state, link.private, now, reason))
        if state is LinkState.CLOSED:
            self._problem = reason
        elif state is LinkState.LOST:
            self._last_loss = reason
        self._changed.ring()
        if state in (LinkState.LOST, LinkState.CLOSED):
            for changed in self._feeds.lost(link.name, reason, now):
                self._tell(changed)

    def tap_of(self, link: Link) -> Tap | None:
        """Return who hears of every frame of a link."""
        return None if self.tap is None else partial(self.tap, self.venue.name, link.name)

    def _supervisor(self, link: Link) -> LinkSupervisor:
        return LinkSupervisor(
            link,
            self._questions.login,
            self._network,
            self,
            self._clock,
            self._random,
            self._pace,
            self._questions.address,
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

    def _failed(self, command: Command, error: Exception) -> None:
        """Judge a flow that raised: only what surely did not happen is a refusal."""
        now = self._clock.now()
        if isinstance(error, NotSent):
            self._report(not_sent(command, str(error), now))
        elif isinstance(error, TokenRefused):
            self._questions.login.invalidate()
            self._report(refused(command, str(error), now))
        else:
            text = (
                str(error) if isinstance(error, VenueError) else f"{type(error).__name__}: {error}"
            )
            self._report(unknown(command, text, now))

    def _renewed(self) -> None:
        for supervisor in self._links.values():
            if supervisor.link.successor is not None:
                self._tasks.start(supervisor.replace())
            elif supervisor.current is not None:
                supervisor.current.renewed()

    def _ring(self, call: Call, answered: Answerer) -> None:
        conversation = self._links[call.link].current
        if conversation is None:
            raise NotSent(f"link {call.link} is not connected")
        conversation.call(call, answered)

    def _keep_doing(
        self, what: str, work: Callable[[], Coroutine[Any, Any, None]], every_ns: int, alarm: Alarm
    ) -> None:
        self._tasks.start(
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


def _counted_by_the_gate(_endpoint: str) -> None:
    """Count nothing: commands were counted when they were approved."""
