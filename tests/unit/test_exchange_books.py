"""The simulated exchange against books: queues, walks through levels, states of the venue."""

import pytest

from backtest.exchange.book_market import BookMarket
from backtest.exchange.models import ExchangeModels
from backtest.exchange.queue import LogProbability, PowerProbability, QueueModel, RiskAverse
from engine.model.calendar import Calendar, Session
from engine.model.instrument import Instrument
from tests.exchange.book_scenario import BookDesk
from tests.exchange.scenario import play

MAKERS = {
    "prints use up the queue first, then fill, in part too": """
        book 99x5 | 101x4
        buy a 6 @ 99
        trade 99x3 sell
        trade 99x4 sell         -> a filled 2 @ 99 maker
        trade 99x10 sell        -> a filled 4 @ 99 maker
    """,
    "a print of a buyer moves no bid": """
        book 99x5 | 101x4
        buy a 6 @ 99
        trade 99x30 buy
    """,
    "a print of an unknown side serves both, the bids first": """
        book 99x1 | 99.5x1
        buy a 2 @ 99
        sell b 2 @ 99.5
        trade 99x2              -> a filled 1 @ 99 maker
    """,
    "a level of our own has nobody ahead": """
        book 98x5 | 101x4
        buy a 6 @ 99
        trade 99x1 sell         -> a filled 1 @ 99 maker
    """,
    "who joins a level later stands behind": """
        book 99x5 | 101x4
        buy a 1 @ 99
        bid 99x50
        trade 99x5 sell
        trade 99x1 sell         -> a filled 1 @ 99 maker
    """,
    "own orders of one price keep their order, strangers between them count": """
        book 99x2 | 101x4
        buy a 3 @ 99
        bid 99x4
        buy b 3 @ 99
        trade 99x4 sell         -> a filled 2 @ 99 maker
        trade 99x2 sell         -> a filled 1 @ 99 maker
        trade 99x1 sell
        trade 99x1 sell         -> b filled 1 @ 99 maker
    """,
    "a print beyond the price has used up the queue": """
        book 99x50 98x5 | 101x4
        buy a 3 @ 99
        trade 98x2 sell         -> a filled 2 @ 99 maker
    """,
    "the better price is served first": """
        book 99x1 98.5x1 | 101x4
        buy a 3 @ 98.5
        buy b 3 @ 99
        trade 98.5x4 sell       -> b filled 3 @ 99 maker
        trade 98.5x2 sell       -> a filled 2 @ 98.5 maker
    """,
    "a print takes from the level, so its decrease is not counted again": """
        book 99x10 | 101x4
        buy a 1 @ 99
        trade 99x4 sell
        bid 99x6
        trade 99x5 sell
        trade 99x2 sell         -> a filled 1 @ 99 maker
    """,
    "an emptied level leaves nobody ahead": """
        book 99x10 98x1 | 101x4
        buy a 1 @ 99
        bid 99x0
        bid 99x7
        trade 99x1 sell         -> a filled 1 @ 99 maker
    """,
    "the other side comes to the price and is used once": """
        book 99x5 | 101x4
        buy a 9 @ 99
        bid 99x0
        ask 99x3                -> a filled 3 @ 99 maker
        ask 99x3
        ask 99x5                -> a filled 2 @ 99 maker
        ask 99x0
        ask 98.5x4              -> a filled 4 @ 99 maker
    """,
    "nothing is matched inside an event": """
        book 99x5 | 101x4
        buy a 2 @ 99
        ask 98x9 98x0
    """,
}

TAKERS = {
    "a market order walks the book": """
        book 99x5 | 101x4 102x3 103x9
        buy a 8                 -> a filled 4 @ 101 taker; a filled 3 @ 102 taker; ...
        cancel a                -> a refused: order is not working
    """,
    "a limit walks up to its price and rests behind what is there": """
        book 99x5 | 101x4 102x3 103x9
        buy a 9 @ 102           -> a filled 4 @ 101 taker; a filled 3 @ 102 taker
        ask 101x0 102x0
        bid 102x2
        trade 102x1 sell        -> a filled 1 @ 102 maker
    """,
    "no liquidity is used twice, what is added is new": """
        book 99x5 | 101x4
        buy a 3                 -> a filled 3 @ 101 taker
        buy b 3 @ 101 ioc       -> b filled 1 @ 101 taker; b canceled: not filled at once
        ask 101x2
        buy c 3 @ 101 ioc       -> c canceled: not filled at once
        ask 101x4
        buy d 3 @ 101 ioc       -> d filled 2 @ 101 taker; d canceled: not filled at once
        ask 101x0
        ask 101x4
        buy e 4 @ 101 ioc       -> e filled 4 @ 101 taker
    """,
    "all or nothing counts all levels it may reach": """
        book 99x5 | 101x4 102x3
        buy a 8 @ 102 fok       -> a canceled: not filled at once
        buy b 7 @ 102 fok       -> b filled 4 @ 101 taker; b filled 3 @ 102 taker
        sell c 9 @ 99 fok       -> c canceled: not filled at once
    """,
    "post-only does not take, even released by its stop": """
        book 99x5 | 101x4
        buy a 1 @ 101 post      -> a rejected: post-only would take
        buy b 1 @ 100.5 post
        cancel b                -> b canceled
        buy c 1 @ 102 stop 101.5 post
        ask 101x0 101.5x4       -> c triggered; c canceled: post-only would take
    """,
    "the rest of a market order waits for more": """
        book 99x5 | 101x4
        buy a 6                 -> a filled 4 @ 101 taker
        ask 102x1               -> a filled 1 @ 102 taker
        ask 101x9               -> a filled 1 @ 101 taker
    """,
    "a stop walks the book where the gap left it": """
        book 99x5 | 101x4
        sell a 6 stop 98
        bid 99x0 95x4 94x9      -> a triggered; a filled 4 @ 95 taker; a filled 2 @ 94 taker
    """,
    "a trailing stop follows the bid": """
        book 99x5 | 101x4
        sell a 2 trail 2
        bid 100.5x5
        bid 100.5x0 99x0 98.5x3 -> a triggered; a filled 2 @ 98.5 taker
    """,
    "reduce-only takes no more than it reduces": """
        book 99x5 98x5 | 101x4
        buy a 3                 -> a filled 3 @ 101 taker
        sell b 9 reduce         -> b filled 3 @ 99 taker; b canceled: nothing left to reduce
    """,
}

STATES = {
    "a broken book fills nothing; what came meanwhile meets the snapshot": """
        buy a 2
        gap
        trade 99x9 sell
        book 99x5 | 101x1 102x1 -> a filled 1 @ 101 taker; a filled 1 @ 102 taker
        buy b 1 @ 99
        gap
        buy c 1 @ 103 ioc
        book 99x5 | 104x1       -> c canceled: not filled at once
        book 99x0 | 98x2        -> b filled 1 @ 99 maker
    """,
    "a snapshot brings a place forward, but never back": """
        book 99x9 | 101x1
        buy a 2 @ 99
        book 99x3 97x1 | 101x1
        trade 99x3 sell
        book 99x50 97x1 | 101x1
        trade 99x1 sell         -> a filled 1 @ 99 maker
    """,
    "a crossed book fills nothing": """
        book 99x5 | 101x4
        bid 102x1
        buy a 1
        sell b 1 @ 101
        bid 102x0               -> a filled 1 @ 101 taker
    """,
    "a halt takes no orders and fills nothing, cancels work": """
        book 99x5 | 101x4
        buy a 1 @ 99
        buy c 1 @ 98
        halt
        buy b 1                 -> b rejected: trading is halted
        replace a 1 @ 101       -> a refused: trading is halted
        trade 98x100 sell
        ask 99x5
        cancel c                -> c canceled
        reopen                  -> a filled 1 @ 99 taker
    """,
    "an auction fills at its price what is better, and who takes anything": """
        book 99x5 | 101x4
        auction
        buy a 2
        buy b 2 @ 102
        buy c 2 @ 100
        sell d 2 @ 100.5
        sell e 9 @ 98
        trade 100x9             -> a filled 2 @ 100 taker; b filled 2 @ 100 taker; ...
        cancel d                -> d canceled
        cancel e                -> e refused: order is not working
        reopen
        trade 100x1 sell        -> c filled 1 @ 100 maker
    """,
    "what is left after an auction meets the book as if it had just come": """
        book 99x5 | 101x4
        auction
        buy a 2 @ 103
        buy b 1
        reopen                  -> a filled 2 @ 101 taker; b filled 1 @ 101 taker
    """,
}


@pytest.mark.parametrize(
    "script",
    [*MAKERS.values(), *TAKERS.values(), *STATES.values()],
    ids=[*MAKERS, *TAKERS, *STATES],
)
def test_books_fill_as_the_rules_say(script: str) -> None:
    play(script, BookDesk(ExchangeModels(fills="book")))


PARTS = {
    "participation is a part of every size, prints and levels alike": """
        book 99x4 | 101x4 102x4
        buy a 3                 -> a filled 2 @ 101 taker; a filled 1 @ 102 taker
        buy b 5 @ 98
        trade 97x6 sell         -> b filled 3 @ 98 maker
    """,
}


@pytest.mark.parametrize("script", PARTS.values(), ids=PARTS)
def test_participation(script: str) -> None:
    play(script, BookDesk(ExchangeModels(fills="book", participation=0.5)))


@pytest.mark.parametrize(
    ("rule", "script"),
    [
        ("ignore", "buy b 1 @ 101 -> b filled 1 @ 101 taker"),
        ("cancel_arriving", "buy b 1 @ 101 -> b canceled: would meet an own order"),
        (
            "cancel_resting",
            "buy b 1 @ 101 -> a canceled: would meet an own order; b filled 1 @ 101 taker",
        ),
        (
            "cancel_both",
            "buy b 1 @ 101 -> a canceled: would meet an own order; ...",
        ),
        ("cancel_both", "buy b 1 @ 101 account other -> b filled 1 @ 101 taker"),
        ("cancel_both", "buy b 1 @ 100.5"),
    ],
)
def test_self_match(rule: str, script: str) -> None:
    setting = f"book 99x5 | 101x4\nsell a 1 @ 101\n{script}"
    play(setting, BookDesk(ExchangeModels(fills="book", self_match=rule)))  # type: ignore[arg-type] # of the literals


@pytest.mark.parametrize(("rule", "filled"), [("keeps", "a filled 2 @ 99 maker"), ("loses", "")])
def test_smaller_quantity_keeps_the_place_where_the_venue_says_so(rule: str, filled: str) -> None:
    script = f"""
        book 99x1 | 101x4
        buy a 3 @ 99
        bid 99x9
        replace a 2 @ 99        -> a replaced 2 @ 99
        trade 99x3 sell         -> {filled}
    """
    play(script, BookDesk(ExchangeModels(fills="book", amend=rule)))  # type: ignore[arg-type] # of the literals


@pytest.mark.parametrize("change", ["4 @ 99", "3 @ 99.5"])
def test_more_quantity_and_another_price_lose_the_place(change: str) -> None:
    price = change.split()[2]
    script = f"""
        book 99.5x9 99x1 | 101x4
        buy a 3 @ 99
        bid 99x9
        replace a {change}      -> a replaced {change}
        trade {price}x9 sell
        trade {price}x1 sell    -> a filled 1 @ {price} maker
    """
    play(script, BookDesk(ExchangeModels(fills="book")))


@pytest.mark.parametrize(
    ("model", "ahead"),
    [
        (RiskAverse(), 60),
        (PowerProbability(power=1.0), 48),  # 20 go, of 40 behind of 100: 8 from behind
        (PowerProbability(power=2.0), 47),  # 1600 of 5200: 6.15 from behind
        (PowerProbability(power=2.0, form="whole"), 44),  # 1600 of 10000: 3.2
        (PowerProbability(power=2.0, form="complement"), 53),  # 1 - 0.36: 12.8
        (LogProbability(), 50),  # 3.7136 of 7.8246: 9.49
        (LogProbability(form="whole"), 57),  # 3.7136 of 4.6151: 16.09
    ],
)
def test_cancels_move_an_order_up_by_its_model(model: QueueModel, ahead: int) -> None:
    assert model.after_cancels(60, 100, 80) == ahead


@pytest.mark.parametrize("model", [RiskAverse(), PowerProbability(), LogProbability()])
def test_nobody_is_ahead_who_is_not_there(model: QueueModel) -> None:
    assert model.after_cancels(60, 100, 10) <= 10
    assert model.after_cancels(60, 100, 0) == 0
    assert model.after_cancels(100, 100, 99) == 99


EXACT = {
    "the place in the queue is what the orders ahead are": """
        begin
        add 1 bid 99x5
        add 2 ask 101x5
        buy a 3 @ 99
        add 3 bid 99x9
        reduce 1 2
        execute 1 3
        execute 3 2             -> a filled 2 @ 99 maker
        execute 3 7             -> a filled 1 @ 99 maker
    """,
    "a cancel behind moves nobody up, an execution ahead fills nobody": """
        begin
        add 1 bid 99x5
        buy a 3 @ 99
        add 3 bid 99x9
        reduce 3 8
        execute 1 5
        execute 3 1             -> a filled 1 @ 99 maker
    """,
    "an order ahead that grows goes behind": """
        begin
        add 1 bid 99x5
        buy a 3 @ 99
        modify 1 99x6
        execute 1 2             -> a filled 2 @ 99 maker
    """,
    "an execution at a worse price would have been ours": """
        begin
        add 1 bid 99x5
        add 2 bid 98x5
        buy a 3 @ 98.5
        execute 2 1             -> a filled 1 @ 98.5 maker
    """,
    "prints are not counted on top": """
        begin
        add 1 bid 99x5
        buy a 3 @ 99
        add 2 bid 99x5
        trade 99x50 sell
        execute 1 5
        execute 2 2             -> a filled 2 @ 99 maker
    """,
    "takers walk the levels, once": """
        begin
        add 1 ask 101x2
        add 2 ask 101x2
        add 3 ask 102x2
        buy a 5 @ 102           -> a filled 4 @ 101 taker; a filled 1 @ 102 taker
        execute 1 2
        buy b 2 @ 101 ioc       -> b canceled: not filled at once
        add 4 ask 101x1
        buy c 2 @ 101 ioc       -> c filled 1 @ 101 taker; c canceled: not filled at once
    """,
    "an ask that comes to a bid fills it": """
        begin
        add 1 bid 99x5
        buy a 3 @ 99
        reduce 1 5
        add 2 ask 98.5x2        -> a filled 2 @ 99 maker
    """,
}


@pytest.mark.parametrize("script", EXACT.values(), ids=EXACT)
def test_orders_fill_from_their_exact_place(script: str) -> None:
    play(script, BookDesk(ExchangeModels(fills="book_orders")))


# What other engines are known to get wrong, by the names people found for it.


def test_partial_fill_is_booked_and_the_rest_goes_on_working() -> None:
    """Known elsewhere as: partial fill never booked."""
    desk = BookDesk(ExchangeModels(fills="book"))
    script = """
        book 99x0 | 101x4
        buy a 5 @ 100
        trade 100x2 sell        -> a filled 2 @ 100 maker
        replace a 5 @ 100       -> a replaced 5 @ 100
        trade 100x2 sell        -> a filled 2 @ 100 maker
        cancel a                -> a canceled
    """
    play(script, desk)
    assert desk.market.holdings["main"].position == 4


@pytest.mark.parametrize("model", [RiskAverse(), PowerProbability(), LogProbability()])
def test_one_strangers_cancel_does_not_move_you_to_the_front(model: QueueModel) -> None:
    """Known elsewhere as: one stranger's cancel moves you to the front."""
    desk = BookDesk(ExchangeModels(fills="book", queue=model))
    script = """
        book 99x100 | 101x4
        buy a 5 @ 99
        bid 99x150
        bid 99x149
        trade 99x10 sell
    """
    play(script, desk)
    assert isinstance(desk.market, BookMarket)
    assert desk.market.bid_side.place(desk.market.orders["a"]).ahead >= 89


OFFICE = Calendar(sessions=(Session(days=(0, 1, 2, 3, 4, 5, 6), open="00:10", close="00:20"),))
MINUTE = 60 * 10**9


def test_delayed_market_order_fills_at_no_stale_price_outside_the_session() -> None:
    """Known elsewhere as: a delayed market order fills at a stale price outside the session."""
    office = Instrument.define("OFF.SIM", tick="0.5", currency="USD", calendar=OFFICE)
    desk = BookDesk(ExchangeModels(fills="book", sessions=True), instrument=office)
    script = f"""
        at {19 * MINUTE}
        book 99x5 | 101x4
        at {21 * MINUTE}
        buy a 1 sent {19 * MINUTE} -> a rejected: session closed
        at {(24 * 60 + 10) * MINUTE}
        buy b 1 sent {21 * MINUTE}
        book 89x5 | 91x4        -> b filled 1 @ 91 taker
    """
    play(script, desk)


def test_exits_of_a_bracket_fill_after_a_gap() -> None:
    """Known elsewhere as: bracket children accepted but never filled after a gap."""
    desk = BookDesk(ExchangeModels(fills="book"))
    script = """
        book 99x5 | 101x4
        buy entry 2             -> entry filled 2 @ 101 taker
        sell stop 2 stop 98 reduce
        sell profit 2 @ 104 reduce
        gap
        book 90x1 89x9 | 91x4   -> stop triggered; stop filled 1 @ 90 taker; ...
        cancel stop             -> stop refused: order is not working
        cancel profit           -> profit refused: order is not working
    """
    play(script, desk)
    assert desk.market.holdings["main"].position == 0
