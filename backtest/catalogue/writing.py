"""Let one process write a catalogue at a time, and clear away what a dead one left behind.

Readers take no lock: they see whole files only.
"""

import os
import shutil
import sys
import tempfile
from pathlib import Path

from engine.errors import DataError

_STAGING = ".staging-"


class WritingFolder:
    """Hold the right to write a catalogue, and a hidden folder in it for what is not yet in place.

    The right goes with the process, however it ends. Raises DataError when another one holds it.
    """

    def __init__(self, root: Path) -> None:
        root.mkdir(parents=True, exist_ok=True)
        self._lock = _lock(root)
        for left in root.glob(f"{_STAGING}*"):
            shutil.rmtree(left, ignore_errors=True)
        self.path = Path(tempfile.mkdtemp(prefix=_STAGING, dir=root))

    def close(self) -> None:
        """Remove the hidden folder with all that is still in it, and give the right back."""
        shutil.rmtree(self.path, ignore_errors=True)
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def _lock(root: Path) -> int | None:
    if sys.platform == "win32":  # folders cannot be opened there: two writers are not noticed
        return None
    import fcntl

    descriptor = os.open(root, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        msg = f"another process is writing to {root}; wait until it has ended and run this again"
        raise DataError(msg) from error
    return descriptor
