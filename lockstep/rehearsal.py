"""Rehearse a bot: its venues' simulators and the bot itself in one process, then a verdict.

Touches no venue and no state of the bot: simulators serve on loopback, all is left in a run folder.
"""

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from functools import partial
from pathlib import Path

import msgspec

from connectors.frame.package import SIMULATED_SECRET
from connectors.simulation.faults import Chance, Fault, FaultPlan
from engine.config import Loaded
from engine.config.operation import ControlConfig
from engine.config.secret import Secret
from engine.errors import LockstepError
from engine.journal.disk import SystemDisk
from engine.simulation.chance import seeded_world
from lockstep.differences import differences_of
from lockstep.folders import journaled_folder
from lockstep.live import plan
from lockstep.live.machine import Machine, SystemMachine
from lockstep.live.replaying import replay_run
from lockstep.live.session import Bot, Result, loop_factory
from lockstep.parity.report import page, plain
from lockstep.parity.run import parity
from lockstep.running import write_json
from lockstep.theatre import Theatre
from lockstep.virtual import VirtualMachine

_HEAL_S = 15.0
"""How long an outcome that nobody told may take to be found out, reconnects included."""

_OVER = "the rehearsal's time is over"


Play = Callable[[Loaded, Machine], Coroutine[object, object, tuple[Result, list[str]]]]
"""Plays a rehearsal on a machine."""


class Script(msgspec.Struct, frozen=True, kw_only=True):
    """Say how long a rehearsal is, how fast the market goes, and what goes wrong on purpose.

    The last part is without faults, so that what they left in doubt can be found out. A `fast` one
    is in virtual time, with sockets in memory: it takes as long as the work takes.
    """

    seconds: float = 60.0
    speed: float = 1.0
    fast: bool = False
    faults: Mapping[Fault, Chance] = {}

    @property
    def heal_seconds(self) -> float:
        """Return how long the part without faults is: a third, but no more than needed."""
        return min(_HEAL_S, self.seconds / 3) if self.faults else 0.0


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """Hold how a rehearsal went: what disagrees, and how often each fault has struck.

    `parity` says how it compares with a backtest of the same data. It has passed when nothing
    disagrees and the bot itself ended well.
    """

    folder: Path
    summary: dict[str, object]
    exit_code: int
    decisions: int
    differences: tuple[str, ...]
    parity: str
    faults: dict[str, int]

    @property
    def has_passed(self) -> bool:
        """Say whether the rehearsal was a success."""
        return not self.differences and self.exit_code == 0

    @property
    def warning(self) -> str:
        """Return why a success may mean little: no order was sent. Empty when some were."""
        if self.summary["orders"]:
            return ""
        denials = self.summary["denials"]
        assert isinstance(denials, dict)
        reasons = ", ".join(f"{reason} {count}" for reason, count in denials.items())
        return f"no order was sent; denied: {reasons or 'none'}"


def rehearse(loaded: Loaded, script: Script, environ: Mapping[str, str]) -> Verdict:
    """Rehearse for the time of the script, then hold the bot's books against the simulators'.

    Raises UsageError for what cannot be run as configured.
    """
    plan.check(loaded, "rehearsal")
    run = loaded.config.run
    faults = FaultPlan(run.seed, script.faults)
    with journaled_folder(Path(run.out), "rehearsal", run.name) as folder:
        play = partial(_play, script=script, faults=faults, folder=folder, environ=environ)
        result, differences = _fast(loaded, play) if script.fast else _live(loaded, play)
    replayed = replay_run(folder)
    if replayed.difference is not None:
        differences.append(f"replay: decision {replayed.difference.sequence} differs")
    verdict = Verdict(
        folder=folder,
        summary=result.summary,
        exit_code=result.exit_code,
        decisions=replayed.decisions,
        differences=tuple(differences),
        parity=_parity(folder),
        faults={fault.value: count for fault, count in faults.counts.items()},
    )
    write_json(folder / "verdict.json", msgspec.to_builtins(verdict, enc_hook=str))
    return verdict


def _parity(run: Path) -> str:
    """Set the run beside a backtest of what it saw; that they differ is told, and fails nothing."""
    try:
        found = parity(run)
    except LockstepError as fault:
        return f"not compared: {fault}"
    (run / "parity.html").write_text(page(found), encoding="utf-8")
    write_json(run / "parity.json", plain(found))
    return "equal" if found.comparison.is_equal else "different, see parity.html"


def _live(loaded: Loaded, play: Play) -> tuple[Result, list[str]]:
    """Play over real sockets, in real time."""
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        return runner.run(play(loaded, SystemMachine()))


def _fast(loaded: Loaded, play: Play) -> tuple[Result, list[str]]:
    """Play in virtual time; nobody can look on meanwhile, so no socket is opened for it."""
    seed = loaded.config.run.seed
    config = msgspec.structs.replace(loaded.config, control=ControlConfig(socket=False))
    alone = msgspec.structs.replace(loaded, config=config)
    with seeded_world(seed) as (loop, clock):
        return loop.run(play(alone, VirtualMachine(clock, SystemDisk(), seed)))


async def _play(
    loaded: Loaded,
    machine: Machine,
    *,
    script: Script,
    faults: FaultPlan,
    folder: Path,
    environ: Mapping[str, str],
) -> tuple[Result, list[str]]:
    theatre = Theatre(loaded.config, machine.clock, faults, script.speed)
    sites = await theatre.open()
    try:
        bot = Bot(
            loaded, "rehearsal", folder, folder / "state", environ, sites, _simulated, machine
        )
        loop = asyncio.get_running_loop()
        loop.call_later(script.seconds - script.heal_seconds, theatre.faults.clear)
        loop.call_later(script.seconds, bot.stop, _OVER)
        result = await bot.run()
        return result, [] if bot.kernel is None else differences_of(bot.kernel, theatre.brokers)
    finally:
        await theatre.close()


def _simulated(_reference: object) -> Secret:
    return Secret(SIMULATED_SECRET)
