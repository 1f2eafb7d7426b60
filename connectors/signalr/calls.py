"""Which calls and streams are open on a connection, in both directions.

Sends nothing. Each side chooses the ids of its own calls and uploads, so the two id spaces may
overlap; an upload of the peer is looked at before a call of our own, as ASP.NET Core does.
"""

from connectors.signalr.messages import (
    CancelInvocation,
    Completion,
    Invocation,
    StreamInvocation,
    StreamItem,
)

ApplicationMessage = Invocation | StreamInvocation | StreamItem | Completion | CancelInvocation


class CallTable:
    """Remember every id from its first message to the one that ends it."""

    def __init__(self, id_prefix: str) -> None:
        self._id_prefix = id_prefix
        self._next_id = 0
        self._own: dict[str, bool] = {}
        self._uploading: dict[str, None] = {}
        self._serving: dict[str, None] = {}
        self._receiving: dict[str, None] = {}

    def begin(self, *, is_stream: bool) -> str:
        """Return the id of a new call of ours."""
        invocation_id = self._take_id()
        self._own[invocation_id] = is_stream
        return invocation_id

    def begin_upload(self) -> str:
        """Return the id of a new stream that we will send."""
        stream_id = self._take_id()
        self._uploading[stream_id] = None
        return stream_id

    def has_stream(self, invocation_id: str) -> bool:
        """Return whether this is an open stream that we asked for."""
        return self._own.get(invocation_id, False)

    def may_send(self, invocation_id: str) -> bool:
        """Return whether an item of ours belongs to this id."""
        return invocation_id in self._uploading or invocation_id in self._serving

    def finish(self, invocation_id: str) -> bool:
        """Close what we send under an id; return False when there is nothing to close."""
        table = self._uploading if invocation_id in self._uploading else self._serving
        return _removed(table, invocation_id)

    def is_duplicate(self, message: Invocation | StreamInvocation) -> bool:
        """Return whether the peer uses an id that it has not finished with."""
        return message.invocation_id in self._serving

    def take(self, message: ApplicationMessage) -> bool:
        """Book a message of the peer; return False when it belongs to nothing that is open."""
        if isinstance(message, Invocation | StreamInvocation):
            self._receiving.update(dict.fromkeys(message.stream_ids))
            if message.invocation_id is not None:
                self._serving[message.invocation_id] = None
            return True
        found = message.invocation_id
        if isinstance(message, CancelInvocation):
            return found in self._serving
        if isinstance(message, StreamItem):
            return found in self._receiving or self.has_stream(found)
        return _removed(self._receiving if found in self._receiving else self._own, found)

    def clear(self) -> tuple[str, ...]:
        """Forget everything; return the ids of our calls that have no answer."""
        unanswered = tuple(self._own)
        for table in (self._own, self._uploading, self._serving, self._receiving):
            table.clear()
        return unanswered

    def _take_id(self) -> str:
        invocation_id = f"{self._id_prefix}{self._next_id}"
        self._next_id += 1
        return invocation_id


def _removed(table: dict[str, None] | dict[str, bool], key: str) -> bool:
    known = key in table
    table.pop(key, None)
    return known
