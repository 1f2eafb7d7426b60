"""Every invariant of a torture notices when it is broken, and is silent when it is not."""

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from connectors.frame.package import SIMULATED_SECRET
from connectors.simulation.broker import SimulatedBroker
from connectors.simulation.faults import Fault
from engine.journal.entries import Entry, Kind
from engine.live.replay import Difference
from engine.model.commands import CancelOrder, Command, OrderType, Side, SubmitOrder
from engine.model.market import QuoteTick
from engine.model.reports import (
    Liquidity,
    OrderAccepted,
    OrderCanceled,
    OrderFilled,
    OrderReport,
    OrderUnknown,
)
from engine.model.risk import FIRM, Cause, LatchSet, RiskState
from engine.model.truth import OrderRecord, Standing
from lockstep.simulators import make_broker, venue_package
from lockstep.torture.checkers import CHECKS, judge
from lockstep.torture.record import AtVenue, Life, Record, Sample, Sent
from lockstep.torture.scenario import at_venue
from lockstep.torture.story import tell
from tests.unit.rig import Rig

ACME = "ACME.DEMO"
SUBMIT = SubmitOrder("b-1-1", "s", "main", ACME, 5, Side.BUY, OrderType.LIMIT, 10.0, 50.0)
SECOND = 10**9


def a_record() -> Record:
    """Return what is seen of a run in which an order was sent, taken and canceled."""
    package = venue_package("DEMO")
    record = Record(scenario=at_venue("DEMO", 1), brokers={"main": make_broker(package)})
    life = Life(number=1, folder=Path("run"), began=0, stopped=60 * SECOND, ended=61 * SECOND)
    life.exit_code, life.is_ready = 0, True
    record.lives.append(life)
    record.healed, record.ended = 30 * SECOND, 61 * SECOND
    record.sent.append(Sent(5, SUBMIT, is_durable=True))
    record.venue.append(at_the_venue(6, OrderAccepted))
    record.venue.append(at_the_venue(9, OrderCanceled, standing=Standing.CANCELED))
    return record


def at_the_venue(ts: int, kind: type[OrderReport], **changes: object) -> AtVenue:
    order = OrderRecord(
        account="main",
        instrument=ACME,
        venue_order_id="V1",
        side=Side.BUY,
        type=OrderType.LIMIT,
        quantity=10.0,
        filled=0.0,
        standing=Standing.WORKING,
        ts_event=ts,
        client_order_id="b-1-1",
        price=50.0,
    )
    order = msgspec.structs.replace(order, **changes)
    about = {"instrument": ACME, "account": "main", "ts_event": ts, "ts_recv": ts}
    about |= {"client_order_id": order.client_order_id, "venue_order_id": order.venue_order_id}
    if kind is OrderFilled:
        about |= {"trade_id": "X1", "side": order.side, "quantity": 20.0, "price": 50.0}
        about |= {"fee": 0.0, "fee_currency": "USD", "liquidity": Liquidity.MAKER}
    return AtVenue(ts, order, msgspec.convert(about, type=kind))


def crash(record: Record) -> None:
    record.crash = "ValueError: something"


def end_halted_without_a_person(record: Record) -> None:
    record.lives[0].exit_code = 4


def leave_too_early(record: Record) -> None:
    record.sent[0] = Sent(5, SUBMIT, is_durable=False)


def send_again(record: Record) -> None:
    record.sent.append(Sent(7, SUBMIT, is_durable=True))


def repeat_on_the_wire(record: Record) -> None:
    again = at_the_venue(7, OrderAccepted, venue_order_id="V2", standing=Standing.REJECTED)
    record.venue.insert(1, again)


def work_twice(record: Record) -> None:
    record.sent.append(
        Sent(6, msgspec.structs.replace(SUBMIT, client_order_id="b-1-2"), is_durable=True)
    )
    record.venue.insert(1, at_the_venue(7, OrderAccepted, venue_order_id="V2"))


def hold_too_much(record: Record) -> None:
    record.venue[1:1] = [at_the_venue(7, OrderFilled, filled=10.0, standing=Standing.FILLED)]


def trade_when_killed(record: Record) -> None:
    killed = LatchSet(FIRM, Cause.KILL_SWITCH, RiskState.HALTED, "eve", "stop it", 2)
    record.lives[0].entries.append(Entry(1, Kind.INPUT, killed))


def pile_up(record: Record) -> None:
    record.samples.append(Sample(8, inbox=20_000, tasks=5, timers=5))


def replay_otherwise(record: Record) -> None:
    record.lives[0].difference = Difference(3, None, SUBMIT, None)


def stay_away(record: Record) -> None:
    record.lives[0].is_ready = False


def go_deaf(record: Record) -> None:
    broker = record.brokers["main"]
    assert isinstance(broker, SimulatedBroker)
    heard = QuoteTick(ACME, 5, 5, 49.0, 50.0, 1.0, 1.0)
    record.lives[0].entries.append(Entry(1, Kind.INPUT, heard))
    broker.row(msgspec.structs.replace(heard, ts_event=59 * SECOND, ts_recv=59 * SECOND))


def stay_in_doubt(record: Record) -> None:
    rig = Rig()
    rig.trade(1.0)
    order = rig.do(lambda probe: probe.buy("ABC.SIM", 1, 1.0))
    doubt = OrderUnknown(
        client_order_id=order.id,
        instrument="ABC.SIM",
        account="main",
        ts_event=6,
        ts_recv=6,
        reason="no answer",
    )
    rig.kernel.process(doubt)
    life = record.lives[0]
    life.kernel, life.is_ready = rig.kernel, False
    record.lives[0].entries.append(Entry(1, Kind.INPUT, doubt))


def hold_what_nobody_knows(record: Record) -> None:
    rig = Rig()
    record.lives[0].kernel = rig.kernel
    broker = record.brokers["main"]
    assert isinstance(broker, SimulatedBroker)
    money = broker.balance("main").total
    rig.kernel.portfolio.accounts["main"].balances["USD"].add(round(money) + 1, 0)


def write_a_secret(record: Record) -> None:
    record.written["log.jsonl"] = f"key={SIMULATED_SECRET}".encode()


BREAKERS: dict[str, tuple[Callable[[Record], None], ...]] = {
    "ends_well": (crash, end_halted_without_a_person),
    "durable_first": (leave_too_early,),
    "sent_once": (send_again, repeat_on_the_wire),
    "one_live_order": (work_twice,),
    "within_limits": (hold_too_much,),
    "silent_after_kill": (trade_when_killed,),
    "within_bounds": (pile_up,),
    "replays": (replay_otherwise,),
    "recovers": (stay_away,),
    "hears_the_market": (go_deaf,),
    "doubts_end": (stay_in_doubt,),
    "books_agree": (hold_what_nobody_knows,),
    "keeps_secrets": (write_a_secret,),
}
CASES = [(name, breaker) for name, breakers in BREAKERS.items() for breaker in breakers]


def test_run_without_fault_breaks_nothing() -> None:
    assert judge(a_record()) == []


def test_every_invariant_has_a_way_to_break_it() -> None:
    assert set(BREAKERS) == {check.__name__ for check in CHECKS}


@pytest.mark.parametrize(("name", "break_it"), CASES, ids=[b.__name__ for _, b in CASES])
def test_invariant_is_found_broken(name: str, break_it: Callable[[Record], None]) -> None:
    record = a_record()
    break_it(record)
    found = judge(record)
    assert name in {finding.invariant for finding in found}
    assert all(finding.what for finding in found)


def test_cancels_may_leave_after_a_kill() -> None:
    record = a_record()
    trade_when_killed(record)
    cancel: Command = CancelOrder("b-1-1", "main", ACME, 6, 1)
    record.sent[:] = [Sent(6, cancel, is_durable=True)]
    assert "silent_after_kill" not in {finding.invariant for finding in judge(record)}


def test_story_tells_the_first_breach_the_faults_and_what_came_before() -> None:
    record = a_record()
    record.struck.append((3, Fault.CUT_AFTER.value, "POST /orders"))
    record.faults = {"cut_after": 1}
    send_again(record)
    crash(record)
    story = tell(record)
    assert story is not None
    assert story.finding.invariant == "sent_once"
    lines = story.lines()
    assert "cut_after 1" in lines[1]
    assert any("fault   cut_after POST /orders" in line for line in lines)
    assert "b-1-1" in lines[-1]


def test_run_that_breaks_nothing_has_no_story() -> None:
    assert tell(a_record()) is None
