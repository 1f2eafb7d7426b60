"""The commands that look at a running engine and steer it, as a person runs them."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from engine.control.desk import Action, Scope
from engine.control.server import ControlServer
from tests.cli.program import Done, lockstep
from tests.unit.control_desk import KernelDesk, busy_desk


@pytest.fixture
def desk() -> KernelDesk:
    return busy_desk()


@pytest.fixture
async def folder(desk: KernelDesk, tmp_path: Path) -> AsyncIterator[Path]:
    server = ControlServer(desk)
    path = tmp_path / "runs" / "r-1" / "control.sock"
    path.parent.mkdir(parents=True)
    await server.listen_unix(path)
    yield tmp_path
    await server.close()


async def typed(folder: Path, *arguments: str) -> Done:
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(None, lambda: lockstep(*arguments, folder=folder))


async def read(folder: Path, *arguments: str) -> Any:  # noqa: ANN401 - one JSON object
    return json.loads((await typed(folder, *arguments, "--json")).out)


async def test_status_shows_the_engine(folder: Path) -> None:
    done = await typed(folder, "status")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines()[:2] == [
        "r-1: paper, running since 2024-01-01 00:00:00 UTC",
        "orders: 2 open, 1 unknown; inbox: 0",
    ]
    assert "  ABC.SIM  10  " in done.out
    found = await read(folder, "status")
    assert found["accounts"][0]["balances"] == {"USD": 1_000_000.0}


async def test_lists_show_orders_positions_and_balances(folder: Path) -> None:
    orders = (await read(folder, "orders"))["orders"]
    assert [(one["side"], one["price"], one["status"]) for one in orders] == [
        ("sell", 10.5, "new"),
        ("buy", 9.5, "unknown"),
    ]
    positions = (await read(folder, "positions"))["positions"]
    assert [(one["strategy"], one["quantity"]) for one in positions] == [("", 5.0), ("one", 5.0)]
    assert (await read(folder, "balances"))["balances"][0]["equity"] == 1_000_000.0
    table = (await typed(folder, "orders")).out.splitlines()
    assert table[0].split() == [
        *["id", "strategy", "instrument", "side", "type", "quantity"],
        *table[0].split()[6:],
    ]
    assert len(table) == 3


@pytest.mark.parametrize("action", list(Action))
async def test_action_reaches_the_engine(folder: Path, desk: KernelDesk, action: Action) -> None:
    rule = ("exit_unknown",) if action is Action.OVERRIDE else ()
    done = await typed(folder, action, *rule, "--strategy", "one", "--reason", "news")
    assert (done.code, done.out) == (0, f"{action} strategy one\n")
    (asked,) = desk.asked
    assert (asked.action, asked.scope, asked.reason) == (action, Scope.STRATEGY, "news")


async def test_two_scopes_or_no_engine_are_refused(folder: Path) -> None:
    done = await typed(folder, "pause", "--strategy", "one", "--account", "main")
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert "give one of --account, --strategy and --instrument" in done.err
    done = await typed(folder, "status", "--runs", "elsewhere")
    assert (done.code, done.out) == (2, "")
    assert (
        done.err
        == "error: no engine runs in elsewhere; start one with lockstep run, or give --socket\n"
    )
