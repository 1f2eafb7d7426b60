"""Make answers out of what functions and recordings give, so that every edge answers alike.

Schedules nothing: when an answer comes is the edge's question.
"""

from collections.abc import Callable

import msgspec

from engine.model.requests import (
    BarsRequested,
    HistoryReceived,
    Plain,
    ResultReceived,
    WorkRequested,
)
from engine.ports import HistoryPort
from engine.strategy.faults import describe

Work = Callable[[], Plain]


def result_of(request: WorkRequested, function: Work, ts: int) -> ResultReceived:
    """Call a function and return its answer; what it raises or the journal cannot hold is told."""
    try:
        value = msgspec.msgpack.decode(msgspec.msgpack.encode(function()))
    except Exception as error:  # noqa: BLE001 - a strategy's function may raise anything
        return failed_result(request, describe(error), ts)
    return ResultReceived(request.strategy, request.request, request.name, ts, value)


def failed_result(request: WorkRequested, error: str, ts: int) -> ResultReceived:
    """Return the answer that a function has not given a result."""
    return ResultReceived(request.strategy, request.request, request.name, ts, None, error)


def history_of(request: BarsRequested, history: HistoryPort, ts: int) -> HistoryReceived:
    """Return the bars that a recording has from before the request."""
    bars = history.bars(request.instrument, request.spec, request.count, request.ts)
    return HistoryReceived(
        request.strategy, request.request, request.instrument, request.spec, ts, tuple(bars)
    )
