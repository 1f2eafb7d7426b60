"""Check that nothing piles up: events that wait, tasks, timers.

Measures no bytes.
"""

from collections.abc import Iterator

from lockstep.torture.checkers.breach import Breach
from lockstep.torture.record import Record, Sample

INBOX_MAX = 10_000
TASKS_MAX = 200
TIMERS_MAX = 2_000


def within_bounds(record: Record) -> Iterator[Breach]:
    """Demand that the inbox, the tasks and the timers of a bot and its simulators stay few."""
    for sample in record.samples:
        for name, count, most in _counts(sample):
            if count > most:
                yield Breach(sample.ts, f"{count} {name}, allowed are {most}")


def _counts(sample: Sample) -> Iterator[tuple[str, int, int]]:
    yield "events wait", sample.inbox, INBOX_MAX
    yield "tasks", sample.tasks, TASKS_MAX
    yield "timers", sample.timers, TIMERS_MAX
