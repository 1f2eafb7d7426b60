"""A disk in memory that fails when it is told to: for rehearsing what real disks do.

Knows what was synced, so that a loss of power can be played too.
"""

import errno
from collections.abc import Callable
from pathlib import Path

import msgspec

NO_LIMIT = 1 << 62


class MemoryDisk:
    """Be a disk of `capacity` bytes; `lose_power` forgets what was not synced.

    The write or sync of number `fail_at` (counted from 1, both together) fails with an error of the
    system; of a write, `torn` bytes are kept all the same. From then on the disk works again, as
    real ones may.
    """

    def __init__(self, capacity: int = NO_LIMIT, fail_at: int = 0, torn: int = 0) -> None:
        self.files: dict[Path, bytearray] = {}
        self.capacity = capacity
        self.fail_at = fail_at
        self.torn = torn
        self.operations = 0
        self._synced: dict[Path, int] = {}

    def make(self, folder: Path) -> None:
        """Need no folders: a path is enough."""

    def names(self, folder: Path) -> list[str]:
        """Return the names of files in a folder, sorted."""
        return sorted(path.name for path in self.files if path.parent == folder)

    def read(self, path: Path) -> bytes:
        """Return a file whole."""
        if path not in self.files:
            raise FileNotFoundError(errno.ENOENT, "No such file", str(path))
        return bytes(self.files[path])

    def append(self, path: Path) -> "MemoryFile":
        """Open a file to write at its end."""
        self.files.setdefault(path, bytearray())
        return MemoryFile(self, path)

    def replace(self, path: Path, data: bytes) -> None:
        """Let a file hold `data`; one operation, all or nothing."""
        self.operate()
        self.files[path] = bytearray(data)
        self._synced[path] = len(data)

    def cut(self, path: Path, size: int) -> None:
        """Shorten a file."""
        del self.files[path][size:]
        self._synced[path] = size

    def remove(self, path: Path) -> None:
        """Remove a file."""
        del self.files[path]
        self._synced.pop(path, None)

    def free(self, folder: Path) -> int:
        """Return what is left of the capacity."""
        return max(0, self.capacity - sum(map(len, self.files.values())))

    def operate(self) -> None:
        """Count a write or sync. Raises OSError where this one shall fail."""
        self.operations += 1
        if self.operations == self.fail_at:
            raise OSError(errno.EIO, "Input/output error")

    def write(self, path: Path, data: bytes) -> None:
        """Append to a file; a disk that is full takes what fits."""
        try:
            self.operate()
        except OSError:
            self.files[path] += data[: self.torn]
            raise
        left = self.free(path.parent)
        self.files[path] += data[:left]
        if len(data) > left:
            raise OSError(errno.ENOSPC, "No space left on device")

    def sync(self, path: Path) -> None:
        """Take note that a file survives a loss of power as it stands."""
        self.operate()
        self._synced[path] = len(self.files[path])

    def synced(self, path: Path) -> int:
        """Return how many bytes of a file survive a loss of power."""
        return self._synced.get(path, 0)

    def lose_power(self, kept: Callable[[int], int] = lambda _: 0) -> None:
        """Forget all that was not synced; files stay.

        Of so many bytes that were not, the first `kept` had reached the disk all the same.
        """
        for path, data in self.files.items():
            synced = self._synced.get(path, 0)
            del data[synced + kept(len(data) - synced) :]
            self._synced[path] = len(data)

    def fill(self) -> None:
        """Have no room any more, until `capacity` is set anew."""
        self.capacity = sum(map(len, self.files.values()))


class MemoryFile(msgspec.Struct, frozen=True):
    """Write to one file of a disk in memory."""

    disk: MemoryDisk
    path: Path

    def write(self, data: bytes) -> None:
        """Append data."""
        self.disk.write(self.path, data)

    def sync(self) -> None:
        """Sync the file."""
        self.disk.sync(self.path)

    def close(self) -> None:
        """Do nothing: there is no descriptor."""
