"""The face of Lockstep: everything a strategy author imports.

It holds no trading logic of its own; the rooms below it do the work.
"""

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
from engine.model.calendar import Calendar, Session
from engine.model.commands import OrderType, Side, TimeInForce
from engine.model.instrument import AssetClass, Instrument
from engine.model.market import (
    Bar,
    BookDelta,
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
    ReplaceRejected,
)
from engine.orders.groups import Bracket, OneCancelsOther
from engine.orders.life import Status
from engine.orders.order import Order
from engine.strategy.base import Strategy
from engine.strategy.context import SessionChange, Timer
from engine.strategy.parameters import Range
from engine.wakes import EveryEvent, Every, MidMoved, Never, TouchChanged

BUY = Side.BUY
SELL = Side.SELL

__version__ = "0.1.0"

__all__ = [
    "BUY",
    "SELL",
    "AssetClass",
    "Bar",
    "BookDelta",
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
    "Instrument",
    "InstrumentStatus",
    "Liquidity",
    "LockstepError",
    "MidMoved",
    "Never",
    "OneCancelsOther",
    "Order",
    "OrderAccepted",
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
    "QuoteTick",
    "Range",
    "ReplaceRejected",
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
]
