"""The limits of venues and of the user on how often requests are sent, and the wait for them."""

from engine.gate.rates.check import cancel_windows, check
from engine.gate.rates.combine import combine_rates
from engine.gate.rates.count import NEVER
from engine.gate.rates.limiter import RateLimits, RateSnapshot
from engine.gate.rates.outcome import (
    Admitted,
    Annulled,
    Dropped,
    DropReason,
    Offer,
    Outcome,
    Waits,
)
from engine.gate.rates.path import RatePath
from engine.gate.rates.queue import WaitQueue
from engine.gate.rates.rule import (
    BudgetUsed,
    CommandKind,
    FixedWindow,
    Level,
    Mark,
    RateLimited,
    RateRule,
    Scope,
    SlidingWindow,
    Traffic,
    VenueRates,
)

__all__ = [
    "NEVER",
    "Admitted",
    "Annulled",
    "BudgetUsed",
    "CommandKind",
    "DropReason",
    "Dropped",
    "FixedWindow",
    "Level",
    "Mark",
    "Offer",
    "Outcome",
    "RateLimited",
    "RateLimits",
    "RatePath",
    "RateRule",
    "RateSnapshot",
    "Scope",
    "SlidingWindow",
    "Traffic",
    "VenueRates",
    "WaitQueue",
    "Waits",
    "cancel_windows",
    "check",
    "combine_rates",
]
