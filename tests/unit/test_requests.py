"""What strategies ask for in a backtest, and when and how it is answered."""

from collections.abc import Callable
from pathlib import Path

import pytest

from engine.errors import StrategyError
from engine.model.market import Bar
from engine.model.requests import HistoryReceived, Plain, ResultReceived
from engine.strategy.base import Strategy
from tests.runs.small import SPY, run, write_catalogue
from tests.unit.rig import Probe, Rig

SECOND = 1_000_000_000


class Asking(Strategy):
    """Ask once, on the third bar, and keep the answers with their times."""

    def __init__(self, ask: Callable[["Asking"], object]) -> None:
        super().__init__()
        self.ask = ask
        self.bars = 0
        self.asked = 0
        self.answers: list[tuple[int, HistoryReceived | ResultReceived]] = []

    def on_start(self) -> None:
        self.subscribe_bars(SPY.id, "1m")

    def on_bar(self, bar: Bar) -> None:
        self.bars += 1
        if self.bars == 3:
            self.asked = self.now
            self.ask(self)

    def on_history(self, history: HistoryReceived) -> None:
        self.answers.append((self.now, history))

    def on_result(self, result: ResultReceived) -> None:
        self.answers.append((self.now, result))


def recorded(tmp_path: Path) -> Path:
    write_catalogue(tmp_path / "catalog")
    return tmp_path / "catalog"


def asking(tmp_path: Path, ask: Callable[[Asking], object], *settings: str) -> Asking:
    strategy = Asking(ask)
    run(recorded(tmp_path), [("asking", ("main",), strategy)], settings)
    return strategy


def raising() -> Plain:
    raise RuntimeError("the line is dead")


def test_bars_from_before_the_question_come_after_the_configured_delay(tmp_path: Path) -> None:
    strategy = asking(
        tmp_path, lambda s: s.request_bars(SPY.id, "1m", 2), "run.request_delay_ms=7000"
    )
    ((when, history),) = strategy.answers
    assert isinstance(history, HistoryReceived)
    assert when == history.ts_recv == strategy.asked + 7 * SECOND
    assert [bar.ts_close < strategy.asked for bar in history.bars] == [True, True]
    assert (history.request, history.spec) == (1, "1m")


def test_a_function_is_answered_with_what_it_returns(tmp_path: Path) -> None:
    strategy = asking(tmp_path, lambda s: s.run(sorted, [3, 1, 2]))
    ((when, result),) = strategy.answers
    assert isinstance(result, ResultReceived)
    assert (result.value, result.error, result.name) == ([1, 2, 3], "", "sorted")
    assert when == strategy.asked + SECOND // 10


@pytest.mark.parametrize(
    ("function", "error"),
    [(raising, "RuntimeError: the line is dead"), (object, "TypeError: Encoding objects of type")],
)
def test_a_function_that_fails_is_answered_with_its_error(
    tmp_path: Path, function: Callable[[], Plain], error: str
) -> None:
    strategy = asking(tmp_path, lambda s: s.run(function))
    ((_, result),) = strategy.answers
    assert isinstance(result, ResultReceived)
    assert result.error.startswith(error)
    assert result.value is None


def test_requests_are_decisions_of_the_run(tmp_path: Path) -> None:
    catalog = recorded(tmp_path)
    asked, silent = (
        run(catalog, [("asking", ("main",), Asking(ask))]).digest
        for ask in (lambda s: s.request_bars(SPY.id, "1m", 2), lambda _s: None)
    )
    assert asked != silent


def test_a_question_that_nobody_can_answer_stops_the_start() -> None:
    with pytest.raises(StrategyError, match="nobody answers requests here"):
        Rig(Probe(lambda probe: probe.request_bars("ABC.SIM", "1m", 5)))
