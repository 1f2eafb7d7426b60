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
from connectors.frame.http import host_of
from connectors.frame.login import Login
from connectors.frame.pumps.network import Network
from connectors.frame.pumps.stream import pump_stream
from connectors.frame.pumps.websocket import pump_websocket
from connectors.frame.session import Ended, Remedy
from connectors.frame.timing import Clock, pause
from connectors.frame.venue import Address, Link
from engine.errors import ConfigError, LoginRefused, TokenRefused, VenueError
from engine.model.connection import LinkState

_UNAUTHORISED = (401, 403)


class Pace(msgspec.Struct, frozen=True, kw_only=True):
    """Say how patient a connector is, in nanoseconds.

    `ready_ns` bounds how long an open connection may take to become ready; `resync_ns` and
    `clock_ns` are the time between two comparisons with the venue's truth and its clock; a
    connection that held for `stable_ns` forgets earlier failures.
    """

    backoff: Backoff = Backoff()
    ready_ns: int = 15_000_000_000
    resync_ns: int = 60_000_000_000
    clock_ns: int = 300_000_000_000
    stable_ns: int = 10_000_000_000


class Switchboard(Audience, Protocol):
    """Hear of the connections of all links, and what they bring."""

    def link_changed(self, link: Link, state: LinkState, reason: str = "") -> None:
        """Take note of the state of a link."""

    def tap_of(self, link: Link) -> Tap | None:
        """Return who hears of every frame of a link; asked before each connection."""


class LinkSupervisor:
    """Run one link until cancelled, or until its end needs a person.

    `current` is the conversation under way, None between two. `address` runs the link's flow.
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

    async def _stay_connected(self) -> None:
        failures = 0
        while True:
            began = self._clock.now()
            self._switchboard.link_changed(self.link, LinkState.CONNECTING)
            ended = await self._once()
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

    async def _once(self) -> Ended:
        """Connect once and converse to the end; return what shall follow."""
        conversation = Conversation(
            self.link.session,
            self._switchboard,
            self._clock,
            silence_ns=self.link.silence_ns,
            ready_ns=self._pace.ready_ns,
            tap=self._switchboard.tap_of(self.link),
        )
        self.current = conversation
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
