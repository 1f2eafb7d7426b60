"""Cut a byte stream into records: by the separator 0x1E, or by a length before each.

Does not look into records. The borders of WebSocket messages mean nothing here, so a record may
come in parts and several may come at once.
"""

from typing import Protocol

from connectors.signalr.errors import HubProtocolError

RECORD_SEPARATOR = b"\x1e"
LARGEST_LENGTH = 0x7FFFFFFF
_LENGTH_BYTES_MAX = 5


class RecordBuffer(Protocol):
    """Keep bytes until they make whole records."""

    def feed(self, data: bytes) -> list[bytes]:
        """Take bytes; return the records that are whole now.

        Raises HubProtocolError when a record is, or announces to be, longer than the limit.
        """

    def rest(self) -> bytes:
        """Return the bytes that make no whole record yet, and forget them."""


class SeparatedBuffer:
    """Cut at each 0x1E; the separator is not part of the record."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._parts: list[bytes] = []
        self._size = 0

    def feed(self, data: bytes) -> list[bytes]:
        """Take bytes; return the records that are whole now."""
        first, *others = data.split(RECORD_SEPARATOR)
        self._keep(first)
        records = []
        for other in others:
            records.append(self.rest())
            self._keep(other)
        return records

    def rest(self) -> bytes:
        """Return the bytes since the last separator, and forget them."""
        whole = b"".join(self._parts)
        self._parts.clear()
        self._size = 0
        return whole

    def _keep(self, part: bytes) -> None:
        self._size += len(part)
        _check_length(self._size, self._limit)
        self._parts.append(part)


class LengthPrefixedBuffer:
    """Cut by a length before each record: seven bits a byte, lowest first, at most five bytes."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._bytes = bytearray()
        self._needed = 0

    def feed(self, data: bytes) -> list[bytes]:
        """Take bytes; return the records that are whole now."""
        self._bytes += data
        if len(self._bytes) < self._needed:
            return []
        records, position = [], 0
        while (span := self._record_at(position)) is not None:
            start, end = span
            if end > len(self._bytes):
                self._needed = end - position
                break
            records.append(bytes(self._bytes[start:end]))
            position = end
        del self._bytes[:position]
        return records

    def rest(self) -> bytes:
        """Return the bytes that make no whole record yet, and forget them."""
        whole = bytes(self._bytes)
        self._bytes.clear()
        self._needed = 0
        return whole

    def _record_at(self, position: int) -> tuple[int, int] | None:
        """Return where the record after the length at `position` begins and ends, if it is told."""
        self._needed = 0
        length = 0
        for count, byte in enumerate(self._bytes[position : position + _LENGTH_BYTES_MAX]):
            length |= (byte & 0x7F) << (7 * count)
            if byte < 0x80:
                _check_length(length, min(self._limit, LARGEST_LENGTH))
                start = position + count + 1
                return start, start + length
        if len(self._bytes) - position >= _LENGTH_BYTES_MAX:
            raise HubProtocolError("the length before a message has more than five bytes")
        return None


def with_length(record: bytes) -> bytes:
    """Return `record` with its length before it."""
    prefix = bytearray()
    rest = len(record)
    while rest > 0x7F:
        prefix.append(rest & 0x7F | 0x80)
        rest >>= 7
    prefix.append(rest)
    return bytes(prefix) + record


def _check_length(length: int, limit: int) -> None:
    if length > limit:
        raise HubProtocolError(
            f"the maximum message size of {limit} bytes was exceeded; send smaller messages"
        )
