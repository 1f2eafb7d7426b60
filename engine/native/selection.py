"""Chooses between a compiled module and its plain source, and refuses one that is out of date.

It compiles nothing; the build hook does, and leaves `built.json` beside what it made.
"""

import hashlib
import importlib
import importlib.machinery
import importlib.util
import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import ModuleType, TracebackType

CHOICE = "LOCKSTEP_CORE"
RECORD = "built.json"
_ROOT = Path(__file__).parents[2]
_INTERPRETER = importlib.machinery.EXTENSION_SUFFIXES[0].split(".")[1]


class CoreRefused(ImportError):
    """Say that the compiled core cannot be used as asked, and how to mend it.

    Where nobody catches it, a program ends with this one line: the way that led to an import helps
    nobody.
    """

    def __init__(self, words: str) -> None:
        super().__init__(words)
        sys.excepthook = _in_one_line


def _in_one_line(
    kind: type[BaseException], error: BaseException, traceback: TracebackType | None
) -> None:
    if issubclass(kind, CoreRefused):
        sys.stderr.write(f"error: {error}\n")
    else:
        sys.__excepthook__(kind, error, traceback)


class CompiledModules:
    """Find the modules that were compiled, ahead of Python's own search for their source."""

    def __init__(self, folder: Path, root: Path) -> None:
        """Read what was built: `folder` holds it, `root` the packages it was made from."""
        self._folder = folder
        self._root = root
        record = json.loads((folder / RECORD).read_bytes())
        self.modules: Mapping[str, str] = record["modules"]
        self._sources: Mapping[str, str] = record["sources"]
        self._checked: bool = False

    def find_spec(
        self,
        name: str,
        path: Sequence[str] | None = None,
        target: ModuleType | None = None,
    ) -> importlib.machinery.ModuleSpec | None:
        """Return how to load a compiled module; None leaves it to the next finder."""
        if name not in self.modules:
            return None
        if not self._checked:
            self._check()
        location = str(self._folder / self.modules[name])
        loader = importlib.machinery.ExtensionFileLoader(name, location)
        return importlib.util.spec_from_file_location(name, location, loader=loader)

    def _check(self) -> None:
        """Hold every source against the one that was compiled: modules share their layouts."""
        for source, compiled_from in self._sources.items():
            if file_hash(self._root / source) != compiled_from:
                raise CoreRefused(
                    f"{source} is not what the compiled core was made from; "
                    f"run `make core`, or set {CHOICE}=plain"
                )
        self._checked = True


def file_hash(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal; a file that is not there has the hash ''."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except FileNotFoundError:
        return ""


def built_folder(root: Path = _ROOT) -> Path:
    """Return where the build puts what it compiled for this interpreter."""
    return root / "engine" / "native" / "built" / _INTERPRETER


def select(root: Path = _ROOT) -> None:
    """Make the modules that were compiled load as such, unless LOCKSTEP_CORE says `plain`.

    Raises CoreRefused if it says `compiled` and nothing was, or says something else.
    """
    wanted = os.environ.get(CHOICE, "")
    if wanted not in ("", "plain", "compiled"):
        raise CoreRefused(f"{CHOICE}={wanted} is neither `plain` nor `compiled`")
    if wanted == "plain" or in_use():
        return
    if (built_folder(root) / RECORD).is_file():
        sys.meta_path.insert(0, CompiledModules(built_folder(root), root))
    elif wanted == "compiled":
        raise CoreRefused(
            f"{CHOICE}=compiled, but nothing was compiled for this interpreter; "
            "install a C compiler and run `make core`"
        )


def in_use() -> tuple[str, ...]:
    """Return the names of the modules that run compiled, sorted; none means plain Python."""
    for finder in sys.meta_path:
        if isinstance(finder, CompiledModules):
            return tuple(sorted(finder.modules))
    return ()


def compiled(name: str) -> ModuleType | None:
    """Return a module that exists compiled only; None while the plain core runs."""
    return importlib.import_module(name) if name in in_use() else None
