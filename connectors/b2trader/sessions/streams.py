"""What the sessions of the three hubs share: a stream for each subscription, known by its id.

It gives no item a meaning.
"""

from collections.abc import Callable

import msgspec

from connectors.frame.session import Ended, Remedy
from connectors.signalr.messages import Completion
from connectors.signalr.peer import Timing
from connectors.signalr.session import HubSession

Receiver = Callable[[object, int], None]
"""Takes the raw item of a stream, and when it came."""

SETTLE_NS = 3_000_000_000
"""How long a stream with nothing to tell may be silent before it counts as confirmed."""


class OpenStream(msgspec.Struct, eq=False):
    """Hold a running stream: who takes its items, and whether readiness waits for the first."""

    receiver: Receiver
    key: object
    is_awaited: bool = False


class StreamSession(HubSession):
    """Start streams, give their items to receivers, and end with the token.

    Ready once every stream that is awaited has brought its first item, or has been silent for the
    settling time: nobody says that the stream of an empty account begins with an empty list.
    """

    def __init__(self, timing: Timing | None = None) -> None:
        super().__init__(timing)
        self._streams: dict[str, OpenStream] = {}
        self._settled_at: int | None = None
        self._is_ready = False

    @property
    def is_ready(self) -> bool:
        """Say whether the awaited streams are confirmed."""
        return self._is_ready

    def deadline(self) -> int | None:
        """Return when `timeout` must be called at the latest (ns)."""
        moments = [m for m in (super().deadline(), self._settled_at) if m is not None]
        return min(moments, default=None)

    def timeout(self, now: int) -> None:
        """Count silent streams as confirmed when their time is up, and keep the hub alive."""
        if self._settled_at is not None and now >= self._settled_at:
            self._confirm()
        super().timeout(now)

    def renewed(self, now: int) -> None:
        """Ask to be replaced: the token belongs to the connection, and cannot be changed on it."""
        self._events.append(Ended("the access token was renewed", Remedy.REPLACE))

    def _reset(self) -> None:
        self._streams.clear()
        self._settled_at, self._is_ready = None, False

    def _started(self, now: int) -> None:
        self._settled_at = now + SETTLE_NS
        self._begin()
        self._confirm_answered()

    def _begin(self) -> None:
        """Start the streams that every connection has."""

    def _stream(
        self,
        receiver: Receiver,
        key: object,
        target: str,
        *arguments: object,
        awaited: bool = False,
    ) -> None:
        stream = self.hub.stream(target, *arguments)
        self._streams[stream] = OpenStream(receiver, key, awaited)

    def _cancel(self, key: object) -> None:
        for stream, found in list(self._streams.items()):
            if found.key == key:
                self.hub.cancel(stream)
                del self._streams[stream]

    def _item(self, stream: str, raw: object, now: int) -> None:
        found = self._streams.get(stream)
        if found is not None:  # items of a cancelled stream may still be on their way
            found.receiver(raw, now)
            found.is_awaited = False
            self._confirm_answered()

    def _completed(self, completion: Completion, now: int) -> None:
        found = self._streams.pop(completion.invocation_id, None)
        if found is not None:
            self._stream_ended(found, completion.error or "the venue ended the stream", now)

    def _stream_ended(self, stream: OpenStream, reason: str, now: int) -> None:
        self._events.append(Ended(f"a stream has ended: {reason}"))

    def _confirm_answered(self) -> None:
        if not self._is_ready and not any(each.is_awaited for each in self._streams.values()):
            self._confirm()

    def _confirm(self) -> None:
        self._settled_at, self._is_ready = None, True
