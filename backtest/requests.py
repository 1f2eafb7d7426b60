"""Answer what strategies ask for in a backtest: from the recording, after a delay of engine time.

Runs functions in the run's own thread: a backtest waits for them, and its clock does not.
"""

from collections.abc import Callable

from engine.kernel import Kernel
from engine.model.requests import BarsRequested, Plain, WorkRequested
from engine.ports import HistoryPort
from engine.strategy.answers import history_of, result_of
from engine.timers import Phase


class RecordedAnswers:
    """Be the request port of a backtest; every answer comes `delay_ns` after its question."""

    def __init__(self, kernel: Kernel, history: HistoryPort, delay_ns: int) -> None:
        self._kernel = kernel
        self._history = history
        self._delay_ns = delay_ns

    def fetch(self, request: BarsRequested) -> None:
        """Answer with recorded bars, or bars built from what is recorded."""
        self._later(lambda ts: self._kernel.process(history_of(request, self._history, ts)))

    def work(self, request: WorkRequested, function: Callable[[], Plain]) -> None:
        """Call the function when its answer is due."""
        self._later(lambda ts: self._kernel.process(result_of(request, function, ts)))

    def _later(self, answer: Callable[[int], None]) -> None:
        due = self._kernel.clock.now + self._delay_ns
        self._kernel.timers.schedule(due, Phase.OPERATOR, answer)
