"""One connection of a simulator: a peer, its frames on their way out, and the faults in between.

Opens no socket; the server gives it a way to send and to cut.
"""

from collections.abc import Awaitable, Callable
from heapq import heappop, heappush

from connectors.frame.session import Frame
from connectors.frame.timing import Alarm, Clock
from connectors.simulation.faults import Fault, FaultPlan
from connectors.simulation.oversize import huge
from connectors.simulation.simulator import Closing, Kind, Outgoing, Peer

FRAMES_MAX = 20_000
"""How many frames may wait for a client that does not read; then the connection is cut."""

SLOWNESS_MAX_NS = 10_000_000_000
"""How far behind a slow connection falls at the most."""
_FRAMES_A_SPAN = 10

Send = Callable[[Frame], Awaitable[None]]
Close = Callable[[Closing], Awaitable[None]]


class Channel:
    """Carry frames between a peer and its client.

    `send` and `close` reach the client; `cut` ends the connection at once and without a word, and
    `tear` does so within a frame. `venue` is the clock that the peer lives by, the program's unless
    it is given.
    """

    def __init__(
        self,
        peer: Peer,
        faults: FaultPlan,
        clock: Clock,
        *,
        send: Send,
        close: Close,
        cut: Callable[[], None],
        tear: Callable[[Frame], None],
        venue: Clock | None = None,
    ) -> None:
        self._peer = peer
        self._faults = faults
        self._clock = clock
        self._send = send
        self._close = close
        self._cut = cut
        self._tear = tear
        self._venue = venue or clock
        self._alarm = Alarm(clock)
        self._waiting: list[tuple[int, int, Frame]] = []
        self._last = self._sequence = self._torn = self._slow_ns = 0
        self._muted = self._half_open = self._is_over = False

    def open(self) -> None:
        """Tell the peer that the connection stands."""
        if self._faults.strikes(Fault.SLOW):
            self._slow_ns = self._faults.span_ns(Fault.SLOW) // _FRAMES_A_SPAN
        self._peer.opened(self._venue.now())
        self.flush()

    def receive(self, frame: Frame) -> None:
        """Pass on what the client sent, unless a fault comes first."""
        if self._is_over:
            return
        what = frame if isinstance(frame, str) else frame.decode("latin-1")
        self._half_open = self._half_open or self._faults.strikes(Fault.HALF_OPEN, what)
        if self._half_open:
            return
        if self._faults.strikes(Fault.CUT_BEFORE, what):
            self.cut()
            return
        self._peer.receive(frame, self._venue.now())
        answers = self._peer.outgoing()
        if answers and self._faults.strikes(Fault.CUT_AFTER, what):
            self.cut()  # a piece of a stream that brought about nothing yet is no opportunity
            return
        for outgoing in answers:
            self._queue(outgoing)

    def flush(self) -> None:
        """Queue what the peer has to say; called whenever anything happened at the simulator."""
        if self._is_over:
            return
        for outgoing in self._peer.outgoing():
            self._queue(outgoing)
        if len(self._waiting) > FRAMES_MAX:
            self.cut()
        self._alarm.ring()

    def cut(self) -> None:
        """End the connection at once."""
        if not self._is_over:
            self.over()
            self._cut()

    def over(self) -> None:
        """Take note that the connection is gone."""
        if not self._is_over:
            self._is_over = True
            self._waiting.clear()
            self._peer.lost(self._venue.now())
            self._alarm.ring()

    async def run(self) -> None:
        """Send frames as they fall due and give the peer its time, until all is over."""
        while not self._is_over:
            now = self._clock.now()
            if self._waiting and self._waiting[0][0] <= now:
                _, sequence, frame = heappop(self._waiting)
                if sequence == self._torn:
                    self.over()
                    self._tear(frame)
                else:
                    await self._send(frame)
            elif not self._waiting and (closing := self._peer.closing) is not None:
                self.over()
                if not self._half_open:
                    await self._close(closing)
            else:
                await self._idle(now)

    async def _idle(self, now: int) -> None:
        deadline, ahead = self._peer.deadline(), self._venue.now() - now
        if deadline is not None:
            deadline = max(1, deadline - ahead)
            if deadline <= now:
                self._peer.timeout(now + ahead)
                self.flush()
                return
        dues = [due for due in (deadline, self._waiting and self._waiting[0][0]) if due]
        await self._alarm.wait(min(dues, default=None))

    def _queue(self, outgoing: Outgoing) -> None:
        """Put a frame in line, as the faults will have it."""
        faults, frame, kind = self._faults, outgoing.frame, outgoing.kind
        self._muted = self._muted or self._half_open or faults.strikes(Fault.MUTE, kind)
        if self._muted or self._torn:
            return
        if kind is Kind.REPLY and faults.strikes(Fault.LOSE_REPLY, kind):
            return
        if faults.strikes(Fault.GARBLE, kind):
            frame = frame[: len(frame) // 2]
        if faults.strikes(Fault.HUGE, kind):
            frame = huge(frame)
        self._last = self._due(kind)
        if kind is Kind.REPORT:
            if faults.strikes(Fault.REORDER, kind):
                self._push(self._last + faults.span_ns(Fault.REORDER), frame)
                return
            if faults.strikes(Fault.DUPLICATE, kind):
                self._push(self._last, frame)
        if faults.strikes(Fault.PARTIAL, kind):
            self._torn = self._sequence + 1
            self._push(self._last, frame)
            return
        for piece in self._pieces(frame):
            self._push(self._last, piece)

    def _due(self, kind: Kind) -> int:
        """Return when a frame leaves: not before the last, and late where a fault says so."""
        faults, now = self._faults, self._clock.now()
        due = max(self._last, now)
        if faults.strikes(Fault.DELAY, kind):
            due = max(due, now + faults.span_ns(Fault.DELAY))
        if self._slow_ns and faults.is_on(Fault.SLOW):
            due = max(due, min(due + self._slow_ns, now + SLOWNESS_MAX_NS))
        return due

    def _pieces(self, frame: Frame) -> list[Frame]:
        """Cut the bytes of a stream in two where the fault says so; messages stay whole."""
        if isinstance(frame, str) or len(frame) < 2 or not self._faults.strikes(Fault.SPLIT):
            return [frame]
        at = 1 + int(self._faults.share(Fault.SPLIT) * (len(frame) - 1))
        return [frame[:at], frame[at:]]

    def _push(self, due: int, frame: Frame) -> None:
        self._sequence += 1
        heappush(self._waiting, (due, self._sequence, frame))
