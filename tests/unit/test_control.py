"""The control endpoint: a socket for its owner, TCP for who shows the token, views and actions."""

import asyncio
import stat
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any, cast

import aiohttp
import pytest

from engine.config.secret import Secret
from engine.control.desk import Action, Instruction, OrderStatus, PositionStatus, Scope, Status
from engine.control.server import ControlServer
from engine.errors import ConfigError, HaltedError, UsageError
from engine.telemetry.meters import Meters
from lockstep.operating import Refusal, ask, only, running

TOKEN = "0123456789abcdef"


class PaperDesk:
    """A desk that keeps what it is asked for."""

    def __init__(self) -> None:
        self.meters = Meters(inbox_depth=3)
        self.asked: list[Instruction] = []
        self.ready = True

    def status(self) -> Status:
        return Status(
            run_id="r-1",
            mode="paper",
            state="running",
            started=1,
            now=2,
            version="0",
            open_orders=0,
            unknown_orders=0,
            inbox_depth=3,
        )

    def orders(self) -> tuple[OrderStatus, ...]:
        return ()

    def positions(self) -> tuple[PositionStatus, ...]:
        return ()

    def is_ready(self) -> bool:
        return self.ready

    def instruct(self, instruction: Instruction) -> str:
        self.asked.append(instruction)
        if instruction.action is Action.FLATTEN:
            raise UsageError("nothing is open; there is nothing to flatten")
        if instruction.action is Action.RESUME:
            raise HaltedError("the kill switch is on; clear it with enable")
        return f"{instruction.action} done"


@pytest.fixture
def desk() -> PaperDesk:
    return PaperDesk()


@pytest.fixture
async def server(desk: PaperDesk) -> AsyncIterator[ControlServer]:
    server = ControlServer(desk)
    yield server
    await server.close()


async def off_loop(work: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever the work returns
    return await asyncio.get_running_loop().run_in_executor(None, work)


async def test_owner_reads_and_steers_over_the_socket(
    desk: PaperDesk, server: ControlServer, tmp_path: Path
) -> None:
    path = tmp_path / "run" / "control.sock"
    path.parent.mkdir()
    await server.listen_unix(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert await off_loop(lambda: running(tmp_path)) == [path]
    found = await off_loop(lambda: ask(only(tmp_path), "status"))
    assert (found["run_id"], found["inbox_depth"]) == ("r-1", 3)
    instruction = {"scope": "strategy", "name": "cross", "reason": "news"}
    assert await off_loop(lambda: ask(path, "pause", instruction)) == {"done": "pause done"}
    (asked,) = desk.asked
    assert (asked.action, asked.scope, asked.name) == (Action.PAUSE, Scope.STRATEGY, "cross")
    assert asked.by.startswith(("uid ", "owner"))


async def test_refusal_keeps_its_words_and_exit_code(server: ControlServer, tmp_path: Path) -> None:
    path = tmp_path / "control.sock"
    await server.listen_unix(path)
    with pytest.raises(Refusal, match="nothing to flatten") as refused:
        await off_loop(lambda: ask(path, "flatten", {}))
    assert refused.value.exit_code == 2
    with pytest.raises(Refusal, match="kill switch") as halted:
        await off_loop(lambda: ask(path, "resume", {}))
    assert halted.value.exit_code == 4


@pytest.mark.parametrize(
    ("route", "instruction", "message"),
    [
        ("pause", {"scope": "planet"}, "Invalid enum value 'planet'"),
        ("pause", {"reason": 3}, "Expected `str`"),
        ("nothing", None, "Not Found"),
        ("kill", None, "Method Not Allowed"),
        ("pause", {"reason": "x" * 70_000}, "Request Entity Too Large"),
    ],
)
async def test_wrong_request_is_refused_in_words(
    server: ControlServer, tmp_path: Path, route: str, instruction: object, message: str
) -> None:
    path = tmp_path / "control.sock"
    await server.listen_unix(path)
    given = cast("Mapping[str, str] | None", instruction)
    with pytest.raises(Refusal, match=message):
        await off_loop(lambda: ask(path, route, given))


async def test_socket_of_a_dead_process_is_replaced_and_a_living_one_is_not(
    desk: PaperDesk, server: ControlServer, tmp_path: Path
) -> None:
    path = tmp_path / "control.sock"
    await server.listen_unix(path)
    with pytest.raises(ConfigError, match="another engine listens"):
        await ControlServer(desk).listen_unix(path)
    await server.close()
    assert not path.exists()
    await _leave_behind(path)
    await server.listen_unix(path)
    assert (await off_loop(lambda: ask(path, "healthz"))) == {"alive": True}


async def _leave_behind(path: Path) -> None:
    import socket

    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))


async def test_path_that_is_too_long_or_taken_is_refused(
    server: ControlServer, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match="shorten it"):
        await server.listen_unix(tmp_path / ("x" * 120))
    taken = tmp_path / "control.sock"
    taken.write_text("a file")
    with pytest.raises(ConfigError, match="in the way"):
        await server.listen_unix(taken)


async def test_no_engine_or_several_are_told(
    desk: PaperDesk, server: ControlServer, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match="no engine runs"):
        only(tmp_path)
    with pytest.raises(UsageError, match="no engine answers"):
        ask(tmp_path / "control.sock", "status")
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        await server.listen_unix(tmp_path / name / "control.sock")
    with pytest.raises(UsageError, match="2 engines run"):
        await off_loop(lambda: only(tmp_path))


class Browser:
    def __init__(self, http: aiohttp.ClientSession, port: int) -> None:
        self._http = http
        self._base = f"http://127.0.0.1:{port}"

    async def get(self, path: str, **headers: str) -> tuple[int, str]:
        async with self._http.get(self._base + path, headers=headers) as answer:
            return answer.status, await answer.text()

    async def post(self, path: str, **headers: str) -> int:
        async with self._http.post(self._base + path, headers=headers) as answer:
            return answer.status


@pytest.fixture
async def browser(server: ControlServer) -> AsyncIterator[Browser]:
    port = await server.listen_tcp("127.0.0.1", 0, Secret(TOKEN))
    async with aiohttp.ClientSession() as http:
        yield Browser(http, port)


async def test_tcp_shows_health_and_page_to_anyone_and_the_rest_to_token_holders(
    desk: PaperDesk, browser: Browser
) -> None:
    assert (await browser.get("/healthz"))[0] == 200
    status, page = await browser.get("/")
    assert status == 200
    assert "<title>Lockstep</title>" in page
    assert (await browser.get("/status"))[0] == 401
    assert (await browser.get("/status", Authorization=f"Bearer {TOKEN}x"))[0] == 401
    assert (await browser.get("/status", Authorization=TOKEN))[0] == 401
    assert (await browser.get("/status", Authorization=f"Bearer {TOKEN}"))[0] == 200
    assert await browser.post("/kill") == 401
    assert desk.asked == []
    assert await browser.post("/kill", Authorization=f"Bearer {TOKEN}") == 200
    assert desk.asked[0].by == "token"


async def test_foreign_host_name_is_refused_even_with_the_token(browser: Browser) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    assert (await browser.get("/status", Host="evil.example", **headers))[0] == 401
    assert (await browser.get("/healthz", Host="evil.example:80"))[0] == 401
    assert (await browser.get("/status", Host="localhost", **headers))[0] == 200


async def test_readiness_follows_the_desk(desk: PaperDesk, browser: Browser) -> None:
    assert (await browser.get("/readyz"))[0] == 200
    desk.ready = False
    assert (await browser.get("/readyz"))[0] == 503


async def test_metrics_are_prometheus_text(browser: Browser) -> None:
    status, text = await browser.get("/metrics", Authorization=f"Bearer {TOKEN}")
    assert status == 200
    assert "lockstep_inbox_depth 3.0" in text


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "example.com"])
async def test_tcp_beyond_loopback_is_refused(server: ControlServer, host: str) -> None:
    with pytest.raises(ConfigError, match="loopback only"):
        await server.listen_tcp(host, 0, Secret(TOKEN))


async def test_short_token_is_refused(server: ControlServer) -> None:
    with pytest.raises(ConfigError, match="take a longer"):
        await server.listen_tcp("127.0.0.1", 0, Secret("short"))
