"""Orders against quotes and trades, as scenarios."""

import pytest

from backtest.exchange.models import ExchangeModels
from tests.exchange.scenario import Desk, play

RESTING = {
    "a limit fills at its own price when the ask touches it": """
        quote 99x5 101x5
        buy a 2 @ 100
        quote 99x5 100x5          -> a filled 2 @ 100 maker
    """,
    "a limit fills at its own price when the ask falls below it": """
        quote 99x5 101x5
        buy a 2 @ 100
        quote 98x5 99x5           -> a filled 2 @ 100 maker
    """,
    "a sell limit fills when the bid touches it": """
        quote 99x5 101x5
        sell a 2 @ 100
        quote 100x5 101x5         -> a filled 2 @ 100 maker
    """,
    "a touch fills no more than its size": """
        quote 99x5 101x5
        buy a 5 @ 100
        quote 99x5 100x2          -> a filled 2 @ 100 maker
        quote 99x5 100x1          -> a filled 1 @ 100 maker
        quote 99x5 99.5x9         -> a filled 2 @ 100 maker
    """,
    "a touch that stays as it is fills nothing twice": """
        quote 99x5 101x5
        buy a 5 @ 100
        quote 99x5 100x2          -> a filled 2 @ 100 maker
        quote 99x5 100x2
        quote 98x1 100x2
        quote 98x1 100x3          -> a filled 3 @ 100 maker
    """,
    "a touch that left and came back is a new offer": """
        quote 99x5 101x5
        buy a 5 @ 100
        quote 99x5 100x2          -> a filled 2 @ 100 maker
        quote 99x5 101x2
        quote 99x5 100x2          -> a filled 2 @ 100 maker
    """,
    "the better price comes first, then the earlier order": """
        quote 99x5 103x5
        buy early 1 @ 100
        buy late 1 @ 100
        buy best 1 @ 101
        quote 99x5 100x2          -> best filled 1 @ 101 maker; early filled 1 @ 100 maker
        quote 99x5 100x5          -> late filled 1 @ 100 maker
    """,
    "an unknown size is no bound": """
        quote 99 101
        buy a 500 @ 100
        quote 99 100              -> a filled 500 @ 100 maker
    """,
    "an empty side fills nothing": """
        quote 99x5 101x5
        buy a 1 @ 100
        sell b 1 @ 100
        quote 99x5 -x5
        quote - -
        quote 99x5 100x5          -> a filled 1 @ 100 maker
    """,
    "a size of nothing fills nothing": """
        quote 99x5 101x5
        buy a 1 @ 100
        quote 99x5 100x0
    """,
    "a crossed quote fills resting orders at their own price": """
        quote 99x5 102x5
        buy a 1 @ 100
        sell b 1 @ 101
        quote 102x5 99x5          -> a filled 1 @ 100 maker; b filled 1 @ 101 maker
    """,
}

PRINTS = {
    "a print by a seller fills a resting buy": """
        quote 99x5 101x5
        buy a 3 @ 100
        trade 100x2 sell          -> a filled 2 @ 100 maker
        trade 99x2 sell           -> a filled 1 @ 100 maker
    """,
    "a print by a buyer leaves a resting buy alone": """
        quote 99x5 102x5
        buy a 3 @ 100
        trade 100x2 buy
    """,
    "a print by a buyer fills a resting sell": """
        quote 99x5 101x5
        sell a 3 @ 100.5
        trade 101x5 buy           -> a filled 3 @ 100.5 maker
    """,
    "a print whose aggressor is unknown fills either side": """
        quote 99x5 103x5
        buy a 1 @ 100
        trade 100x5               -> a filled 1 @ 100 maker
        sell b 1 @ 101
        trade 101x5               -> b filled 1 @ 101 maker
    """,
    "a print above a buy does not fill it": """
        quote 99x5 103x5
        buy a 1 @ 100
        trade 100.5x5 sell
    """,
    "a print is shared, the better price first": """
        quote 98x5 103x5
        buy low 2 @ 99
        buy high 2 @ 100
        trade 98x3 sell           -> high filled 2 @ 100 maker; low filled 1 @ 99 maker
    """,
}

THROUGH = {
    "an ask at the limit is not through it": """
        quote 99x5 102x5
        buy a 1 @ 100
        quote 99x5 100x5
        quote 99x5 99.5x5         -> a filled 1 @ 100 maker
    """,
    "a print at the limit is not through it": """
        quote 98x5 102x5
        sell a 1 @ 101
        trade 101x5 buy
        trade 101.5x5 buy         -> a filled 1 @ 101 maker
    """,
    "an arriving limit takes a touch that it only meets": """
        quote 98x5 102x1
        buy a 2 @ 102             -> a filled 1 @ 102 taker
        quote 98x5 102x5
        quote 98x5 101.5x5        -> a filled 1 @ 102 maker
    """,
}

TAKING = {
    "a market order takes the touch": """
        quote 99x5 101x5
        buy a 2                   -> a filled 2 @ 101 taker
        sell b 2                  -> b filled 2 @ 99 taker
    """,
    "the rest of a market order waits for the next quotes": """
        quote 99x5 101x2
        buy a 6                   -> a filled 2 @ 101 taker
        quote 99x5 101x2
        quote 99x5 102x3          -> a filled 3 @ 102 taker
        quote 99x5 103x3          -> a filled 1 @ 103 taker
    """,
    "a market order in line comes before any limit": """
        quote 99x5 101x1
        buy a 2                   -> a filled 1 @ 101 taker
        buy b 1 @ 104
        quote 99x5 102x1          -> a filled 1 @ 102 taker
        quote 99x5 102x2          -> b filled 1 @ 104 maker
    """,
    "a marketable limit takes the touch and rests with what is left": """
        quote 99x5 101x2
        buy a 5 @ 102             -> a filled 2 @ 101 taker
        quote 99x5 102x1          -> a filled 1 @ 102 maker
    """,
    "what one order took another cannot take": """
        quote 99x5 101x3
        buy a 2                   -> a filled 2 @ 101 taker
        buy b 2 ioc               -> b filled 1 @ 101 taker; b canceled: not filled at once
        buy c 1 ioc               -> c canceled: not filled at once
        quote 99x5 101x4
        buy d 9 ioc               -> d filled 4 @ 101 taker; d canceled: not filled at once
    """,
    "an order that takes and one that rests share a touch": """
        quote 99x5 101x5
        buy a 2 @ 100
        quote 99x5 100x3          -> a filled 2 @ 100 maker
        buy b 5 ioc               -> b filled 1 @ 100 taker; b canceled: not filled at once
    """,
    "immediate or cancel beyond the touch is canceled whole": """
        quote 99x5 101x5
        buy a 1 @ 100 ioc         -> a canceled: not filled at once
        quote 99x5 100x5
    """,
    "fill or kill fills all of it or nothing": """
        quote 99x5 101x5
        buy a 6 @ 101 fok         -> a canceled: not filled at once
        buy b 5 @ 101 fok         -> b filled 5 @ 101 taker
    """,
    "post-only is rejected when it would take": """
        quote 99x5 101x5
        buy a 1 @ 101 post        -> a rejected: post-only would take
        sell b 1 @ 98 post        -> b rejected: post-only would take
        buy c 1 @ 100.5 post
        quote 99x5 100.5x5        -> c filled 1 @ 100.5 maker
    """,
    "without an offer a market order waits and one at once is canceled": """
        quote 99x5 -
        buy a 1
        buy b 1 ioc               -> b canceled: not filled at once
        quote 99x5 101x5          -> a filled 1 @ 101 taker
    """,
    "a taker takes a crossed quote as it is": """
        quote 102x5 100x5
        buy a 1                   -> a filled 1 @ 100 taker
        sell b 1                  -> b filled 1 @ 102 taker
    """,
}

TRADES_ONLY = {
    "market orders fill at the next print, up to its size and on": """
        trade 100x5
        buy a 3
        sell b 1
        trade 101x2 buy           -> a filled 2 @ 101 taker
        trade 100x2 sell          -> a filled 1 @ 100 taker; b filled 1 @ 100 taker
    """,
    "limits are never takers": """
        trade 100x5
        buy a 1 @ 101
        buy b 1 @ 101 post
        trade 100x1 sell          -> a filled 1 @ 101 maker
        trade 101x1 sell          -> b filled 1 @ 101 maker
    """,
    "orders at once meet the next print": """
        buy a 3 ioc
        buy b 1 @ 99 ioc
        buy c 3 fok
        trade 100x4               -> a filled 3 @ 100 taker; b canceled: not filled at once; \
c canceled: not filled at once
    """,
    "stops are triggered by a print and filled by the next": """
        trade 100x5
        sell a 1 stop 99
        trade 99x5                -> a triggered
        trade 98x5                -> a filled 1 @ 98 taker
    """,
    "a trailing stop follows the prints": """
        trade 100x5
        sell a 1 trail 2
        trade 103x5
        trade 101.5x5
        trade 101x5               -> a triggered
        trade 102x5               -> a filled 1 @ 102 taker
    """,
    "with the first quote the touch takes over": """
        buy a 1
        sell b 1 stop 98
        quote 99x5 101x5          -> a filled 1 @ 101 taker
        trade 97x5
        quote 98x5 101x5          -> b triggered; b filled 1 @ 98 taker
    """,
}


@pytest.mark.parametrize("script", RESTING.values(), ids=RESTING)
def test_resting_limits_meet_the_touch(script: str) -> None:
    play(script, Desk(ExchangeModels(fills="quotes")))


@pytest.mark.parametrize("script", PRINTS.values(), ids=PRINTS)
def test_resting_limits_meet_prints(script: str) -> None:
    play(script, Desk(ExchangeModels(fills="quotes")))


@pytest.mark.parametrize("script", THROUGH.values(), ids=THROUGH)
def test_limits_fill_through_only_when_asked(script: str) -> None:
    play(script, Desk(ExchangeModels(fills="quotes", limit_fill="through")))


@pytest.mark.parametrize("script", TAKING.values(), ids=TAKING)
def test_arriving_orders_take_the_touch(script: str) -> None:
    play(script, Desk(ExchangeModels(fills="quotes")))


@pytest.mark.parametrize("script", TRADES_ONLY.values(), ids=TRADES_ONLY)
def test_without_quotes_prints_are_all_there_is(script: str) -> None:
    play(script, Desk(ExchangeModels(fills="quotes")))


def test_participation_takes_a_fraction_of_each_size() -> None:
    script = """
        quote 99x5 101x8
        buy a 5                   -> a filled 4 @ 101 taker
        quote 99x5 102x1
        quote 99x5 102x2          -> a filled 1 @ 102 taker
        buy b 9 @ 100
        trade 100x4 sell          -> b filled 2 @ 100 maker
    """
    play(script, Desk(ExchangeModels(fills="quotes", participation=0.5)))


@pytest.mark.parametrize("share", [0.0, -0.5, 1.5, float("nan")])
def test_participation_outside_its_range_is_refused(share: float) -> None:
    with pytest.raises(ValueError, match="participation is"):
        ExchangeModels(participation=share)
