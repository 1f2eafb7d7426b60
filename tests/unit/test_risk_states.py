"""States of scopes: what REDUCING and HALTED let pass, what entering them cancels, who clears."""

from pathlib import Path

import pytest

from engine.errors import UsageError, ValueRefused
from engine.gate.latch_file import LatchFile
from engine.gate.limits import Limits
from engine.journal.disk import SystemDisk
from engine.journal.memory import MemoryDisk
from engine.model.commands import Command, SubmitOrder
from engine.model.reports import DenialReason, OrderDenied
from engine.model.risk import (
    FIRM,
    BaselineKind,
    BaselineSet,
    Cause,
    Flatten,
    LatchCleared,
    LatchSet,
    OverrideEnded,
    OverrideGranted,
    RiskScope,
    RiskState,
    RiskStateChanged,
    ScopeLevel,
)
from engine.model.zones import SECOND_NS
from engine.orders.order import Order
from engine.recovery.restore import restore, take_snapshot
from tests.unit.rig import ABC, XYZ, Probe, Rig

ACCOUNT = RiskScope(ScopeLevel.ACCOUNT, "main")
ONE = RiskScope(ScopeLevel.STRATEGY, "one")
IN_ABC = RiskScope(ScopeLevel.INSTRUMENT, ABC.id)


def latch(
    rig: Rig,
    state: RiskState = RiskState.REDUCING,
    scope: RiskScope = FIRM,
    cause: Cause = Cause.PAUSED,
) -> LatchSet:
    event = LatchSet(scope, cause, state, "anna", "looks odd", rig.now)
    rig.kernel.process(event)
    return event


def clear(rig: Rig, scope: RiskScope = FIRM, cause: Cause = Cause.PAUSED) -> None:
    rig.kernel.process(LatchCleared(scope, cause, "anna", "looked into it", rig.now))


def held(rig: Rig, size: float, number: int = 0) -> None:
    """Let a strategy hold ABC: long, or short where `size` is negative."""
    order = rig.do(lambda p: p.buy(ABC.id, size) if size > 0 else p.sell(ABC.id, -size), number)
    rig.fill(order, abs(size), 100.0)


def asked(rig: Rig, words: str) -> str:
    """Let strategy one ask for an order such as `sell 5 @ 101`; return `ok` or the reason."""
    verb, size, *rest = words.split()
    price = float(rest[1]) if "@" in rest else None
    denied = len(rig.denials)

    def ask(probe: Probe) -> Order:
        submit = probe.buy if verb == "buy" else probe.sell
        return submit(ABC.id, float(size), price, reduce_only="reduce" in rest)

    rig.do(ask)
    return rig.denials[-1] if len(rig.denials) > denied else "ok"


REDUCING = """
 0   |                 | buy 1            | paused
 0   |                 | sell 1           | paused
 0   |                 | sell 1 reduce    | nothing_to_reduce
 10  |                 | buy 1            | paused
 10  |                 | sell 10          | ok
 10  |                 | sell 11          | paused
 10  |                 | sell 20          | paused
 10  |                 | sell 4 @ 101     | ok
 10  | sell 4 @ 101    | sell 6           | ok
 10  | sell 4 @ 101    | sell 7           | paused
 10  | sell 4 @ 101    | sell 10 reduce   | paused
 -10 |                 | buy 10           | ok
 -10 |                 | buy 11           | paused
 -10 |                 | sell 1           | paused
"""


@pytest.mark.parametrize(
    ("size", "before", "words", "said"),
    [[cell.strip() for cell in line.split("|")] for line in REDUCING.strip().splitlines()],
)
def test_reducing_lets_pass_only_what_reduces(
    size: str, before: str, words: str, said: str
) -> None:
    rig = Rig()
    rig.trade(100.0)
    if size != "0":
        held(rig, float(size))
    if before:
        asked(rig, before)
    latch(rig)
    assert asked(rig, words) == said


def test_halted_lets_nothing_pass_but_cancels() -> None:
    rig = Rig()
    rig.trade(100.0)
    held(rig, 10)
    latch(rig, RiskState.HALTED, cause=Cause.KILL_SWITCH)
    assert asked(rig, "buy 1") == "kill_switch"
    assert asked(rig, "sell 10") == "kill_switch"


def test_killing_cancels_every_order() -> None:
    rig = Rig()
    rig.trade(100.0)
    held(rig, 10)
    orders = [rig.do(lambda p: p.buy(ABC.id, 5, 90.0)), rig.do(lambda p: p.sell(ABC.id, 5, 110.0))]
    rig.accept(*orders)
    latch(rig, RiskState.HALTED, cause=Cause.KILL_SWITCH)
    assert [each.client_order_id for each in rig.wire.cancels] == [order.id for order in orders]


def test_reducing_cancels_opening_orders_and_leaves_exits() -> None:
    rig = Rig()
    rig.trade(100.0)
    held(rig, 10)
    entry = rig.do(lambda p: p.buy(ABC.id, 5, 90.0))
    leaving = rig.do(lambda p: p.sell(ABC.id, 6, 110.0))
    flipping = rig.do(lambda p: p.sell(ABC.id, 6, 111.0))
    rig.accept(entry, leaving, flipping)
    latch(rig)
    assert [each.client_order_id for each in rig.wire.cancels] == [entry.id, flipping.id]


def test_reducing_cancels_what_would_open_once_a_reduce_only_order_has_filled() -> None:
    rig = Rig()
    rig.trade(100.0)
    held(rig, 10)
    leaving = rig.do(lambda p: p.sell(ABC.id, 6, 110.0))
    protecting = rig.do(lambda p: p.sell(ABC.id, 10, stop=90.0, reduce_only=True))
    rig.accept(leaving, protecting)
    latch(rig)
    assert [each.client_order_id for each in rig.wire.cancels] == [leaving.id]


def test_reducing_cancels_a_working_order_whose_change_is_in_flight() -> None:
    rig = Rig()
    rig.trade(100.0)
    order = rig.do(lambda p: p.buy(ABC.id, 5, 90.0))
    rig.accept(order)
    rig.do(lambda p: p.replace(order, 7))
    latch(rig)
    assert [each.client_order_id for each in rig.wire.cancels] == [order.id]


@pytest.mark.parametrize(
    ("scope", "said"),
    [
        (FIRM, ["paused", "paused", "paused"]),
        (ACCOUNT, ["paused", "paused", "paused"]),
        (ONE, ["paused", "paused", "ok"]),
        (IN_ABC, ["paused", "ok", "paused"]),
        (RiskScope(ScopeLevel.ACCOUNT, "other"), ["ok", "ok", "ok"]),
    ],
)
def test_latch_holds_its_scope_and_nothing_else(scope: RiskScope, said: list[str]) -> None:
    rig = Rig(Probe(), Probe())
    rig.trade(100.0)
    rig.trade(50.0, XYZ)
    latch(rig, scope=scope)
    orders = [
        rig.do(lambda p: p.buy(ABC.id, 1), 0),
        rig.do(lambda p: p.buy(XYZ.id, 1), 0),
        rig.do(lambda p: p.buy(ABC.id, 1), 1),
    ]
    assert [order.reason or "ok" for order in orders] == said


def test_the_most_severe_of_several_latches_holds_until_it_is_cleared() -> None:
    rig = Rig()
    rig.trade(100.0)
    held(rig, 10)
    latch(rig, RiskState.REDUCING, ONE)
    latch(rig, RiskState.HALTED, FIRM, Cause.KILL_SWITCH)
    assert asked(rig, "sell 1") == "kill_switch"
    clear(rig, FIRM, Cause.PAUSED)  # not what holds it
    assert asked(rig, "sell 1") == "kill_switch"
    clear(rig, FIRM, Cause.KILL_SWITCH)
    assert asked(rig, "sell 1") == "ok"
    assert asked(rig, "buy 1") == "paused"
    clear(rig, ONE)
    assert asked(rig, "buy 1") == "ok"


def test_every_change_of_state_is_a_decision() -> None:
    rig = Rig()
    first = latch(rig)
    latch(rig, RiskState.HALTED, cause=Cause.KILL_SWITCH)
    clear(rig, cause=Cause.KILL_SWITCH)
    changes = [each for each in rig.kernel.decisions if isinstance(each, RiskStateChanged)]
    assert rig.kernel.decisions[0] == first
    assert [(each.before, each.after, each.cause) for each in changes] == [
        ("active", "reducing", "paused"),
        ("reducing", "halted", "kill_switch"),
        ("halted", "reducing", "kill_switch"),
    ]


def test_strategy_that_trades_later_meets_the_latch_too() -> None:
    rig = Rig()
    latch(rig)
    rig.trade(50.0, XYZ)
    assert rig.do(lambda p: p.buy(XYZ.id, 1)).reason == "paused"


def test_flatten_cancels_everything_and_closes_in_reducing() -> None:
    rig = Rig(Probe(), Probe())
    rig.trade(100.0)
    held(rig, 10)
    resting = rig.do(lambda p: p.sell(ABC.id, 4, 110.0))
    rig.accept(resting)
    rig.do(lambda p: p.replace(resting, 5))
    rig.kernel.process(Flatten(ONE, "anna", "end of the trial", rig.now))
    assert [each.client_order_id for each in rig.wire.cancels] == [resting.id]
    assert asked(rig, "sell 1") == "ok"  # an exit still passes meanwhile
    rig.cancel(rig.probe.orders()[-1])
    assert len(rig.wire.orders) == 3  # it waits, since what works could still fill
    rig.cancel(resting)
    close = rig.wire.orders[-1]
    assert (close.side, close.quantity, close.type) == (-1, 10.0, "market")
    assert asked(rig, "buy 1") == "paused"
    assert rig.do(lambda p: p.buy(ABC.id, 1), 1).reason == ""


@pytest.mark.parametrize(("by", "reason"), [("", "x"), ("anna", " ")])
def test_nothing_is_set_or_cleared_without_a_person_and_a_reason(by: str, reason: str) -> None:
    with pytest.raises(ValueRefused, match="say who and why"):
        LatchSet(FIRM, Cause.PAUSED, RiskState.REDUCING, by, reason, 0)
    with pytest.raises(ValueRefused, match="say who and why"):
        LatchCleared(FIRM, Cause.KILL_SWITCH, by, reason, 0)
    with pytest.raises(ValueRefused, match="say who and why"):
        OverrideGranted(FIRM, DenialReason.ORDER_VALUE, 1, by, reason, 0)


def test_override_ends_by_itself_and_says_so() -> None:
    rig = Rig(limits=Limits(order_value=500.0))
    rig.trade(100.0)
    until = rig.now + 10 * SECOND_NS
    assert asked(rig, "buy 6") == "order_value"
    granted = OverrideGranted(ONE, DenialReason.ORDER_VALUE, until, "anna", "block", rig.now)
    rig.kernel.process(granted)
    assert asked(rig, "buy 6") == "ok"
    rig.wait(10 * SECOND_NS)
    assert asked(rig, "buy 6") == "order_value"
    assert OverrideEnded(ONE, DenialReason.ORDER_VALUE, until) in rig.kernel.decisions


def test_override_granted_again_for_longer_is_not_ended_by_the_first() -> None:
    rig = Rig(limits=Limits(order_value=500.0))
    rig.trade(100.0)
    for seconds in (5, 20):
        until = rig.now + seconds * SECOND_NS
        reason = DenialReason.ORDER_VALUE
        rig.kernel.process(OverrideGranted(FIRM, reason, until, "anna", "block", rig.now))
    rig.wait(6 * SECOND_NS)
    assert asked(rig, "buy 6") == "ok"
    rig.wait(15 * SECOND_NS)
    assert asked(rig, "buy 6") == "order_value"


@pytest.mark.parametrize("reason", [DenialReason.KILL_SWITCH, DenialReason.QUANTITY_TOO_LARGE])
def test_a_state_or_the_grid_is_never_overridden(reason: DenialReason) -> None:
    with pytest.raises(ValueRefused, match="cannot be overridden"):
        OverrideGranted(FIRM, reason, 1, "anna", "block", 0)


def test_every_cause_is_the_reason_of_a_denial() -> None:
    assert [DenialReason(cause.value).value for cause in Cause] == [each.value for each in Cause]


def test_latches_survive_a_restart(tmp_path: Path) -> None:
    rig, path = Rig(), tmp_path / "latches.json"
    latch(rig, RiskState.HALTED, ACCOUNT, Cause.KILL_SWITCH)
    latch(rig, RiskState.REDUCING, ONE)
    clear(rig, ONE)
    rig.kernel.decisions.append(BaselineSet(ACCOUNT, BaselineKind.PEAK, 5.0, 7))
    LatchFile(SystemDisk(), path).keep(rig.kernel.decisions)

    again = Rig()
    for event in LatchFile(SystemDisk(), path).load():
        if isinstance(event, LatchSet):
            again.kernel.process(event)
    again.trade(100.0)
    assert asked(again, "buy 1") == "kill_switch"
    assert LatchFile(SystemDisk(), path).load()[1:] == (
        BaselineSet(ACCOUNT, BaselineKind.PEAK, 5.0, 7),
    )


def test_snapshot_keeps_overrides_and_what_limits_have_counted() -> None:
    rig = Rig(limits=Limits(order_value=500.0))
    until = rig.now + 10 * SECOND_NS
    granted = OverrideGranted(ONE, DenialReason.ORDER_VALUE, until, "anna", "block", rig.now)
    rig.kernel.process(granted)
    snapshot = take_snapshot(rig.kernel, {})

    again = Rig(limits=Limits(order_value=500.0))
    restore(again.kernel, snapshot)
    again.trade(100.0)
    assert asked(again, "buy 6") == "ok"
    again.wait(10 * SECOND_NS)
    assert asked(again, "buy 6") == "order_value"


def test_file_of_latches_that_cannot_be_read_refuses_to_start(tmp_path: Path) -> None:
    path = tmp_path / "latches.json"
    path.write_text('{"latches": [')
    with pytest.raises(UsageError, match="once you know that nothing was killed"):
        LatchFile(SystemDisk(), path)


def test_nothing_to_keep_writes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "latches.json"
    LatchFile(SystemDisk(), path).keep([])
    assert not path.exists()


def test_same_events_give_the_same_decisions() -> None:
    def run() -> list[object]:
        rig = Rig()
        rig.trade(100.0)
        held(rig, 10)
        rig.do(lambda p: p.buy(ABC.id, 5, 90.0))
        latch(rig)
        asked(rig, "buy 1")
        clear(rig)
        asked(rig, "buy 1")
        return list(rig.kernel.decisions)

    first = run()
    assert first == run()
    assert any(isinstance(each, OrderDenied) for each in first)


def test_no_command_leaves_while_halted() -> None:
    rig = Rig()
    rig.trade(100.0)
    latch(rig, RiskState.HALTED)
    sent: list[Command] = list(rig.wire.sent)
    asked(rig, "buy 1")
    assert rig.wire.sent == sent
    assert not [each for each in rig.wire.sent if isinstance(each, SubmitOrder)]


def test_latch_that_could_not_be_written_is_written_with_the_next() -> None:
    disk, path, rig = MemoryDisk(fail_at=1), Path("/latches.json"), Rig()
    latch(rig, RiskState.HALTED, ACCOUNT, Cause.KILL_SWITCH)
    file = LatchFile(disk, path)
    with pytest.raises(OSError, match="Input/output"):
        file.keep(rig.kernel.decisions)
    assert file.is_behind
    file.keep([])
    assert not file.is_behind
    assert len(LatchFile(disk, path).load()) == 1
