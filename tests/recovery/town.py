"""A venue, a disk and a bot in memory, in one thread of made-up time, for recovery tests.

The venue outlives the bot; the bot may end at any write, and begins again from its disk.
"""

import random
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from backtest.exchange.core import Exchange
from backtest.exchange.models import ExchangeModels
from connectors.simulation.accounts import AccountTerms
from connectors.simulation.broker import SimulatedBroker
from connectors.simulation.records import BrokerEvent, OrderUpdate
from engine.gate.approved import Approved
from engine.gate.limits import Limits
from engine.journal.memory import MemoryDisk
from engine.journal.writer import Journal, JournalPolicy
from engine.kernel import Kernel
from engine.ledger.account import AccountSpec
from engine.live.automaton import Automaton
from engine.live.beginning import begin, recover
from engine.live.recorder import Recorder
from engine.model.commands import CancelOrder, Command, ReplaceOrder, SubmitOrder
from engine.model.identifiers import OrderIds
from engine.model.instrument import Instrument
from engine.model.market import QuoteTick
from engine.model.reports import CancelRejected, OrderReplaced, OrderReport, ReplaceRejected
from engine.model.run_events import StrategiesStarted, WarmedUp
from engine.model.truth import VenueTruth
from engine.recovery.policy import ReconcilePolicy
from engine.recovery.reconcile import Reconciler
from engine.recovery.run_started import RunStarted
from engine.recovery.state_folder import StateFolder
from engine.strategy.base import Strategy
from engine.strategy.context import Streams

ABC = Instrument.define("ABC.SIM", tick="0.01", currency="USD", margin_initial=0.01)
SECOND = 1_000_000_000
START = 1_704_067_200 * SECOND
STATE = Path("/state")
STREAMS: Streams = (("quotes", None),)
POLICY = ReconcilePolicy(polls=2, settle_ns=SECOND)


class Killed(BaseException):
    """End the bot where it stands, as kill -9 does."""


class MortalDisk(MemoryDisk):
    """Kill the bot at the n-th write or sync: before it, or with a part of it written."""

    def __init__(self, kill_at: int = 0, torn: int = 0) -> None:
        super().__init__()
        self.kill_at, self.torn = kill_at, torn

    def operate(self) -> None:
        self.operations += 1
        if self.operations == self.kill_at:
            raise Killed

    def write(self, path: Path, data: bytes) -> None:
        try:
            super().write(path, data)
        except Killed:
            self.files[path] += data[: self.torn]
            raise


class Venue:
    """Bring commands to a broker and its reports back, both one step late; keep what was sent."""

    def __init__(self) -> None:
        exchange = Exchange((ABC,), ExchangeModels(fills="quotes"))
        terms = AccountTerms(id="main", currency="USD", balance=100_000.0)
        self.broker = SimulatedBroker(exchange, (ABC,), (terms,))
        self.broker.listen(self._hear)
        self.taken: list[str] = []
        self.on_the_way: deque[Command] = deque()
        self.reports: deque[OrderReport] = deque()
        self._names: dict[str, str] = {}
        self._request = 0

    def send(self, approved: Approved[Command]) -> None:
        self.on_the_way.append(approved.command)

    def work(self, now: int) -> None:
        """Let every command that was on its way arrive."""
        while self.on_the_way:
            self._execute(self.on_the_way.popleft(), now)

    def quote(self, now: int, price: float, size: float = 50.0) -> QuoteTick:
        tick = QuoteTick(ABC.id, now, now, price, round(price + 0.02, 2), size, size)
        self.broker.row(tick)
        return tick

    def truth(self, now: int) -> VenueTruth:
        return VenueTruth(
            venue="SIM",
            account="main",
            ts_asked=now,
            ts_recv=now,
            orders=tuple(order.record() for order in self.broker.orders("main")),
            fills=tuple(self.broker.fills("main")),
            positions=tuple(self.broker.positions("main")),
            balances=(self.broker.balance("main"),),
        )

    @property
    def position(self) -> float:
        return sum(each.quantity for each in self.broker.positions("main"))

    def _execute(self, command: Command, now: int) -> None:
        if isinstance(command, SubmitOrder):
            self.taken.append(command.client_order_id)
            order = self.broker.submit(command)
            self._names[command.client_order_id] = order.venue_order_id
            return
        assert isinstance(command, CancelOrder | ReplaceOrder)
        name = self._names.get(command.client_order_id, "")
        refused: type[CancelRejected | ReplaceRejected] = CancelRejected
        if isinstance(command, CancelOrder):
            reason = self.broker.cancel(name, now)
        else:
            refused, self._request = ReplaceRejected, command.request
            reason = self.broker.replace(
                name, now, quantity=command.quantity, price=command.price, stop=command.stop
            )
        if reason:
            self.reports.append(
                refused(
                    client_order_id=command.client_order_id,
                    instrument=command.instrument,
                    account="main",
                    ts_event=now,
                    ts_recv=now,
                    request=command.request,
                    reason=reason,
                )
            )

    def _hear(self, event: BrokerEvent) -> None:
        if not isinstance(event, OrderUpdate):
            return
        report = event.report
        if isinstance(report, OrderReplaced):
            report = msgspec.structs.replace(report, request=self._request)
        if not isinstance(report, CancelRejected | ReplaceRejected):
            self.reports.append(report)


class Outbox:
    """Hold what the kernel sends until the journal has it."""

    def __init__(self) -> None:
        self.waiting: list[Approved[Command]] = []

    def send(self, approved: Approved[Command]) -> None:
        self.waiting.append(approved)


class Bot:
    """One life of the bot: from its disk, against a venue."""

    def __init__(
        self,
        disk: MemoryDisk,
        venue: Venue,
        strategy: Strategy,
        now: int,
        policy: JournalPolicy = JournalPolicy(),  # noqa: B008 - frozen
    ) -> None:
        self.venue, self.now = venue, now
        self.outbox = Outbox()
        self.state = StateFolder(disk, STATE, lambda: "abcd")
        identity = self.state.next_epoch()
        books, self.trades = recover(disk, self.state, lambda: self._kernel(OrderIds("x", 0)))
        self.run = Path(f"/run-{identity.epoch}")
        self.kernel = self._kernel(OrderIds(identity.bot, identity.epoch))
        self.automaton = Automaton(
            self.kernel, [("bot", ("main",), strategy)], lambda _name: STREAMS
        )
        journal = Journal(disk, self.run, policy)
        started = RunStarted(
            run=self.run.name, mode="live", bot="abcd", epoch=identity.epoch, ts_recv=now, config=""
        )
        self.recorder: Recorder = begin(journal, started, self.automaton, books, self.trades)
        self.state.point_to(self.run)
        self.begun = journal.sequence
        self.reconciler = Reconciler(self.kernel, "main", POLICY, self.trades)

    def _kernel(self, ids: OrderIds) -> Kernel:
        spec = AccountSpec(id="main", venue="SIM", currency="USD", balances={"USD": 100_000.0})
        ports = {"main": self.outbox}
        return Kernel({ABC.id: ABC}, [spec], lambda *_: Limits(), ports, ids)

    def start(self) -> None:
        """Reconcile until nothing is in doubt, then start the strategy."""
        self.reconcile()
        self.take(StrategiesStarted(self.now))
        self.take(WarmedUp("bot", self.now, ()))

    def reconcile(self) -> None:
        """Give up waiting for answers, and ask the venue instead."""
        for unknown in self.reconciler.begin(self.now):
            self.take(unknown)
        self.now += 2 * SECOND
        for _ in range(10):
            for event in self.reconciler.events(self.venue.truth(self.now)):
                self.take(event)
            self.now += SECOND
            if self.reconciler.is_settled:
                break

    def take(self, event: object) -> None:
        """Record and process one event; send what it led to once that is durable."""
        self.recorder.take(event)
        if self.recorder.commit():
            waiting, self.outbox.waiting = self.outbox.waiting, []
            for approved in waiting:
                self.venue.send(approved)

    def hear(self, reports: Iterator[OrderReport]) -> None:
        for report in reports:
            self.take(report)

    @property
    def position(self) -> float:
        return self.kernel.portfolio.accounts["main"].position(ABC).size


class Busy(Strategy):
    """Send, change and cancel orders by dice, and count fills in what survives a restart."""

    class State(Strategy.State):
        fills: int = 0

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.dice = random.Random(seed)

    def on_start(self) -> None:
        self.subscribe_quotes(ABC.id)

    def on_quote(self, quote: QuoteTick) -> None:
        dice, orders = self.dice, self.orders(ABC.id)
        deed = dice.randrange(6)
        if deed == 0:
            self.buy(ABC.id, dice.randint(1, 5), quote.ask)
        elif deed == 1:
            self.sell(ABC.id, dice.randint(1, 5), quote.bid)
        elif deed == 2:
            self.buy(ABC.id, dice.randint(1, 5), quote.bid - 0.03)
        elif deed == 3:
            self.sell(ABC.id, dice.randint(1, 5), quote.ask + 0.03)
        elif deed == 4 and orders:
            self.cancel(dice.choice(orders))
        elif deed == 5 and orders:
            order = dice.choice(orders)
            self.replace(order, price=round((order.price or 1.0) + 0.01, 2))

    def on_fill(self, fill: object) -> None:
        self.state.fills += 1


class Town:
    """Run a script of seeded quotes, from one end of the bot to the next beginning.

    `strategy` makes that of a life from the life's number.
    """

    def __init__(
        self,
        disk: MemoryDisk,
        seed: int,
        policy: JournalPolicy,
        strategy: Callable[[int], Strategy] = Busy,
        size: float = 50.0,
    ) -> None:
        self.disk, self.policy = disk, policy
        self.venue = Venue()
        self._strategy, self._size = strategy, size
        self.dice = random.Random(seed)
        self.now = START
        self.price = 100.0
        self.lives = 0
        self.lose = 0.0
        """How probable it is that a report is lost, as it is where a connection breaks."""

    def live(self, steps: int, until: Callable[[Bot], bool] | None = None) -> Bot:
        """Begin a life, go so many steps, and bring everything that is under way to its end.

        Where `until` says so, life ends in the middle of a step.
        """
        self.lives += 1
        bot = Bot(self.disk, self.venue, self._strategy(self.lives), self.now, self.policy)
        bot.start()
        self.now = bot.now
        for _ in range(steps):
            self._step(bot)
            if until is not None and until(bot):
                return bot
        self._settle(bot)
        return bot

    def outage(self, steps: int, change: float = 0.0) -> None:
        """Let the market go on for so many steps without a bot, its price changed at first."""
        self.price = round(self.price + change, 2)
        for _ in range(steps):
            self._market()
        self.crash()

    def _step(self, bot: Bot) -> None:
        tick = self._market()
        bot.hear(self._arriving())
        bot.take(tick)

    def _market(self) -> QuoteTick:
        self.now += SECOND
        self.price = round(self.price + self.dice.choice((-0.02, -0.01, 0.0, 0.01, 0.02)), 2)
        self.venue.work(self.now)
        return self.venue.quote(self.now, self.price, self._size)

    def _settle(self, bot: Bot) -> None:
        self._deliver(bot)
        bot.now = self.now
        bot.reconcile()
        self.now = bot.now
        self._deliver(bot)

    def _deliver(self, bot: Bot) -> None:
        """Bring everything that is under way to where it goes, and what follows from that."""
        while self.venue.on_the_way or self.venue.reports:
            self.venue.work(self.now)
            bot.hear(self._arriving())

    def _arriving(self) -> Iterator[OrderReport]:
        while self.venue.reports:
            report = self.venue.reports.popleft()
            if self.dice.random() >= self.lose:
                yield report

    def crash(self) -> None:
        """Lose what was on its way to the dead: reports always, commands have left."""
        self.venue.work(self.now)
        self.venue.reports.clear()
