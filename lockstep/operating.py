"""Talk to a running engine over its control socket.

Starts and stops nothing by itself: the engine does what it is asked, or refuses.
"""

import socket
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import msgspec

from engine.errors import LockstepError, UsageError

SOCKET = "control.sock"
"""The name of the control socket in the folder of a run."""
TIMEOUT_S = 10.0
_ACCEPTED = 300


class _OverSocket(HTTPConnection):
    """Speak HTTP over a Unix socket."""

    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=TIMEOUT_S)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


class Refusal(UsageError):
    """Say that the engine refused what it was asked for, in its own words."""


def running(runs: Path) -> list[Path]:
    """Return the control sockets in a folder of runs at which an engine answers."""
    return [path for path in sorted(runs.glob(f"*/{SOCKET}")) if _answers(path)]


def only(runs: Path) -> Path:
    """Return the control socket of the one engine that runs; UsageError for none or several."""
    found = running(runs)
    if not found:
        raise UsageError(f"no engine runs in {runs}; start one with lockstep run, or give --socket")
    if len(found) > 1:
        names = ", ".join(str(path) for path in found)
        raise UsageError(f"{len(found)} engines run: {names}; choose one with --socket")
    return found[0]


def ask(path: Path, route: str, instruction: Mapping[str, str] | None = None) -> object:
    """Return what an engine answers: to a view, or with an instruction to an action.

    Raises UsageError when nobody answers, and Refusal when the engine says no.
    """
    connection = _OverSocket(path)
    try:
        if instruction is None:
            connection.request("GET", f"/{route}")
        else:
            connection.request("POST", f"/{route}", msgspec.json.encode(instruction))
        answer = connection.getresponse()
        found = msgspec.json.decode(answer.read())
    except (OSError, HTTPException, msgspec.DecodeError) as error:
        raise UsageError(f"no engine answers on {path} ({error}); is it running?") from None
    finally:
        connection.close()
    if answer.status >= _ACCEPTED:
        raise _refusal(found)
    return found


def _refusal(found: object) -> LockstepError:
    if not isinstance(found, dict):
        return Refusal("the engine refused without a word; see its log")
    refusal = Refusal(str(found.get("error", "the engine refused; see its log")))
    refusal.exit_code = int(found.get("exit_code", refusal.exit_code))
    return refusal


def _answers(path: Path) -> bool:
    try:
        ask(path, "healthz")
    except LockstepError:
        return False
    return True
