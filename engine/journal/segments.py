"""Segments: the files that one stream of entries is cut into, each continuing the one before.

Knows no entry; payloads are bytes here.
"""

import re
from pathlib import Path

import msgspec

from engine.errors import DataError
from engine.journal.disk import Disk, File
from engine.journal.frames import Frame, frames, goes_on, seal

FORMAT = "lockstep-journal"
_NAME = re.compile(r"(\d{6,})\.segment")


class SegmentHeader(msgspec.Struct, frozen=True):
    """Begin a segment: format, version, number, and the chain of the segment before it."""

    format: str
    version: int
    number: int
    chain: int


class Segment(msgspec.Struct, frozen=True):
    """Hold a segment that was read: its frames, and the bytes of a torn frame behind the last."""

    path: Path
    header: SegmentHeader
    frames: tuple[Frame, ...]
    end: int
    torn: int

    @property
    def chain(self) -> int:
        """Return the chain that the next segment must begin with."""
        return self.frames[-1].chain if self.frames else self.header.chain


class SegmentWriter:
    """Write one stream of payloads into a folder, a new segment whenever one is full.

    Payloads wait in memory until `flush`. After the first failure nothing is written any more:
    what a file holds then is unknown, so `flush` and `sync` raise again whenever they are called.
    With `keep` no more than so many finished segments stay: the oldest goes when a new one begins.
    """

    def __init__(
        self, disk: Disk, folder: Path, version: int, segment_bytes: int, keep: int | None = None
    ) -> None:
        self.number = 0
        self._keep = keep
        self._disk = disk
        self._folder = folder
        self._version = version
        self._segment_bytes = segment_bytes
        self._chain = 0
        self._buffer = bytearray()
        self._file: File | None = None
        self._size = 0
        self._failure: OSError | None = None
        disk.make(folder)

    @property
    def waiting(self) -> int:
        """Return how many bytes wait in memory."""
        return len(self._buffer)

    def add(self, payload: bytes) -> None:
        """Take a payload into memory."""
        frame, self._chain = seal(payload, self._chain)
        self._buffer += frame

    def flush(self) -> None:
        """Hand all that waits to the operating system. Raises OSError."""
        if self._failure is not None:
            raise self._failure
        if not self._buffer:
            return
        try:
            self._write()
        except OSError as error:
            self._failure = error
            self._buffer.clear()
            raise

    def sync(self) -> None:
        """Flush, and wait until the disk has it. Raises OSError."""
        self.flush()
        if self._file is None:
            return
        try:
            self._file.sync()
        except OSError as error:
            self._failure = error
            raise

    def close(self) -> None:
        """Close the file without writing what waits."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _write(self) -> None:
        file = self._file
        if file is None or self._size >= self._segment_bytes:
            file = self._begin()
        file.write(bytes(self._buffer))
        self._size += len(self._buffer)
        self._buffer.clear()

    def _begin(self) -> File:
        """Begin a segment; the one before is synced, for nothing may be missing in the middle."""
        if self._file is not None:
            self._file.sync()
            self.close()
        if self._keep is not None and self.number > self._keep:
            self._disk.remove(self._path(self.number - self._keep))
        self.number += 1
        before = _first_chain(self._buffer)
        header = SegmentHeader(FORMAT, self._version, self.number, before)
        frame, _ = seal(msgspec.msgpack.encode(header), before)
        file = self._file = self._disk.append(self._path(self.number))
        file.write(frame)
        self._size = len(frame)
        return file

    def _path(self, number: int) -> Path:
        return self._folder / f"{number:06}.segment"


def segment_paths(disk: Disk, folder: Path) -> list[Path]:
    """Return the segments of a folder in order; none where there is no such folder."""
    try:
        names = disk.names(folder)
    except (FileNotFoundError, NotADirectoryError):
        return []
    numbered = [(int(match[1]), name) for name in names if (match := _NAME.fullmatch(name))]
    return [folder / name for _, name in sorted(numbered)]


def read_segment(
    disk: Disk, path: Path, versions: range, before: Segment | None, *, last: bool
) -> Segment | None:
    """Return a segment, checked against the one before it; None when even its header is torn.

    A torn frame is accepted at the end of the last segment alone. Raises DataError for damage, for
    a gap between segments and for a version that is not in `versions`.
    """
    data = disk.read(path)
    first = next(frames(data, 0, None), None)
    if first is None and last and not goes_on(data, 0):
        return None
    header = _header(path, first)
    if header.version not in versions:
        raise DataError(
            f"{path} is of journal version {header.version}, which this program does not read; "
            "use the version of Lockstep that wrote it"
        )
    assert first is not None
    if before is not None and (before.header.number + 1, before.chain) != (
        header.number,
        header.chain,
    ):
        raise DataError(f"{path} does not continue {before.path.name}; restore what is missing")
    found = tuple(frames(data, first.end, header.chain))
    end = found[-1].end if found else first.end
    torn = len(data) - end
    if torn and (not last or goes_on(data, end)):
        raise DataError(
            f"{path} is damaged at byte {end}, and goes on behind it; restore it from a copy, or "
            "cut it there with lockstep journal verify --cut and let the venue tell the rest"
        )
    return Segment(path, header, found, end, torn)


def _header(path: Path, frame: Frame | None) -> SegmentHeader:
    try:
        header = msgspec.msgpack.decode(b"" if frame is None else frame.payload, type=SegmentHeader)
    except msgspec.MsgspecError:
        header = None
    if header is None or header.format != FORMAT:
        raise DataError(f"{path} does not begin as a journal does; restore it from a copy")
    return header


def _first_chain(buffer: bytearray) -> int:
    """Return the chain that the first frame of a buffer continues."""
    return int.from_bytes(buffer[4:8], "little")
