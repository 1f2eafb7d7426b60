"""The disk of one life: everything that goes wrong with disks, and death within a write.

Keeps nothing itself: the bytes are those of a disk in memory that outlives every life.
"""

import errno
from pathlib import Path

from connectors.simulation.faults import Fault, FaultPlan
from engine.journal.memory import MemoryDisk
from engine.simulation.process import Process


class LifeDisk:
    """Write to `disk` on behalf of one process, as the faults will have it.

    A process that is dead reaches nothing any more. What a fault is about is the file's name.
    """

    def __init__(self, disk: MemoryDisk, process: Process, faults: FaultPlan) -> None:
        self._disk = disk
        self._process = process
        self._faults = faults

    def make(self, folder: Path) -> None:
        """Make a folder."""
        self._process.check()
        self._disk.make(folder)

    def names(self, folder: Path) -> list[str]:
        """List a folder."""
        self._process.check()
        return self._disk.names(folder)

    def read(self, path: Path) -> bytes:
        """Read a file."""
        self._process.check()
        return self._disk.read(path)

    def append(self, path: Path) -> "LifeFile":
        """Open a file to write at its end."""
        self._process.check()
        self._disk.append(path)
        return LifeFile(self, path)

    def replace(self, path: Path, data: bytes) -> None:
        """Let a file hold `data`: a kill or a loss of power leaves the old one or the new one."""
        self._process.check()
        self._fail(Fault.WRITE_FAILS, path)
        dies = self._dies(path)
        if dies is None or self._faults.share(dies) < 0.5:
            self._disk.replace(path, data)
        self._die(dies)

    def cut(self, path: Path, size: int) -> None:
        """Shorten a file."""
        self._process.check()
        self._disk.cut(path, size)

    def remove(self, path: Path) -> None:
        """Remove a file."""
        self._process.check()
        self._disk.remove(path)

    def free(self, folder: Path) -> int:
        """Return what is left."""
        self._process.check()
        return self._disk.free(folder)

    def write(self, path: Path, data: bytes) -> None:
        """Append to a file: whole, in part, or not at all, and perhaps for the last time."""
        self._process.check()
        self._fail(Fault.WRITE_FAILS, path)
        if self._faults.strikes(Fault.TORN_WRITE, path.name):
            self._disk.write(path, self._part(data, Fault.TORN_WRITE))
            raise OSError(errno.EIO, "Input/output error")
        if self._faults.strikes(Fault.DISK_FULL, path.name):
            self._disk.fill()
        dies = self._dies(path)
        self._disk.write(path, data if dies is None else self._part(data, dies))
        self._die(dies)

    def sync(self, path: Path) -> None:
        """Sync a file, unless that fails."""
        self._process.check()
        self._fail(Fault.SYNC_FAILS, path)
        dies = self._dies(path)
        if dies is None:
            self._disk.sync(path)
        self._die(dies)

    def lose_power(self) -> None:
        """Forget what was not synced, but for whatever had reached the disk by chance."""
        self._disk.lose_power(lambda size: int(self._faults.share(Fault.POWER_CUT) * (size + 1)))

    def _fail(self, fault: Fault, path: Path) -> None:
        if self._faults.strikes(fault, path.name):
            raise OSError(errno.EIO, "Input/output error")

    def _dies(self, path: Path) -> Fault | None:
        """Return what ends the process within this operation, None for nothing."""
        for fault in (Fault.KILL_AT_WRITE, Fault.POWER_CUT):
            if self._faults.strikes(fault, path.name):
                return fault
        return None

    def _die(self, fault: Fault | None) -> None:
        if fault is None:
            return
        if fault is Fault.POWER_CUT:
            self.lose_power()
        self._process.kill(f"{fault} within a write", silently=fault is Fault.POWER_CUT)
        self._process.check()

    def _part(self, data: bytes, fault: Fault) -> bytes:
        return data[: int(self._faults.share(fault) * (len(data) + 1))]


class LifeFile:
    """Write to one file of a life's disk."""

    def __init__(self, disk: LifeDisk, path: Path) -> None:
        self._disk = disk
        self._path = path

    def write(self, data: bytes) -> None:
        """Append data."""
        self._disk.write(self._path, data)

    def sync(self) -> None:
        """Sync the file."""
        self._disk.sync(self._path)

    def close(self) -> None:
        """Do nothing: there is no descriptor."""
