"""The queue equals a sorted list, and cron a scan of every minute."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from engine.model.zones import NEVER
from engine.timers import Cron, Interval, Phase, TimerQueue

MINUTE = timedelta(minutes=1)
SCANNED_MINUTES = 2 * 24 * 60

OPERATIONS = st.lists(
    st.one_of(
        st.tuples(st.just("schedule"), st.integers(0, 20), st.sampled_from(Phase)),
        st.tuples(st.just("cancel"), st.integers(1, 30), st.just(Phase.REPORT)),
        st.tuples(st.just("pop"), st.integers(0, 20), st.sampled_from(Phase)),
    ),
    max_size=60,
)


@given(OPERATIONS)
def test_queue_equals_a_sorted_list(operations: list[tuple[str, int, Phase]]) -> None:
    queue: TimerQueue[int] = TimerQueue()
    model: list[tuple[int, Phase, int]] = []
    scheduled = 0
    for name, value, phase in operations:
        if name == "schedule":
            scheduled += 1
            assert queue.schedule(value, phase, scheduled) == scheduled
            model = sorted([*model, (value, phase, scheduled)])
        elif name == "cancel":
            left = [entry for entry in model if entry[2] != value]
            assert queue.cancel(value) is (left != model)
            model = left
        else:
            due = [entry for entry in model if entry[:2] <= (value, phase)]
            assert queue.pop(value, phase) == ((due[0][0], due[0][2]) if due else None)
            model = [entry for entry in model if entry not in due[:1]]
        assert queue.due == (model[0][0] if model else NEVER)
        assert len(queue) == len(model)


@given(st.integers(1, 10**12), st.integers(-(10**18), 10**18), st.integers(-(10**18), 10**18))
def test_interval_firing_is_the_first_later_one(step: int, start: int, now: int) -> None:
    ts = Interval(step, start).next_after(now)
    assert ts > now
    assert ts >= start
    assert (ts - start) % step == 0
    assert ts == start or ts - step <= now


def field(low: int, high: int, largest: int = 99) -> st.SearchStrategy[tuple[str, list[int]]]:
    """Draw the text of a field, with numbers up to `largest`, and the values that it names."""
    values = range(low, high + 1)
    number = st.integers(low, min(high, largest))
    some = st.lists(number, min_size=1, max_size=3)
    ranges = st.tuples(number, number, st.integers(1, 7)).map(
        lambda drawn: (min(drawn[:2]), max(drawn[:2]), drawn[2])
    )
    return st.one_of(
        st.just(("*", list(values))),
        st.integers(1, 20).map(lambda step: (f"*/{step}", list(values[::step]))),
        some.map(lambda chosen: (",".join(map(str, chosen)), chosen)),
        ranges.map(lambda r: (f"{r[0]}-{r[1]}/{r[2]}", list(range(r[0], r[1] + 1, r[2])))),
    )


LAST_DAY_OF_ALL_MONTHS = 28
FIELDS = st.tuples(
    field(0, 59),
    field(0, 23),
    field(1, 31, LAST_DAY_OF_ALL_MONTHS),
    field(1, 12),
    field(0, 6),
)

Fields = tuple[
    tuple[str, list[int]],
    tuple[str, list[int]],
    tuple[str, list[int]],
    tuple[str, list[int]],
    tuple[str, list[int]],
]


def named(fields: Fields, wall: datetime) -> bool:
    """Return whether a local time without regard to any change of clocks is named."""
    (_, minutes), (_, hours), (day_text, days), (_, months), (week_text, weekdays) = fields
    by_day, by_weekday = wall.day in days, wall.isoweekday() % 7 in weekdays
    starred = day_text[0] == "*" or week_text[0] == "*"
    return (
        wall.minute in minutes
        and wall.hour in hours
        and wall.month in months
        and (by_day and by_weekday if starred else by_day or by_weekday)
    )


def fires(fields: Fields, moment: datetime, zone: ZoneInfo) -> bool:
    """Look at one minute: its local time and those that the clock has just skipped."""
    wall, before = moment.astimezone(zone), (moment - MINUTE).astimezone(zone)
    if wall.fold:
        return False
    shown = wall.replace(tzinfo=None)
    while shown > before.replace(tzinfo=None):
        if named(fields, shown):
            return True
        shown -= MINUTE
    return False


@given(
    FIELDS,
    st.sampled_from(["UTC", "America/New_York", "Europe/Moscow", "Australia/Lord_Howe"]),
    st.sampled_from(
        ["2024-03-09", "2024-11-02", "2024-04-06", "2024-10-05", "2024-02-28", "2023-12-31"]
    ),
    st.integers(0, 24 * 60),
    st.integers(0, 59),
)
def test_cron_equals_a_scan_of_every_minute(
    fields: Fields, zone_name: str, day: str, minute: int, second: int
) -> None:
    zone = ZoneInfo(zone_name)
    first = datetime.fromisoformat(day).replace(tzinfo=UTC) + minute * MINUTE
    after = int(first.timestamp() + second) * 10**9
    cron = Cron.parse(" ".join(text for text, _ in fields), zone_name)
    found = datetime.fromtimestamp(cron.next_after(after) // 10**9, UTC)
    assert cron.next_after(after) > after
    scanned = (first + (n + 1) * MINUTE for n in range(SCANNED_MINUTES))
    expected = next((moment for moment in scanned if fires(fields, moment, zone)), None)
    if expected is None:
        assert found > first + SCANNED_MINUTES * MINUTE
        assert fires(fields, found, zone)
    else:
        assert found == expected
