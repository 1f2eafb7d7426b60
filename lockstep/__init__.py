"""The face of Lockstep: everything a strategy author imports.

It holds no trading logic of its own; the rooms below it do the work.
"""

from typing import TYPE_CHECKING

from engine.books.book import Book
from engine.books.order_book import OrderBook
from engine.errors import (
    ConfigError,
    DataError,
    HaltedError,
    LockstepError,
    StrategyError,
    UsageError,
    ValueRefused,
    VenueError,
)
from engine.model.adjustments import PositionAdjusted
from engine.model.calendar import Calendar, Session
from engine.model.commands import OrderType, Protection, Side, TimeInForce
from engine.model.instrument import AssetClass, Instrument
from engine.model.market import (
    Bar,
    BookAction,
    BookDelta,
    BookOrderDelta,
    BookSnapshot,
    InstrumentStatus,
    QuoteTick,
    TradeTick,
)
from engine.model.reports import (
    CancelRejected,
    DenialReason,
    Liquidity,
    OrderAccepted,
    OrderCanceled,
    OrderDenied,
    OrderExpired,
    OrderFilled,
    OrderLost,
    OrderRejected,
    OrderReplaced,
    OrderReport,
    OrderSubmitted,
    OrderTriggered,
    OrderUnknown,
    ProtectionSet,
    ReplaceRejected,
)
from engine.model.requests import HistoryReceived, ResultReceived
from engine.orders.groups import Bracket, OneCancelsOther
from engine.orders.life import Status
from engine.orders.order import Order
from engine.strategy.base import Strategy
from engine.strategy.context import SessionChange, Timer
from engine.strategy.parameters import Range
from engine.wakes import Every, EveryEvent, MidMoved, Never, TouchChanged

if TYPE_CHECKING:
    from lockstep.running import RunResult
    from lockstep.running import run_strategy as backtest

BUY = Side.BUY
SELL = Side.SELL

__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    """Import what needs numpy and pyarrow only when it is asked for."""
    if name == "backtest":
        from lockstep.running import run_strategy

        return run_strategy
    if name == "RunResult":
        from lockstep.running import RunResult

        return RunResult
    msg = f"module 'lockstep' has no attribute {name!r}"
    raise AttributeError(msg)


__all__ = [
    "BUY",
    "SELL",
    "AssetClass",
    "Bar",
    "Book",
    "BookAction",
    "BookDelta",
    "BookOrderDelta",
    "BookSnapshot",
    "Bracket",
    "Calendar",
    "CancelRejected",
    "ConfigError",
    "DataError",
    "DenialReason",
    "Every",
    "EveryEvent",
    "HaltedError",
    "HistoryReceived",
    "Instrument",
    "InstrumentStatus",
    "Liquidity",
    "LockstepError",
    "MidMoved",
    "Never",
    "OneCancelsOther",
    "Order",
    "OrderAccepted",
    "OrderBook",
    "OrderCanceled",
    "OrderDenied",
    "OrderExpired",
    "OrderFilled",
    "OrderLost",
    "OrderRejected",
    "OrderReplaced",
    "OrderReport",
    "OrderSubmitted",
    "OrderTriggered",
    "OrderType",
    "OrderUnknown",
    "PositionAdjusted",
    "Protection",
    "ProtectionSet",
    "QuoteTick",
    "Range",
    "ReplaceRejected",
    "ResultReceived",
    "RunResult",
    "Session",
    "SessionChange",
    "Side",
    "Status",
    "Strategy",
    "StrategyError",
    "TimeInForce",
    "Timer",
    "TouchChanged",
    "TradeTick",
    "UsageError",
    "ValueRefused",
    "VenueError",
    "backtest",
]
