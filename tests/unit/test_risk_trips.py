"""What the engine latches by itself: losses, wild executions, breached limits; and who ends it."""

from pathlib import Path

import pytest

from engine.gate.latch_file import LatchFile
from engine.gate.limits import LossLimits
from engine.gate.losses import LossWatch
from engine.journal.disk import SystemDisk
from engine.model.reports import OrderDenied
from engine.model.risk import (
    BaselineKind,
    BaselineSet,
    Cause,
    LatchCleared,
    LatchSet,
    RiskScope,
    ScopeLevel,
)
from engine.model.zones import SECOND_NS
from tests.unit.rig import XYZ
from tests.unit.rule_desk import RuleDesk

ACCOUNT = RiskScope(ScopeLevel.ACCOUNT, "main")
ONE = RiskScope(ScopeLevel.STRATEGY, "one")
DAY = 86_400 * SECOND_NS


def latches(desk: RuleDesk) -> list[tuple[str, str]]:
    """Return what the engine has latched and cleared, in order."""
    decided = desk.rig.kernel.decisions
    found = [each for each in decided if isinstance(each, LatchSet | LatchCleared)]
    return [(type(each).__name__, each.cause.value) for each in found]


def clear(desk: RuleDesk, scope: RiskScope, cause: Cause) -> None:
    desk.rig.kernel.process(LatchCleared(scope, cause, "anna", "understood", desk.rig.now))


def test_loss_cancels_opening_orders_the_moment_it_is_seen() -> None:
    desk = RuleDesk("daily=100")
    desk.do("trade 100, buy 100, fill, buy 10 @ 90, accept")
    resting = desk.orders[-1]
    desk.do("trade 98.9")
    assert [each.client_order_id for each in desk.rig.wire.cancels] == [resting.id]
    assert latches(desk) == [("LatchSet", "daily_loss")]


def test_loss_is_seen_though_no_strategy_listens_and_in_other_instruments_too() -> None:
    desk = RuleDesk("daily=100")
    desk.do("trade 100, trade 10 in XYZ, buy 10 in XYZ, fill 10 @ 10, trade 8.9 in XYZ")
    assert desk.do("buy 1") == "daily_loss"
    assert desk.orders[0].instrument == XYZ.id


def test_new_day_ends_a_daily_loss_but_not_a_drawdown() -> None:
    desk = RuleDesk("daily=100 drawdown=150")
    desk.do("trade 100, buy 100, fill, trade 98.9, trade 98.4, wait 86400, trade 98.4")
    assert latches(desk) == [
        ("LatchSet", "daily_loss"),
        ("LatchSet", "drawdown"),
        ("LatchCleared", "daily_loss"),
    ]
    assert desk.do("buy 1") == "drawdown"


def test_after_a_person_clears_a_loss_it_is_measured_anew() -> None:
    desk = RuleDesk("daily=100")
    desk.do("trade 100, buy 100, fill, trade 98.9")
    clear(desk, ACCOUNT, Cause.DAILY_LOSS)
    assert desk.do("trade 98, buy 1") == "ok"
    assert desk.do("trade 97.8, buy 1") == "daily_loss"


def test_restart_forgets_neither_the_loss_of_the_day_nor_the_peak(tmp_path: Path) -> None:
    first = RuleDesk("daily=100 drawdown=1000")
    first.do("trade 100, buy 100, fill, trade 105, trade 99.5")
    file = LatchFile(SystemDisk(), tmp_path / "latches.json")
    file.keep(first.rig.kernel.decisions)

    again = RuleDesk("daily=100 drawdown=1000")
    for event in LatchFile(SystemDisk(), tmp_path / "latches.json").load():
        again.rig.kernel.process(event)
    again.do("trade 99.5, buy 100")  # the venue told of the position, worth 50 less than it cost
    again.rig.kernel.portfolio.accounts["main"].adjust("USD", -50.0)
    again.do("fill @ 99.5")
    assert again.do("buy 1") == "ok"
    assert again.do("trade 98.99, buy 1") == "daily_loss"
    words = [each for each in again.rig.kernel.decisions if isinstance(each, LatchSet)]
    assert words[0].reason == "101.00 lost, limit 100.00"


def test_restart_keeps_what_was_latched(tmp_path: Path) -> None:
    first = RuleDesk("executions=1 within=10s")
    first.do("trade 100, buy 9, fill 1, fill 1")
    LatchFile(SystemDisk(), tmp_path / "latches.json").keep(first.rig.kernel.decisions)
    again = RuleDesk("executions=1 within=10s")
    for event in LatchFile(SystemDisk(), tmp_path / "latches.json").load():
        again.rig.kernel.process(event)
    assert again.do("trade 100, buy 1") == "execution_throttle"
    clear(again, ONE, Cause.EXECUTION_THROTTLE)
    assert again.do("buy 1") == "ok"


def test_throttle_counts_from_zero_once_a_person_has_enabled_the_strategy() -> None:
    desk = RuleDesk("executions=2 within=10s")
    desk.do("trade 100, buy 9, fill 1, fill 1, fill 1")
    clear(desk, ONE, Cause.EXECUTION_THROTTLE)
    assert desk.do("buy 1, fill 1, fill 1, buy 1") == "ok"


def test_late_fill_above_the_limit_lets_only_reduce_until_it_is_reduced() -> None:
    desk = RuleDesk("max_position=10")
    desk.do("trade 100, buy 10 @ 99, accept, gone, buy 10, fill, accept")
    late = desk.orders[0]
    desk.rig.fill(late, 5, 99.0)
    assert latches(desk) == [("LatchSet", "limit_breached")]
    assert desk.do("buy 1") == "limit_breached"
    assert desk.do("sell 5, fill") == ""
    assert latches(desk)[-1] == ("LatchCleared", "limit_breached")


def watch_of(worths: list[float], daily: float = 100.0, drawdown: float = 1000.0) -> LossWatch:
    return LossWatch(ACCOUNT, LossLimits(daily, drawdown), lambda: worths[-1])


def test_baselines_are_recorded_when_they_matter_and_not_with_every_row() -> None:
    worths, recorded = [10_000.0], list[BaselineSet]()
    watch = watch_of(worths)
    watch.record = recorded.append
    for ts, worth in enumerate([10_000.0, 10_019.0, 10_020.0, 10_039.0, 10_041.0, 9_950.0]):
        worths.append(worth)
        watch.observe(ts)
    assert [(each.kind, each.worth) for each in recorded] == [
        (BaselineKind.DAY_START, 10_000.0),
        (BaselineKind.PEAK, 10_000.0),
        (BaselineKind.PEAK, 10_020.0),
        (BaselineKind.PEAK, 10_041.0),
    ]


def test_day_begins_at_the_local_time_that_was_set() -> None:
    worths, recorded = [100.0], list[BaselineSet]()
    limits = LossLimits(daily=10.0, day_start="17:00", timezone="America/New_York")
    watch = LossWatch(ACCOUNT, limits, lambda: worths[-1])
    watch.record = recorded.append
    evening = 22 * 3600 * SECOND_NS  # 17:00 in New York on 1970-01-01
    for ts in (0, evening - 1, evening, evening + DAY - 1, evening + DAY):
        watch.observe(ts)
    assert [each.ts_recv for each in recorded] == [0, evening, evening + DAY]


def test_baseline_of_another_day_is_replaced() -> None:
    worths, tripped = [50.0], list[str]()
    watch = watch_of(worths, daily=10.0)
    watch.trip = lambda _scope, cause, _words: tripped.append(cause.value)
    watch.restore(BaselineSet(ACCOUNT, BaselineKind.DAY_START, 100.0, 5 * SECOND_NS))
    watch.observe(DAY)
    assert tripped == []
    watch.restore(BaselineSet(ACCOUNT, BaselineKind.DAY_START, 100.0, DAY + 5))
    watch.observe(DAY + 6)
    assert tripped == ["daily_loss"]


@pytest.mark.parametrize("cause", [Cause.DAILY_LOSS, Cause.DRAWDOWN])
def test_what_has_tripped_trips_once(cause: Cause) -> None:
    worths, tripped = [100.0], list[str]()
    watch = watch_of(worths, daily=10.0, drawdown=10.0)
    watch.trip = lambda _scope, tripping, _words: tripped.append(tripping.value)
    watch.observe(0)
    for worth in (89.0, 88.0, 60.0):
        worths.append(worth)
        watch.observe(1)
    assert tripped.count(cause.value) == 1
    watch.rebase(cause, 2)
    worths.append(49.0)
    watch.observe(3)
    assert tripped.count(cause.value) == 2


def test_worth_that_is_not_known_denies_entries_for_as_long() -> None:
    desk = RuleDesk("daily=1000")
    desk.do("quote 99 101, quote 1.1 1.2 in EURUSD, quote 9 11 in DAX, buy 1 in DAX, fill 1 @ 11")
    assert desk.do("buy 1 @ 90") != "no_reference"
    desk.do("quote 1.2 1.1 in EURUSD")
    assert desk.do("buy 2 @ 90") == "no_reference"
    denied = [each for each in desk.rig.kernel.decisions if isinstance(each, OrderDenied)]
    assert denied[-1].message == "the worth of account main is not known"
    desk.do("quote 1.1 1.2 in EURUSD")
    assert desk.do("buy 3 @ 90") != "no_reference"
