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
from engine.gate.rates.setup import NO_RATES, RateSetup, check_cancels, setup_rates

__all__ = [
    "NEVER",
    "NO_RATES",
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
    "RateSetup",
    "RateSnapshot",
    "Scope",
    "SlidingWindow",
    "Traffic",
    "VenueRates",
    "WaitQueue",
    "Waits",
    "cancel_windows",
    "check",
    "check_cancels",
    "combine_rates",
    "setup_rates",
]
