"""Keep latches and baselines in a file, so that a restart does not forget them.

Decides nothing and is never called by the kernel: whoever runs it keeps what the kernel decided,
and gives it back as events at the next start.
"""

from collections.abc import Iterable
from pathlib import Path

import msgspec

from engine.errors import UsageError
from engine.journal.disk import Disk
from engine.model.risk import BaselineSet, LatchCleared, LatchSet

Kept = LatchSet | BaselineSet


class _Contents(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    latches: tuple[LatchSet, ...] = ()
    baselines: tuple[BaselineSet, ...] = ()


class LatchFile:
    """Keep the latches that are set and the newest baselines, at most one for each scope and kind.

    Each change is on the disk when `keep` returns: the file is replaced whole. One that cannot be
    written is tried again at the next `keep`; `is_behind` says that the file lacks something. One
    that cannot be read refuses to start, for it may hold a kill.
    """

    def __init__(self, disk: Disk, path: Path) -> None:
        self._disk, self._path = disk, path
        self.is_behind = False
        contents = self._read()
        self._latches = {(each.scope, each.cause): each for each in contents.latches}
        self._baselines = {(each.scope, each.kind): each for each in contents.baselines}

    def load(self) -> tuple[Kept, ...]:
        """Return what was kept, as the events to give the kernel before anything else."""
        return (*self._latches.values(), *self._baselines.values())

    def keep(self, decisions: Iterable[object]) -> None:
        """Keep what concerns latches and baselines of the kernel's decisions; write if any does.

        Raises OSError where the file cannot be written; what is to be kept is not forgotten.
        """
        for each in decisions:
            if isinstance(each, LatchSet):
                self._latches[each.scope, each.cause] = each
            elif isinstance(each, LatchCleared):
                self._latches.pop((each.scope, each.cause), None)
            elif isinstance(each, BaselineSet):
                self._baselines[each.scope, each.kind] = each
            else:
                continue
            self.is_behind = True
        if self.is_behind:
            self._write()
            self.is_behind = False

    def _read(self) -> _Contents:
        try:
            return msgspec.json.decode(self._disk.read(self._path), type=_Contents)
        except FileNotFoundError:
            return _Contents()
        except (OSError, ValueError) as error:
            msg = (
                f"latches in {self._path} cannot be read ({error}); mend the file, or move it away "
                "once you know that nothing was killed"
            )
            raise UsageError(msg) from None

    def _write(self) -> None:
        contents = _Contents(tuple(self._latches.values()), tuple(self._baselines.values()))
        text = msgspec.json.format(msgspec.json.encode(contents), indent=2)
        self._disk.replace(self._path, text + b"\n")
