"""What a journal holds: entries of one sequence, each an input, a decision or a note.

Lists every event that may stand in a journal; how entries reach the disk is told elsewhere.
"""

from collections.abc import Callable
from enum import IntEnum
from typing import get_args

import msgspec

from engine.gate.pacing import IntentWaiting
from engine.gate.rates import BudgetUsed, RateLimited
from engine.kernel import StrategyStopped, TimersDue
from engine.model.adjustments import OrderAdopted, PositionAdjusted, Quarantined
from engine.model.commands import (
    CancelOrder,
    ClosePosition,
    ReplaceOrder,
    SetProtection,
    SubmitOrder,
)
from engine.model.connection import ClockMeasured, FeedChanged, LinkChanged
from engine.model.groups import BracketSaved, PairSaved
from engine.model.market import (
    Bar,
    BookDelta,
    BookOrderDelta,
    BookSnapshot,
    InstrumentStatus,
    QuoteTick,
    TradeTick,
)
from engine.model.notices import AccountChanged, MarginCalled, NewsReceived
from engine.model.reports import (
    CancelRejected,
    CashAdjusted,
    OrderAccepted,
    OrderCanceled,
    OrderDenied,
    OrderExpired,
    OrderFilled,
    OrderLost,
    OrderRejected,
    OrderReplaced,
    OrderSubmitted,
    OrderTriggered,
    OrderUnknown,
    ProtectionSet,
    ReplaceRejected,
)
from engine.model.requests import BarsRequested, HistoryReceived, ResultReceived, WorkRequested
from engine.model.risk import (
    BaselineSet,
    CancelAll,
    Flatten,
    LatchCleared,
    LatchSet,
    OverrideEnded,
    OverrideGranted,
    RiskStateChanged,
)
from engine.model.run_events import (
    Coalesced,
    CommandSent,
    RunEnded,
    Stalled,
    StateSaved,
    StrategiesStarted,
    StrategiesStopped,
    WarmedUp,
)
from engine.model.truth import BalanceRecord, PositionRecord, VenueTruth
from engine.orders.strangers import FillClaimed, FillUnclaimed
from engine.recovery.run_started import RunStarted
from engine.recovery.snapshot import Snapshot

VERSION = 1
"""The version that is written; `engine.journal.reader` reads every one up to it."""

MarketBody = (
    QuoteTick | TradeTick | Bar | BookSnapshot | BookDelta | BookOrderDelta | InstrumentStatus
)
MARKET: tuple[type, ...] = get_args(MarketBody)
"""Kinds of events that go to the file of market data."""

Body = (
    MarketBody
    | TimersDue
    | StrategyStopped
    | CashAdjusted
    | SubmitOrder
    | ReplaceOrder
    | CancelOrder
    | ClosePosition
    | SetProtection
    | OrderSubmitted
    | OrderDenied
    | OrderAccepted
    | OrderRejected
    | OrderTriggered
    | OrderFilled
    | OrderCanceled
    | OrderExpired
    | OrderReplaced
    | CancelRejected
    | ReplaceRejected
    | OrderUnknown
    | OrderLost
    | ProtectionSet
    | PositionAdjusted
    | OrderAdopted
    | Quarantined
    | LatchSet
    | LatchCleared
    | RiskStateChanged
    | OverrideGranted
    | OverrideEnded
    | BaselineSet
    | Flatten
    | CancelAll
    | BarsRequested
    | WorkRequested
    | HistoryReceived
    | ResultReceived
    | IntentWaiting
    | FillClaimed
    | FillUnclaimed
    | BudgetUsed
    | RateLimited
    | LinkChanged
    | FeedChanged
    | ClockMeasured
    | PositionRecord
    | BalanceRecord
    | MarginCalled
    | AccountChanged
    | NewsReceived
    | VenueTruth
    | RunStarted
    | StrategiesStarted
    | StrategiesStopped
    | WarmedUp
    | StateSaved
    | BracketSaved
    | PairSaved
    | Snapshot
    | Coalesced
    | CommandSent
    | Stalled
    | RunEnded
)


class Kind(IntEnum):
    """Name what an entry is: what came in, what was decided, or a note that decides nothing."""

    INPUT = 0
    DECISION = 1
    NOTE = 2


class Entry(msgspec.Struct, frozen=True, array_like=True):
    """Hold one entry; sequence numbers rise through all files of a run."""

    sequence: int
    kind: Kind
    body: Body


encode: Callable[[object], bytes] = msgspec.msgpack.Encoder().encode
"""Return the payload of an entry, or of the tuple of its three fields."""

decode: Callable[[bytes], Entry] = msgspec.msgpack.Decoder(Entry).decode
"""Return the entry of a payload. Raises msgspec.ValidationError for what is none."""
