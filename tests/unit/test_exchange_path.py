"""Orders along the assumed path through bars, by the rule `ohlc_path`, as scenarios."""

import pytest

from backtest.exchange.models import ExchangeModels
from tests.exchange.scenario import Desk, play

PATH = {
    "the nearer extreme comes first: low before high": """
        bar 100 100 100 100
        buy stop 1 stop 104
        sell limit 1 @ 104
        sell other 1 stop 98.5
        bar 100 105 98 101        -> other triggered; other filled 1 @ 98.5 taker
        again                     -> stop triggered; stop filled 1 @ 104 taker
        again                     -> limit filled 1 @ 104 maker
        again
    """,
    "the nearer extreme comes first: high before low": """
        bar 100 100 100 100
        buy low 1 @ 95
        sell high 1 @ 102
        bar 100 103 94 101        -> high filled 1 @ 102 maker
        again                     -> low filled 1 @ 95 maker
        again
    """,
    "as near, the low comes first": """
        bar 100 100 100 100
        buy a 1 @ 98
        sell b 1 @ 102
        bar 100 102 98 101        -> a filled 1 @ 98 maker
        again                     -> b filled 1 @ 102 maker
    """,
    "as near, the high comes first if only it reaches a stop": """
        bar 100 100 100 100
        buy a 1 @ 98
        buy b 1 stop 102
        bar 100 102 98 101        -> b triggered; b filled 1 @ 102 taker
        again                     -> a filled 1 @ 98 maker
    """,
    "exits go on from where the entry filled": """
        bar 100 100 100 100
        buy a 1 @ 98
        bar 100 103 97 101        -> a filled 1 @ 98 maker
        sell stop 1 stop 96 reduce
        sell target 1 @ 102 reduce
        again                     -> target filled 1 @ 102 maker; \
stop canceled: nothing left to reduce
        again
    """,
    "an exit behind the path is not met": """
        bar 100 100 100 100
        buy a 1 stop 103
        bar 100 104 99 103.5      -> a triggered; a filled 1 @ 103 taker
        sell stop 1 stop 99.5 reduce
        again
        bar 103.5 104 99.5 100    -> stop triggered; stop filled 1 @ 99.5 taker
    """,
    "an exit that is reached on arrival fills where the path stands": """
        bar 100 100 100 100
        buy a 1 @ 98
        bar 100 103 97 101        -> a filled 1 @ 98 maker
        sell stop 1 stop 99 reduce
        again                     -> stop triggered; stop filled 1 @ 98 taker
    """,
    "a limit that the path is beyond fills where it stands": """
        bar 100 100 100 100
        buy a 1 stop 103
        bar 100 104 99 103.5      -> a triggered; a filled 1 @ 103 taker
        sell target 1 @ 102 reduce
        again                     -> target filled 1 @ 103 taker
    """,
    "a trailing exit follows from where its entry filled": """
        bar 100 100 100 100
        buy a 1 @ 98
        bar 100 103 97 101        -> a filled 1 @ 98 maker
        sell exit 1 trail 2 reduce
        again                     -> exit triggered; exit filled 1 @ 101 taker
    """,
    "a trailing stop sent during the bar does not follow its path": """
        bar 100 100 100 100
        at 90000000000
        sell a 1 trail 2
        bar 100 105 99 101
        bar 101 101 99 99         -> a triggered; a filled 1 @ 99 taker
    """,
    "market orders wait for the next open": """
        bar 100 100 100 100
        buy a 1 @ 98
        bar 100 103 97 101        -> a filled 1 @ 98 maker
        sell b 1
        again
        open 102                  -> b filled 1 @ 102 taker
    """,
    "a gap fills at the open": """
        bar 100 100 100 100
        buy a 1 stop 103
        sell b 1 @ 102
        bar 104 105 103 104       -> a triggered; a filled 1 @ 104 taker; b filled 1 @ 104 taker
        again
    """,
    "a trailing stop follows the path": """
        bar 100 100 100 100
        sell a 1 trail 2
        bar 100 104 97 101        -> a triggered; a filled 1 @ 98 taker
        sell b 1 trail 2
        bar 101 103 98 99         -> b triggered; b filled 1 @ 101 taker
    """,
    "a stop-limit rests from its trigger on": """
        bar 100 100 100 100
        buy a 1 @ 101 stop 102
        bar 100 103 99.5 100.5    -> a triggered
        again                     -> a filled 1 @ 101 maker
    """,
    "an order sent during the bar has no place on the path": """
        bar 100 100 100 100
        at 90000000000
        buy limit 1 @ 99
        sell stop 1 stop 98.5
        bar 100 101 98 100        -> stop triggered; stop filled 1 @ 98.5 taker
        again
        bar 100 101 98 99.5       -> limit filled 1 @ 99 maker
    """,
    "a limit sent during the bar is proven by the close": """
        bar 100 100 100 100
        at 90000000000
        buy limit 1 @ 99
        bar 100 101 98 99         -> limit filled 1 @ 99 maker
    """,
}


@pytest.mark.parametrize("script", PATH.values(), ids=PATH)
def test_orders_fill_along_the_path(script: str) -> None:
    play(script, Desk(ExchangeModels(fills="ohlc_path")))


def test_the_path_ends_with_the_volume() -> None:
    script = """
        bar 100 100 100 100
        buy a 3 @ 99
        sell b 3 @ 102
        bar 100 103 98 100 16     -> a filled 3 @ 99 maker
        again                     -> b filled 1 @ 102 maker
        again
    """
    play(script, Desk(ExchangeModels(fills="ohlc_path", participation=0.25)))
