"""Turn an exception into one line on standard error and a stable exit code.

Shows no traceback unless it is asked for with --debug.
"""

import json
import sys
import traceback

import typer

from engine.errors import LockstepError

OUR_FAULT = 5
USAGE = 2
INTERRUPTED = 130
"""What a shell expects of a program that was stopped from the keyboard."""

_REFUSAL: type = typer.BadParameter.__mro__[2]
"""The class of everything the argument parser refuses; typer exports it under no stable name."""


def report(error: BaseException, *, as_json: bool, debug: bool) -> int:
    """Print `error: ...` and return the exit code it stands for.

    With `as_json`, standard output gets `{"error": ..., "exit_code": ...}`, so that a program that
    reads it always finds one object. With `debug`, the traceback comes first.
    """
    if isinstance(error, typer.Abort):
        return INTERRUPTED
    if debug:
        traceback.print_exception(error)
    line, code = _explain(error)
    print(f"error: {line}", file=sys.stderr)  # noqa: T201 - this is the command line
    if as_json:
        print(json.dumps({"error": line, "exit_code": code}))  # noqa: T201 - as above
    return code


def _explain(error: BaseException) -> tuple[str, int]:
    if isinstance(error, LockstepError):
        return _one_line(str(error)), error.exit_code
    if isinstance(error, _REFUSAL):
        return _refused(error), USAGE
    where = _place(error)
    what = _one_line(f"{type(error).__name__}: {error}")
    return f"unexpected {what} at {where}; run again with --debug and report it", OUR_FAULT


def _refused(error: BaseException) -> str:
    words = _one_line(getattr(error, "format_message", error.__str__)()).rstrip(".")
    words = f"{words[:1].lower()}{words[1:]}".replace(". Did", "; did")
    return words if words.endswith("?") else f"{words}; see --help"


def _place(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    return f"{frames[-1].filename}:{frames[-1].lineno}" if frames else "an unknown place"


def _one_line(text: str) -> str:
    return " ".join(text.split())
