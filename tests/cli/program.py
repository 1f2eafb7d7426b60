"""Run the program as a person does: its own process, its own folder, a plain environment.

It checks nothing.
"""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

TIMEOUT_S = 60
PROGRAM = (sys.executable, "-m", "lockstep")


@dataclass(frozen=True)
class Done:
    """What a command left behind: exit code, standard output, standard error."""

    code: int
    out: str
    err: str


def lockstep(*arguments: str, folder: Path, **environ: str) -> Done:
    """Run one command in `folder`; the caller's own LOCKSTEP variables do not reach it."""
    kept = {key: text for key, text in os.environ.items() if not key.startswith("LOCKSTEP")}
    plain = {"COLUMNS": "100", "NO_COLOR": "1", "TERM": "dumb", "PYTHONUTF8": "1"}
    done = subprocess.run(
        [*PROGRAM, *arguments],
        cwd=folder,
        env=kept | plain | environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=TIMEOUT_S,
        check=False,
    )
    return Done(done.returncode, done.stdout, done.stderr)
