"""The life of orders at the simulated exchange, as scenarios."""

import pytest

from backtest.exchange.core import Exchange
from backtest.exchange.models import ExchangeModels
from engine.errors import ValueRefused
from engine.model.calendar import Calendar, Session
from engine.model.instrument import Instrument
from engine.model.reports import OrderAccepted, OrderFilled
from engine.model.zones import NEVER
from tests.exchange.scenario import MINUTE, XYZ, Desk, play

STOPS = {
    "a sell stop is triggered by the bid and takes it": """
        quote 99x5 101x5
        sell a 2 stop 98
        quote 98.5x5 101x5
        quote 98x5 101x5          -> a triggered; a filled 2 @ 98 taker
    """,
    "a stop that the market gaps over fills at the worse price": """
        quote 99x5 101x5
        buy a 2 stop 102
        quote 104x5 105x5         -> a triggered; a filled 2 @ 105 taker
    """,
    "the rest of a triggered stop waits like a market order": """
        quote 99x5 101x5
        buy a 3 stop 102
        quote 101x5 102x1         -> a triggered; a filled 1 @ 102 taker
        quote 101x5 102.5x5       -> a filled 2 @ 102.5 taker
    """,
    "a stop that is reached on arrival is triggered at once": """
        quote 99x5 101x5
        sell a 1 stop 99.5        -> a triggered; a filled 1 @ 99 taker
    """,
    "stops are triggered in the order in which they are reached": """
        quote 99x5 101x5
        sell far 1 stop 97
        sell near 1 stop 98
        sell nearer 1 stop 98
        quote 96x2 101x5          -> near triggered; near filled 1 @ 96 taker; \
nearer triggered; nearer filled 1 @ 96 taker; far triggered
        quote 95x2 101x5          -> far filled 1 @ 95 taker
    """,
    "orders in line have the touch before stops": """
        quote 99x1 101x5
        sell line 2               -> line filled 1 @ 99 taker
        sell stop 1 stop 98
        quote 97x1 101x5          -> line filled 1 @ 97 taker; stop triggered
        quote 96x1 101x5          -> stop filled 1 @ 96 taker
    """,
    "a stop-limit takes what its limit allows": """
        quote 99x5 101x5
        buy a 3 @ 102 stop 101.5
        quote 101x5 101.5x1       -> a triggered; a filled 1 @ 101.5 taker
        quote 101x5 103x5
        quote 101x5 102x5         -> a filled 2 @ 102 maker
    """,
    "a stop-limit beyond its limit rests": """
        quote 99x5 101x5
        buy a 3 @ 102 stop 101.5
        quote 102x5 103x1         -> a triggered
        quote 101x5 102x5         -> a filled 3 @ 102 maker
    """,
    "an at-once stop is canceled with what it cannot take": """
        quote 99x5 101x5
        buy a 3 stop 102 ioc
        quote 101x5 102x1         -> a triggered; a filled 1 @ 102 taker; \
a canceled: not filled at once
    """,
    "a post-only stop-limit that would take is canceled": """
        quote 99x5 101x5
        buy a 1 @ 103 stop 102 post
        quote 101x5 102x1         -> a triggered; a canceled: post-only would take
    """,
    "an empty side triggers nothing": """
        quote 99x5 101x5
        buy a 1 stop 102
        sell b 1 stop 98
        quote - -
    """,
    "a crossed quote triggers by its touch": """
        quote 99x5 101x5
        buy a 1 stop 102
        sell b 1 stop 98
        quote 102.5x5 98x5
        quote 97x5 98x5           -> b triggered; b filled 1 @ 97 taker
    """,
}

LAST = {
    "a stop that watches the last trade takes the touch": """
        quote 99x5 101x5
        sell a 2 stop 98
        quote 97x5 101x5
        trade 98x1                -> a triggered; a filled 2 @ 97 taker
    """,
    "a stop that the last trade has passed is triggered on arrival": """
        quote 99x5 101x5
        trade 98x1
        sell a 2 stop 98          -> a triggered; a filled 2 @ 99 taker
    """,
    "a trailing stop follows the last trade": """
        quote 99x5 101x5
        trade 100x1
        buy a 1 trail 2
        quote 80x1 81x1
        trade 97x1
        trade 99x1                -> a triggered; a filled 1 @ 81 taker
    """,
}

TRAILING = {
    "a sell follows the best bid down to its distance": """
        quote 99x5 101x5
        sell a 1 trail 2
        quote 103x5 104x5
        quote 102x5 104x5
        quote 101.5x5 104x5
        quote 101x5 104x5         -> a triggered; a filled 1 @ 101 taker
    """,
    "a buy follows the best ask up to its distance": """
        quote 99x5 101x5
        buy a 1 trail 2
        quote 96x5 97x5
        quote 98x5 98.5x5
        quote 98x5 99x5           -> a triggered; a filled 1 @ 99 taker
    """,
    "it counts from the touch at acceptance": """
        quote 110x5 111x5
        quote 99x5 101x5
        sell a 1 trail 2
        quote 97.5x5 101x5
        quote 97x5 101x5          -> a triggered; a filled 1 @ 97 taker
    """,
    "a trigger to begin with holds until the distance is nearer": """
        quote 99x5 101x5
        sell a 1 stop 98 trail 2
        quote 99.5x5 101x5
        quote 98x5 101x5          -> a triggered; a filled 1 @ 98 taker
    """,
    "without a touch it waits for one": """
        quote - -
        sell a 1 trail 2
        quote 99x5 101x5
        quote 97x5 101x5          -> a triggered; a filled 1 @ 97 taker
    """,
    "two of them keep their own best": """
        quote 99x5 101x5
        sell a 1 trail 3
        quote 105x5 106x5
        sell b 1 trail 2
        quote 104x5 106x5
        quote 103x5 106x5         -> b triggered; b filled 1 @ 103 taker
        quote 102x5 106x5         -> a triggered; a filled 1 @ 102 taker
    """,
    "it can be canceled and replaced": """
        quote 99x5 101x5
        sell a 1 trail 2
        sell b 1 trail 2
        cancel a                  -> a canceled
        replace b 2 stop 98       -> b replaced 2 stop 98
        quote 98x5 101x5          -> b triggered; b filled 2 @ 98 taker
    """,
}

CHANGES = {
    "a cancel takes the order out": """
        quote 99x5 101x5
        buy a 2 @ 100
        cancel a                  -> a canceled
        quote 99x5 100x5
        cancel a                  -> a refused: order is not working
    """,
    "a filled order can be neither canceled nor replaced": """
        quote 99x5 101x5
        buy a 2                   -> a filled 2 @ 101 taker
        cancel a                  -> a refused: order is not working
        replace a 3               -> a refused: order is not working
    """,
    "a smaller quantity keeps the place": """
        quote 99x5 103x5
        buy a 3 @ 100
        buy b 3 @ 100
        replace a 2               -> a replaced 2 @ 100
        quote 99x5 100x2          -> a filled 2 @ 100 maker
    """,
    "a larger quantity loses the place": """
        quote 99x5 103x5
        buy a 1 @ 100
        buy b 1 @ 100
        replace a 2               -> a replaced 2 @ 100
        quote 99x5 100x2          -> b filled 1 @ 100 maker; a filled 1 @ 100 maker
    """,
    "another price loses the place, there and back": """
        quote 99x5 103x5
        buy a 1 @ 100
        buy b 1 @ 100
        replace a 1 @ 99          -> a replaced 1 @ 99
        replace a 1 @ 100         -> a replaced 1 @ 100
        quote 99x5 100x1          -> b filled 1 @ 100 maker
    """,
    "a replace to a marketable price takes": """
        quote 99x5 101x1
        buy a 2 @ 100
        replace a 2 @ 101         -> a replaced 2 @ 101; a filled 1 @ 101 taker
    """,
    "the quantity is the total and must be above what is filled": """
        quote 99x5 101x2
        buy a 5 @ 101             -> a filled 2 @ 101 taker
        replace a 2               -> a refused: quantity is not above what is filled
        replace a 3               -> a replaced 3 @ 101
        quote 99x5 101x3          -> a filled 1 @ 101 maker
    """,
    "a value off the grid leaves the order as it was": """
        quote 99x5 103x5
        buy a 1 @ 100
        sell b 1 stop 98
        replace a 1 @ 99.75       -> a refused: price invalid
        replace a 1.5             -> a refused: quantity invalid
        replace b 1 stop 97.1     -> b refused: stop invalid
        quote 98x5 100x5          -> a filled 1 @ 100 maker; b triggered; b filled 1 @ 98 taker
    """,
    "a stop is replaced by its trigger": """
        quote 99x5 101x5
        sell a 1 stop 98
        replace a 1 stop 97       -> a replaced 1 stop 97
        quote 98x5 101x5
        replace a 1 stop 98.5     -> a replaced 1 stop 98.5; a triggered; a filled 1 @ 98 taker
    """,
    "a post-only order may not be moved into the market": """
        quote 99x5 101x5
        buy a 1 @ 100 post
        replace a 1 @ 101         -> a refused: post-only would take
        replace a 1 @ 100.5       -> a replaced 1 @ 100.5
    """,
    "an order in line can be replaced": """
        quote 99x5 101x1
        buy a 2                   -> a filled 1 @ 101 taker
        replace a 4               -> a replaced 4
        quote 99x5 102x9          -> a filled 3 @ 102 taker
    """,
}

REDUCING = {
    "it is rejected without a position": """
        quote 99x5 101x5
        sell a 1 reduce           -> a rejected: nothing to reduce
        buy b 1                   -> b filled 1 @ 101 taker
        buy c 1 @ 100 reduce      -> c rejected: nothing to reduce
    """,
    "it fills no more than the position": """
        quote 99x5 101x5
        buy a 2                   -> a filled 2 @ 101 taker
        sell b 5 reduce           -> b filled 2 @ 99 taker; b canceled: nothing left to reduce
    """,
    "of two exits the first leaves the other nothing": """
        quote 99x5 101x5
        buy a 2                   -> a filled 2 @ 101 taker
        sell stop 2 stop 98 reduce
        sell target 2 @ 103 reduce
        quote 98x5 101x5          -> stop triggered; stop filled 2 @ 98 taker; \
target canceled: nothing left to reduce
        quote 103x5 104x5
    """,
    "two exits share a position": """
        quote 99x5 101x5
        buy a 3                   -> a filled 3 @ 101 taker
        sell b 2 @ 103 reduce
        sell c 2 @ 103 reduce
        quote 103x9 104x5         -> b filled 2 @ 103 maker; c filled 1 @ 103 maker; \
c canceled: nothing left to reduce
    """,
    "accounts do not reduce each other": """
        quote 99x9 101x9
        buy a 1 account one       -> a filled 1 @ 101 taker
        sell b 1 reduce account two  -> b rejected: nothing to reduce
        sell c 1 @ 103 reduce account one
        sell d 1 account two      -> d filled 1 @ 99 taker
        sell e 1 account one      -> e filled 1 @ 99 taker; c canceled: nothing left to reduce
    """,
    "a position turned around leaves nothing to reduce": """
        quote 99x9 101x9
        buy a 1                   -> a filled 1 @ 101 taker
        sell b 1 @ 103 reduce
        sell c 2                  -> c filled 2 @ 99 taker; b canceled: nothing left to reduce
    """,
}

REJECTED = {
    "numbers off the grid": """
        quote 99x5 101x5
        buy a 1 @ 100.25          -> a rejected: price invalid
        buy b 1.5 @ 100           -> b rejected: quantity invalid
        buy c 0                   -> c rejected: quantity invalid
        buy d nan                 -> d rejected: quantity invalid
        buy e 1 @ nan             -> e rejected: price invalid
        sell f 1 stop 97.1        -> f rejected: stop invalid
        sell g 1 trail 0          -> g rejected: trail invalid
        sell h 1 trail nan        -> h rejected: trail invalid
        sell i 1 stop 97.1 trail 2   -> i rejected: stop invalid
    """,
    "an id that works already": """
        quote 99x5 101x5
        buy a 1 @ 100
        buy a 1 @ 100             -> a rejected: duplicate client order id
    """,
    "an instrument that is not listed": """
        buy a 1 in ABC.SIM        -> a rejected: unknown instrument
        cancel a in ABC.SIM       -> a refused: unknown instrument
        replace a 1 in ABC.SIM    -> a refused: unknown instrument
    """,
}

ENDING = {
    "good till date ends at its time": """
        quote 99x5 101x5
        at 10
        buy a 1 @ 100 gtd 20
        buy b 1 @ 100 gtd 10      -> b rejected: expiry has passed
        expire 19
        expire 20                 -> a expired
        quote 99x5 100x5
    """,
    "a day order ends with the day": f"""
        quote 99x5 101x5
        at {MINUTE}
        buy a 1 @ 100 day
        expire {24 * 60 * MINUTE - 1}
        expire {24 * 60 * MINUTE}  -> a expired
    """,
    "the earlier end comes first, a closed order has none": """
        quote 99x5 101x5
        buy late 1 @ 100 gtd 30
        buy gone 1 @ 100 gtd 15
        buy early 1 @ 100 gtd 20
        cancel gone               -> gone canceled
        expire 99                 -> early expired; late expired
    """,
    "stops and orders in line end too": """
        quote 99x5 101x1
        buy stop 1 stop 110 gtd 20
        buy trail 1 trail 9 gtd 20
        buy line 2 gtd 20         -> line filled 1 @ 101 taker
        expire 20                 -> stop expired; trail expired; line expired
        quote 109x9 110x9
    """,
}


@pytest.mark.parametrize("script", STOPS.values(), ids=STOPS)
def test_stops_watch_the_touch(script: str) -> None:
    play(script, Desk(ExchangeModels(fills="quotes")))


@pytest.mark.parametrize("script", LAST.values(), ids=LAST)
def test_stops_watch_the_last_trade_when_asked(script: str) -> None:
    play(script, Desk(ExchangeModels(fills="quotes", trigger="last")))


@pytest.mark.parametrize("script", TRAILING.values(), ids=TRAILING)
def test_trailing_stops_follow(script: str) -> None:
    play(script, Desk(ExchangeModels(fills="quotes")))


@pytest.mark.parametrize("script", CHANGES.values(), ids=CHANGES)
def test_orders_change_in_place(script: str) -> None:
    play(script, Desk(ExchangeModels(fills="quotes")))


@pytest.mark.parametrize("script", REDUCING.values(), ids=REDUCING)
def test_reduce_only_orders_only_reduce(script: str) -> None:
    play(script, Desk(ExchangeModels(fills="quotes")))


@pytest.mark.parametrize("script", REJECTED.values(), ids=REJECTED)
def test_wrong_orders_are_rejected(script: str) -> None:
    play(script, Desk(ExchangeModels(fills="quotes")))


@pytest.mark.parametrize("script", ENDING.values(), ids=ENDING)
def test_time_in_force_ends(script: str) -> None:
    play(script, Desk(ExchangeModels(fills="quotes")))


def test_next_expiry_is_the_earliest_and_never_without_any() -> None:
    desk = Desk(ExchangeModels(fills="quotes"))
    assert desk.exchange.next_expiry == NEVER
    desk.do("buy a 1 @ 100 gtd 30")
    desk.do("buy b 1 @ 100 gtd 20")
    assert desk.exchange.next_expiry == 20
    desk.do("expire 20")
    assert desk.exchange.next_expiry == 30
    desk.do("expire 30")
    assert desk.exchange.next_expiry == NEVER


def test_expiries_forget_orders_that_were_canceled() -> None:
    desk = Desk(ExchangeModels(fills="quotes"))
    for number in range(5_000):
        desk.do(f"buy a{number} 1 @ 90 gtd {10 + number}")
        if number % 100:
            desk.do(f"cancel a{number}")
    assert len(desk.exchange._expiries._entries) <= 1_024 + 2 * 50
    assert len(desk.do("expire 99999")) == 50


def test_orders_and_trades_are_numbered() -> None:
    desk = Desk(ExchangeModels(fills="quotes"))
    desk.do("quote 99x5 101x5")
    desk.do("buy wrong 0")
    (accepted,) = desk.do("buy a 1 @ 100")
    (_, filled) = desk.do("buy b 1")
    assert isinstance(accepted, OrderAccepted)
    assert isinstance(filled, OrderFilled)
    assert accepted.venue_order_id == "V1"
    assert (filled.venue_order_id, filled.trade_id) == ("V2", "T1")


def test_reports_carry_the_times_of_what_caused_them() -> None:
    desk = Desk(ExchangeModels(fills="quotes"))
    desk.do("quote 99x5 101x5")
    desk.do("at 7")
    (accepted,) = desk.do("buy a 1 @ 100")
    desk.do("at 9")
    (filled,) = desk.do("quote 99x5 100x5")
    assert (accepted.ts_event, accepted.ts_recv) == (7, 7)
    assert (filled.ts_event, filled.ts_recv) == (9, 9)


OFFICE = Calendar(sessions=(Session(days=(0, 1, 2, 3, 4, 5, 6), open="00:10", close="00:20"),))
SESSIONS = {
    "outside the session orders are rejected and nothing fills": f"""
        at {15 * MINUTE}
        quote 99x5 101x5
        buy a 1 @ 100
        sell b 1 stop 98
        at {20 * MINUTE}
        quote 97x5 100x5
        trade 90x5
        buy c 1 @ 100             -> c rejected: session closed
        replace a 2               -> a refused: session closed
        cancel b                  -> b canceled
        at {(24 * 60 + 10) * MINUTE}
        quote 97x5 100x5          -> a filled 1 @ 100 maker
    """,
    "a quote of an earlier session is no offer": f"""
        at {15 * MINUTE}
        quote 99x5 101x5
        at {(24 * 60 + 11) * MINUTE}
        buy a 1
        buy b 1 ioc               -> b canceled: not filled at once
        buy c 1 @ 105 post
        sell d 1 stop 100
        quote 119x5 120x5         -> a filled 1 @ 120 taker
    """,
    "a day order ends with its session": f"""
        at {15 * MINUTE}
        quote 99x5 101x5
        buy a 1 @ 100 day
        expire {20 * MINUTE - 1}
        expire {20 * MINUTE}      -> a expired
    """,
}


@pytest.mark.parametrize("script", SESSIONS.values(), ids=SESSIONS)
def test_sessions_bound_trading(script: str) -> None:
    office = Instrument.define("XYZ.SIM", tick="0.5", currency="USD", calendar=OFFICE)
    play(script, Desk(ExchangeModels(fills="quotes", sessions=True), instrument=office))


def test_sessions_are_ignored_unless_asked_for() -> None:
    office = Instrument.define("XYZ.SIM", tick="0.5", currency="USD", calendar=OFFICE)
    desk = Desk(ExchangeModels(fills="quotes"), instrument=office)
    play("quote 99x5 101x5\nbuy a 1 -> a filled 1 @ 101 taker", desk)


def test_instruments_are_listed_once_and_named_models_must_exist() -> None:
    models = ExchangeModels()
    exchange = Exchange([XYZ], models)
    with pytest.raises(ValueRefused, match=r"lists XYZ\.SIM already"):
        exchange.list(XYZ, models)
    with pytest.raises(ValueRefused, match=r"does not list 'ABC\.SIM'"):
        exchange.market("ABC.SIM")
    with pytest.raises(ValueRefused, match=r"unknown instrument 'ABC\.SIM'"):
        Exchange([XYZ], models, {"ABC.SIM": models})


def test_an_instrument_can_have_models_of_its_own() -> None:
    other = Instrument.define("ABC.SIM", tick="0.5", currency="USD")
    exchange = Exchange([XYZ, other], ExchangeModels(), {"ABC.SIM": ExchangeModels(fills="quotes")})
    assert exchange.market("XYZ.SIM").models.fills == "next_open"
    assert exchange.market("ABC.SIM").models.fills == "quotes"
