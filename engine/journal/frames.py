"""Frames: length, the checksum before, a checksum chained to it, payload.

Knows nothing of what a payload says, and touches no file.
"""

from collections.abc import Iterator
from struct import Struct
from zlib import crc32

import msgspec

PAYLOAD_BYTES_MAX = 16 << 20
"""The longest payload; one more byte is refused when written and taken for damage when read."""

_LENGTH = Struct("<I")
_HEAD = Struct("<III")
_pack_length, _pack_head, _unpack_head = _LENGTH.pack, _HEAD.pack, _HEAD.unpack_from
_HEAD_BYTES = _HEAD.size


class Frame(msgspec.Struct, frozen=True):
    """Hold one payload and where its frame stands: from `start` to `end`, `chain` after it."""

    payload: bytes
    start: int
    end: int
    chain: int


def seal(payload: bytes, chain: int) -> tuple[bytes, int]:
    """Return a frame around `payload` and the chain after it; `chain` is that of the one before.

    The checksum covers length and payload and is continued from the frame before, so that a frame
    cannot be taken out, doubled or moved unseen. Raises ValueError for a payload too long.
    """
    length = len(payload)
    if not 0 < length <= PAYLOAD_BYTES_MAX:
        raise ValueError(f"a payload of {length} bytes cannot be framed; split it")
    checksum = crc32(payload, crc32(_pack_length(length), chain))
    return _pack_head(length, chain, checksum) + payload, checksum


def frames(data: bytes, start: int, chain: int | None) -> Iterator[Frame]:
    """Yield the frames of `data` from `start` on, up to the first that is torn or damaged.

    `chain` is that of the frame before the first, None where it is not known.
    """
    view = memoryview(data)
    while (end := _end_of(view, start, chain)) is not None:
        chain = _unpack_head(view, start)[2]
        yield Frame(bytes(view[start + _HEAD_BYTES : end]), start, end, chain)
        start = end


def goes_on(data: bytes, torn: int) -> bool:
    """Say whether a whole frame stands behind the place `torn`, where reading had to stop.

    Then the data was damaged after it was written: what a crash tears is always the last.
    """
    view = memoryview(data)
    starts = range(torn + 1, len(view) - _HEAD_BYTES)
    return any(_end_of(view, start, None) is not None for start in starts)


def _end_of(view: memoryview, start: int, chain: int | None) -> int | None:
    """Return where a frame ends, None where no whole one that continues `chain` begins."""
    if start + _HEAD_BYTES > len(view):
        return None
    length, before, checksum = _unpack_head(view, start)
    end = start + _HEAD_BYTES + length
    if not 0 < length <= PAYLOAD_BYTES_MAX or end > len(view) or chain not in (None, before):
        return None
    payload = view[start + _HEAD_BYTES : end]
    return end if crc32(payload, crc32(_pack_length(length), before)) == checksum else None
