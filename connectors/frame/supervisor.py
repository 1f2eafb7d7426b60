"""Keep one link of a venue connected: log in, open, and come back after every loss.

Knows no protocol; sessions and pumps do the talking.
"""

import asyncio
from collections.abc import Awaitable, Callable
from random import Random
from typing import Protocol
from urllib.parse import urlsplit

import aiohttp
import msgspec

from connectors.frame.backoff import Backoff
from connectors.frame.conversation import Audience, Conversation, Tap
from connectors.frame.handover import Lane
from connectors.frame.http import host_of
from connectors.frame.login import Login
from connectors.frame.pumps.network import Network
from connectors.frame.pumps.stream import pump_stream
from connectors.frame.pumps.websocket import pump_websocket
from connectors.frame.session import Ended, Remedy, Session
from connectors.frame.timing import Clock, pause
from connectors.frame.venue import Address, Link
from engine.errors import ConfigError, LoginRefused, TokenRefused, VenueError
from engine.model.connection import LinkState

_UNAUTHORISED = (401, 403)


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """Say how patient a connector is, in nanoseconds.

    `ready_ns` bounds how long an open connection may take to become ready; `resync_ns` and
    `clock_ns` are the time between two comparisons with the venue's truth and its clock; once
    connected, the truth is asked for again after `again_ns`, for lists may lag behind. A connection
    that held for `stable_ns` forgets earlier failures. `overlap_ns` is how long two connections
    carry the same streams before one takes over from the other.
    """

    backoff: Backoff = Backoff()
    ready_ns: int = 15_000_000_000
    resync_ns: int = 60_000_000_000
    clock_ns: int = 300_000_000_000
    again_ns: int = 5_000_000_000
    stable_ns: int = 10_000_000_000
    overlap_ns: int = 2_000_000_000


class Switchboard(Audience, Protocol):
    """Hear of the connections of all links, and what they bring."""

    def link_changed(self, link: Link, state: LinkState, reason: str = "") -> None:
        """Take note of the state of a link."""

    def resubscribe(self, link: Link, conversation: Conversation) -> None:
        """Ask a second connection of a link for all that is wanted on it."""

    def tap_of(self, link: Link) -> Tap | None:
        """Return who hears of every frame of a link; asked before each connection."""


class LinkSupervisor:
    """Run one link until cancelled, or until its end needs a person.

    `current` is the conversation under way, None between two. `address` runs the link's flow.
    `replace` brings a second one beside it, which takes its place.
    """

    def __init__(
        self,
        link: Link,
        login: Login,
        network: Network,
        switchboard: Switchboard,
        clock: Clock,
        random: Random,
        pace: Pace,
        address: Callable[[Link], Awaitable[Address]],
    ) -> None:
        self.link = link
        self.current: Conversation | None = None
        self._host = ""
        self._login = login
        self._network = network
        self._switchboard = switchboard
        self._clock = clock
        self._random = random
        self._pace = pace
        self._address = address
        self._session = link.session
        self._lane: Lane | None = None
        self._heir: tuple[Conversation, asyncio.Task[Ended]] | None = None
        self._is_replacing = False

    async def run(self) -> None:
        """Keep the link connected; returns only when a person has to act.

        What the engine raises over an event ends the link for good, and is raised.
        """
        try:
            await self._stay_connected()
        except asyncio.CancelledError:
            self._switchboard.link_changed(self.link, LinkState.CLOSED, "the program stopped")
            raise
        except Exception as error:
            reason = f"a defect: {type(error).__name__}: {error}"
            self._switchboard.link_changed(self.link, LinkState.CLOSED, reason)
            raise
        finally:
            if self._heir is not None:
                self._heir[1].cancel()

    async def _stay_connected(self) -> None:
        failures = 0
        while True:
            began = self._clock.now()
            self._switchboard.link_changed(self.link, LinkState.CONNECTING)
            ended = await self._once()
            while self._heir is not None:
                (_, talk), self._heir = self._heir, None
                ended = await talk
            if ended.remedy is Remedy.STOP:
                self._switchboard.link_changed(self.link, LinkState.CLOSED, ended.reason)
                return
            if ended.remedy is Remedy.LOGIN:
                self._login.invalidate()
            self._switchboard.link_changed(self.link, LinkState.LOST, ended.reason)
            stable = self._clock.now() - began > self._pace.stable_ns
            failures = 1 if stable else failures + 1
            await pause(self._clock, self._clock.now() + self._wait(ended, failures))

    def _wait(self, ended: Ended, failures: int) -> int:
        if ended.wait_ns is not None:
            return ended.wait_ns
        if ended.remedy is Remedy.REPLACE and failures == 1:
            return 0
        return self._pace.backoff.wait(failures, self._random)

    async def replace(self) -> None:
        """Make a connection with the new token, let it take over, and close the one before.

        Where that fails, the session is told of the token, as it is where there is no successor.
        """
        before = self.current
        if before is None or self._is_replacing:
            return
        self._is_replacing = True
        try:
            if not before.is_ready or not await self._succeed(before):
                before.renewed()
        finally:
            self._is_replacing = False

    async def _succeed(self, before: Conversation) -> bool:
        """Let a second connection take over from a ready one; return whether it did."""
        assert self.link.successor is not None
        assert self._lane is not None
        session, lane = self.link.successor(), Lane(self._switchboard, self._clock, self._lane)
        heir = self._conversation(session, lane)
        talk = asyncio.get_running_loop().create_task(self._carry(heir))
        has_succeeded = False
        try:
            await lane.joined.wait(self._clock.now() + self._pace.ready_ns)
            if heir.is_ready:
                self._switchboard.resubscribe(self.link, heir)
                await pause(self._clock, self._clock.now() + self._pace.overlap_ns)
            has_succeeded = heir.is_ready and self.current is before
        finally:
            if not has_succeeded:
                self._lane.alone()
                talk.cancel()
                await asyncio.gather(talk, return_exceptions=True)
        if has_succeeded:
            self._session, self._lane = session, lane
            self.current, self._heir = heir, (heir, talk)
            self.link.took_over(session)
            lane.take_over(self._clock.now() + self._pace.overlap_ns)
            before.end(Ended("a connection with a new token took over", Remedy.REPLACE))
        return has_succeeded

    def _conversation(self, session: Session, audience: Audience) -> Conversation:
        return Conversation(
            session,
            audience,
            self._clock,
            silence_ns=self.link.silence_ns,
            ready_ns=self._pace.ready_ns,
            tap=self._switchboard.tap_of(self.link),
        )

    async def _once(self) -> Ended:
        """Connect once and converse to the end; return what shall follow."""
        audience: Audience = self._switchboard
        if self.link.successor is not None:
            audience = self._lane = Lane(self._switchboard, self._clock)
        self.current = self._conversation(self._session, audience)
        return await self._carry(self.current)

    async def _carry(self, conversation: Conversation) -> Ended:
        """Connect a conversation and let it go on to its end."""
        reason = "the program stopped"
        try:
            reason = await self._converse(conversation)
        except (LoginRefused, ConfigError) as error:
            return Ended(str(error), Remedy.STOP)
        except TokenRefused as error:
            return Ended(str(error), Remedy.LOGIN)
        except VenueError as error:
            reason = str(error)
        except aiohttp.WSServerHandshakeError as error:
            remedy = Remedy.LOGIN if error.status in _UNAUTHORISED else Remedy.RECONNECT
            return Ended(f"the connection was refused with status {error.status}", remedy)
        except (aiohttp.ClientError, OSError) as error:
            reason = f"no connection to {self._host or self.link.name} ({_reason(error)})"
        finally:
            if self.current is conversation:
                self.current = None
            ended = conversation.ended
            conversation.over(reason if ended is None else ended.reason)
        return conversation.ended or Ended(reason)

    async def _converse(self, conversation: Conversation) -> str:
        await self._login.ensure()
        address = await self._address(self.link)
        self._host = host_of(address.url)
        if urlsplit(address.url).scheme in ("ws", "wss"):
            return await pump_websocket(self._network, address, conversation, self._clock)
        return await pump_stream(self._network, address, conversation)


def _reason(error: Exception) -> str:
    """Return a text without addresses and headers, which may hold what is secret."""
    return getattr(error, "strerror", None) or type(error).__name__
