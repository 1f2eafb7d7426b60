"""Exits are never starved: by the legs of a bracket, by limits, or by another strategy."""

from typing import ClassVar

import pytest

from engine.gate.exits import is_exit
from engine.model.market import InstrumentStatus, TradingState
from lockstep import BUY, SELL, Bar, DenialReason, QuoteTick, Strategy, StrategyError
from lockstep.testing import Bench

NAME = "ABC.SIM"


class Protected(Strategy):
    """Buy once with both exits."""

    stop_loss: float = 0.9
    take_profit: float = 1.2

    def on_start(self) -> None:
        self.subscribe_quotes(NAME)
        self.asked = False

    def on_quote(self, quote: QuoteTick) -> None:
        if not self.asked:
            self.asked = True
            exits = {"stop_loss": self.stop_loss, "take_profit": self.take_profit}
            self.bracket(NAME, BUY, 10, **exits)


@pytest.fixture
def bench() -> Bench:
    """Return a bench on which a bracket of 10 is in, both exits working."""
    bench = Bench(Protected())
    bench.quote(NAME, 1.0, 1.0001)
    bench.fill(bench.orders[0], 1.0001)
    for order in bench.orders:
        bench.accept(order)
    return bench


def test_close_is_an_exit_while_both_legs_of_a_bracket_rest(bench: Bench) -> None:
    order = bench.strategy.close(NAME)
    assert order is not None
    assert is_exit(order, order.units)


def test_worst_case_with_both_legs_resting_is_flat_and_not_short(bench: Bench) -> None:
    exposure = bench.kernel.hosts["test"].route(NAME).exposure
    assert (exposure.highest, exposure.lowest) == (10, 0)


def test_target_of_zero_sells_what_is_held_though_exits_rest(bench: Bench) -> None:
    order = bench.strategy.target_position(NAME, 0)
    assert order is not None
    assert (order.side, order.quantity) == (SELL, 10)


def test_target_counts_what_is_being_closed(bench: Bench) -> None:
    bench.strategy.close(NAME)
    assert bench.strategy.target_position(NAME, 0) is None


@pytest.mark.parametrize(("stop_loss", "take_profit"), [(1.1, 1.2), (0.9, 0.95)])
def test_bracket_with_an_exit_on_the_wrong_side_is_denied_whole(
    stop_loss: float, take_profit: float
) -> None:
    bench = Bench(Protected(stop_loss=stop_loss, take_profit=take_profit))
    bench.quote(NAME, 1.0, 1.0001)
    assert [denial.reason for denial in bench.denials] == [DenialReason.ORDER_INVALID]
    assert bench.sent.orders == []


class Words(Strategy):
    """Ask for what each test wants on the first bar."""

    ask: ClassVar[dict[str, object]] = {}

    def on_start(self) -> None:
        self.states: list[TradingState] = []
        self.subscribe_bars(NAME, "1m")

    def on_bar(self, bar: Bar) -> None:
        self.submit(NAME, **{"side": BUY, "quantity": 1, **self.ask})  # type: ignore[arg-type]

    def on_status(self, status: InstrumentStatus) -> None:
        self.states.append(status.state)


def words(**ask: object) -> Bench:
    strategy = type("Asked", (Words,), {"ask": ask})()
    bench = Bench(strategy)
    bench.bar(NAME, (1.0, 1.0, 1.0, 1.0))
    return bench


def test_side_may_be_written_as_a_word() -> None:
    assert words(side="sell").sent.orders[0].side is SELL


@pytest.mark.parametrize("ask", [{"side": "hold"}, {"side": 1.5}, {"round": "nearst"}])
def test_word_that_means_nothing_stops_the_strategy_with_its_name(ask: dict[str, object]) -> None:
    with pytest.raises(StrategyError, match=r"neither BUY nor SELL|is none of"):
        words(**ask)


def test_price_that_is_text_is_denied_and_leaves_numbers_in_the_order() -> None:
    bench = words(price="1")
    assert [denial.reason for denial in bench.denials] == [DenialReason.PRICE_INVALID]


def test_status_reaches_whoever_wrote_the_callback() -> None:
    bench = Bench(Words())
    bench.feed(InstrumentStatus(NAME, bench.now, bench.now, TradingState.HALTED))
    assert isinstance(bench.strategy, Words)
    assert bench.strategy.states == [TradingState.HALTED]


def test_canceling_twice_in_one_callback_asks_once(bench: Bench) -> None:
    order = bench.orders[0]
    assert (bench.strategy.cancel(order), bench.strategy.cancel(order)) == (True, False)
