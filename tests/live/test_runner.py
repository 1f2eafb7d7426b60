"""The runner between callbacks, journal and outbox, on a loop with a clock that the test moves."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.gate.approved import Approved
from engine.gate.limits import Limits
from engine.journal.memory import MemoryDisk
from engine.journal.reader import read_run
from engine.journal.writer import Journal, JournalPolicy
from engine.kernel import Kernel, TimersDue
from engine.ledger.account import AccountSpec
from engine.live.automaton import Automaton
from engine.live.inbox import Inbox
from engine.live.outbox import Outbox
from engine.live.recorder import Recorder
from engine.live.runner import Runner
from engine.live.storage import StorageWatch
from engine.model.commands import CancelOrder, Command, SubmitOrder
from engine.model.connection import FeedChanged
from engine.model.identifiers import OrderIds
from engine.model.market import QuoteTick, TradeTick
from engine.model.reports import DenialReason, OrderAccepted, OrderDenied, OrderRejected
from engine.model.run_events import Coalesced, Stalled, StrategiesStarted, WarmedUp
from engine.model.truth import VenueTruth
from engine.recovery.trades import SeenTrades
from engine.strategy.context import Timer
from engine.telemetry.meters import Meters, Stage
from tests.recovery.town import ABC, SECOND, START, STREAMS
from tests.unit.rig import Probe

RUN = Path("/run")


class Venue:
    """Keep what was sent; with `answers`, answer in the same call, as a venue in memory could."""

    def __init__(self) -> None:
        self.sent: list[Command] = []
        self.answer: Callable[[Command], object] = lambda _command: None

    def send(self, approved: Approved[Command]) -> None:
        self.sent.append(approved.command)
        self.answer(approved.command)


class Desk:
    """A started strategy under a runner; `now` is the time."""

    def __init__(self, disk: MemoryDisk | None = None, act: object = None) -> None:
        self.disk = disk or MemoryDisk()
        self.time = START
        self.venue = Venue()
        self.probe = Probe(lambda probe: probe.subscribe_quotes(ABC.id))
        self.probe.act = act or (lambda _probe, _event: None)  # type: ignore[assignment] # a test's
        self.outbox = Outbox({"main": self.venue}, SECOND, lambda _command, _now: None)
        spec = AccountSpec(id="main", venue="SIM", currency="USD", balances={"USD": 1e6})
        ports = {"main": self.outbox}
        self.kernel = Kernel({ABC.id: ABC}, [spec], lambda *_: Limits(), ports, OrderIds("bot1", 1))
        automaton = Automaton(self.kernel, [("one", ("main",), self.probe)], lambda _: STREAMS)
        journal = Journal(self.disk, RUN, JournalPolicy())
        self.recorder = Recorder(journal, automaton, SeenTrades())
        self.meters = Meters()
        self.faults: list[Exception] = []
        self.truths: list[object] = []
        self.runner = Runner(
            self.recorder,
            self.outbox,
            self,
            self.meters,
            stall_ns=SECOND // 20,
        )
        self.runner.divert[VenueTruth] = self.truths.append
        self.runner.failed = self.faults.append
        self.runner.open()
        self.runner.take(StrategiesStarted(START))
        self.runner.take(WarmedUp("one", START, ()))

    def now(self) -> int:
        return self.time

    def quote(self, bid: float = 100.0, at: int | None = None) -> QuoteTick:
        ts = self.time if at is None else at
        return QuoteTick(ABC.id, ts, ts, bid, bid + 0.02, 9.0, 9.0)

    def bids(self) -> list[float]:
        return [quote.bid for quote in self.probe.of(QuoteTick)]

    def journaled(self, kind: type) -> list[object]:
        self.recorder.journal.flush()
        return [each.body for each in read_run(self.disk, RUN) if isinstance(each.body, kind)]


@pytest.fixture
async def desk() -> Desk:
    return Desk()


async def turns(count: int = 3) -> None:
    """Let the loop run what is ready."""
    loop = asyncio.get_running_loop()
    for _ in range(count):
        waiting = loop.create_future()
        loop.call_soon(waiting.set_result, None)
        await waiting


async def test_an_event_is_processed_in_the_callers_own_stack(desk: Desk) -> None:
    desk.runner.feed(desk.quote())
    assert desk.bids() == [100.0]


async def test_an_order_leaves_once_the_journal_has_it() -> None:
    desk = Desk(act=lambda probe, event: isinstance(event, QuoteTick) and probe.buy(ABC.id, 1))
    seen: list[int] = []
    desk.venue.answer = lambda _command: seen.append(
        len([e for e in read_run(desk.disk, RUN) if isinstance(e.body, SubmitOrder)])
    )
    desk.runner.feed(desk.quote())
    assert seen == [1]


async def test_what_comes_while_an_event_is_processed_waits_its_turn() -> None:
    desk = Desk(act=lambda probe, event: isinstance(event, QuoteTick) and probe.buy(ABC.id, 1))

    def answer(command: Command) -> None:
        assert isinstance(command, SubmitOrder)
        desk.runner.feed(
            OrderAccepted(
                client_order_id=command.client_order_id,
                instrument=ABC.id,
                account="main",
                ts_event=desk.time,
                ts_recv=desk.time,
            )
        )

    desk.venue.answer = answer
    desk.runner.feed(desk.quote())
    assert desk.probe.of(OrderAccepted) == []
    await turns()
    assert len(desk.probe.of(OrderAccepted)) == 1


async def test_behind_quotes_coalesce_and_the_count_is_journaled(desk: Desk) -> None:
    def act(_probe: Probe, _event: object) -> None:
        if len(desk.bids()) == 1:
            for bid in (101.0, 102.0, 103.0):
                desk.runner.feed(desk.quote(bid))

    desk.probe.act = act
    desk.runner.feed(desk.quote())
    await turns()
    assert desk.bids() == [100.0, 103.0]
    assert [each.count for each in desk.journaled(Coalesced)] == [2]  # type: ignore[attr-defined] # of Coalesced
    assert desk.meters.coalesced == {ABC.id: 2}


def test_a_quote_never_overtakes_a_trade() -> None:
    inbox = Inbox()
    first, second = QuoteTick(ABC.id, 1, 1, 1, 2, 1, 1), QuoteTick(ABC.id, 3, 3, 3, 4, 1, 1)
    trade = TradeTick(ABC.id, 2, 2, 1.5, 1.0, 0)
    for event in (first, trade, second):
        inbox.put(event)
    assert [inbox.take() for _ in range(4)] == [first, trade, second, None]


def test_reports_come_before_the_market_and_are_never_dropped() -> None:
    inbox = Inbox(market_max=2)
    trades = [TradeTick(ABC.id, n, n, 1.5, 1.0, 0) for n in range(5)]
    report = OrderRejected(client_order_id="x", instrument=ABC.id, ts_event=9, ts_recv=9, reason="")
    for event in (*trades, report):
        inbox.put(event)
    broken, *rest = [inbox.take() for _ in range(len(inbox))]
    assert isinstance(broken, FeedChanged)
    assert rest == [report, *trades[:2]]
    assert inbox.dropped[ABC.id] == 3


async def test_timers_that_are_due_come_before_an_event(desk: Desk) -> None:
    desk.probe.every(1.0, "tick")
    desk.time += 3 * SECOND
    desk.runner.feed(desk.quote())
    heard = [type(each) for each in desk.probe.heard]
    assert heard == [Timer, Timer, QuoteTick]  # the one due at this very time comes behind
    assert len(desk.journaled(TimersDue)) == 2


async def test_a_timer_wakes_the_runner_by_itself(desk: Desk) -> None:
    desk.probe.at(START + SECOND, "once")
    desk.time = START + SECOND
    desk.runner.take(desk.quote())  # an event lets the runner see the new timer
    await turns()
    await asyncio.wait_for(heard(desk, Timer), 5)


async def heard(desk: Desk, kind: type) -> None:
    while not desk.probe.of(kind):
        await turns(1)


async def test_an_event_from_before_is_stamped_with_now(desk: Desk) -> None:
    desk.time += SECOND
    desk.runner.feed(desk.quote())
    desk.runner.feed(desk.quote(101.0, at=START))
    assert [quote.ts_recv for quote in desk.probe.of(QuoteTick)] == [desk.time, desk.time]


async def test_when_the_journal_fails_only_cancels_leave() -> None:
    disk = MemoryDisk()

    def act(probe: Probe, event: object) -> None:
        if isinstance(event, QuoteTick):
            probe.cancel_all()
            probe.buy(ABC.id, 1, 90.0)

    desk = Desk(disk, act)
    desk.runner.feed(desk.quote())
    disk.fail_at = disk.operations + 1
    desk.runner.feed(desk.quote(101.0))
    await turns()
    assert [type(each) for each in desk.venue.sent] == [SubmitOrder, CancelOrder]
    (rejected,) = desk.probe.of(OrderRejected)
    assert "the journal cannot be written" in rejected.reason


async def test_a_disk_that_fails_leaves_only_exits_and_says_so() -> None:
    disk = MemoryDisk()
    desk = Desk(disk, lambda probe, event: isinstance(event, QuoteTick) and probe.buy(ABC.id, 1))
    told: list[str] = []
    watch = StorageWatch(desk.recorder.journal, desk.runner, desk, told.append)
    desk.runner.failing = watch.check
    disk.fail_at = disk.operations + 1
    desk.runner.feed(desk.quote())
    await turns()
    desk.runner.feed(desk.quote(101.0))
    assert [each.reason for each in desk.probe.of(OrderDenied)] == [DenialReason.STORAGE]
    assert told == ["the journal cannot be written: Input/output error: nothing new is sent"]


async def test_a_full_disk_reduces_until_it_has_room() -> None:
    disk = MemoryDisk(capacity=1 << 30)
    desk = Desk(disk, lambda probe, event: isinstance(event, QuoteTick) and probe.buy(ABC.id, 1))
    told: list[str] = []
    watch = StorageWatch(desk.recorder.journal, desk.runner, desk, told.append)
    disk.capacity = 1 << 20
    watch.check()
    desk.runner.feed(desk.quote())
    disk.capacity = 1 << 30
    watch.check()
    desk.runner.feed(desk.quote(101.0))
    assert len(desk.probe.of(OrderDenied)) == len(desk.venue.sent) == 1
    assert told == ["the disk is nearly full: nothing new is sent", "the disk has room again"]


async def test_what_waited_too_long_is_not_sent() -> None:
    desk = Desk()

    def act(probe: Probe, event: object) -> None:
        if isinstance(event, QuoteTick):
            probe.buy(ABC.id, 1)
            desk.time += 2 * SECOND  # the callback took its time

    desk.probe.act = act
    desk.runner.feed(desk.quote())
    await turns()
    assert desk.venue.sent == []
    (rejected,) = desk.probe.of(OrderRejected)
    assert rejected.reason == "not sent: 2.000 s after it was decided"


async def test_a_callback_that_stalls_is_counted_and_noted() -> None:
    desk = Desk()

    def act(_probe: Probe, event: object) -> None:
        desk.time += SECOND // 10

    desk.probe.act = act
    desk.runner.feed(desk.quote())
    assert desk.meters.stalls == 1
    assert desk.journaled(Stalled) == [Stalled("QuoteTick", START, SECOND // 10)]


async def test_a_defect_of_the_engine_ends_the_processing(desk: Desk) -> None:
    class Broken:
        ts_recv = START

    desk.runner.feed(Broken())
    desk.runner.feed(desk.quote())
    await turns()
    assert [type(each) for each in desk.faults] == [TypeError]  # the journal does not know it
    assert desk.bids() == []


async def test_what_comes_before_the_runner_opens_is_kept(desk: Desk) -> None:
    desk.runner.close()
    desk.runner.feed(desk.quote())
    assert desk.bids() == []
    desk.runner.open()
    await turns()
    assert desk.bids() == [100.0]


async def test_each_stage_from_the_frame_to_the_order_is_timed() -> None:
    desk = Desk(act=lambda probe, event: isinstance(event, QuoteTick) and probe.buy(ABC.id, 1))
    frame = desk.quote()
    desk.time += 1_000_000
    desk.runner.feed(frame)
    stages = desk.meters.stages
    assert stages[Stage.PARSE].sum_ns == stages[Stage.TOTAL].sum_ns == 1_000_000
    assert [stages[stage].count for stage in (Stage.PARSE, Stage.SEND, Stage.TOTAL)] == [1, 1, 1]
    assert all(stages[stage].count for stage in Stage)
