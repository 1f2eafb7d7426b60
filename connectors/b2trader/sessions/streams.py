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


class OpenStream(msgspec.Struct, eq=False):
    """Hold a running stream: who takes its items, and whether it has brought any."""

    receiver: Receiver
    key: object
    answered: bool = False


class StreamSession(HubSession):
    """Start streams, give their items to receivers, and end with the token."""

    def __init__(self, timing: Timing | None = None) -> None:
        super().__init__(timing)
        self._streams: dict[str, OpenStream] = {}
        self._started_hub = False

    def renewed(self, now: int) -> None:
        """Ask to be replaced: the token belongs to the connection, and cannot be changed on it."""
        self._events.append(Ended("the access token was renewed", Remedy.REPLACE))

    def _reset(self) -> None:
        self._streams.clear()
        self._started_hub = False

    def _started(self, now: int) -> None:
        self._started_hub = True

    def _stream(self, receiver: Receiver, key: object, target: str, *arguments: object) -> str:
        stream = self.hub.stream(target, *arguments)
        self._streams[stream] = OpenStream(receiver, key)
        return stream

    def _cancel(self, key: object) -> None:
        for stream, found in list(self._streams.items()):
            if found.key == key:
                self.hub.cancel(stream)
                del self._streams[stream]

    def _item(self, stream: str, raw: object, now: int) -> None:
        found = self._streams.get(stream)
        if found is not None:  # items of a cancelled stream may still be on their way
            found.answered = True
            found.receiver(raw, now)

    def _completed(self, completion: Completion, now: int) -> None:
        found = self._streams.pop(completion.invocation_id, None)
        if found is not None:
            self._stream_ended(found, completion.error or "the venue ended the stream", now)

    def _stream_ended(self, stream: OpenStream, reason: str, now: int) -> None:
        self._events.append(Ended(f"a stream has ended: {reason}"))
