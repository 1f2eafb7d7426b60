"""Give a strategy its place in a kernel.

Starts nothing: `Context.start` does, when the run is ready.
"""

from collections.abc import Callable

from engine.kernel import Kernel
from engine.model.adjustments import PositionAdjusted
from engine.model.requests import HistoryReceived, ResultReceived
from engine.ports import HistoryPort
from engine.strategy.base import Strategy
from engine.strategy.context import Context, Streams
from engine.strategy.host import Host

Bound = tuple[str, tuple[str, ...], Strategy]
"""A strategy with its name and its accounts."""

_RARE = (
    (PositionAdjusted, "on_adjustment"),
    (HistoryReceived, "on_history"),
    (ResultReceived, "on_result"),
)


def attach(
    kernel: Kernel,
    strategy: Strategy,
    name: str,
    accounts: tuple[str, ...],
    streams: Callable[[str], Streams],
    history: HistoryPort | None = None,
) -> Context:
    """Bind a strategy to a kernel under a name, with an account at each venue it trades.

    Call `start` of the result to set it going.

    Order and fill callbacks are bound only where the strategy has written them.
    """
    host = Host(kernel, name, accounts)
    host.listen(
        strategy.on_order if _writes(strategy, "on_order") else None,
        strategy.on_fill if _writes(strategy, "on_fill") else None,
    )
    host.calls = {kind: getattr(strategy, name) for kind, name in _RARE if _writes(strategy, name)}
    context = Context(kernel, host, strategy, streams, history)
    context.wants_sessions = _writes(strategy, "on_session")
    context.wants_status = _writes(strategy, "on_status")
    strategy.bind(context)
    kernel.hosts[name] = host
    return context


def _writes(strategy: Strategy, callback: str) -> bool:
    return getattr(type(strategy), callback) is not getattr(Strategy, callback)
