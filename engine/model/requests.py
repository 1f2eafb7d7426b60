"""What strategies ask for besides orders, and the answers, which come as events.

Nothing here fetches or computes: the edge does, and a backtest's edge is its recording.
"""

import msgspec

from engine.model.market import Bar

Plain = bool | int | float | str | None | list["Plain"] | dict[str, "Plain"]
"""What a function run beside the engine may return: values that the journal can hold."""


class BarsRequested(msgspec.Struct, frozen=True, gc=False, tag=True, tag_field="event"):
    """Ask for the last `count` bars of an instrument that closed before `ts`."""

    strategy: str
    request: int
    instrument: str
    spec: str
    count: int
    ts: int


class WorkRequested(msgspec.Struct, frozen=True, gc=False, tag=True, tag_field="event"):
    """Ask for a function to be run beside the engine; the function itself is not kept."""

    strategy: str
    request: int
    name: str
    ts: int


class HistoryReceived(msgspec.Struct, frozen=True, tag=True, tag_field="event"):
    """Answer a request for bars, oldest first; `error` says why there are none."""

    strategy: str
    request: int
    instrument: str
    spec: str
    ts_recv: int
    bars: tuple[Bar, ...] = ()
    error: str = ""


class ResultReceived(msgspec.Struct, frozen=True, tag=True, tag_field="event"):
    """Answer `Strategy.run` with what the function returned; `error` says how it failed."""

    strategy: str
    request: int
    name: str
    ts_recv: int
    value: object = None
    error: str = ""


Request = BarsRequested | WorkRequested
Answer = HistoryReceived | ResultReceived
