"""Kill the program with kill -9 at random moments, and compare what it believes with the venue."""

import random
import signal
from pathlib import Path

import pytest

from connectors.simulation.broker import SimulatedBroker
from engine.assembly import make_kernel
from engine.journal.disk import SystemDisk
from engine.journal.entries import Kind
from engine.journal.reader import read_run
from engine.journal.segments import segment_paths
from engine.journal.writer import JOURNAL
from engine.live.beginning import last_run, recover
from engine.model.identifiers import OrderIds
from engine.model.reports import OrderFilled
from engine.recovery.books import Nowhere
from engine.recovery.state_folder import StateFolder
from lockstep.live.replaying import config_of, replay_run
from tests.live.demo_bot import ACME, pause, runs_of, start, trading, venue


async def kill_and_restart(folder: Path, kills: int, seed: int) -> None:
    dice = random.Random(seed)
    async with venue(folder, seed) as broker:
        for _ in range(kills):
            bot = await start(folder, "--live", "--yes")
            await trading(broker, dice.randrange(20), bot)
            await pause(dice.random() * 0.03)
            bot.send_signal(signal.SIGKILL)
            await bot.wait()
        bot = await start(folder, "--live", "--yes")
        await trading(broker, 5, bot)
        bot.send_signal(signal.SIGTERM)
        assert await bot.wait() == 0, (folder / "output.log").read_text()[-2_000:]
        check(folder, broker)


def check(folder: Path, broker: SimulatedBroker) -> None:
    """Compare journals and state with what the venue knows to be true."""
    orders = [order.client_order_id for order in broker.orders("main")]
    assert len(orders) == len(set(orders)), "an order was sent twice"
    assert not any(order.is_working for order in broker.orders("main"))
    disk = SystemDisk()
    runs = [run for run in runs_of(folder) if recorded(disk, run)]
    entries = [entry for run in runs for entry in read_run(disk, run, market=False)]
    booked = [
        entry.body.trade_id
        for entry in entries
        if entry.kind is Kind.INPUT and isinstance(entry.body, OrderFilled)
    ]
    assert sorted(booked) == sorted(fill.trade_id for fill in broker.fills("main"))
    assert last_position(folder) == sum(each.quantity for each in broker.positions("main"))
    for run in runs:
        assert replay_run(run).difference is None


def recorded(disk: SystemDisk, run: Path) -> bool:
    """Say whether a run came to write a whole entry: one that is killed as it begins does not."""
    has_journal = bool(segment_paths(disk, run / JOURNAL))
    return has_journal and next(iter(read_run(disk, run, market=False)), None) is not None


def last_position(folder: Path) -> float:
    """Return the position that the next start would begin with."""
    disk = SystemDisk()
    state = StateFolder(disk, folder / "state/tireless", lambda: "none")
    started = last_run(disk, state.identity)
    assert started is not None
    instruments = {each.id: each for each in started.instruments}
    books, _ = recover(
        disk,
        state,
        lambda: make_kernel(config_of(started), instruments, {"main": Nowhere()}, OrderIds("x", 0)),
    )
    return sum(each.quantity / ACME.quantity_scale for each in books.positions if not each.strategy)


async def test_a_killed_bot_begins_again_where_the_venue_is(tmp_path: Path) -> None:
    await kill_and_restart(tmp_path, kills=3, seed=1)


async def test_a_bot_that_is_killed_before_it_records_anything_begins_again(tmp_path: Path) -> None:
    async with venue(tmp_path, 3) as broker:
        for wait_s in (0.3, 0.6, 0.9):
            bot = await start(tmp_path, "--live", "--yes")
            await pause(wait_s)
            bot.send_signal(signal.SIGKILL)
            await bot.wait()
        left = tmp_path / "runs" / "20200101T000000-live-tireless"
        (left / "journal").mkdir(parents=True)  # as a kill before the first entry leaves it
        (left / "journal" / "000001.segment").write_bytes(b"\0\0")
        bot = await start(tmp_path, "--live", "--yes")
        await trading(broker, 3, bot)
        bot.send_signal(signal.SIGTERM)
        assert await bot.wait() == 0, (tmp_path / "output.log").read_text()[-2_000:]
        check(tmp_path, broker)


@pytest.mark.soak
@pytest.mark.timeout(900)
async def test_a_bot_killed_fifty_times_loses_and_doubles_nothing(tmp_path: Path) -> None:
    await kill_and_restart(tmp_path, kills=50, seed=2)
