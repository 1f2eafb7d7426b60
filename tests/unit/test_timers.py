"""The queue of timers and even intervals."""

import pytest

from engine.errors import StrategyError, ValueRefused
from engine.model.zones import NEVER
from engine.timers import LARGEST_QUEUE, Interval, Phase, TimerQueue


def popped(queue: TimerQueue[str], until: int) -> list[tuple[int, str]]:
    found = []
    while (entry := queue.pop(until)) is not None:
        found.append(entry)
    return found


def test_phases_come_in_the_order_of_the_engine() -> None:
    assert sorted(Phase) == [
        Phase.REPORT,
        Phase.MARKET,
        Phase.BAR,
        Phase.TIMER,
        Phase.OPERATOR,
    ]


def test_timers_pop_by_time_then_phase_then_sequence() -> None:
    queue: TimerQueue[str] = TimerQueue()
    queue.schedule(20, Phase.REPORT, "later")
    queue.schedule(10, Phase.OPERATOR, "operator")
    queue.schedule(10, Phase.TIMER, "timer 1")
    queue.schedule(10, Phase.TIMER, "timer 2")
    queue.schedule(10, Phase.BAR, "bar")
    assert popped(queue, 10) == [
        (10, "bar"),
        (10, "timer 1"),
        (10, "timer 2"),
        (10, "operator"),
    ]
    assert popped(queue, 20) == [(20, "later")]


def test_nothing_pops_before_its_time() -> None:
    queue: TimerQueue[str] = TimerQueue()
    queue.schedule(10, Phase.TIMER, "a")
    assert queue.pop(9) is None
    assert queue.pop(10) == (10, "a")
    assert queue.pop(NEVER) is None


def test_pop_stops_at_the_phase_asked_for() -> None:
    queue: TimerQueue[str] = TimerQueue()
    queue.schedule(10, Phase.REPORT, "report")
    queue.schedule(10, Phase.BAR, "bar")
    assert queue.pop(10, Phase.MARKET) == (10, "report")
    assert queue.pop(10, Phase.MARKET) is None
    assert queue.pop(11, Phase.REPORT) == (10, "bar")


def test_due_is_the_time_of_the_earliest() -> None:
    queue: TimerQueue[str] = TimerQueue()
    assert queue.due == NEVER
    first = queue.schedule(10, Phase.TIMER, "a")
    queue.schedule(30, Phase.TIMER, "b")
    assert queue.due == 10
    queue.cancel(first)
    assert queue.due == 30
    queue.pop(30)
    assert queue.due == NEVER


def test_cancel_tells_whether_the_timer_was_waiting() -> None:
    queue: TimerQueue[str] = TimerQueue()
    timer = queue.schedule(10, Phase.TIMER, "a")
    fired = queue.schedule(5, Phase.TIMER, "b")
    queue.pop(5)
    assert queue.cancel(timer)
    assert not queue.cancel(timer)
    assert not queue.cancel(fired)
    assert not queue.cancel(99)
    assert len(queue) == 0


def test_cancelled_timers_are_not_kept() -> None:
    queue: TimerQueue[str] = TimerQueue()
    queue.schedule(1, Phase.TIMER, "first")
    for ts in range(2, 10_002):
        queue.cancel(queue.schedule(ts, Phase.TIMER, "again and again"))
    assert len(queue._heap) < 200
    assert popped(queue, NEVER) == [(1, "first")]


def test_timer_in_the_past_is_due_at_once_with_its_own_time() -> None:
    queue: TimerQueue[str] = TimerQueue()
    queue.schedule(-5, Phase.TIMER, "past")
    assert queue.pop(100) == (-5, "past")


def test_timer_that_would_never_fire_is_refused() -> None:
    queue: TimerQueue[str] = TimerQueue()
    with pytest.raises(ValueRefused, match="never be due"):
        queue.schedule(NEVER, Phase.TIMER, "a")
    assert len(queue) == 0


def test_full_queue_refuses_one_more() -> None:
    queue: TimerQueue[str] = TimerQueue()
    queue._actions = dict.fromkeys(range(LARGEST_QUEUE), "a")
    with pytest.raises(StrategyError, match="cancel those no longer needed"):
        queue.schedule(1, Phase.TIMER, "one more")


@pytest.mark.parametrize(
    ("now", "expected"), [(-100, 7), (6, 7), (7, 17), (16, 17), (17, 27), (1_000_007, 1_000_017)]
)
def test_interval_keeps_its_phase(now: int, expected: int) -> None:
    assert Interval(10, start_ns=7).next_after(now) == expected


def test_interval_does_not_drift() -> None:
    third = Interval(10**9 // 3)
    ts = 0
    for _ in range(1_000):
        ts = third.next_after(ts)
    assert ts == 1_000 * (10**9 // 3)


@pytest.mark.parametrize("step", [0, -1])
def test_interval_that_does_not_advance_is_refused(step: int) -> None:
    with pytest.raises(ValueRefused, match="does not advance"):
        Interval(step)
