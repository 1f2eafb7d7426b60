"""Cut a stream of bytes into frames, and put frames into one.

A frame is four bytes of length (unsigned, big-endian, itself not counted) and as many bytes of
envelope. A WebSocket carries one envelope in each binary message and needs none of this.
"""

from struct import Struct

from connectors.ctrader.errors import FrameTooLong

LARGEST_FRAME = 15_000_000
"""Bytes of one envelope: where the vendor's own clients hang up. A list of symbols fills megabytes.
"""

_PREFIX = 4
_LENGTH = Struct(">I").unpack_from


def framed(envelope: bytes) -> bytes:
    """Return an envelope as it goes over TCP."""
    return len(envelope).to_bytes(_PREFIX, "big") + envelope


class FrameReader:
    """Collect bytes as they come and give out whole envelopes in order.

    Keeps at most one unfinished frame of LARGEST_FRAME bytes.
    """

    __slots__ = ("_rest",)

    def __init__(self) -> None:
        self._rest = bytearray()

    def take(self, data: bytes) -> list[bytes]:
        """Return the envelopes that `data` completes; a frame of no bytes is passed over.

        Raises FrameTooLong when a length is above the limit: what follows cannot be read, and the
        connection must be closed.
        """
        rest = self._rest
        if rest:
            rest += data
        stream = bytes(rest) if rest else data
        found, at, end = [], 0, len(stream)
        while end - at >= _PREFIX:
            (length,) = _LENGTH(stream, at)
            if length > LARGEST_FRAME:
                raise FrameTooLong(f"a frame of {length} bytes is above the {LARGEST_FRAME} kept")
            if end - at - _PREFIX < length:
                break
            at += _PREFIX + length
            if length:
                found.append(stream[at - length : at])
        if rest:
            del rest[:at]
        else:
            rest += stream[at:]
        return found
