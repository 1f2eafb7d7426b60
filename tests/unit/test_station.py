"""A station opens what people see and steer, and leaves nothing open behind."""

import asyncio
import json
import logging
import socket
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest
import structlog

from engine.config.operation import AlertsConfig, ControlConfig, LogConfig
from engine.config.secret import SecretReference
from engine.control.service import ServiceManager
from engine.control.station import Station
from engine.errors import ConfigError
from lockstep.operating import ask
from tests.unit.control_desk import busy_desk

TOKEN = "correct horse battery"


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    yield
    structlog.reset_defaults()
    logging.captureWarnings(capture=False)
    root.handlers[:], level = before
    root.setLevel(level)


def station(folder: Path) -> Station:
    return Station("bot-1", folder, lambda: 0, {"TOKEN": TOKEN}, LogConfig(console="off"))


async def test_owner_and_token_holder_get_in_and_secrets_are_masked(tmp_path: Path) -> None:
    opened = station(tmp_path)
    control = ControlConfig(port=0, token=SecretReference(env="TOKEN"))
    await opened.open(busy_desk(), control, AlertsConfig())
    loop = asyncio.get_running_loop()
    path = tmp_path / "control.sock"
    assert await loop.run_in_executor(None, lambda: ask(path, "readyz")) == {"ready": True}
    async with (
        aiohttp.ClientSession() as http,
        http.get(
            f"http://127.0.0.1:{opened.port}/status", headers={"Authorization": f"Bearer {TOKEN}"}
        ) as answer,
    ):
        assert answer.status == 200
    structlog.get_logger().warning(f"token {TOKEN}")
    await opened.close()
    logging.getLogger("library").error("later")  # to nobody, not to a closed file
    assert not path.exists()
    log = (tmp_path / "log.jsonl").read_text()
    assert TOKEN not in log
    assert json.loads(log.splitlines()[-1])["event"] == "token ***"


async def test_secret_that_is_not_there_is_named(tmp_path: Path) -> None:
    opened = station(tmp_path)
    control = ControlConfig(socket=False, port=0, token=SecretReference(env="GONE"))
    with pytest.raises(ConfigError, match="variable GONE is not set"):
        await opened.open(busy_desk(), control, AlertsConfig())
    await opened.close()


async def test_service_manager_hears_of_readiness_life_and_end(tmp_path: Path) -> None:
    address = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.bind(str(address))
        line.settimeout(5)
        manager = ServiceManager({"NOTIFY_SOCKET": str(address), "WATCHDOG_USEC": "20000"})
        manager.status("reconciling")
        manager.ready()
        heard = [line.recv(100) for _ in range(3)]
        loop = asyncio.get_running_loop()
        again = await loop.run_in_executor(None, line.recv, 100)
        manager.stopping()
        assert heard == [b"STATUS=reconciling", b"READY=1", b"WATCHDOG=1"]
        assert again == b"WATCHDOG=1"
        line.settimeout(0.2)
        assert line.recv(100) == b"STOPPING=1"
    manager.status("nobody listens")


def test_service_manager_says_nothing_unless_asked() -> None:
    manager = ServiceManager({})
    manager.ready()
    manager.stopping()
