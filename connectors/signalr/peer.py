"""One end of a hub connection after its handshake: calls, streams, pings, timeouts, the end.

It opens no socket and reads no clock; what client and server do differently is in their modules.
"""

from enum import Enum

from msgspec import UNSET, Struct, UnsetType

from connectors.frame.session import Frame
from connectors.signalr.calls import ApplicationMessage, CallTable
from connectors.signalr.errors import HubClosed, HubProtocolError
from connectors.signalr.events import HubEvent, Resumed, Started, Stopped, Suspended
from connectors.signalr.framing import RECORD_SEPARATOR, RecordBuffer
from connectors.signalr.messages import (
    COUNTED,
    Ack,
    CancelInvocation,
    Close,
    Completion,
    HubMessage,
    Invocation,
    Ping,
    Sequence,
    StreamInvocation,
    StreamItem,
)
from connectors.signalr.protocol import HubProtocol
from connectors.signalr.resend import ResendBuffer

_SECOND = 1_000_000_000


class Timing(Struct, frozen=True, kw_only=True):
    """Say how long things may take, in nanoseconds; the defaults are those of ASP.NET Core."""

    handshake_ns: int = 15 * _SECOND
    keep_alive_ns: int = 15 * _SECOND
    silence_ns: int = 30 * _SECOND
    acknowledge_ns: int = _SECOND
    resume_ns: int = 30 * _SECOND


class State(Enum):
    """Name where a connection stands."""

    NEW = "new"
    HANDSHAKE = "handshake"
    OPEN = "open"
    SUSPENDED = "suspended"
    CLOSED = "closed"


class HubPeer:
    """Hold what client and server share; `ignored` counts messages that meant nothing here.

    Moments are nanoseconds and never go back. Every call that sends raises HubClosed unless the
    connection is open (or suspended: then the message waits for the new socket).
    """

    def __init__(
        self,
        protocol: HubProtocol,
        *,
        timing: Timing,
        message_bytes_max: int,
        id_prefix: str,
        resend: ResendBuffer | None,
    ) -> None:
        self.protocol = protocol
        self.ignored = 0
        self.state = State.NEW
        self._timing = timing
        self._message_bytes_max = message_bytes_max
        self._buffer: RecordBuffer = protocol.buffer(message_bytes_max)
        self._handshake_bytes = b""
        self._outgoing: list[Frame] = []
        self._events: list[HubEvent] = []
        self._calls = CallTable(id_prefix)
        self._resend = resend
        self._now = 0
        self._since = 0
        self._last_sent = 0
        self._last_received = 0
        self._enforces_silence = True
        self._acknowledge_at: int | None = None

    @property
    def is_open(self) -> bool:
        """Say whether the handshake is done and the connection stands."""
        return self.state is State.OPEN

    @property
    def is_closed(self) -> bool:
        """Say whether the connection has ended for good."""
        return self.state is State.CLOSED

    # What the application calls.

    def invoke(self, target: str, *arguments: object, uploads: tuple[str, ...] = ()) -> str:
        """Call `target`; return the id that its Completion will carry."""
        self._check_open()
        invocation_id = self._calls.begin(is_stream=False)
        self._send(Invocation(target, arguments, invocation_id, uploads))
        return invocation_id

    def stream(self, target: str, *arguments: object, uploads: tuple[str, ...] = ()) -> str:
        """Ask `target` for a stream; return the id of its items and of its Completion."""
        self._check_open()
        invocation_id = self._calls.begin(is_stream=True)
        self._send(StreamInvocation(target, arguments, invocation_id, uploads))
        return invocation_id

    def notify(self, target: str, *arguments: object, uploads: tuple[str, ...] = ()) -> None:
        """Call `target` without asking for an answer."""
        self._send(Invocation(target, arguments, None, uploads))

    def upload(self) -> str:
        """Return the id of a new stream to the peer; pass it to one call, then send its items."""
        self._check_open()
        return self._calls.begin_upload()

    def cancel(self, invocation_id: str) -> None:
        """Ask the peer to end a stream, if it is open; its Completion still comes."""
        if self._calls.has_stream(invocation_id):
            self._send(CancelInvocation(invocation_id))

    def item(self, invocation_id: str, value: object) -> None:
        """Send one item of an own upload, or of a stream that the peer asked for."""
        if self._calls.may_send(invocation_id):
            self._send(StreamItem(invocation_id, value))
        else:
            self.ignored += 1

    def complete(
        self, invocation_id: str, result: object | UnsetType = UNSET, error: str | None = None
    ) -> None:
        """End an own upload, or answer a call or stream of the peer; only the first answer goes."""
        if self._calls.finish(invocation_id):
            self._send(Completion(invocation_id, result if error is None else UNSET, error))
        else:
            self.ignored += 1

    def close(self, error: str | None = None, *, allow_reconnect: bool = False) -> None:
        """Say goodbye and end the connection; the socket may be closed once the frames are sent."""
        if self.state is State.OPEN:
            self._put(Close(error, allow_reconnect))
        self._stop(error or "closed by us", allow_reconnect=allow_reconnect)

    # What the pump calls.

    def receive(self, frame: Frame, now: int) -> None:
        """Take one message of the socket, in whichever kind it came."""
        self._now = self._last_received = now
        data = frame.encode() if isinstance(frame, str) else frame
        try:
            if self.state is State.HANDSHAKE:
                data = self._take_handshake(data)
            if self.state is State.OPEN:
                self._take_records(data)
        except HubProtocolError as error:
            self._fail(str(error))

    def frames_to_send(self) -> list[Frame]:
        """Take what is to be sent, one message of the socket each, in order."""
        frames, self._outgoing = self._outgoing, []
        return frames

    def events(self) -> list[HubEvent]:
        """Take what has happened, in order."""
        events, self._events = self._events, []
        return events

    def deadline(self) -> int | None:
        """Return the moment at which `timeout` wants to be called; None once all is over."""
        timing = self._timing
        if self.state is State.HANDSHAKE:
            return self._since + timing.handshake_ns
        if self.state is State.SUSPENDED:
            return self._since + timing.resume_ns
        if self.state is not State.OPEN:
            return None
        moments = [self._last_sent + timing.keep_alive_ns]
        if self._enforces_silence:
            moments.append(self._last_received + timing.silence_ns)
        if self._acknowledge_at is not None:
            moments.append(self._acknowledge_at)
        return min(moments)

    def timeout(self, now: int) -> None:
        """Do what is due: a ping, an acknowledgement, or the end of a silent connection."""
        self._now = now
        timing = self._timing
        if self.state is State.HANDSHAKE and now >= self._since + timing.handshake_ns:
            self._refuse_handshake("Handshake was canceled.")
        elif self.state is State.SUSPENDED and now >= self._since + timing.resume_ns:
            self._stop("the connection was not resumed in time", allow_reconnect=True)
        elif self.state is State.OPEN:
            self._keep_alive(now)

    def lost(self, reason: str, now: int) -> None:
        """Take the news that the socket is gone."""
        self._now = self._since = now
        self._buffer.rest()
        self._outgoing.clear()
        if self.state is State.OPEN and self._resend is not None:
            self.state = State.SUSPENDED
            self._events.append(Suspended(reason))
        else:
            self._stop(reason, allow_reconnect=True)

    # The handshake differs between client and server.

    def _take_handshake(self, data: bytes) -> bytes:
        """Return the bytes after the handshake; empty while it is not complete."""
        raise NotImplementedError

    def _handshake_record(self, data: bytes) -> tuple[bytes, bytes, bytes]:
        """Return the record before the first 0x1E, the separator if it has come, and the rest."""
        self._handshake_bytes += data
        if len(self._handshake_bytes) > self._message_bytes_max:
            raise HubProtocolError("the handshake is longer than a message may be")
        return self._handshake_bytes.partition(RECORD_SEPARATOR)

    def _refuse_handshake(self, reason: str) -> None:
        self._stop(reason, allow_reconnect=True)

    def _start(self) -> None:
        self.state = State.OPEN
        self._last_received = self._last_sent = self._now
        self._events.append(Started())

    def _resume(self, now: int) -> None:
        """Go on over a new socket: say which number comes next and repeat what may be lost."""
        assert self._resend is not None
        self._now = self._last_received = now
        self.state = State.OPEN
        self._resend.expect_sequence()
        self._put(Sequence(self._resend.first_waiting))
        self._outgoing.extend(self._resend.waiting())
        self._events.append(Resumed())

    # Receiving.

    def _take_records(self, data: bytes) -> None:
        for record in self._buffer.feed(data):
            message = self.protocol.decode(record)
            if message is None or not self._is_new(message):
                self.ignored += 1
            else:
                self._take(message)
            if self.state is State.CLOSED:
                return

    def _is_new(self, message: HubMessage) -> bool:
        if self._resend is None:
            return True
        if self._resend.awaits_sequence:
            return isinstance(message, Sequence)
        if not isinstance(message, COUNTED):
            return True
        if self._acknowledge_at is None:
            self._acknowledge_at = self._now + self._timing.acknowledge_ns
        return self._resend.is_new()

    def _take(self, message: HubMessage) -> None:
        match message:
            case Ping():
                self._enforces_silence = True
            case Close():
                reason = message.error or "closed by the peer"
                self._stop(reason, allow_reconnect=message.allow_reconnect)
            case Ack() | Sequence():
                self._take_number(message)
            case _:
                self._take_application(message)

    def _take_number(self, message: Ack | Sequence) -> None:
        if self._resend is None:
            self.ignored += 1
        elif isinstance(message, Ack):
            self._resend.acknowledged(message.sequence_id)
        else:
            self._resend.sequence(message.sequence_id)

    def _take_application(self, message: ApplicationMessage) -> None:
        if isinstance(message, Invocation | StreamInvocation) and self._calls.is_duplicate(message):
            error = f"Invocation ID '{message.invocation_id}' is already in use."
            self._send(Completion(message.invocation_id or "", error=error))
        elif self._calls.take(message):
            self._events.append(message)
        else:
            self.ignored += 1

    # Sending.

    def _check_open(self) -> None:
        if self.state not in (State.OPEN, State.SUSPENDED):
            raise HubClosed(f"the hub connection is {self.state.value}; nothing can be sent")

    def _send(self, message: HubMessage) -> None:
        self._check_open()
        frame = self.protocol.encode(message)
        if self._resend is not None:
            try:
                self._resend.keep(frame)
            except HubProtocolError as error:
                self._fail(str(error))
                return
        if self.state is State.OPEN:
            self._put_frame(frame)

    def _put(self, message: HubMessage) -> None:
        self._put_frame(self.protocol.encode(message))

    def _put_frame(self, frame: Frame) -> None:
        self._outgoing.append(frame)
        self._last_sent = self._now

    def _keep_alive(self, now: int) -> None:
        timing = self._timing
        if self._enforces_silence and now >= self._last_received + timing.silence_ns:
            self._stop("the peer was silent for too long", allow_reconnect=True)
            return
        if self._acknowledge_at is not None and now >= self._acknowledge_at:
            assert self._resend is not None
            self._acknowledge_at = None
            self._put(Ack(self._resend.last_received))
        if now >= self._last_sent + timing.keep_alive_ns:
            self._put(Ping())

    def _fail(self, reason: str) -> None:
        if self.state is State.OPEN:
            self._put(Close(f"Connection closed with an error. {reason}"))
        self._stop(reason, allow_reconnect=True)

    def _stop(self, reason: str, *, allow_reconnect: bool) -> None:
        if self.state is State.CLOSED:
            return
        self.state = State.CLOSED
        self._events.append(Stopped(reason, allow_reconnect, self._calls.clear()))
