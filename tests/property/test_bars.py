"""Bars equal what a plain grouping of the same events gives, for any events and any spec."""

from collections.abc import Callable
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import groupby, pairwise
from math import nan
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from engine.model.calendar import Calendar
from engine.model.market import Bar, TradeTick
from tests.bars.feeding import MINUTE, NAME, SECOND, Feed, instrument, prices, quote, trade

BEGIN = 1_700_000_000 * SECOND
CENTS = st.integers(-500, 500)
TENTHS = st.integers(0, 10**12)
STEPS = st.sampled_from(["1s", "7s", "10s", "1m", "90s", "5m"])
GAPS = st.sampled_from([0, 1, SECOND // 3, SECOND, 5 * SECOND, 61 * SECOND])
DELAYS = st.sampled_from([-90 * SECOND, -SECOND, 0, 0, 0, 1, SECOND, 20 * SECOND, 400 * SECOND])
ZONES = st.sampled_from(["UTC", "America/New_York", "Europe/London", "Australia/Lord_Howe"])

Cut = Callable[[int], int]
"""Return the start of the bar that a time belongs to."""


@st.composite
def trades(draw: st.DrawFn, *, on_time: bool = False) -> list[TradeTick]:
    """Draw trades in the order of arrival, some of them on time, late or ahead of our clock."""
    arrival = BEGIN + draw(st.integers(0, 600)) * SECOND
    found = []
    for _ in range(draw(st.integers(0, 40))):
        arrival += draw(GAPS)
        happened = arrival if on_time else arrival - draw(DELAYS)
        found.append(trade(happened, draw(CENTS) / 100, draw(TENTHS) / 10, arrival))
    return found


def grouped(events: list[TradeTick], step: int, cut: Cut) -> dict[int, list[TradeTick]]:
    """Put each trade into the bar of its time, or of its arrival when it is late."""
    bars: dict[int, list[TradeTick]] = {}
    for event in events:
        start = cut(event.ts_event)
        late = start + step < event.ts_recv
        bars.setdefault(cut(event.ts_recv) if late else start, []).append(event)
    return dict(sorted(bars.items()))


def summary(events: list[TradeTick]) -> tuple[float, float, float, float, float]:
    found = [event.price for event in events]
    volume = sum((Fraction(str(event.size)) for event in events), Fraction(0))
    return found[0], max(found), min(found), found[-1], float(volume)


def nanoseconds(spec: str) -> int:
    return int(spec[:-1]) * (SECOND if spec[-1] == "s" else MINUTE)


@given(trades(), STEPS)
def test_time_bars_equal_the_grouping_of_their_trades(events: list[TradeTick], spec: str) -> None:
    step = nanoseconds(spec)
    expected = grouped(events, step, lambda ts: ts // step * step)
    bars = Feed(spec).run(events)
    assert [bar.ts_open for bar in bars] == list(expected)
    assert prices(bars) == [summary(group) for group in expected.values()]
    assert all(bar.ts_recv == bar.ts_close == bar.ts_open + step for bar in bars)


@given(trades(), STEPS)
def test_no_late_policy_changes_what_is_in_time(events: list[TradeTick], spec: str) -> None:
    step = nanoseconds(spec)
    in_time = [event for event in events if event.ts_event // step * step + step >= event.ts_recv]
    feed = Feed(spec, late="drop")
    assert feed.run(events) == Feed(spec).run(in_time)
    assert feed.builder.late_count == len(events) - len(in_time)


@given(trades(), st.sampled_from(["1s", "1m", "5m", "3t", "7v", "1d"]))
def test_volume_is_conserved(events: list[TradeTick], spec: str) -> None:
    bars = Feed(spec).run(events)
    total = sum(round(bar.volume * 10) for bar in bars)
    sent = sum(round(event.size * 10) for event in events)
    if spec in ("3t", "7v"):  # what is begun is not delivered
        assert total <= sent
        assert total == sum(round(event.size * 10) for event in events[: delivered(spec, events)])
    else:
        assert total == sent


def delivered(spec: str, events: list[TradeTick]) -> int:
    """Return how many trades the finished bars hold."""
    count = whole = volume = 0
    for position, event in enumerate(events, 1):
        count, volume = count + 1, volume + round(event.size * 10)
        if volume >= 70 if spec == "7v" else count >= 3:
            count = volume = 0
            whole = position
    return whole


@given(trades(), st.integers(1, 9))
def test_tick_bars_equal_slices_of_their_trades(events: list[TradeTick], step: int) -> None:
    whole = len(events) // step * step
    slices = [events[at : at + step] for at in range(0, whole, step)]
    bars = Feed(f"{step}t").run(events)
    assert prices(bars) == [summary(group) for group in slices]
    assert [bar.ts_recv for bar in bars] == [group[-1].ts_recv for group in slices]


@given(trades(), st.integers(1, 10**11))
def test_volume_bars_reach_their_volume_with_their_last_trade(
    events: list[TradeTick], step: int
) -> None:
    at = 0
    for bar in Feed(f"{step}v").run(events):
        total = Fraction(0)
        first = at
        while total < step:
            total += Fraction(str(events[at].size))
            at += 1
        assert prices([bar]) == [summary(events[first:at])]
    assert sum((Fraction(str(event.size)) for event in events[at:]), Fraction(0)) < step


@given(trades(on_time=True), st.sampled_from(["5m", "15m", "1h", "1d"]), st.integers(0, 50))
def test_bars_of_bars_equal_bars_of_trades(
    events: list[TradeTick], spec: str, delay_s: int
) -> None:
    direct = Feed(spec).run(events)
    finer = Feed("1m").run(events)
    later = [
        Bar(
            *(NAME, "1m", bar.ts_open, bar.ts_close, bar.ts_recv + delay_s * SECOND),
            *(bar.open, bar.high, bar.low, bar.close, bar.volume),
        )
        for bar in finer
    ]
    feed = Feed(spec)
    bars = feed.run(later)
    assert feed.builder.late_count == 0
    assert prices(bars) == prices(direct)
    assert [(bar.ts_open, bar.ts_close) for bar in bars] == [
        (bar.ts_open, bar.ts_close) for bar in direct
    ]
    assert [bar.ts_recv for bar in bars] == [bar.ts_close + delay_s * SECOND for bar in bars]


@given(trades(), STEPS)
def test_flat_bars_fill_the_gaps_between_the_others(events: list[TradeTick], spec: str) -> None:
    step = nanoseconds(spec)
    plain = Feed(spec).run(events)
    until = plain[-1].ts_close if plain else BEGIN
    filled = Feed(spec, empty="flat").run(events, until)
    assert [bar for bar in filled if bar in plain] == plain
    assert [bar.ts_open for bar in filled] == list(
        range(plain[0].ts_open, until, step) if plain else []
    )
    for before, bar in pairwise(filled):
        if bar not in plain:
            assert prices([bar]) == [(before.close,) * 4 + (0.0,)]


@given(
    st.lists(st.integers(0, 10 * 24 * 60), max_size=30),
    st.sampled_from(["2024-03-08", "2024-03-29", "2024-04-05", "2024-10-04", "2024-11-01"]),
    ZONES,
)
def test_day_bars_equal_the_grouping_by_local_date(
    minutes: list[int], begin: str, zone: str
) -> None:
    first = int(datetime.fromisoformat(f"{begin}T00:00+00:00").timestamp())
    events = [trade((first + 60 * n) * SECOND, n / 100) for n in sorted(minutes)]

    def local_date(event: TradeTick) -> str:
        moment = datetime.fromtimestamp(event.ts_event // SECOND, ZoneInfo(zone))
        return moment.date().isoformat()

    bars = Feed("1d", traded=instrument(Calendar(timezone=zone))).run(events)
    assert prices(bars) == [summary(list(group)) for _, group in groupby(events, local_date)]
    for bar in bars:
        opening = datetime.fromtimestamp(bar.ts_open // SECOND, ZoneInfo(zone))
        closing = datetime.fromtimestamp(bar.ts_close // SECOND, ZoneInfo(zone))
        assert opening.time() == closing.time() == datetime.min.time()
        assert closing.date() == opening.date() + timedelta(days=1)


SIDES = st.one_of(st.none(), st.integers(1, 10**13))


@given(st.lists(st.tuples(GAPS, SIDES, SIDES), max_size=40))
def test_mid_bars_are_exact(steps: list[tuple[int, int | None, int | None]]) -> None:
    ts, events = BEGIN, []
    mids: dict[int, list[Fraction]] = {}
    for gap, bid, ask in steps:
        ts += gap
        events.append(
            quote(ts, nan if bid is None else bid / 100, nan if ask is None else ask / 100)
        )
        if bid is not None and ask is not None:
            mids.setdefault(ts // MINUTE, []).append(Fraction(bid + ask, 200))
    bars = Feed("1m@mid").run(events)
    assert [(bar.open, bar.high, bar.low, bar.close) for bar in bars] == [
        (float(found[0]), float(max(found)), float(min(found)), float(found[-1]))
        for found in mids.values()
    ]
