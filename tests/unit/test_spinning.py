"""A loop that spins for a while after an event instead of sleeping."""

from engine.live.spinning import Spinner
from tests.live.test_runner import turns

SPAN = 1_000


class Counted:
    """A clock that counts how often it is read; a spinning loop reads it in each turn."""

    def __init__(self) -> None:
        self.time = self.reads = 0

    def now(self) -> int:
        self.reads += 1
        return self.time


async def reads_in(clock: Counted, count: int) -> int:
    before = clock.reads
    await turns(count)
    return clock.reads - before


async def test_the_loop_spins_until_a_span_after_the_last_event() -> None:
    clock = Counted()
    spinner = Spinner(SPAN, clock)
    assert await reads_in(clock, 5) == 0
    spinner.hear(object(), [])
    assert await reads_in(clock, 5) >= 4
    clock.time += SPAN - 1
    spinner.hear(object(), [])
    clock.time += SPAN - 1
    assert await reads_in(clock, 5) >= 4
    clock.time += 1
    await turns(2)
    assert await reads_in(clock, 5) == 0


async def test_many_events_spin_the_loop_once() -> None:
    clock = Counted()
    spinner = Spinner(SPAN, clock)
    for _ in range(10):
        spinner.kick()
    assert await reads_in(clock, 5) <= 15
    spinner.stop()
    await turns(2)
    assert await reads_in(clock, 5) == 0
