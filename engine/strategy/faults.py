"""Say in one line what went wrong in a strategy's code, and where.

Names files without their folders, so that the same fault reads the same on every machine.
"""

from pathlib import Path
from types import TracebackType

_ROOM = Path(__file__).parent.parent


def describe(error: BaseException) -> str:
    """Return `KeyError: 'x' (my_bot.py line 12)`: the deepest line that is not the engine's."""
    place = _deepest(error.__traceback__)
    text = f"{type(error).__name__}: {error}"
    return text if place is None else f"{text} ({place[0]} line {place[1]})"


def _deepest(trace: TracebackType | None) -> tuple[str, int] | None:
    found = None
    while trace is not None:
        path = Path(trace.tb_frame.f_code.co_filename)
        if _ROOM not in path.parents:
            found = path.name, trace.tb_lineno
        trace = trace.tb_next
    return found
