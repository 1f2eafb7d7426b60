"""One connection of a simulator: a peer, its frames on their way out, and the faults in between.

Opens no socket; the server gives it a way to send and to cut.
"""

from collections.abc import Awaitable, Callable
from heapq import heappop, heappush

from connectors.frame.session import Frame
from connectors.frame.timing import Alarm, Clock
from connectors.simulation.faults import Fault, FaultPlan
from connectors.simulation.simulator import Closing, Kind, Outgoing, Peer

FRAMES_MAX = 20_000
"""How many frames may wait for a client that does not read; then the connection is cut."""

Send = Callable[[Frame], Awaitable[None]]
Close = Callable[[Closing], Awaitable[None]]


class Channel:
    """Carry frames between a peer and its client.

    `send` and `close` reach the client; `cut` ends the connection at once and without a word.
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
    ) -> None:
        self._peer = peer
        self._faults = faults
        self._clock = clock
        self._send = send
        self._close = close
        self._cut = cut
        self._alarm = Alarm(clock)
        self._waiting: list[tuple[int, int, Frame]] = []
        self._last = self._sequence = 0
        self._muted = self._is_over = False

    def open(self) -> None:
        """Tell the peer that the connection stands."""
        self._peer.opened(self._clock.now())
        self.flush()

    def receive(self, frame: Frame) -> None:
        """Pass on what the client sent, unless a fault comes first."""
        if self._is_over:
            return
        what = frame if isinstance(frame, str) else frame.decode("latin-1")
        if self._faults.strikes(Fault.CUT_BEFORE, what):
            self.cut()
            return
        self._peer.receive(frame, self._clock.now())
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
            self._peer.lost(self._clock.now())
            self._alarm.ring()

    async def run(self) -> None:
        """Send frames as they fall due and give the peer its time, until all is over."""
        while not self._is_over:
            now = self._clock.now()
            if self._waiting and self._waiting[0][0] <= now:
                _, _, frame = heappop(self._waiting)
                await self._send(frame)
            elif not self._waiting and (closing := self._peer.closing) is not None:
                self.over()
                await self._close(closing)
            else:
                await self._idle(now)

    async def _idle(self, now: int) -> None:
        deadline = self._peer.deadline()
        if deadline is not None and deadline <= now:
            self._peer.timeout(now)
            self.flush()
            return
        dues = [due for due in (deadline, self._waiting and self._waiting[0][0]) if due]
        await self._alarm.wait(min(dues, default=None))

    def _queue(self, outgoing: Outgoing) -> None:
        """Put a frame in line, as the faults will have it."""
        faults, frame, now = self._faults, outgoing.frame, self._clock.now()
        what = outgoing.kind.value
        self._muted = self._muted or faults.strikes(Fault.MUTE, what)
        if self._muted:
            return
        if faults.strikes(Fault.GARBLE, what):
            frame = frame[: len(frame) // 2]
        if faults.strikes(Fault.DELAY, what):
            self._last = max(self._last, now + faults.span_ns(Fault.DELAY))
        self._last = max(self._last, now)
        if outgoing.kind is Kind.REPORT:
            if faults.strikes(Fault.REORDER, what):
                self._push(self._last + faults.span_ns(Fault.REORDER), frame)
                return
            if faults.strikes(Fault.DUPLICATE, what):
                self._push(self._last, frame)
        for piece in self._pieces(frame):
            self._push(self._last, piece)

    def _pieces(self, frame: Frame) -> list[Frame]:
        """Cut the bytes of a stream in two where the fault says so; messages stay whole."""
        if isinstance(frame, str) or len(frame) < 2 or not self._faults.strikes(Fault.SPLIT):
            return [frame]
        at = 1 + int(self._faults.share(Fault.SPLIT) * (len(frame) - 1))
        return [frame[:at], frame[at:]]

    def _push(self, due: int, frame: Frame) -> None:
        self._sequence += 1
        heappush(self._waiting, (due, self._sequence, frame))
