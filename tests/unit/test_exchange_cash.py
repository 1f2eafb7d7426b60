"""Scheduled cash of positions: funding, swaps and clearings. The multiplier is 10."""

import pytest

from backtest.exchange.account import VenueAccount
from backtest.exchange.cash import CashModel, Clearing, Funding, Swap
from backtest.exchange.models import ExchangeModels
from engine.errors import ValueRefused
from engine.model.reports import CashAdjusted
from engine.model.zones import NEVER, SECOND_NS
from tests.exchange.scenario import XYZ, Desk, play

HOUR = 3_600 * SECOND_NS
DAY = 24 * HOUR  # 1 January 1970 was a Thursday
EIGHT = 8 * HOUR


def _desk(*cash: CashModel) -> Desk:
    return Desk(ExchangeModels(fills="quotes", cash=cash))


def test_funding_moves_money_from_longs_to_shorts() -> None:
    script = f"""
        settle {HOUR}
        quote 99x9 101x9
        buy a 2 account long      -> a filled 2 @ 101 taker
        sell b 1 account short    -> b filled 1 @ 99 taker
        quote 109x9 111x9
        settle {EIGHT - 1}
        settle {EIGHT}            -> long funding -2.2; short funding 1.1
        settle {EIGHT + 1}
        settle {3 * EIGHT}        -> long funding -2.2; short funding 1.1; \
long funding -2.2; short funding 1.1
    """
    play(script, _desk(Funding(rate=0.001)))


def test_cash_carries_the_time_it_fell_due() -> None:
    desk = _desk(Funding(rate=0.001))
    for action in ("settle 0", "quote 99x9 101x9", "buy a 2"):
        desk.do(action)
    (cash,) = desk.do(f"settle {EIGHT + 5}")
    assert isinstance(cash, CashAdjusted)
    assert (cash.ts_event, cash.ts_recv) == (EIGHT, EIGHT + 5)
    assert (cash.account, cash.instrument, cash.currency) == ("main", "XYZ.SIM", "USD")


def test_a_flat_position_moves_no_cash() -> None:
    script = f"""
        settle 0
        quote 99x9 101x9
        buy a 2                   -> a filled 2 @ 101 taker
        sell b 2                  -> b filled 2 @ 99 taker
        settle {DAY}
    """
    play(script, _desk(Funding(rate=0.001), Swap(long=-1.0, short=-1.0, timezone="UTC")))


def test_swaps_count_nights_three_on_one_day_and_none_on_weekends() -> None:
    five = 17 * HOUR
    script = f"""
        settle 0
        quote 99x9 101x9
        buy a 2                   -> a filled 2 @ 101 taker
        settle {five}             -> main swap -1
        settle {DAY + five}       -> main swap -1
        settle {4 * DAY + five}   -> main swap -1
        settle {5 * DAY + five}   -> main swap -1
        sell b 5                  -> b filled 5 @ 99 taker
        settle {6 * DAY + five}   -> main swap 2.25
    """
    play(script, _desk(Swap(long=-0.5, short=0.25, timezone="UTC")))


def test_swaps_follow_the_clock_of_their_zone() -> None:
    swap = Swap(long=-1.0, short=-1.0)
    winter, summer = 16_000 * DAY + 18 * HOUR, 16_200 * DAY  # 2013-10-22, 2014-05-10
    assert swap.due_after(winter) == 16_000 * DAY + 21 * HOUR
    assert swap.due_after(summer) == 16_202 * DAY + 21 * HOUR
    assert swap.due_after(16_030 * DAY) == 16_030 * DAY + 22 * HOUR


def test_clearing_settles_what_is_unrealised_and_starts_anew() -> None:
    desk = _desk(Clearing(times=("14:00", "18:45")))
    script = f"""
        settle 0
        quote 99x9 101x9
        buy a 3                   -> a filled 3 @ 101 taker
        quote 103x9 105x9
        sell b 1                  -> b filled 1 @ 103 taker
        settle {14 * HOUR}        -> main clearing 60
        quote 101x9 103x9
        settle {18 * HOUR + 45 * 60 * SECOND_NS}  -> main clearing -40
        settle {DAY + 14 * HOUR}  -> main clearing 0
    """
    play(script, desk)
    desk.do("quote 105x9 106x9")
    (cash,) = desk.do(f"settle {2 * DAY}")
    assert isinstance(cash, CashAdjusted)
    assert (cash.amount, cash.price) == (70.0, 105.5)


def test_clearing_leaves_the_equity_of_a_venue_account_as_it_is() -> None:
    account = VenueAccount("main", "USD", 10_000.0)
    models = ExchangeModels(fills="quotes", cash=(Clearing(times=("14:00",)),))
    desk = Desk(models, accounts=(account,))
    for action in ("settle 0", "quote 99x9 101x9", "buy a 3", "quote 103x9 105x9"):
        desk.do(action)
    before = account.equity()
    assert len(desk.do(f"settle {14 * HOUR}")) == 1
    assert account.equity() == before == 10_000.0 + 90.0


def test_funding_reaches_the_venue_account() -> None:
    account = VenueAccount("main", "USD", 10_000.0)
    models = ExchangeModels(fills="quotes", cash=(Funding(rate=0.01),))
    desk = Desk(models, accounts=(account,))
    for action in ("settle 0", "quote 99x9 101x9", "buy a 1", f"settle {EIGHT}"):
        desk.do(action)
    assert account.balance == 9_990.0


def test_next_cash_is_known_after_the_first_call() -> None:
    desk = _desk(Funding(rate=0.001), Swap(long=-1.0, short=-1.0, time="03:00", timezone="UTC"))
    assert desk.exchange.next_cash < 0
    desk.do("settle 1")
    assert desk.exchange.next_cash == 3 * HOUR
    desk.do(f"settle {3 * HOUR}")
    assert desk.exchange.next_cash == EIGHT
    assert _desk().exchange.next_cash == NEVER


@pytest.mark.parametrize(
    "make",
    [
        lambda: Funding(rate=0.1, every_s=0),
        lambda: Swap(long=0.0, short=0.0, time="25:00"),
        lambda: Swap(long=0.0, short=0.0, days=(7,)),
        lambda: Swap(long=0.0, short=0.0, timezone="Nowhere/Nothing"),
        lambda: Clearing(times=()),
        lambda: Clearing(times=("noon",)),
    ],
)
def test_schedules_that_cannot_be_are_refused(make: object) -> None:
    assert callable(make)
    with pytest.raises(ValueRefused):
        make()


def test_cash_models_are_told_apart_by_name() -> None:
    assert XYZ.multiplier == "10"
    assert ExchangeModels(cash=(Funding(rate=0.1),)).cash == (Funding(rate=0.1, every_s=28_800),)
