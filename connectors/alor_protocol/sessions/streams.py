"""Subscriptions of the data socket by guid: what each brings, and where its records go.

Sends nothing; the sessions beside it do.
"""

from collections.abc import Callable
from typing import Any

import msgspec

from connectors.alor_protocol.codec import RECORDS, AnyFrame, data_decoder, guid_of
from connectors.alor_protocol.messages.spelling import Format

Take = Callable[[Any, int], None]
"""Takes one record and the time it came."""

FORMAT = Format.SLIM
"""The client's format: the shortest, complete for what is read, and allowed the most often."""

_DECODERS = {
    opcode: (data_decoder(spelled.of(FORMAT)), msgspec.json.Decoder(spelled.of(FORMAT)))
    for opcode, spelled in RECORDS.items()
}


class Streams:
    """Tell data frames apart by the guid of their subscription and decode each once.

    A record may come before its subscription is acknowledged, and after it has ended: what belongs
    to no subscription is not taken.
    """

    def __init__(self) -> None:
        self._streams: dict[str, tuple[msgspec.json.Decoder[Any], Any, Take]] = {}

    def add(self, guid: str, opcode: str, take: Take) -> None:
        """Expect records of an opcode under a guid; a guid that is used again replaces."""
        self._streams[guid] = *_DECODERS[opcode], take

    def drop(self, guid: str) -> None:
        """Expect no more records under a guid."""
        self._streams.pop(guid, None)

    def clear(self) -> None:
        """Expect nothing any more."""
        self._streams.clear()

    def receive(self, text: str, now: int) -> bool:
        """Take a frame whose guid stands at its end, as the venue writes it; say if it was ours."""
        stream = self._streams.get(guid := guid_of(text))
        if stream is None:
            return False
        decoder, _, take = stream
        try:
            found = decoder.decode(text)
        except msgspec.DecodeError:
            return False
        if found.guid != guid:
            return False
        take(found.data, now)
        return True

    def receive_any(self, found: AnyFrame, now: int) -> bool:
        """Take a frame whose guid stands elsewhere; say if it was ours."""
        stream = self._streams.get(found.guid or "")
        if stream is None:
            return False
        _, decoder, take = stream
        try:
            record = decoder.decode(found.data)
        except msgspec.DecodeError:
            return False
        take(record, now)
        return True
