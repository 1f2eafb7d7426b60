"""The file system as the journal sees it: a small port, and the machine's own behind it.

Retries nothing and hides no failure; what a failed write left behind is the reader's question.
"""

import fcntl
import os
import shutil
from pathlib import Path
from typing import Protocol

from engine.errors import UsageError


class File(Protocol):
    """Write at the end of one open file."""

    def write(self, data: bytes) -> None:
        """Append `data` whole. Raises OSError; a part of it may then stand in the file."""

    def sync(self) -> None:
        """Return once all that was written survives a loss of power. Raises OSError."""

    def close(self) -> None:
        """Close the file; what was written stays with the operating system."""


class Disk(Protocol):
    """Reach folders and files; every method raises OSError where the system does."""

    def make(self, folder: Path) -> None:
        """Make a folder and those above it, if they are not there."""

    def names(self, folder: Path) -> list[str]:
        """Return the names in a folder, sorted."""

    def read(self, path: Path) -> bytes:
        """Return a file whole."""

    def append(self, path: Path) -> File:
        """Open a file to write at its end; a new one survives a loss of power, though empty."""

    def replace(self, path: Path, data: bytes) -> None:
        """Let a file hold `data`, whole or not at all, whatever happens meanwhile."""

    def cut(self, path: Path, size: int) -> None:
        """Shorten a file for good."""

    def remove(self, path: Path) -> None:
        """Remove a file."""

    def free(self, folder: Path) -> int:
        """Return the bytes that may still be written there."""


class SystemFile:
    """Write to a file descriptor."""

    def __init__(self, path: Path) -> None:
        self._fd = os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)

    def write(self, data: bytes) -> None:
        """Append `data` whole, in one call of the system nearly always."""
        written = os.write(self._fd, data)
        while written < len(data):
            written += os.write(self._fd, data[written:])

    def sync(self) -> None:
        """Wait for the disk."""
        os.fdatasync(self._fd)

    def close(self) -> None:
        """Close the descriptor."""
        os.close(self._fd)


class SystemDisk:
    """Be the machine's file system. Files are readable by their owner alone."""

    def make(self, folder: Path) -> None:
        """Make a folder with all above it."""
        folder.mkdir(parents=True, exist_ok=True)

    def names(self, folder: Path) -> list[str]:
        """List a folder."""
        return sorted(path.name for path in folder.iterdir())

    def read(self, path: Path) -> bytes:
        """Read a file."""
        return path.read_bytes()

    def append(self, path: Path) -> SystemFile:
        """Open a file; its folder is synced where the file is new."""
        is_new = not path.exists()
        file = SystemFile(path)
        if is_new:
            _sync_folder(path.parent)
        return file

    def replace(self, path: Path, data: bytes) -> None:
        """Write beside the file, sync, and let the new one take its name."""
        partial = path.with_name(path.name + ".partial")
        partial.unlink(missing_ok=True)
        file = SystemFile(partial)
        try:
            file.write(data)
            file.sync()
        finally:
            file.close()
        partial.replace(path)
        _sync_folder(path.parent)

    def cut(self, path: Path, size: int) -> None:
        """Truncate and sync."""
        with path.open("r+b") as file:
            file.truncate(size)
            os.fsync(file.fileno())

    def remove(self, path: Path) -> None:
        """Unlink a file."""
        path.unlink()

    def free(self, folder: Path) -> int:
        """Ask the file system."""
        return shutil.disk_usage(folder).free


class InstanceLock:
    """Hold a folder for one process; the system lets go of it when the process ends, however.

    Raises UsageError when another holds it.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("a+b")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._file.seek(0)
            owner = self._file.read().decode(errors="replace").strip() or "unknown"
            self._file.close()
            raise UsageError(
                f"{path.parent} is in use by process {owner}; stop it first, or choose another "
                "[live] state"
            ) from None
        self._file.truncate(0)
        self._file.write(str(os.getpid()).encode())
        self._file.flush()

    def release(self) -> None:
        """Let go of the folder."""
        self._file.close()


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
