"""Raw frames: what sockets brought, byte for byte, with the time at which it came.

Knows no protocol; `docs/recorded-data.md` describes the files.
"""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import msgspec

from engine.errors import DataError
from engine.journal.disk import Disk
from engine.journal.entries import VERSION
from engine.journal.reader import segments
from engine.journal.segments import SegmentWriter
from engine.journal.writer import BUFFER_BYTES_MAX

RAW = "raw"
"""The folder of a recording that holds raw frames."""


class RawFrame(msgspec.Struct, frozen=True, array_like=True):
    """Hold one frame: when it came (ns UTC), of which venue and link, and its bytes.

    `is_text` says that they are UTF-8 and came as text. Of a byte stream it is what arrived at
    once, which may begin and end inside of a message.
    """

    ts_recv: int
    venue: str
    link: str
    data: bytes
    is_text: bool


class RawWriter:
    """Write frames into segments as a journal's are written; `failure` ends that, for good."""

    def __init__(self, disk: Disk, run: Path, segment_bytes: int) -> None:
        self.failure = ""
        self.frames = 0
        self._segments = SegmentWriter(disk, run / RAW, VERSION, segment_bytes)
        self._encode: Callable[[object], bytes] = msgspec.msgpack.Encoder().encode

    def take(self, frame: RawFrame) -> None:
        """Take a frame; `flush` hands it to the operating system."""
        if self.failure:
            return
        self.frames += 1
        self._segments.add(self._encode(frame))
        if self._segments.waiting > BUFFER_BYTES_MAX:
            self.flush()

    def flush(self) -> bool:
        """Write what waits; False after a failure."""
        try:
            if not self.failure:
                self._segments.flush()
        except OSError as error:
            self.failure = f"raw frames cannot be written: {error.strerror or error}"
        return not self.failure

    def close(self) -> None:
        """Write what waits and close the file."""
        self.flush()
        self._segments.close()


def holds(data: bytes, secrets: Iterable[str]) -> bool:
    """Say whether a frame holds a secret, and must not be kept."""
    return any(secret.encode() in data for secret in secrets)


def read_raw(disk: Disk, run: Path) -> Iterator[RawFrame]:
    """Yield the raw frames of a recording in their order; a torn one at the end is left out.

    Raises DataError for damage, and where no frames were recorded.
    """
    decode = msgspec.msgpack.Decoder(RawFrame).decode
    found = False
    for segment in segments(disk, run / RAW):
        found = True
        for frame in segment.frames:
            yield decode(frame.payload)
    if not found:
        raise DataError(f"{run} has no raw frames; record with --raw")
