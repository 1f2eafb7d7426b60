"""What becomes of connections and feeds, as events that the engine journals like all others.

Holds no connection; connectors tell of theirs with these.
"""

from enum import StrEnum

import msgspec

from engine.model.subscription import DataKind


class LinkState(StrEnum):
    """Name the states of one connection to a venue: only READY carries orders and data."""

    CONNECTING = "connecting"
    READY = "ready"
    LOST = "lost"
    CLOSED = "closed"


class LinkChanged(msgspec.Struct, frozen=True, gc=False, tag=True, tag_field="event"):
    """Say that a connection changed its state; `private` ones carry orders or their reports.

    LOST is followed by another try, CLOSED is not: the program stopped, or a person is needed.
    """

    venue: str
    link: str
    state: LinkState
    private: bool
    ts_recv: int
    reason: str = ""


class FeedState(StrEnum):
    """Name what an instrument's data is worth: LIVE follows the market, BROKEN missed a part."""

    LIVE = "live"
    BROKEN = "broken"


class FeedChanged(msgspec.Struct, frozen=True, gc=False, tag=True, tag_field="event"):
    """Say that one kind of an instrument's data lost its continuity, or has it again.

    A gap in a sequence, a crossed or contradictory book and a lost connection break it; a fresh
    snapshot, or for quotes and trades a new subscription, mends it.
    """

    instrument: str
    kind: DataKind
    state: FeedState
    ts_recv: int
    reason: str = ""


CLOCK_SKEW_MAX_NS = 500_000_000
"""Beyond this difference between our clock and a venue's people are told: half a second."""


class ClockMeasured(msgspec.Struct, frozen=True, gc=False, tag=True, tag_field="event"):
    """Report by how much a venue's clock is ahead of ours, in nanoseconds.

    The true offset is within `error_ns` of `offset_ns`: half the time that the question took.
    """

    venue: str
    offset_ns: int
    error_ns: int
    ts_recv: int
