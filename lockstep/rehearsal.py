"""Rehearse a bot: its venues' simulators and the bot itself in one process, then a verdict.

Touches no venue and no state of the bot: simulators serve on loopback, all is left in a run folder.
"""

import asyncio
import time
from collections.abc import Iterable, Iterator, Mapping
from heapq import merge
from math import isclose
from pathlib import Path

import msgspec

from backtest.catalogue import Catalogue
from connectors.frame.package import SIMULATED_SECRET, VenuePackage
from connectors.simulation.accounts import AccountTerms
from connectors.simulation.broker import SimulatedBroker
from connectors.simulation.faults import Chance, Fault, FaultPlan
from connectors.simulation.server import SimulatorServer
from connectors.simulation.simulator import SimulatorTerms
from engine.config import Loaded
from engine.config.secret import Secret
from engine.config.sections import AccountConfig, Config
from engine.errors import LockstepError
from engine.kernel import Kernel
from engine.ledger.position import Position
from engine.live.clock import AnchoredClock
from engine.model.market import MarketEvent
from lockstep.folders import journaled_folder
from lockstep.live import plan
from lockstep.live.plan import Site
from lockstep.live.replaying import replay_run
from lockstep.live.session import Bot, Result, loop_factory
from lockstep.parity.report import page, plain
from lockstep.parity.run import parity
from lockstep.running import write_json
from lockstep.simulators import (
    arrival,
    generated_rows,
    make_broker,
    make_simulator,
    recorded_rows,
    venue_package,
)

_MONEY_TOLERANCE = 1e-6
"""By how much money may differ that both sides summed in another order."""

_HEAL_S = 15.0
"""How long an outcome that nobody told may take to be found out, reconnects included."""

_OVER = "the rehearsal's time is over"


class Script(msgspec.Struct, frozen=True, kw_only=True):
    """Say how long a rehearsal is, how fast the market goes, and what goes wrong on purpose.

    The last part is without faults, so that what they left in doubt can be found out.
    """

    seconds: float = 60.0
    speed: float = 1.0
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


class Theatre:
    """Hold the simulators of all venues that a configuration trades at."""

    def __init__(self, config: Config, script: Script) -> None:
        self.clock = AnchoredClock(time.time_ns, time.monotonic_ns)
        self.faults = FaultPlan(config.run.seed, script.faults)
        self.brokers: dict[str, SimulatedBroker] = {}
        self._config = config
        self._script = script
        self._servers: list[SimulatorServer] = []

    async def open(self) -> dict[str, Site]:
        """Serve every venue and return where the bot finds them."""
        found = {}
        for venue in dict.fromkeys(account.venue for account in self._config.accounts):
            package = venue_package(venue)
            accounts = [each for each in self._config.accounts if each.venue == venue]
            broker = make_broker(package, accounts=[_terms(each, package) for each in accounts])
            names = tuple(each.id for each in accounts)
            self.brokers.update(dict.fromkeys(names, broker))
            terms = SimulatorTerms(seed=self._config.run.seed)
            server = SimulatorServer(
                make_simulator(package, broker, self.faults, terms),
                self.clock,
                rows=self._rows(package),
                speed=self._script.speed,
            )
            self._servers.append(server)
            served = await server.start()
            found[package.name] = Site(package, package.simulated(served, names), names)
        return found

    async def close(self) -> None:
        """Stop every simulator."""
        for server in self._servers:
            await server.stop()

    def _rows(self, package: VenuePackage) -> Iterator[MarketEvent]:
        """Return the market: the recordings that the configuration maps, else one that is drawn."""
        mapped = {name: recording for recording, name in self._config.recordings().items()}
        listed = [each for each in package.instruments if each.id in mapped]
        if not listed:
            return generated_rows(package, self._config.run.seed, 0)
        catalogue = Catalogue(self._config.run.catalog)
        recorded = [recorded_rows(catalogue, mapped[each.id], each) for each in listed]
        return merge(*recorded, key=arrival)


def rehearse(loaded: Loaded, script: Script, environ: Mapping[str, str]) -> Verdict:
    """Rehearse for the time of the script, then hold the bot's books against the simulators'.

    Raises UsageError for what cannot be run as configured.
    """
    plan.check(loaded, "rehearsal")
    theatre, run = Theatre(loaded.config, script), loaded.config.run
    with (
        journaled_folder(Path(run.out), "rehearsal", run.name) as folder,
        asyncio.Runner(loop_factory=loop_factory()) as runner,
    ):
        state = folder / "state"
        state.mkdir()
        result, differences = runner.run(_play(loaded, theatre, script, folder, state, environ))
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
        faults={fault.value: count for fault, count in theatre.faults.counts.items()},
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


async def _play(
    loaded: Loaded,
    theatre: Theatre,
    script: Script,
    folder: Path,
    state: Path,
    environ: Mapping[str, str],
) -> tuple[Result, list[str]]:
    sites = await theatre.open()
    try:
        bot = Bot(loaded, "rehearsal", folder, state, environ, sites, _simulated)
        loop = asyncio.get_running_loop()
        loop.call_later(script.seconds - script.heal_seconds, theatre.faults.clear)
        loop.call_later(script.seconds, bot.stop, _OVER)
        result = await bot.run()
        return result, [] if bot.kernel is None else differences_of(bot.kernel, theatre.brokers)
    finally:
        await theatre.close()


def differences_of(kernel: Kernel, brokers: Mapping[str, SimulatedBroker]) -> list[str]:
    """Return where the books of a bot differ from what the simulators have, one line each."""
    found: list[str] = []
    for name, account in kernel.portfolio.accounts.items():
        broker = brokers[name]
        held: dict[str, float] = {}
        for row in broker.positions(name):
            held[row.instrument] = held.get(row.instrument, 0.0) + row.quantity
        ours = {key: position.size for key, position in account.positions.items()}
        for instrument in dict.fromkeys([*held, *ours]):
            mine, theirs = ours.get(instrument, 0.0), held.get(instrument, 0.0)
            if mine != theirs:
                found.append(f"position of {name} in {instrument}: {mine:g}, venue {theirs:g}")
        found += _order_differences(kernel, broker, name)
        balance = broker.balance(name)
        money = account.balances.get(balance.currency)
        mine, theirs = 0.0 if money is None else float(money), balance.total
        if broker.accounts[name].hedges:  # both sides may be open there; here they are netted
            mine += _open_profit(account.positions.values(), broker)
            holdings = broker.accounts[name].holdings.values()
            theirs += _open_profit([holding.book for holding in holdings], broker)
        if not isclose(mine, theirs, rel_tol=0.0, abs_tol=_MONEY_TOLERANCE):
            found.append(f"money of {name}: {mine:.2f} {balance.currency}, venue {theirs:.2f}")
    return found


def _open_profit(positions: Iterable[Position], broker: SimulatedBroker) -> float:
    """Return the profit of what is open, at the venue's last prices."""
    held = [each for each in positions if each.quantity]
    return sum(each.unrealised_pnl(broker.tape.mark(each.instrument.id)) for each in held)


def _order_differences(kernel: Kernel, broker: SimulatedBroker, account: str) -> Iterator[str]:
    """Yield the orders that work on one side only, or are filled otherwise."""
    working: dict[str, bool] = {}
    filled: dict[str, float] = {}
    for order in broker.orders(account):
        name = order.client_order_id
        working[name] = working.get(name, False) or order.is_working
        filled[name] = filled.get(name, 0.0) + order.filled
    for name, ours in kernel.orders.orders.items():
        if ours.account != account:
            continue
        if ours.is_open != working.get(name, False):
            yield f"order {name}: {ours.status.value}, venue {_state(working.get(name))}"
        if ours.filled != filled.get(name, 0.0):
            yield f"order {name}: {ours.filled:g} filled, venue {filled.get(name, 0.0):g}"


def _state(is_working: bool | None) -> str:
    if is_working is None:
        return "does not know it"
    return "has it working" if is_working else "has it closed"


def _terms(account: AccountConfig, package: VenuePackage) -> AccountTerms:
    """Return an account of the configuration as the simulator has it.

    What is not configured is as in the simulator's account of that name, else as in its first.
    """
    known = {terms.id: terms for terms in package.accounts}
    usual = known.get(account.id, package.accounts[0])
    balances = account.starting_balances()
    return msgspec.structs.replace(
        usual,
        id=account.id,
        currency=account.currency if balances else usual.currency,
        balance=balances.get(account.currency, usual.balance),
    )


def _simulated(_reference: object) -> Secret:
    return Secret(SIMULATED_SECRET)
