"""The example strategies do what they say, on the bench that users test their own with."""

from lockstep import BUY, SELL, Status
from lockstep.testing import Bench
from strategies.breakout_bracket import BreakoutBracket
from strategies.cross_venue_hedger import CrossVenueHedger
from strategies.moving_average_cross import MovingAverageCross
from strategies.pair_reversion import PairReversion
from strategies.quote_maker import QuoteMaker


def test_cross_is_long_while_the_fast_average_is_above_the_slow_one() -> None:
    bench = Bench(MovingAverageCross(fast=2, slow=5))
    bench.bars("EURUSD.SIM", [1.1, 1.1, 1.1, 1.1, 1.2])
    (order,) = bench.orders
    assert (order.side, order.quantity) == (BUY, 1)


def test_cross_turns_around_by_twice_its_quantity() -> None:
    bench = Bench(MovingAverageCross(fast=2, slow=5, quantity=3))
    bench.bars("EURUSD.SIM", [1.1, 1.1, 1.1, 1.1, 1.2])
    bench.fill(bench.orders[0], 1.2)
    bench.bars("EURUSD.SIM", [1.0, 0.9, 0.8])
    (order,) = bench.orders
    assert (order.side, order.quantity) == (SELL, 6)


def test_maker_quotes_both_sides_outside_the_touch_and_on_the_grid() -> None:
    bench = Bench(QuoteMaker(instrument="EURUSD.SIM", distance=1.5, requote=2))
    bench.quote("EURUSD.SIM", 1.10000, 1.10001)
    assert [(o.side, o.price) for o in bench.sent.orders] == [(BUY, 1.09999), (SELL, 1.10002)]


def test_maker_moves_its_quotes_only_when_the_mid_has_moved_enough() -> None:
    bench = Bench(QuoteMaker(instrument="EURUSD.SIM", requote=2))
    bench.quote("EURUSD.SIM", 1.10000, 1.10001)
    bench.quote("EURUSD.SIM", 1.10001, 1.10002)
    assert len(bench.sent.cancels) == 0
    bench.quote("EURUSD.SIM", 1.10002, 1.10003)
    assert (len(bench.sent.cancels), len(bench.sent.orders)) == (2, 4)


def test_maker_stops_buying_at_its_limit() -> None:
    bench = Bench(QuoteMaker(instrument="EURUSD.SIM", limit=1, requote=1))
    bench.quote("EURUSD.SIM", 1.10000, 1.10001)
    bench.fill(bench.orders[0], 1.09998)
    sent = len(bench.sent.orders)
    bench.quote("EURUSD.SIM", 1.10010, 1.10011)
    assert [order.side for order in bench.sent.orders[sent:]] == [SELL]


def test_pair_sells_the_dear_one_and_buys_the_cheap_one() -> None:
    bench = Bench(PairReversion(first="A.SIM", second="B.SIM", window=10, quantity=10))
    for step in range(12):
        bench.kernel.clock.now += 1
        first = 100.0 + (5.0 if step == 11 else step % 2)
        now = bench.now
        bench.bar("A.SIM", (first, first, first, first), "5m")
        bench.kernel.clock.now = now
        bench.bar("B.SIM", (100.0, 100.0, 100.0, 100.0), "5m")
    assert [(o.instrument, o.side) for o in bench.sent.orders] == [("A.SIM", SELL), ("B.SIM", BUY)]


def test_breakout_protects_its_entry_from_the_first_fill_and_one_exit_cancels_the_other() -> None:
    bench = Bench(BreakoutBracket(instrument="X.SIM", channel=5, quantity=10))
    for close in (10.0, 10.1) * 10:
        bench.bar("X.SIM", (close, close + 0.1, close - 0.1, close))
    bench.bar("X.SIM", (10.1, 11.0, 10.1, 11.0))
    (entry,) = bench.orders
    bench.fill(entry, 11.0, quantity=4)
    stop, target = bench.orders[1:]
    assert (stop.stop is not None, target.price is not None) == (True, True)
    assert {stop.quantity, target.quantity} == {4.0}
    bench.accept(stop)
    bench.accept(target)
    bench.fill(entry, 11.0)
    assert [change.quantity for change in bench.sent.replaces] == [10.0, 10.0]
    bench.fill(target, target.price or 0.0, quantity=4)
    assert entry.status is Status.FILLED


def test_hedger_covers_each_fill_at_the_other_venue() -> None:
    bench = Bench(CrossVenueHedger(quoted="A.SIM", cover="B.SIM", ratio=2, quantity=10))
    bench.quote("B.SIM", 50.0, 50.1)
    bench.quote("A.SIM", 100.0, 100.1)
    bid, ask = bench.orders
    assert [(o.side, o.instrument) for o in (bid, ask)] == [(BUY, "A.SIM"), (SELL, "A.SIM")]
    bench.fill(bid, 99.9, quantity=4)
    covers = [order for order in bench.orders if order.instrument == "B.SIM"]
    assert [(o.side, o.quantity) for o in covers] == [(SELL, 8)]
    bench.fill(bid, 99.9, quantity=6)
    covers = [order for order in bench.orders if order.instrument == "B.SIM"]
    assert [(o.side, o.quantity) for o in covers] == [(SELL, 8), (SELL, 12)]


def test_hedger_asks_again_for_a_cover_that_was_refused() -> None:
    bench = Bench(CrossVenueHedger(quoted="A.SIM", cover="B.SIM", quantity=10))
    bench.quote("B.SIM", 50.0, 50.1)
    bench.quote("A.SIM", 100.0, 100.1)
    bench.fill(bench.orders[0], 99.9)
    (cover,) = [order for order in bench.orders if order.instrument == "B.SIM"]
    bench.reject(cover)
    assert not [order for order in bench.orders if order.instrument == "B.SIM"]
    bench.wait(1)
    (again,) = [order for order in bench.orders if order.instrument == "B.SIM"]
    assert (again.side, again.quantity) == (SELL, 10)
