"""What `lockstep doctor` finds out about the clock: from the system, from files, from venues.

Sets no clock and asks no time server.
"""

import ctypes
import ssl
import sys
import time
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path

import msgspec

from engine.journal.disk import SystemDisk
from engine.journal.segments import segment_paths
from engine.journal.writer import JOURNAL
from engine.model.connection import CLOCK_SKEW_MAX_NS
from engine.recovery.state_folder import Identity
from lockstep.cli.checks import FAILED, PASSED, WARNED, Check

_ASK_S = 3.0
_SKEW_S = CLOCK_SKEW_MAX_NS / 1e9
_UNSYNCHRONIZED = 0x0040
"""The flag of adjtimex(2) which says that nothing keeps the clock right."""


class _Timex(ctypes.Structure):
    """Lay out the beginning of `struct timex`; the rest is room."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("room", ctypes.c_long * 32),
    )


def disciplined() -> Check:
    """Say whether the system keeps its clock right, by what its kernel says of it."""
    name = "clock sync"
    if sys.platform != "linux":
        return Check(name, PASSED, f"not known on {sys.platform}")
    state = _Timex()
    if ctypes.CDLL(None, use_errno=True).adjtimex(ctypes.byref(state)) < 0:
        return Check(name, PASSED, "the kernel does not tell")
    return judged(state.status, state.maxerror)


def judged(status: int, error_us: int) -> Check:
    """Judge what adjtimex(2) says: its status, and the largest error in microseconds."""
    if status & _UNSYNCHRONIZED:
        text = "nothing keeps the clock right; run chrony, ntpd or systemd-timesyncd"
        return Check("clock sync", WARNED, text)
    found = f"kept right, off by at most {error_us / 1e3:.0f} ms by the kernel's reckoning"
    return Check("clock sync", PASSED, found)


def since_last_run(state: Path) -> Check:
    """Say whether the clock stands behind what the last run has written: then it was set back."""
    name = "clock, last run"
    try:
        identity = msgspec.json.decode((state / "identity.json").read_bytes(), type=Identity)
        segments = segment_paths(SystemDisk(), Path(identity.run) / JOURNAL)
        written = max((path.stat().st_mtime for path in segments), default=0.0)
    except (OSError, msgspec.MsgspecError):
        written = 0.0
    ahead = written - time.time()
    if not written:
        return Check(name, PASSED, "there is none")
    if ahead > _SKEW_S:
        text = f"it wrote {ahead:.1f} s after now: the clock was set back; wait, or set it right"
        return Check(name, FAILED, text)
    return Check(name, PASSED, "ended before now")


def venue_clock(name: str, scheme: str, host: str, port: int) -> Check:
    """Compare the clock with the date of a server's HTTP answer, which is in whole seconds."""
    check = f"clock {name}"
    asked = time.time()
    told = _date(scheme, host, port)
    answered = time.time()
    if told is None:
        return Check(check, PASSED, f"{host} tells no time without a login")
    behind, ahead = told - answered, told + 1 - asked
    apart = max(0.0, behind, -ahead)
    if apart > _SKEW_S:
        text = f"ours is {behind:+.1f} to {ahead:+.1f} s from that of {host}; synchronize it"
        return Check(check, WARNED, text)
    return Check(check, PASSED, f"as that of {host}, which tells whole seconds")


def _date(scheme: str, host: str, port: int) -> float | None:
    """Return the date of an answer to a request for nothing, None where there is none."""
    secure = scheme in ("https", "wss")
    connection = (
        HTTPSConnection(host, port, timeout=_ASK_S, context=ssl.create_default_context())
        if secure
        else HTTPConnection(host, port, timeout=_ASK_S)
    )
    try:
        connection.request("HEAD", "/")
        text = connection.getresponse().getheader("Date")
        return None if text is None else parsedate_to_datetime(text).timestamp()
    except (OSError, HTTPException, ValueError):
        return None
    finally:
        connection.close()
