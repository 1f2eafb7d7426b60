"""Turn what happens in a run into alerts, log lines and the figures of its summary.

Changes nothing of the run.
"""

from collections import Counter
from collections.abc import Callable
from typing import Any

import structlog

from engine.gate.rates import RateLimited
from engine.kernel import StrategyStopped
from engine.model.adjustments import PositionAdjusted, Quarantined
from engine.model.commands import SubmitOrder
from engine.model.connection import (
    CLOCK_SKEW_MAX_NS,
    ClockMeasured,
    FeedChanged,
    LinkChanged,
    LinkState,
)
from engine.model.notices import AccountChanged, MarginCalled, NewsReceived
from engine.model.reports import OrderDenied, OrderFilled, OrderLost, OrderUnknown
from engine.model.risk import SEVERITY, Cause, RiskStateChanged
from engine.model.run_events import StrategiesStopped
from engine.orders.strangers import FillUnclaimed
from engine.telemetry.alerts import Alerts
from engine.telemetry.meters import Meters, count

CAUSES_MAX = 10_000
"""Of how many orders it is remembered what they followed from; a later fill names no cause."""


class Notices:
    """Hear every event and decision of a run.

    `cause` gives the journal's sequence number of the event that is heard: it stands in the log
    lines of the orders that followed from it and of their fills, so that one leads to the other.
    `events`, `orders`, `fills` and `denials` are counted for the summary. `late_fills` gives how
    many fills of closed orders the books have seen.
    """

    def __init__(self, alerts: Alerts, meters: Meters) -> None:
        self.alerts = alerts
        self.events = self.orders = self.fills = 0
        self.denials: Counter[str] = Counter()
        self.late_fills: Callable[[], int] = lambda: 0
        self.cause: Callable[[], int] = lambda: 0
        self._causes: dict[str, int] = {}
        self._late_fills = self._stalls = 0
        self._away: dict[str, int] = {}
        self._is_stopping = False
        self._meters = meters
        self._log = structlog.get_logger()
        self._steps: dict[type, Callable[[Any], None]] = {
            StrategiesStopped: self._stopping,
            OrderFilled: self._fill,
            OrderUnknown: self._unknown,
            OrderLost: self._lost,
            PositionAdjusted: self._adjusted,
            Quarantined: self._quarantined,
            LinkChanged: self._link,
            ClockMeasured: self._clock,
            FeedChanged: self._feed,
            RateLimited: self._limited,
            MarginCalled: self._margin,
            AccountChanged: self._account,
            NewsReceived: self._news,
        }

    def say(self, text: str) -> None:
        """Log a line that a person should know."""
        self._log.info(text)

    def hear(self, event: object, decided: list[object]) -> None:
        """Take note of one event and what was decided."""
        self.events += 1
        if self._meters.stalls > self._stalls:
            self._stalls = self._meters.stalls
            self.alerts.tell("stalled", type(event).__name__, f"{self._stalls} in this run")
        step = self._steps.get(type(event))
        if step is not None:
            step(event)
        for each in decided:
            self._decision(each)

    def _stopping(self, _event: StrategiesStopped) -> None:
        self._is_stopping = True

    def _fill(self, fill: OrderFilled) -> None:
        self.fills += 1
        self._log.info(
            "fill",
            order=fill.client_order_id,
            cause=self._causes.get(fill.client_order_id),
            instrument=fill.instrument,
            side=fill.side.name,
            quantity=fill.quantity,
            price=fill.price,
        )
        if self.late_fills() > self._late_fills:
            self._late_fills = self.late_fills()
            text = f"{fill.quantity:g} {fill.instrument} at {fill.price:g}, after its end"
            self.alerts.tell("late_fill", fill.client_order_id, text)

    def _unknown(self, event: OrderUnknown) -> None:
        self.alerts.tell("order_unknown", event.client_order_id, event.reason)

    def _lost(self, event: OrderLost) -> None:
        self.alerts.tell("order_lost", event.client_order_id, event.reason)

    def _adjusted(self, event: PositionAdjusted) -> None:
        text = f"{event.instrument} from {event.before:g} to {event.after:g}: {event.reason}"
        self.alerts.tell("adjusted", event.account, text)

    def _quarantined(self, event: Quarantined) -> None:
        self.alerts.tell("adjusted", event.account, event.message)

    def _limited(self, event: RateLimited) -> None:
        self.alerts.tell("rate_limited", event.scope.venue, "too much was sent")

    def _feed(self, event: FeedChanged) -> None:
        about = {"instrument": event.instrument, "kind": event.kind.value}
        self._log.info(f"feed {event.state}", **about, reason=event.reason)

    def _link(self, event: LinkChanged) -> None:
        """Tell of a lost connection once, whatever attempts fail, and then of its return."""
        name = f"{event.venue} {event.link}"
        if event.state is LinkState.LOST:
            if name not in self._away:
                self._away[name] = event.ts_recv
                self.alerts.tell("disconnected", name, event.reason)
            else:
                self._log.debug("not connected", link=name, reason=event.reason)
        elif event.state is LinkState.READY:
            since = self._away.pop(name, None)
            if since is None:
                self._log.info("connected", link=name)
            else:
                count(self._meters.reconnects, name)
                away = (event.ts_recv - since) / 1e9
                self.alerts.tell("reconnected", name, f"after {away:.1f} s away")
        elif event.state is LinkState.CLOSED and event.reason:
            self.alerts.tell("login_refused", name, event.reason)

    def _clock(self, measured: ClockMeasured) -> None:
        """Tell of a difference that the measurement's own doubt does not explain."""
        apart = abs(measured.offset_ns) - measured.error_ns
        if apart > CLOCK_SKEW_MAX_NS:
            text = f"the venue's clock is {measured.offset_ns / 1e9:+.3f} s from ours"
            self.alerts.tell("clock_skew", measured.venue, text)

    def _margin(self, call: MarginCalled) -> None:
        text = f"equity is below {call.level:g} % of the used margin"
        self.alerts.tell("margin_call", call.account, text)

    def _account(self, changed: AccountChanged) -> None:
        self.alerts.tell("account_changed", changed.account, changed.text)

    def _news(self, news: NewsReceived) -> None:
        self._log.info("news", venue=news.venue, headline=news.headline, about=news.instruments)

    def _decision(self, each: object) -> None:
        if isinstance(each, SubmitOrder):
            self.orders += 1
            self._sent(each)
        elif isinstance(each, OrderDenied):
            self.denials[each.reason] += 1
            count(self._meters.denials, each.reason)
        elif isinstance(each, StrategyStopped):
            self.alerts.tell("strategy_stopped", each.strategy, each.error)
        elif isinstance(each, FillUnclaimed):
            text = f"a fill of {each.instrument} in {each.account} that no order of ours explains"
            self.alerts.tell("stranger_fill", each.venue_order_id or each.trade_id, text)
        elif isinstance(each, RiskStateChanged):
            self._risk_state(each)

    def _sent(self, order: SubmitOrder) -> None:
        """Remember what an order followed from, for its fills; of the last CAUSES_MAX orders."""
        cause = self._causes[order.client_order_id] = self.cause()
        if len(self._causes) > CAUSES_MAX:
            del self._causes[next(iter(self._causes))]
        self._log.debug(
            "order",
            order=order.client_order_id,
            cause=cause,
            instrument=order.instrument,
            side=order.side.name,
            quantity=order.quantity,
            price=order.price,
        )

    def _risk_state(self, change: RiskStateChanged) -> None:
        """Alarm people of a state that became worse, unless the run's own end made it so."""
        text = f"{change.before} -> {change.after} ({change.cause})"
        is_of_the_stop = self._is_stopping and change.cause is Cause.PAUSED
        if SEVERITY[change.after] > SEVERITY[change.before] and not is_of_the_stop:
            self.alerts.tell("risk_state", str(change.scope), text)
        else:
            self._log.info("risk state", scope=str(change.scope), state=text)
