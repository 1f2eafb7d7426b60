"""The tables of a live run: written at its end, or from its journal where it crashed."""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

from backtest.results.metrics import read_tables
from backtest.results.tables import SCHEMAS, Table
from lockstep.live.results import needs_retelling, retell
from tests.house.sources import ROOT
from tests.live.demo_bot import runs_of, start, trading, venue


async def lockstep(folder: Path, *arguments: str) -> int:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "lockstep",
        *arguments,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=asyncio.subprocess.DEVNULL,
    )
    return await process.wait()


def told(table: Table, *names: str) -> list[tuple[object, ...]]:
    """Return columns of a table as rows, without rows of what the gate denied."""
    columns: list[list[object]] = []
    for name in names:
        kind = next(column.kind for column in table.schema.columns if column.name == name)
        found = table.labels(name).text() if kind == "string" else table.floats(name)
        columns.append(found.tolist())
    return [row for row in zip(*columns, strict=True) if "denied" not in row]


async def test_a_run_leaves_tables_and_one_that_was_killed_has_them_from_its_journal(
    tmp_path: Path,
) -> None:
    async with venue(tmp_path, seed=4) as broker:
        for number in (signal.SIGTERM, signal.SIGKILL):
            bot = await start(tmp_path, "--live", "--yes")
            await trading(broker, 20, bot)
            bot.send_signal(number)
            await bot.wait()
        fills = broker.fills("main")
    ended, killed = runs_of(tmp_path)
    tables = read_tables(ended)
    trades = [(fill.trade_id, fill.quantity, fill.price) for fill in fills]
    assert told(tables.fills, "trade_id", "quantity", "price") == trades[: tables.fills.rows]
    summary = json.loads((ended / "summary.json").read_text())
    assert tables.equity.floats("equity")[-1] == summary["end_equity"] == summary["equity"]["main"]
    assert summary["digest"]
    assert (ended / "report.html").is_file()
    again(ended)
    assert not needs_retelling(ended)
    assert needs_retelling(killed)
    assert await lockstep(tmp_path, "report", killed.name) == 0
    assert read_tables(killed).fills.rows > 0
    assert json.loads((killed / "summary.json").read_text())["reason"] == "running, or killed"
    order = told(read_tables(killed).orders, "client_order_id")[0][0]
    assert await lockstep(tmp_path, "why", str(order), killed.name) == 0


def again(run: Path) -> None:
    """Make the tables anew from the journal: fills, orders and the log are the same."""
    before, log = read_tables(run), (run / "decisions.log").read_bytes()
    for schema in SCHEMAS:
        (run / schema.file_name).unlink()
    retell(run)
    after = read_tables(run)
    assert (run / "decisions.log").read_bytes() == log
    about = "client_order_id", "status", "filled", "average_price", "quantity", "type"
    assert sorted(told(after.orders, *about[:3])) == sorted(told(before.orders, *about[:3]))
    fills = "trade_id", "client_order_id", "position_after", "realised_pnl", "fee"
    assert told(after.fills, *fills) == told(before.fills, *fills)
    assert after.equity.floats("equity")[-1] == before.equity.floats("equity")[-1]
