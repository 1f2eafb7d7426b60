"""Set the log up: structlog to the terminal and, as JSON lines, to a file.

Filters before anything is formatted. Third-party loggers come in through the same door, never at
debug level, because what they print there may hold headers.
"""

import logging
import sys
import traceback
from collections.abc import Callable, MutableMapping
from datetime import UTC, datetime
from typing import IO, Any, Literal

import msgspec
import structlog

from engine.telemetry.redaction import Redactor

Level = Literal["debug", "info", "warning", "error"]
LEVELS: dict[Level, int] = {"debug": 10, "info": 20, "warning": 30, "error": 40}

_Entry = MutableMapping[str, Any]


class LogFile:
    """Write entries as JSON lines; a disk that refuses is told of once, on standard error."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._broken = False

    def write(self, entry: _Entry) -> None:
        """Write one entry; it is in the operating system's hands when this returns."""
        if self._broken:
            return
        try:
            self._file.write(msgspec.json.encode(entry, enc_hook=str) + b"\n")
            self._file.flush()
        except OSError as error:
            self._broken = True
            print(f"the log cannot be written any more: {error}", file=sys.stderr)  # noqa: T201


class _Sink:
    """Be what structlog writes to: one line for the terminal, one for the file."""

    def __init__(self, console: IO[str] | None, file: LogFile | None, *, as_json: bool) -> None:
        self._console = console
        self._file = file
        self._as_json = as_json
        colors = console is not None and console.isatty()
        self._render = structlog.dev.ConsoleRenderer(colors=colors)

    def write(self, **entry: object) -> None:
        if self._file is not None:
            self._file.write(entry)
        if self._console is None:
            return
        if self._as_json:
            line = msgspec.json.encode(entry, enc_hook=str).decode()
        else:
            line = str(self._render(None, "", dict(entry)))
        self._console.write(line + "\n")

    debug = info = warning = error = critical = exception = log = write


class _FromStandard(logging.Handler):
    """Pass on what libraries log through the standard library."""

    def emit(self, record: logging.LogRecord) -> None:
        logger = structlog.get_logger(record.name)
        fault = {} if record.exc_info is None else {"exc_info": record.exc_info}
        logger.log(record.levelno, record.getMessage(), logger=record.name, **fault)


def configure(
    clock: Callable[[], int],
    redactor: Redactor,
    level: Level = "info",
    console: IO[str] | None = None,
    file: LogFile | None = None,
    *,
    as_json: bool = False,
) -> None:
    """Send the log of the process to `console` and `file`; call once, before anything logs.

    `clock` gives the time of an entry in nanoseconds UTC. `as_json` is for the console; the file is
    always JSON. Entries carry `ts`, `level`, `event` and what was bound or given, such as
    `order` or `cause`, the key that follows an event to its orders and their fills.
    """
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            _stamp(clock),
            _explain,
            _clean(redactor),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[level]),
        logger_factory=lambda *_: _Sink(console, file, as_json=as_json),
        cache_logger_on_first_use=False,
    )
    standard = logging.getLogger()
    standard.handlers[:] = [_FromStandard()]
    standard.setLevel(max(LEVELS[level], logging.INFO))
    logging.captureWarnings(capture=True)


def release() -> None:
    """Take back what `configure` did, so that whatever logs next does not reach a closed file."""
    structlog.reset_defaults()
    standard = logging.getLogger()
    standard.handlers[:] = [
        each for each in standard.handlers if not isinstance(each, _FromStandard)
    ]
    logging.captureWarnings(capture=False)


def _stamp(clock: Callable[[], int]) -> structlog.typing.Processor:
    def stamp(_logger: object, _name: str, entry: _Entry) -> _Entry:
        return {"ts": _utc(clock()), **entry}

    return stamp


def _utc(ns: int) -> str:
    seconds, rest = divmod(ns, 1_000_000_000)
    moment = datetime.fromtimestamp(seconds, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{rest // 1000:06d}Z"


def _explain(_logger: object, _name: str, entry: _Entry) -> _Entry:
    """Turn an exception into text under `exception`: that of the entry, or the one at hand."""
    found = entry.pop("exc_info", None)
    if found is True:
        found = sys.exc_info()
    if isinstance(found, BaseException):
        found = (type(found), found, found.__traceback__)
    if found and found[0] is not None:
        entry["exception"] = "".join(traceback.format_exception(*found)).rstrip()
    return entry


def _clean(redactor: Redactor) -> structlog.typing.Processor:
    def clean(_logger: object, _name: str, entry: _Entry) -> _Entry:
        cleaned = redactor.clean(entry)
        assert isinstance(cleaned, dict)
        return cleaned

    return clean
