"""The log: filtered, stamped, as JSON lines in a file, without secrets and control characters."""

import io
import json
import logging
from collections.abc import Iterator
from typing import IO, Any

import pytest
import structlog

from engine.config.secret import Secret
from engine.telemetry.log import Level, LogFile, configure
from engine.telemetry.redaction import Redactor

CANARY = "sk/canary+0123 456"


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    yield
    structlog.reset_defaults()
    logging.captureWarnings(capture=False)
    root.handlers[:], level = before
    root.setLevel(level)


class Log:
    def __init__(self, level: Level = "info", *, as_json: bool = False) -> None:
        self.console = io.StringIO()
        self.file = io.BytesIO()
        redactor = Redactor()
        redactor.learn(Secret(CANARY))
        written = LogFile(self.file)
        configure(lambda: 1_500_000_000, redactor, level, self.console, written, as_json=as_json)

    def entries(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.file.getvalue().splitlines()]


def fail(text: str) -> None:
    raise ValueError(text)


def test_entry_has_time_level_event_and_what_was_given() -> None:
    log = Log()
    structlog.get_logger().bind(order="b-0-1").info("sent", attempt=2)
    assert log.entries() == [
        {
            "ts": "1970-01-01T00:00:01.500000Z",
            "level": "info",
            "event": "sent",
            "order": "b-0-1",
            "attempt": 2,
        }
    ]


def test_console_is_one_readable_line_or_json() -> None:
    plain = Log()
    structlog.get_logger().info("sent", order="b-0-1")
    assert "sent" in plain.console.getvalue()
    assert "order=b-0-1" in plain.console.getvalue()
    assert "\x1b" not in plain.console.getvalue()
    machine = Log(as_json=True)
    structlog.get_logger().info("sent")
    assert json.loads(machine.console.getvalue())["event"] == "sent"


def test_entries_below_the_level_are_not_even_formatted() -> None:
    class Bomb:
        def __str__(self) -> str:
            raise AssertionError("formatted")

    log = Log("warning")
    structlog.get_logger().info("quiet", value=Bomb())
    structlog.get_logger().warning("loud")
    assert [entry["event"] for entry in log.entries()] == ["loud"]


@pytest.mark.parametrize(
    "spelled", [CANARY, "sk%2Fcanary%2B0123%20456", f"Bearer {CANARY} and more"]
)
def test_secret_never_reaches_the_log(spelled: str) -> None:
    log = Log()
    logger = structlog.get_logger()
    logger.info(spelled, headers={spelled: [spelled, (spelled,)]}, secret=Secret(CANARY))
    try:
        fail(spelled)
    except ValueError:
        logger.exception("failed")
    logging.getLogger("aiohttp").warning("header %s", spelled)
    written = log.console.getvalue() + log.file.getvalue().decode()
    assert spelled not in written
    assert CANARY not in written
    assert written.count("***") >= 12


def test_exception_is_told_with_its_traceback() -> None:
    log = Log()
    try:
        fail("a reason")
    except ValueError:
        structlog.get_logger().exception("failed")
    assert log.entries()[0]["exception"].endswith("ValueError: a reason")
    assert "Traceback" in log.entries()[0]["exception"]


def test_control_characters_are_escaped_on_the_console() -> None:
    log = Log()
    structlog.get_logger().info("venue said \x1b[2J\x9b\x07\u202e", text="\rforged")
    shown = log.console.getvalue()
    assert not [sign for sign in shown if sign < " " and sign != "\n"]
    assert "\\x1b[2J\\x9b\\x07\\u202e" in shown
    assert "\x9b" not in shown


def test_libraries_are_heard_but_never_at_debug_level() -> None:
    log = Log("debug")
    logging.getLogger("aiohttp.client").debug("Authorization: x")
    logging.getLogger("aiohttp.client").warning("slow")
    assert [(entry["event"], entry["logger"]) for entry in log.entries()] == [
        ("slow", "aiohttp.client")
    ]


def test_full_disk_is_told_once_and_stops_nobody(capsys: pytest.CaptureFixture[str]) -> None:
    class Full(io.BytesIO):
        def write(self, _data: object) -> int:
            raise OSError(28, "No space left on device")

    file: IO[bytes] = Full()
    configure(lambda: 0, Redactor(), file=LogFile(file))
    structlog.get_logger().info("one")
    structlog.get_logger().info("two")
    assert capsys.readouterr().err.count("No space left") == 1
