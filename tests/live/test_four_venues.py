"""One bot at four venues, killed while it trades: in the end its books are what each venue has."""

import json
import signal
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from connectors.frame.package import SIMULATED_SECRET
from connectors.simulation.broker import SimulatedBroker
from connectors.simulation.faults import FaultPlan
from engine.assembly import make_kernel
from engine.config import load
from engine.journal.disk import SystemDisk
from engine.live.beginning import last_run, recover
from engine.model.identifiers import OrderIds
from engine.recovery.books import Nowhere
from engine.recovery.state_folder import StateFolder
from lockstep.live.plan import Site
from lockstep.live.replaying import config_of, replay_run
from lockstep.theatre import Theatre
from tests.house.sources import ROOT
from tests.live.demo_bot import WallClock, end_all, start, until

CONFIG = ROOT / "configs/four-venues.toml"
LIVE = """
base = "{base}"
[risk.account]
euros = {{ max_daily_loss = 1_000_000 }}
francs = {{ max_daily_loss = 1_000_000 }}
moscow = {{ max_daily_loss = 1_000_000 }}
amsterdam = {{ max_daily_loss = 1_000_000 }}
[log]
console = "off"
[live]
on_stop = "cancel"
reconcile = {{ every = "2s", settle = "100ms", polls = 2 }}
[connectors]
"""
KILLS = 1


@asynccontextmanager
async def venues(folder: Path) -> AsyncIterator[Mapping[str, SimulatedBroker]]:
    """Serve the four venues, write a configuration that leads to them; give brokers by account."""
    theatre = Theatre(load(CONFIG, [], {}).config, WallClock(), FaultPlan(), speed=10)
    try:
        sites = await theatre.open()
        lines = [f"{name.lower()} = {section(folder, site)}" for name, site in sites.items()]
        (folder / "bot.toml").write_text(LIVE.format(base=CONFIG.as_posix()) + "\n".join(lines))
        yield theatre.brokers
    finally:
        await end_all()
        await theatre.close()


def section(folder: Path, site: Site) -> str:
    """Return the settings that lead to a simulator as TOML, with its secrets in files."""

    def spell(value: object) -> str:
        if not isinstance(value, dict):
            return json.dumps(value)
        if name := value.get("env"):
            secret = folder / f"{name}.secret"
            secret.write_text(SIMULATED_SECRET)
            secret.chmod(0o600)
            value = {"file": str(secret)}
        told = [f"{key} = {spell(each)}" for key, each in value.items() if each is not None]
        return f"{{ {', '.join(told)} }}"

    return spell(msgspec.json.decode(msgspec.json.encode(site.settings, enc_hook=dict)))


def held(brokers: Mapping[str, SimulatedBroker]) -> dict[str, dict[str, float]]:
    """Return what each account holds, by instrument, as its venue has it."""
    found: dict[str, dict[str, float]] = {}
    for account, broker in brokers.items():
        mine = found[account] = {}
        for row in broker.positions(account):
            mine[row.instrument] = mine.get(row.instrument, 0.0) + row.quantity
    return {
        account: {key: each for key, each in mine.items() if each}
        for account, mine in found.items()
    }


def believed(folder: Path) -> dict[str, dict[str, float]]:
    """Return what each account holds by the books with which the next start would begin."""
    disk = SystemDisk()
    state = StateFolder(disk, folder / "state/four-venues", lambda: "none")
    started = last_run(disk, state.identity)
    assert started is not None
    config, instruments = config_of(started), {each.id: each for each in started.instruments}
    ports = {account.id: Nowhere() for account in config.accounts}
    books, _ = recover(
        disk, state, lambda: make_kernel(config, instruments, ports, OrderIds("x", 0))
    )
    found: dict[str, dict[str, float]] = {account: {} for account in ports}
    for each in books.positions:
        if each.quantity and not each.strategy:
            size = each.quantity / instruments[each.instrument].quantity_scale
            found[each.account][each.instrument] = size
    return found


def fills(brokers: Mapping[str, SimulatedBroker]) -> dict[str, int]:
    return {account: len(broker.fills(account)) for account, broker in brokers.items()}


def more(brokers: Mapping[str, SimulatedBroker]) -> Callable[[], bool]:
    """Return what says whether both legs of the hedge have been filled again."""
    before = fills(brokers)
    return lambda: all(fills(brokers)[leg] >= before[leg] + 3 for leg in ("euros", "francs"))


def covered(brokers: Mapping[str, SimulatedBroker]) -> bool:
    """Say whether what is held at one venue is covered at the other."""
    there = held(brokers)
    return sum(there["euros"].values()) + sum(there["francs"].values()) == 0


async def test_bot_at_four_venues_killed_and_restarted_has_what_each_venue_has(
    tmp_path: Path,
) -> None:
    async with venues(tmp_path) as brokers:
        for _ in range(KILLS):
            bot = await start(tmp_path, "--live", "--yes")
            await until(more(brokers), bot)
            bot.send_signal(signal.SIGKILL)
            await bot.wait()
        bot = await start(tmp_path, "--live", "--yes")
        await until(more(brokers), bot)
        await until(lambda: all(fills(brokers).values()), bot)
        await until(lambda: covered(brokers), bot)
        bot.send_signal(signal.SIGTERM)
        assert await bot.wait() == 0, (tmp_path / "output.log").read_text()[-2_000:]
        assert believed(tmp_path) == held(brokers)
        for account, broker in brokers.items():
            assert not any(order.is_working for order in broker.orders(account)), account
    runs = sorted((tmp_path / "runs").glob("*-live-*"))
    assert len(runs) == KILLS + 1
    assert [replay_run(run).difference for run in runs] == [None] * len(runs)
