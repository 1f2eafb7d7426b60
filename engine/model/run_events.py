"""What happens to a run itself, as events and notes that the journal keeps.

Holds no state of a run; `engine.recovery` does.
"""

import msgspec

from engine.model.market import Bar


class StrategiesStarted(msgspec.Struct, frozen=True, gc=False, tag=True, tag_field="event"):
    """Let every strategy start at `ts_recv`: `on_start`, which says what it needs."""

    ts_recv: int


class WarmedUp(msgspec.Struct, frozen=True, tag=True, tag_field="event"):
    """Give a strategy the bars from before now that it asked for; then it runs."""

    strategy: str
    ts_recv: int
    bars: tuple[Bar, ...]


class StrategiesStopped(msgspec.Struct, frozen=True, gc=False, tag=True, tag_field="event"):
    """Let every strategy that still runs say goodbye: `on_stop`, at `ts_recv`."""

    ts_recv: int
    reason: str


class StateSaved(msgspec.Struct, frozen=True, gc=False, tag=True, tag_field="event"):
    """Keep what a strategy declared as its `State`, in MessagePack, whenever it has changed."""

    strategy: str
    state: bytes


class Coalesced(msgspec.Struct, frozen=True, gc=False, tag=True, tag_field="event"):
    """Say how many quotes of an instrument were left out because newer ones had come already."""

    instrument: str
    ts_recv: int
    count: int


class CommandSent(msgspec.Struct, frozen=True, gc=False, tag=True, tag_field="event"):
    """Say when a command was handed to its connector; `request` is 0 for a new order."""

    client_order_id: str
    request: int
    ts_sent: int


class Stalled(msgspec.Struct, frozen=True, gc=False, tag=True, tag_field="event"):
    """Say that one event took so long that others waited: its kind, and how long (ns)."""

    cause: str
    ts_recv: int
    took_ns: int


class RunEnded(msgspec.Struct, frozen=True, gc=False, tag=True, tag_field="event"):
    """End a journal that was closed in order; one without it ended in a crash or goes on."""

    ts_recv: int
    reason: str
