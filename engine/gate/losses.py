"""Watch what an account or a strategy is worth: loss since the day began, fall from the peak.

Latches nothing itself; it tells whoever does.
"""

from collections.abc import Callable

from engine.gate.limits import INFINITE, LossLimits
from engine.gate.verdict import Denial
from engine.model.reports import DenialReason
from engine.model.risk import BaselineKind, BaselineSet, Cause, RiskScope
from engine.orders.order import Order
from engine.timers import Cron

_NAN = float("nan")
_NONE = float("-inf")
_STEP = 50
"""A higher peak is recorded when it rose by this part of the drawdown allowed."""


class LossWatch:
    """Compare the worth of a scope with its baselines, whenever something has moved.

    `record` takes each new baseline, `trip` the cause and the words of a breach, `renew` hears that
    a new day has begun. Worth is NaN while a mark or rate is missing: then nothing trips, and the
    rule denies entries; `rebind` hears whenever that begins or ends, for nobody asks the rule of a
    known worth. What a cause has tripped does not trip again before `rebase`.
    """

    __slots__ = (
        "_daily",
        "_day",
        "_day_ends",
        "_drawdown",
        "_lowest_of_day",
        "_lowest_of_peak",
        "_peak",
        "_recorded",
        "_start",
        "is_known",
        "rebind",
        "record",
        "renew",
        "scope",
        "trip",
        "worth",
    )

    def __init__(self, scope: RiskScope, limits: LossLimits, worth: Callable[[], float]) -> None:
        self.scope = scope
        self.worth = worth
        self.record: Callable[[BaselineSet], None] = _ignore
        self.trip: Callable[[RiskScope, Cause, str], None] = _pass
        self.renew: Callable[[RiskScope], None] = _ignore
        self.rebind: Callable[[RiskScope], None] = _ignore
        hour, minute = limits.day_start.split(":")
        self._day = Cron.parse(f"{int(minute)} {int(hour)} * * *", limits.timezone)
        self._daily = limits.daily
        self._drawdown = limits.drawdown
        self._day_ends = 0
        self.is_known = False
        self._start = self._peak = self._recorded = _NAN
        self._lowest_of_day = self._lowest_of_peak = _NONE

    def restore(self, baseline: BaselineSet) -> None:
        """Measure from a baseline of before a restart; that of an earlier day is replaced soon."""
        if baseline.kind == BaselineKind.PEAK:
            self._set_peak(baseline.worth)
        else:
            self._set_start(baseline.worth, baseline.ts_recv)

    def observe(self, now: int) -> None:
        """Look at the worth of the moment: begin a day, raise the peak, or trip."""
        worth = self.worth()
        if (worth == worth) is not self.is_known:  # noqa: PLR0124 - NaN
            self.is_known = not self.is_known
            self.rebind(self.scope)
        if not self.is_known:
            return
        if now >= self._day_ends:
            self._begin_day(worth, now)
        if not worth <= self._peak:
            self._set_peak(worth)
            if self._drawdown < INFINITE and not worth < self._recorded + self._drawdown / _STEP:
                self._note(BaselineKind.PEAK, worth, now)
                self._recorded = worth
        if worth < self._lowest_of_day:
            self._breach(Cause.DAILY_LOSS, self._start - worth, self._daily)
            self._lowest_of_day = _NONE
        if worth < self._lowest_of_peak:
            self._breach(Cause.DRAWDOWN, self._peak - worth, self._drawdown)
            self._lowest_of_peak = _NONE

    @property
    def day_ends(self) -> int:
        """Return when the day of the daily loss is over (ns); 0 before it has begun."""
        return self._day_ends

    def rebase(self, cause: Cause, now: int) -> None:
        """Measure anew from here, since a person has cleared what tripped."""
        worth = self.worth()
        if cause == Cause.DAILY_LOSS:
            self._set_start(worth, now)
            self._note(BaselineKind.DAY_START, worth, now)
        else:
            self._set_peak(worth)
            self._note(BaselineKind.PEAK, worth, now)

    def is_content(self) -> bool:
        """Say whether the worth is known, so that the rule has nothing to deny."""
        return self.is_known

    def judge(self, _order: Order, _quantity: int, _added: int, _price: float) -> Denial | None:
        """Deny entries while nobody knows what the scope is worth; a breach is latched at once."""
        return DenialReason.NO_REFERENCE, f"the worth of {self.scope} is not known"

    def _begin_day(self, worth: float, now: int) -> None:
        if self._day_ends:
            self.renew(self.scope)
        self._set_start(worth, now)
        if self._daily < INFINITE:
            self._note(BaselineKind.DAY_START, worth, now)

    def _set_start(self, worth: float, ts: int) -> None:
        self._start = worth
        self._day_ends = self._day.next_after(ts)
        self._lowest_of_day = worth - self._daily

    def _set_peak(self, worth: float) -> None:
        self._peak = worth
        self._lowest_of_peak = worth - self._drawdown

    def _note(self, kind: BaselineKind, worth: float, now: int) -> None:
        self.record(BaselineSet(self.scope, kind, worth, now))

    def _breach(self, cause: Cause, lost: float, limit: float) -> None:
        self.trip(self.scope, cause, f"{lost:.2f} lost, limit {limit:.2f}")


def _ignore(_event: object) -> None:
    """Tell nobody."""


def _pass(_scope: RiskScope, _cause: Cause, _words: str) -> None:
    """Latch nothing."""
