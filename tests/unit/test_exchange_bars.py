"""Orders against bars, by the rules `next_open` and `close`, as scenarios."""

import pytest

from backtest.exchange.models import ExchangeModels
from engine.model.calendar import Calendar, Session
from engine.model.instrument import Instrument
from tests.exchange.scenario import MINUTE, Desk, play

LINE = {
    "a market order waits for the next open": """
        bar 100 101 99 100
        buy a 1
        open 100.5                -> a filled 1 @ 100.5 taker
        bar 100.5 103 98 99
    """,
    "without a word about the open it fills there when the bar is known": """
        bar 100 101 99 100
        buy a 1
        bar 100.5 103 98 99       -> a filled 1 @ 100.5 taker
    """,
    "an order sent inside a bar waits for the open after it": """
        bar 100 101 99 100
        at 90000000000
        buy a 1
        bar 100 101 99 100
        open 102                  -> a filled 1 @ 102 taker
    """,
    "orders in line fill in the order of their arrival": """
        bar 100 101 99 100
        sell a 1
        buy b 1
        open 102                  -> a filled 1 @ 102 taker; b filled 1 @ 102 taker
    """,
    "orders at once meet the next open": """
        bar 100 101 99 100
        buy a 1 @ 101 ioc
        buy b 1 @ 100 fok
        open 101                  -> a filled 1 @ 101 taker; b canceled: not filled at once
    """,
    "an order sent after an open was seen waits for the next": """
        bar 100 101 99 100
        open 102
        buy a 1
        bar 102 103 98 99
        open 99                   -> a filled 1 @ 99 taker
    """,
    "the open may be told again": """
        bar 100 101 99 100
        buy a 1
        open 102                  -> a filled 1 @ 102 taker
        buy b 1
        open 102                  -> b filled 1 @ 102 taker
    """,
}

LIMITS = {
    "a limit fills at its price when the low touches it": """
        bar 101 101 101 101
        buy a 1 @ 100
        bar 101 102 100 101       -> a filled 1 @ 100 maker
        again
    """,
    "a limit beyond the open fills at the better open": """
        bar 101 101 101 101
        buy a 1 @ 100
        bar 101 101 100.5 101
        bar 98 102 97 101         -> a filled 1 @ 98 maker
    """,
    "a marketable limit takes the first open it meets": """
        bar 101 101 101 101
        buy a 1 @ 103
        bar 102 104 102 103       -> a filled 1 @ 102 taker
    """,
    "a post-only limit never takes": """
        bar 101 101 101 101
        buy a 1 @ 102 post        -> a rejected: post-only would take
        buy b 1 @ 101 post
        bar 100 104 99 103        -> b filled 1 @ 100 maker
    """,
    "a limit the range does not reach rests": """
        bar 101 101 101 101
        sell a 1 @ 103
        bar 101 102.5 99 102
        bar 102 103 100 101       -> a filled 1 @ 103 maker
    """,
    "of two as near to the open the earlier comes first": """
        bar 100 100 100 100
        sell a 1 @ 102
        buy b 1 @ 98
        bar 100 103 97 100        -> a filled 1 @ 102 maker
        again                     -> b filled 1 @ 98 maker
        buy c 1 @ 98
        sell d 1 @ 102
        bar 100 103 97 100        -> c filled 1 @ 98 maker
        again                     -> d filled 1 @ 102 maker
    """,
    "one fill after the other, nearest to the open first": """
        bar 101 101 101 101
        buy far 1 @ 98
        buy near 1 @ 100
        sell other 1 @ 102.5
        bar 101 105 95 101        -> near filled 1 @ 100 maker
        again                     -> other filled 1 @ 102.5 maker
        again                     -> far filled 1 @ 98 maker
        again
    """,
}

STOPS = {
    "a stop fills at its trigger": """
        bar 100 100 100 100
        sell a 1 stop 98
        bar 100 101 97 100        -> a triggered; a filled 1 @ 98 taker
    """,
    "a stop that the open is beyond fills at the open": """
        bar 100 100 100 100
        buy a 1 stop 102
        bar 104 105 103 104       -> a triggered; a filled 1 @ 104 taker
    """,
    "a stop that the last price is beyond is triggered on arrival": """
        bar 100 100 100 100
        sell a 1 stop 101         -> a triggered
        open 100.5                -> a filled 1 @ 100.5 taker
    """,
    "stops come before limits": """
        bar 100 100 100 100
        buy a 1
        open 100                  -> a filled 1 @ 100 taker
        sell target 1 @ 101 reduce
        sell stop 1 stop 97 reduce
        bar 100 103 96 101        -> stop triggered; stop filled 1 @ 97 taker; \
target canceled: nothing left to reduce
        again
    """,
    "what fills at the open comes before stops": """
        bar 100 100 100 100
        buy a 1
        open 100                  -> a filled 1 @ 100 taker
        sell target 1 @ 101 reduce
        sell stop 1 stop 97 reduce
        bar 100 100.5 99 100
        bar 102 103 96 101        -> target filled 1 @ 102 maker; \
stop canceled: nothing left to reduce
    """,
    "of two entries the nearer is met first, so the other can be canceled": """
        bar 100 100 100 100
        buy up 1 stop 103
        sell down 1 stop 98
        bar 100 104 97 101        -> down triggered; down filled 1 @ 98 taker
        cancel up                 -> up canceled
        again
    """,
    "a stop-limit takes at its trigger": """
        bar 100 100 100 100
        buy a 1 @ 103 stop 102
        bar 100 105 99 104        -> a triggered; a filled 1 @ 102 taker
    """,
    "a post-only stop-limit that would take is canceled": """
        bar 100 100 100 100
        buy a 1 @ 103 stop 102 post
        buy b 1 @ 102 stop 102 post
        bar 100 105 99 104        -> a triggered; a canceled: post-only would take
        again                     -> b triggered
        bar 104 104 101 103       -> b filled 1 @ 102 maker
    """,
    "a stop-limit beyond its limit rests until the close proves it": """
        bar 100 100 100 100
        buy a 1 @ 101 stop 102
        bar 100 105 99 104        -> a triggered
        again
        bar 104 104 101 102       -> a filled 1 @ 101 maker
    """,
    "a stop-limit that the open gaps over has the rest of the bar": """
        bar 100 100 100 100
        buy a 1 @ 103 stop 102
        bar 104 105 102.5 104     -> a triggered
        again                     -> a filled 1 @ 103 maker
    """,
}

INSIDE = {
    "a stop that arrives inside the bar is met by all of it": """
        bar 100 100 100 100
        buy a 1 @ 99
        bar 100 102 97 101        -> a filled 1 @ 99 maker
        sell stop 1 stop 98 reduce
        sell target 1 @ 102 reduce
        again                     -> stop triggered; stop filled 1 @ 98 taker; \
target canceled: nothing left to reduce
        again
    """,
    "a limit that arrives inside the bar needs the close": """
        bar 100 100 100 100
        buy a 2 @ 99
        bar 100 105 99 101        -> a filled 2 @ 99 maker
        sell near 1 @ 101 reduce
        sell far 1 @ 103 reduce
        again                     -> near filled 1 @ 101 maker
        again
        bar 101 103 100 102       -> far filled 1 @ 103 maker
    """,
    "a stop that arrives inside the bar beyond its range is met at the close": """
        bar 100 100 100 100
        buy a 1 stop 101
        bar 104 106 103 105       -> a triggered; a filled 1 @ 104 taker
        sell stop 1 stop 110 reduce
        again                     -> stop triggered; stop filled 1 @ 105 taker
    """,
    "what arrives in answer to an acceptance still meets the bar": """
        bar 100 100 100 100
        buy a 1 @ 99
        bar 100 102 97 101        -> a filled 1 @ 99 maker
        sell far 1 stop 96 reduce
        again
        sell near 1 stop 98 reduce
        again                     -> near triggered; near filled 1 @ 98 taker; \
far canceled: nothing left to reduce
    """,
    "when nothing happened any more the bar is over": """
        bar 100 100 100 100
        buy a 1 @ 99
        bar 100 102 97 101        -> a filled 1 @ 99 maker
        again
        sell stop 1 stop 98 reduce
        again
        bar 101 102 98 100        -> stop triggered; stop filled 1 @ 98 taker
    """,
    "exits sent at the open have the whole bar": """
        bar 100 100 100 100
        buy a 1
        open 100                  -> a filled 1 @ 100 taker
        sell stop 1 stop 98 reduce
        sell target 1 @ 103 reduce
        bar 100 104 99 101        -> target filled 1 @ 103 maker; \
stop canceled: nothing left to reduce
    """,
    "a limit sent during a bar needs its close, a stop does not": """
        bar 100 100 100 100
        at 90000000000
        buy limit 1 @ 99
        buy stop 1 stop 102
        bar 100 103 98 100        -> stop triggered; stop filled 1 @ 102 taker
        again
        bar 100 103 99 100        -> limit filled 1 @ 99 maker
    """,
    "an order that an open has seen is there for the whole bar, whenever it was sent": """
        bar 100 100 100 100
        at 60000000005
        buy a 1 @ 99
        open 100
        bar 100 101 98 100        -> a filled 1 @ 99 maker
    """,
    "an order sent after an open was seen did not see it": """
        bar 100 100 100 100
        open 102
        sell a 1 @ 101
        open 102
        bar 102 103 98 99         -> a filled 1 @ 101 maker
    """,
    "a limit that the whole range is beyond takes the worst of it": """
        bar 100 100 100 100
        at 90000000000
        buy a 1 @ 105
        buy b 1 @ 100 post
        bar 101 102 99 100        -> a filled 1 @ 102 taker
        again                     -> b filled 1 @ 100 maker
    """,
    "a replaced limit counts from its replacement": """
        bar 100 100 100 100
        buy a 1 @ 95
        at 90000000000
        replace a 1 @ 99          -> a replaced 1 @ 99
        bar 100 103 98 100
        bar 100 103 99 100        -> a filled 1 @ 99 maker
    """,
}

TRAILING = {
    "it is met where it stood at the open": """
        bar 100 100 100 100
        sell a 1 trail 2
        bar 100 103 98 102        -> a triggered; a filled 1 @ 98 taker
    """,
    "it moves with the high and is met by a close beyond it": """
        bar 100 100 100 100
        sell a 1 trail 2
        bar 100 105 99 102        -> a triggered; a filled 1 @ 103 taker
    """,
    "it moves with the high for the bars to come": """
        bar 100 100 100 100
        sell a 1 trail 2
        bar 100 105 99 104
        bar 104 104.5 103 104     -> a triggered; a filled 1 @ 103 taker
    """,
    "a buy moves with the low": """
        bar 100 100 100 100
        buy a 1 trail 2
        bar 100 101 95 96
        bar 96 97 96 97           -> a triggered; a filled 1 @ 97 taker
    """,
    "the low does not trigger it where the high has moved it": """
        bar 100 100 100 100
        sell a 1 trail 2
        sell b 1 trail 4
        bar 100 105 98.5 102      -> a triggered; a filled 1 @ 103 taker
        again
        bar 102 102 101 102       -> b triggered; b filled 1 @ 101 taker
    """,
    "one that was sent during the bar does not move with its extremes": """
        bar 100 100 100 100
        at 90000000000
        sell a 1 trail 2
        bar 100 105 99 102
        bar 102 102 100.5 101
        bar 101 101 100 100       -> a triggered; a filled 1 @ 100 taker
    """,
    "the open moves it too": """
        bar 100 100 100 100
        sell a 1 trail 2
        bar 104 104 102 103       -> a triggered; a filled 1 @ 102 taker
    """,
}

CLOSE = {
    "a market order sent with a bar fills at its close": """
        bar 100 101 99 100.5
        buy a 1                   -> a filled 1 @ 100.5 taker
    """,
    "a market order sent later fills at the next close": """
        bar 100 101 99 100.5
        at 90000000000
        buy a 1
        bar 100 105 95 102        -> a filled 1 @ 102 taker
    """,
    "a marketable limit takes the close, another rests": """
        bar 100 101 99 100.5
        buy a 1 @ 101             -> a filled 1 @ 100.5 taker
        buy b 1 @ 100
        buy c 1 @ 100 ioc         -> c canceled: not filled at once
        bar 101 101 100 101       -> b filled 1 @ 100 maker
    """,
    "a stop that the close is beyond fills there": """
        bar 100 101 99 100.5
        sell a 1 stop 101         -> a triggered; a filled 1 @ 100.5 taker
    """,
    "the line is served after all else": """
        bar 100 101 99 100
        at 90000000000
        buy a 1
        sell b 1 stop 99
        bar 100 101 98 100        -> b triggered; b filled 1 @ 99 taker
        again                     -> a filled 1 @ 100 taker
    """,
    "opens fill nothing": """
        bar 100 101 99 100
        at 90000000000
        buy a 1
        open 100
        bar 100 101 98 99         -> a filled 1 @ 99 taker
    """,
}

PARTICIPATION = {
    "a bar's volume bounds what own orders take of it": """
        bar 100 101 99 100
        buy a 7
        open 100x20               -> a filled 5 @ 100 taker
        bar 100 101 99 100 20
        open 101x20               -> a filled 2 @ 101 taker
    """,
    "open and range share the volume": """
        bar 100 101 99 100
        buy a 3
        open 100x16               -> a filled 3 @ 100 taker
        buy b 3 @ 99
        bar 100 101 99 100 16     -> b filled 1 @ 99 maker
        again
        bar 100 101 99 100 16     -> b filled 2 @ 99 maker
    """,
    "a stop without volume left is triggered and waits in line": """
        bar 100 101 99 100
        buy a 4
        buy stop 2 stop 102
        open 100x16               -> a filled 4 @ 100 taker
        bar 100 103 99 102 16     -> stop triggered
        open 102x16               -> stop filled 2 @ 102 taker
    """,
    "fill or kill counts what is left": """
        bar 100 101 99 100
        buy a 3 fok
        buy b 3 fok
        open 100x16               -> a filled 3 @ 100 taker; b canceled: not filled at once
    """,
}


@pytest.mark.parametrize("script", LINE.values(), ids=LINE)
def test_market_orders_wait_for_an_open(script: str) -> None:
    play(script, Desk(ExchangeModels()))


@pytest.mark.parametrize("script", LIMITS.values(), ids=LIMITS)
def test_limits_fill_inside_bars(script: str) -> None:
    play(script, Desk(ExchangeModels()))


@pytest.mark.parametrize("script", STOPS.values(), ids=STOPS)
def test_stops_fill_inside_bars(script: str) -> None:
    play(script, Desk(ExchangeModels()))


@pytest.mark.parametrize("script", INSIDE.values(), ids=INSIDE)
def test_orders_arrive_inside_bars(script: str) -> None:
    play(script, Desk(ExchangeModels()))


@pytest.mark.parametrize("script", TRAILING.values(), ids=TRAILING)
def test_trailing_stops_follow_bars(script: str) -> None:
    play(script, Desk(ExchangeModels()))


@pytest.mark.parametrize("script", CLOSE.values(), ids=CLOSE)
def test_the_close_rule_fills_at_closes(script: str) -> None:
    play(script, Desk(ExchangeModels(fills="close")))


@pytest.mark.parametrize("script", PARTICIPATION.values(), ids=PARTICIPATION)
def test_participation_bounds_bars(script: str) -> None:
    play(script, Desk(ExchangeModels(participation=0.25)))


def test_participation_bounds_closes() -> None:
    script = """
        bar 100 101 99 100 16
        buy a 6                   -> a filled 4 @ 100 taker
        buy b 1 ioc               -> b canceled: not filled at once
        bar 100 101 99 101 16     -> a filled 2 @ 101 taker
    """
    play(script, Desk(ExchangeModels(fills="close", participation=0.25)))


def test_everything_inside_a_bar_carries_its_times() -> None:
    desk = Desk(ExchangeModels())
    for action in ("bar 100 100 100 100", "buy a 1 @ 99", "buy b 1 @ 98"):
        desk.do(action)
    (first,) = desk.do("bar 100 101 97 100")
    desk.do("at 125000000000")
    desk.do("buy c 1 @ 90")
    (second,) = desk.do("again")
    assert (first.ts_event, first.ts_recv) == (2 * MINUTE, 2 * MINUTE)
    assert (second.ts_event, second.ts_recv) == (2 * MINUTE, 2 * MINUTE)


def test_limits_need_a_price_beyond_them_when_asked() -> None:
    script = """
        bar 101 101 101 101
        buy a 1 @ 100
        bar 100 102 100 101
        bar 101 102 99.5 101      -> a filled 1 @ 100 maker
    """
    play(script, Desk(ExchangeModels(limit_fill="through")))


def test_bars_outside_the_session_fill_nothing() -> None:
    hours = Session(days=(0, 1, 2, 3, 4, 5, 6), open="00:00", close="00:02")
    office = Instrument.define(
        "XYZ.SIM", tick="0.5", currency="USD", calendar=Calendar(sessions=(hours,))
    )
    script = f"""
        bar 100 101 99 100
        buy a 1 @ 99
        bar 100 101 99.5 100
        buy late 1                -> late rejected: session closed
        bar 100 101 90 100
        at {24 * 60 * MINUTE}
        buy b 1
        open 98
    """
    play(script, Desk(ExchangeModels(sessions=True), instrument=office))


def test_a_bar_market_ignores_quotes_and_trades() -> None:
    desk = Desk(ExchangeModels())
    play("bar 100 101 99 100\nbuy a 1\nquote 99x5 100x5\ntrade 100x5", desk)
    assert desk.market.awaits_open


def test_only_orders_in_line_await_an_open() -> None:
    desk = Desk(ExchangeModels())
    assert not desk.market.awaits_open
    play("bar 100 101 99 100\nbuy a 1 @ 99\nbuy b 1 stop 102", desk)
    assert not desk.market.awaits_open
    desk.do("buy c 1")
    assert desk.market.awaits_open
    desk.do("open 100")
    assert not desk.market.awaits_open
