"""What `lockstep doctor` looks at, one function a subject.

Prints nothing and changes nothing but a file of its own, which it removes again.
"""

import os
import platform
import re
import sys
import tempfile
import time
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Literal

import msgspec

from engine.native import selection
from lockstep.cli import plugins
from lockstep.cli.config import find_problems
from lockstep.cli.version import lockstep_version

State = Literal["ok", "warning", "failed"]
PASSED: State = "ok"
WARNED: State = "warning"
FAILED: State = "failed"

_EARLIEST_YEAR = 2025
_CLOCK_SAMPLE_S = 0.05
_CLOCK_DRIFT_S_MAX = 0.01


class Check(msgspec.Struct, frozen=True):
    """Hold one finding: what was looked at, how it is, and what was found or how to mend it."""

    name: str
    state: State
    detail: str


def installation() -> Iterator[Check]:
    """Yield the versions of Python, Lockstep and its dependencies, the core, and plug-ins."""
    python = platform.python_version()
    yield Check("python", PASSED, f"{python} ({platform.python_implementation()})")
    yield Check("platform", PASSED, f"{platform.system()} {platform.machine()}")
    yield Check("lockstep", PASSED, lockstep_version())
    for name, needed in _dependencies():
        yield _package(name, needed=needed)
    yield core()
    for found in plugins.discover():
        if isinstance(found, plugins.Plugin):
            yield Check(f"command {found.name}", PASSED, found.value)
        else:
            detail = f"{found.value} did not load: {found.reason}"
            yield Check(f"command {found.name}", WARNED, detail)


def machine() -> Iterator[Check]:
    """Yield how the clock runs and whether the working directory can be written."""
    yield clock()
    yield writable("working directory", Path())


def configuration(path: Path, overrides: list[str]) -> Iterator[Check]:
    """Yield whether a configuration can be used and its runs be written.

    Then what it runs on: its venues where it names connectors, else its recorded data.
    """
    problems = find_problems(path, overrides)
    for problem in problems:
        yield Check("configuration", FAILED, problem)
    if problems:
        return
    from engine.config import load

    config = load(path, overrides, os.environ).config
    yield Check("configuration", PASSED, str(path))
    yield writable("run folders", Path(config.run.out))
    if config.connectors:
        from lockstep.cli.live_checks import going_live

        yield from going_live(config, os.environ)
    else:
        yield catalogue(Path(config.run.catalog))


def core() -> Check:
    """Say which core runs, and why if it is the plain one."""
    compiled = selection.in_use()
    if compiled:
        return Check("core", PASSED, f"compiled: {', '.join(compiled)}")
    if os.environ.get(selection.CHOICE) == "plain":
        return Check("core", PASSED, f"plain Python, as {selection.CHOICE} asks")
    return Check("core", PASSED, "plain Python; `make core` compiles it where a C compiler is")


def catalogue(path: Path) -> Check:
    """Say what a catalogue holds."""
    from backtest.catalogue import Catalogue
    from engine.errors import LockstepError

    if not path.is_dir():
        return Check("catalogue", FAILED, f"{path} is no folder; run `lockstep data import`")
    try:
        listing = Catalogue(path).listing()
    except (LockstepError, OSError) as error:
        return Check("catalogue", FAILED, str(error))
    rows = sum(row.rows for row in listing)
    names = len({row.instrument for row in listing})
    if not rows:
        return Check("catalogue", FAILED, f"{path} holds no data; run `lockstep data import`")
    return Check("catalogue", PASSED, f"{path}: {names} instruments, {rows:,} rows")


def clock() -> Check:
    """Compare the wall clock with the monotonic one over a moment: they must run alike."""
    wall, steady = time.time(), time.monotonic()
    time.sleep(_CLOCK_SAMPLE_S)
    drift = (time.time() - wall) - (time.monotonic() - steady)
    year = time.gmtime(wall).tm_year
    if year < _EARLIEST_YEAR:
        return Check("clock", FAILED, f"the clock says {year}; set it")
    if abs(drift) > _CLOCK_DRIFT_S_MAX:
        detail = f"the wall clock jumped {drift * 1e3:.0f} ms in 50 ms; check time synchronization"
        return Check("clock", WARNED, detail)
    return Check("clock", PASSED, "wall and monotonic clock run alike")


def writable(name: str, path: Path) -> Check:
    """Say whether files can be made in a folder, or in the nearest one above it that exists."""
    nearest = nearest_folder(path)
    try:
        with tempfile.TemporaryFile(dir=nearest):
            pass
    except OSError as error:
        detail = f"{nearest} cannot be written ({error.strerror}); choose another or mend its mode"
        return Check(name, FAILED, detail)
    return Check(name, PASSED, f"{path} can be written")


def nearest_folder(path: Path) -> Path:
    """Return a folder, or the nearest one above it that exists."""
    nearest = path.absolute()
    while not nearest.exists() and nearest != nearest.parent:
        nearest = nearest.parent
    return nearest


def _dependencies() -> Iterator[tuple[str, bool]]:
    """Yield each distribution that Lockstep names for running, and whether it cannot do without."""
    try:
        lines = requires("lockstep") or []
    except PackageNotFoundError:
        return
    for line in lines:
        name = re.split(r"[^\w.-]", line, maxsplit=1)[0]
        extra = 'extra == "' in line.replace("'", '"')
        wanted = not extra or any(kind in line for kind in ("report", "metrics"))
        elsewhere = "win32" in line and sys.platform == "win32"
        if wanted and not elsewhere:
            yield name, not extra


def _package(name: str, *, needed: bool) -> Check:
    try:
        return Check(name, PASSED, version(name))
    except PackageNotFoundError:
        if needed:
            return Check(name, FAILED, "is not installed; install Lockstep again")
        return Check(name, PASSED, "not installed (optional)")
