"""Bars: edges, delivery, late events, empty times, days, counts and finer bars, one by one."""

from datetime import UTC, datetime
from functools import reduce
from math import nan
from operator import add

import pytest

from engine.bars import BarSpec, make_builder
from engine.bars.time_bars import LARGEST_AHEAD
from engine.errors import DataError, StrategyError
from engine.model.calendar import Calendar, Session
from engine.model.market import Bar
from tests.bars.feeding import (
    MINUTE,
    NAME,
    SECOND,
    Feed,
    instrument,
    prices,
    quote,
    times,
    trade,
)


def utc(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * SECOND


def minute_bar(
    minute: int, price: float, volume: float = 1.0, delay: int = 0, spec: str = "1m"
) -> Bar:
    start, end = minute * MINUTE, (minute + 1) * MINUTE
    return Bar(NAME, spec, start, end, end + delay, price, price, price, price, volume)


def test_bar_covers_its_open_and_not_its_close() -> None:
    events = [trade(60 * SECOND, 1.0), trade(120 * SECOND - 1, 2.0), trade(120 * SECOND, 3.0)]
    bars = Feed("1m").run(events)
    assert times(bars) == [(60, 120, 120), (120, 180, 180)]
    assert prices(bars) == [(1.0, 2.0, 1.0, 2.0, 2.0), (3.0, 3.0, 3.0, 3.0, 1.0)]


def test_bar_names_its_instrument_and_canonical_spec() -> None:
    bar = Feed("60s").run([trade(0, 1.0)])[0]
    assert (bar.instrument, bar.spec, bar.ts_event) == (NAME, "1m", bar.ts_close)


def test_open_and_close_are_by_arrival() -> None:
    events = [trade(9, 1.0, ts_recv=10), trade(8, 3.0, ts_recv=11), trade(7, 2.0, ts_recv=12)]
    assert prices(Feed("1s").run(events)) == [(1.0, 3.0, 1.0, 2.0, 3.0)]


def test_bars_are_aligned_to_the_epoch_before_it_too() -> None:
    bars = Feed("7s").run([trade(-1 * SECOND, 1.0), trade(20 * SECOND, 1.0)])
    assert times(bars) == [(-7, 0, 0), (14, 21, 21)]


def test_nothing_is_delivered_before_the_bar_ends() -> None:
    feed = Feed("1m")
    assert feed.run([trade(0, 1.0), trade(59 * SECOND, 1.0)], until=MINUTE - 1) == []
    assert len(feed.run([], until=MINUTE)) == 1


def test_timer_is_asked_for_once_a_bar() -> None:
    asked: list[int] = []
    builder = make_builder(instrument(), BarSpec.parse("1m"), lambda _bar: None, asked.append)
    for second in range(0, 150, 10):
        if second % 60 == 0:
            builder.close_until(second * SECOND)
        builder.on_trade(trade(second * SECOND, 1.0))
    assert asked == [MINUTE, 2 * MINUTE, 3 * MINUTE]


def test_timer_of_a_bar_that_may_stay_empty_is_asked_for_once() -> None:
    asked: list[int] = []
    spec = BarSpec.parse("1m")
    builder = make_builder(instrument(), spec, lambda _bar: None, asked.append, empty="flat")
    builder.on_trade(trade(0, 1.0))
    builder.close_until(MINUTE)
    builder.on_trade(trade(MINUTE, 1.0))
    builder.close_until(2 * MINUTE)
    assert asked == [MINUTE, 2 * MINUTE, 3 * MINUTE]


def test_closing_twice_publishes_once() -> None:
    feed = Feed("1m")
    feed.run([trade(0, 1.0)])
    feed.builder.close_until(MINUTE)
    assert len(feed.bars) == 1


def test_volume_is_an_exact_sum() -> None:
    bars = Feed("1m").run([trade(ts, 1.0, 0.1) for ts in range(10)])
    assert bars[0].volume == 1.0
    assert reduce(add, [0.1] * 10) != 1.0


def test_trade_without_a_size_adds_no_volume() -> None:
    bars = Feed("1m").run([trade(0, 1.0, nan), trade(1, 2.0, 0.5)])
    assert prices(bars) == [(1.0, 2.0, 1.0, 2.0, 0.5)]


def test_late_event_goes_into_the_bar_of_its_arrival() -> None:
    feed = Feed("1m")
    late = trade(59 * SECOND, 9.0, ts_recv=MINUTE + 1)
    bars = feed.run([trade(58 * SECOND, 1.0), late, trade(61 * SECOND, 2.0)])
    assert prices(bars) == [(1.0, 1.0, 1.0, 1.0, 1.0), (9.0, 9.0, 2.0, 2.0, 2.0)]
    assert times(bars) == [(0, 60, 60), (60, 120, 120)]
    assert feed.builder.late_count == 1


def test_late_event_is_left_out_on_request() -> None:
    feed = Feed("1m", late="drop")
    late = trade(59 * SECOND, 9.0, ts_recv=MINUTE + 1)
    bars = feed.run([trade(58 * SECOND, 1.0), late, trade(61 * SECOND, 2.0)])
    assert prices(bars) == [(1.0, 1.0, 1.0, 1.0, 1.0), (2.0, 2.0, 2.0, 2.0, 1.0)]
    assert feed.builder.late_count == 1


def test_event_is_late_even_when_its_bar_had_none_before() -> None:
    feed = Feed("1m")
    bars = feed.run([trade(0, 9.0, ts_recv=10 * MINUTE + 1)])
    assert times(bars, MINUTE) == [(10, 11, 11)]
    assert feed.builder.late_count == 1


def test_event_that_arrives_at_the_very_end_of_its_bar_is_in_time() -> None:
    feed = Feed("1m")
    bars = feed.run([trade(0, 1.0, ts_recv=MINUTE), trade(MINUTE, 2.0)])
    assert times(bars, MINUTE) == [(0, 1, 1), (1, 2, 2)]
    assert feed.builder.late_count == 0


def test_event_ahead_of_our_clock_waits_in_its_own_bar() -> None:
    events = [
        trade(61 * SECOND, 5.0, ts_recv=50 * SECOND),
        trade(55 * SECOND, 1.0, ts_recv=51 * SECOND),
        trade(130 * SECOND, 7.0, ts_recv=52 * SECOND),
        trade(62 * SECOND, 6.0, ts_recv=53 * SECOND),
        trade(59 * SECOND, 2.0, ts_recv=54 * SECOND),
    ]
    bars = Feed("1m").run(events)
    assert times(bars) == [(0, 60, 60), (60, 120, 120), (120, 180, 180)]
    assert [(bar.open, bar.close) for bar in bars] == [(1.0, 2.0), (5.0, 6.0), (7.0, 7.0)]


def test_one_wrong_time_far_ahead_does_not_hold_up_the_others() -> None:
    feed = Feed("1m")
    wrong = trade(10**17, 9.0, ts_recv=SECOND)
    bars = feed.run([wrong, trade(2 * SECOND, 1.0), trade(MINUTE, 2.0)], until=10 * MINUTE)
    assert times(bars) == [(0, 60, 60), (60, 120, 120)]
    assert feed.builder.late_count == 0


def test_too_many_bars_ahead_are_refused() -> None:
    feed = Feed("1s")
    with pytest.raises(DataError, match="correct the clock of the recording"):
        feed.run([trade(n * SECOND, 1.0, ts_recv=0) for n in range(LARGEST_AHEAD + 2)])


def test_empty_times_have_no_bar() -> None:
    bars = Feed("1m").run([trade(0, 1.0), trade(5 * MINUTE, 2.0)])
    assert times(bars, MINUTE) == [(0, 1, 1), (5, 6, 6)]


def test_empty_times_are_filled_at_the_last_close_on_request() -> None:
    events = [trade(0, 1.0), trade(1, 2.0), trade(3 * MINUTE, 3.0)]
    bars = Feed("1m", empty="flat").run(events, until=5 * MINUTE)
    flat = (2.0, 2.0, 2.0, 2.0, 0.0)
    assert times(bars, MINUTE) == [(n, n + 1, n + 1) for n in range(5)]
    assert prices(bars)[1:3] == [flat, flat]
    assert prices(bars)[3:] == [(3.0, 3.0, 3.0, 3.0, 1.0), (3.0, 3.0, 3.0, 3.0, 0.0)]


def test_nothing_is_filled_before_the_first_event() -> None:
    bars = Feed("1m", empty="flat").run([trade(5 * MINUTE, 1.0)], until=7 * MINUTE)
    assert [bar.ts_open // MINUTE for bar in bars] == [5, 6]


def test_empty_times_are_filled_only_while_the_calendar_is_open() -> None:
    calendar = Calendar(sessions=(Session((0, 1, 2, 3, 4), "10:00", "10:03"),))
    friday, monday = utc("2024-05-03T10:00"), utc("2024-05-06T10:00")
    feed = Feed("1m", empty="flat", traded=instrument(calendar))
    bars = feed.run([trade(friday, 1.0)], until=monday + 2 * MINUTE)
    opens = [bar.ts_open for bar in bars]
    assert opens == [friday + n * MINUTE for n in range(3)] + [
        monday + n * MINUTE for n in range(2)
    ]


def test_break_of_one_bar_is_not_filled() -> None:
    week = (0, 1, 2, 3, 4)
    calendar = Calendar(sessions=(Session(week, "10:00", "10:02"), Session(week, "10:03", "10:05")))
    begin = utc("2024-05-03T10:00")
    feed = Feed("1m", empty="flat", traded=instrument(calendar))
    bars = feed.run([trade(begin, 1.0)], until=begin + 10 * MINUTE)
    assert [(bar.ts_open - begin) // MINUTE for bar in bars] == [0, 1, 3, 4]


def test_bar_that_is_partly_open_is_filled() -> None:
    calendar = Calendar(sessions=(Session((0, 1, 2, 3, 4), "10:30", "12:00"),))
    thursday, friday = utc("2024-05-02T11:00"), utc("2024-05-03T10:00")
    feed = Feed("1h", empty="flat", traded=instrument(calendar))
    bars = feed.run([trade(thursday, 1.0)], until=friday + 60 * MINUTE)
    assert [bar.ts_open for bar in bars] == [thursday, friday]


def test_trade_outside_the_calendar_still_has_its_bar() -> None:
    calendar = Calendar(sessions=(Session((0, 1, 2, 3, 4), "10:00", "10:02"),))
    thursday, friday = utc("2024-05-02T10:01"), utc("2024-05-03T10:00")
    feed = Feed("1m", empty="flat", traded=instrument(calendar))
    night = utc("2024-05-02T20:00")
    bars = feed.run([trade(thursday, 1.0), trade(night, 2.0)], until=friday + MINUTE)
    assert [(bar.ts_open, bar.close) for bar in bars] == [
        (thursday, 1.0),
        (night, 2.0),
        (friday, 2.0),
    ]


def test_days_end_at_local_midnight_and_change_length_with_the_clocks() -> None:
    new_york = instrument(Calendar(timezone="America/New_York"))
    saturday = utc("2024-03-09T12:00")
    bars = Feed("1d", traded=new_york).run(
        [trade(saturday + n * 12 * 60 * MINUTE, 1.0) for n in range(6)]
    )
    assert [(bar.ts_open, bar.ts_close) for bar in bars] == [
        (utc("2024-03-09T05:00"), utc("2024-03-10T05:00")),
        (utc("2024-03-10T05:00"), utc("2024-03-11T04:00")),
        (utc("2024-03-11T04:00"), utc("2024-03-12T04:00")),
    ]


def test_several_days_are_counted_from_the_epoch() -> None:
    bars = Feed("7d").run([trade(utc("1970-01-07T23:00"), 1.0), trade(utc("1970-01-08"), 1.0)])
    assert [bar.ts_close for bar in bars] == [utc("1970-01-08"), utc("1970-01-15")]


def test_mid_is_exact() -> None:
    noisy = quote(0, 1.0, 1.03)
    assert noisy.mid != 1.015
    assert prices(Feed("1m@mid").run([noisy])) == [(1.015, 1.015, 1.015, 1.015, 0.0)]


@pytest.mark.parametrize(
    ("spec", "expected"), [("1m@bid", [1.0, 3.0]), ("1m@ask", [2.0, 4.0]), ("1m@mid", [3.25, 3.25])]
)
def test_quote_without_the_price_does_not_count(spec: str, expected: list[float]) -> None:
    events = [quote(0, 1.0, nan), quote(1, nan, 2.0), quote(2, nan, nan)]
    if spec == "1m@mid":
        events += [quote(3, 3.0, 3.5)]
    else:
        events += [quote(3, 3.0, 4.0)]
    bar = Feed(spec).run(events)[0]
    assert [bar.open, bar.close] == expected


def test_events_of_another_price_source_are_ignored() -> None:
    assert Feed("1m").run([quote(0, 1.0, 2.0)]) == []
    assert Feed("1m@mid").run([trade(0, 1.0)]) == []
    assert Feed("1t@mid").run([trade(0, 1.0)]) == []
    assert Feed("1t").run([quote(0, 1.0, 2.0)]) == []


def test_tick_bar_closes_with_its_last_trade() -> None:
    events = [trade(n * SECOND, float(n), ts_recv=n * SECOND + 5) for n in range(5)]
    bars = Feed("2t").run(events)
    assert prices(bars) == [(0.0, 1.0, 0.0, 1.0, 2.0), (2.0, 3.0, 2.0, 3.0, 2.0)]
    assert [(bar.ts_open, bar.ts_close, bar.ts_recv) for bar in bars] == [
        (0, SECOND, SECOND + 5),
        (2 * SECOND, 3 * SECOND, 3 * SECOND + 5),
    ]


def test_tick_bar_counts_quotes_that_have_the_price() -> None:
    events = [quote(0, 1.0, nan), quote(1, 1.0, 1.01), quote(2, 2.0, 2.02)]
    assert prices(Feed("2t@mid").run(events)) == [(1.005, 2.01, 1.005, 2.01, 0.0)]


def test_tick_bar_does_not_end_before_it_began() -> None:
    bars = Feed("2t").run([trade(9, 1.0, ts_recv=10), trade(5, 1.0, ts_recv=11)])
    assert (bars[0].ts_open, bars[0].ts_close) == (9, 9)


def test_volume_bar_closes_at_its_volume_and_splits_no_trade() -> None:
    sizes = [0.4, 0.6, 0.9, 5.0, 0.1]
    bars = Feed("1v").run([trade(n, float(n), size) for n, size in enumerate(sizes)])
    assert [bar.volume for bar in bars] == [1.0, 5.9]
    assert [(bar.open, bar.close) for bar in bars] == [(0.0, 1.0), (2.0, 3.0)]


def test_counted_bars_are_not_made_of_bars() -> None:
    for spec in ("10t", "10v"):
        with pytest.raises(StrategyError, match="cannot be made of bars"):
            Feed(spec).run([minute_bar(0, 1.0)])


def test_coarse_bar_is_made_of_finer_ones() -> None:
    finer = [minute_bar(n, float(n), 0.5 + n) for n in (0, 1, 4, 5)]
    bars = Feed("5m").run(finer)
    assert prices(bars) == [(0.0, 4.0, 0.0, 4.0, 6.5), (5.0, 5.0, 5.0, 5.0, 5.5)]
    assert times(bars, MINUTE) == [(0, 5, 5), (5, 10, 10)]


def test_finer_bar_without_a_volume_adds_none() -> None:
    bars = Feed("5m").run([minute_bar(0, 1.0, nan), minute_bar(1, 1.0, 2.0)])
    assert bars[0].volume == 2.0


def test_coarse_bar_waits_for_finer_bars_that_come_with_a_delay() -> None:
    delay = 3 * SECOND
    feed = Feed("5m")
    bars = feed.run([minute_bar(n, float(n), delay=delay) for n in range(10)])
    assert [(bar.open, bar.close) for bar in bars] == [(0.0, 4.0), (5.0, 9.0)]
    assert times(bars) == [(0, 300, 303), (300, 600, 603)]
    assert feed.builder.late_count == 0


def test_finer_bar_that_comes_after_its_coarse_bar_is_late() -> None:
    feed = Feed("5m", late="drop")
    finer = [minute_bar(n, float(n)) for n in range(4)]
    bars = feed.run([*finer, minute_bar(4, 4.0, delay=SECOND), minute_bar(5, 5.0, delay=SECOND)])
    assert [(bar.open, bar.close) for bar in bars] == [(0.0, 3.0), (5.0, 5.0)]
    assert feed.builder.late_count == 1


def test_coarse_bar_waits_for_the_length_of_a_finer_one_at_most() -> None:
    feed = Feed("5m")
    finer = [minute_bar(0, 1.0, delay=4 * 60 * MINUTE), minute_bar(300, 2.0, delay=0)]
    bars = feed.run(finer)
    assert [bar.ts_recv - bar.ts_close for bar in bars] == [MINUTE, MINUTE]
    assert feed.builder.late_count == 1


@pytest.mark.parametrize("finer", ["2m", "1m@mid", "10m", "5t"])
def test_bar_that_does_not_divide_the_coarse_one_is_refused(finer: str) -> None:
    with pytest.raises(StrategyError, match=f"5m bars of {NAME} cannot be made of {finer} bars"):
        Feed("5m").run([minute_bar(0, 1.0, spec=finer)])


def test_finer_bar_over_the_end_of_a_local_day_is_refused() -> None:
    kolkata = instrument(Calendar(timezone="Asia/Kolkata"))  # midnight there is 18:30 UTC
    hour = utc("2024-05-02T18:00")
    bar = Bar(NAME, "1h", hour, hour + 60 * MINUTE, hour + 60 * MINUTE, 1.0, 1.0, 1.0, 1.0, 1.0)
    with pytest.raises(StrategyError, match="reaches over the end of its 1d bar"):
        Feed("1d", traded=kolkata).run([bar])
