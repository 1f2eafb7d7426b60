"""One connection while it lives: a session, the wire it speaks over, and its deadlines.

Opens no socket; a pump gives it a wire and feeds it what arrives.
"""

import asyncio
from collections.abc import Callable
from typing import Protocol

import structlog

from connectors.frame.flow import Answer, Call
from connectors.frame.session import (
    Answered,
    Ended,
    Frame,
    Inquiry,
    Refused,
    Session,
    SessionEvent,
    VenueEvent,
)
from connectors.frame.timing import Clock
from engine.errors import NotSent, OutcomeUnknown, VenueError
from engine.model.subscription import Subscription
from engine.model.zones import NEVER

_log = structlog.get_logger("connector")

_SECOND_NS = 1e9
_LINK_EVENTS = (Answered, Ended, Refused, Inquiry)

Answerer = Callable[[Answer | VenueError], None]
"""Takes what came of a call: its answer, or why there is none."""

Tap = Callable[[Frame, int], None]
"""Takes note of a frame as it came, and when (ns)."""


class Wire(Protocol):
    """Carry frames of one open connection; calls return at once."""

    def send(self, frames: list[Frame]) -> None:
        """Send frames in order; a connection that does not take them is closed."""

    def close(self) -> None:
        """Close the connection; the pump that reads it ends soon after."""


class Audience(Protocol):
    """Hear what a conversation brings, in the call stack of the socket."""

    def hear(self, event: VenueEvent) -> None:
        """Take an event for the engine."""

    def refused(self, refused: Refused) -> None:
        """Take note that the venue will not send a stream."""

    def inquired(self, inquiry: Inquiry) -> None:
        """Look up what the session could not tell."""

    def became_ready(self, conversation: "Conversation") -> None:
        """Take note that the session can be used."""


class Conversation:
    """Drive a session over one connection, from opening to end.

    `silence_ns` is how long nothing at all may arrive; `ready_ns` how long the session may take to
    become ready. `ended` is what the session wanted of its end, None if it came by itself.
    `tap` hears of every frame before the session does.
    """

    def __init__(
        self,
        session: Session,
        audience: Audience,
        clock: Clock,
        *,
        silence_ns: int | None,
        ready_ns: int,
        tap: Tap | None = None,
    ) -> None:
        self.session = session
        self.ended: Ended | None = None
        self._audience = audience
        self._clock = clock
        self._silence_ns = silence_ns
        self._ready_ns = ready_ns
        self._tap = tap
        self._wire: Wire | None = None
        self._calls: dict[int, tuple[Answerer, asyncio.TimerHandle]] = {}
        self._was_ready = False
        self._heard = self._opened = 0
        self._timer: asyncio.TimerHandle | None = None
        self._armed = 0

    @property
    def is_ready(self) -> bool:
        """Say whether calls and subscriptions can be sent."""
        return self._wire is not None and self.ended is None and self.session.is_ready

    def open(self, wire: Wire) -> None:
        """Begin: the connection stands."""
        now = self._clock.now()
        self._wire, self._opened, self._heard = wire, now, now
        self.session.opened(now)
        self._settle()

    def receive(self, frame: Frame) -> None:
        """Pass on what arrived; a session that stumbles over it begins anew with a reconnect."""
        if self.ended is not None:
            return
        self._heard = now = self._clock.now()
        if self._tap is not None:
            self._tap(frame, now)
        try:
            self.session.receive(frame, now)
        except Exception as error:  # noqa: BLE001 - whatever a venue sends, the program goes on
            _log.exception("a session cannot go on")
            self.end(Ended(f"a frame could not be taken ({type(error).__name__})"))
        self._settle()

    def renewed(self) -> None:
        """Tell the session of a new token."""
        if self._wire is not None and self.ended is None:
            self.session.renewed(self._clock.now())
            self._settle()

    def call(self, call: Call, answered: Answerer) -> None:
        """Send a call; `answered` hears of it once. Raises NotSent unless the session is ready."""
        if not self.is_ready:
            raise NotSent(f"link {call.link} is not ready")
        ticket = self.session.call(call.message, self._clock.now())
        seconds = call.timeout_ns / _SECOND_NS
        timer = asyncio.get_running_loop().call_later(seconds, self._late, ticket, seconds)
        self._calls[ticket] = answered, timer
        self._settle()

    def subscribe(self, subscription: Subscription) -> None:
        """Ask for a stream; ready sessions only."""
        self.session.subscribe(subscription, self._clock.now())
        self._settle()

    def unsubscribe(self, subscription: Subscription) -> None:
        """End a stream; ready sessions only."""
        self.session.unsubscribe(subscription, self._clock.now())
        self._settle()

    def end(self, ended: Ended) -> None:
        """Close the connection for a reason."""
        if self.ended is None:
            self.ended = ended
            if self._wire is not None:
                self._wire.close()

    def over(self, reason: str) -> None:
        """Take note that the connection is gone: what was asked and not answered is unknown."""
        self._wire = None
        if self._timer is not None:
            self._timer.cancel()
        self.session.lost(reason, self._clock.now())
        self._settle()
        calls, self._calls = self._calls, {}
        for answered, timer in calls.values():
            timer.cancel()
            answered(OutcomeUnknown(f"the connection was lost before the answer ({reason})"))

    def _settle(self) -> None:
        """Send what the session has queued, tell what it has produced, see to its deadline."""
        frames = self.session.frames_to_send()
        if frames and self._wire is not None:
            self._wire.send(frames)
        for event in self.session.events():
            if isinstance(event, _LINK_EVENTS):
                self._act(event)
            else:
                self._audience.hear(event)
        if self._wire is not None:
            if not self._was_ready and self.session.is_ready:
                self._was_ready = True
                self._audience.became_ready(self)
            self._arm()

    def _act(self, event: SessionEvent) -> None:
        if isinstance(event, Answered):
            found = self._calls.pop(event.ticket, None)
            if found is not None:  # else it came after its timeout
                answered, timer = found
                timer.cancel()
                answered(Answer(event.message, self._clock.now()))
        elif isinstance(event, Ended):
            self.end(event)
        elif isinstance(event, Refused):
            self._audience.refused(event)
        elif isinstance(event, Inquiry):
            self._audience.inquired(event)

    def _late(self, ticket: int, seconds: float) -> None:
        answered, _ = self._calls.pop(ticket)
        answered(OutcomeUnknown(f"no answer within {seconds:g} s"))

    def _arm(self) -> None:
        """Let a timer run to the next deadline; one that is too early only looks again."""
        due = self.session.deadline() or NEVER
        if self._silence_ns is not None:
            due = min(due, self._heard + self._silence_ns)
        if not self._was_ready:
            due = min(due, self._opened + self._ready_ns)
        if due == NEVER or self.ended is not None or (self._timer and self._armed <= due):
            return
        if self._timer is not None:
            self._timer.cancel()
        self._armed = due
        delay = max(0, due - self._clock.now()) / _SECOND_NS
        self._timer = asyncio.get_running_loop().call_later(delay, self._ring)

    def _ring(self) -> None:
        self._timer = None
        now, deadline = self._clock.now(), self.session.deadline()
        if self._silence_ns is not None and now >= self._heard + self._silence_ns:
            self.end(Ended(f"nothing arrived for {self._silence_ns / _SECOND_NS:g} s"))
        elif not self._was_ready and now >= self._opened + self._ready_ns:
            self.end(Ended(f"not ready within {self._ready_ns / _SECOND_NS:g} s"))
        elif deadline is not None and now >= deadline:
            self.session.timeout(now)
        self._settle()
