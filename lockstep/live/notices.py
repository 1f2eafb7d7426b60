"""Turn what happens in a run into alerts, log lines and the figures of its summary.

Changes nothing of the run.
"""

from collections import Counter

import structlog

from engine.gate.rates import RateLimited
from engine.kernel import StrategyStopped
from engine.model.adjustments import PositionAdjusted, Quarantined
from engine.model.commands import SubmitOrder
from engine.model.connection import LinkChanged, LinkState
from engine.model.reports import OrderDenied, OrderFilled, OrderLost, OrderUnknown
from engine.model.risk import SEVERITY, Cause, RiskStateChanged
from engine.model.run_events import StrategiesStopped
from engine.telemetry.alerts import Alerts
from engine.telemetry.meters import Meters, count


class Notices:
    """Hear every event and decision of a run.

    `events`, `orders`, `fills` and `denials` are counted for the summary.
    """

    def __init__(self, alerts: Alerts, meters: Meters) -> None:
        self.alerts = alerts
        self.events = self.orders = self.fills = 0
        self.denials: Counter[str] = Counter()
        self._stalls = 0
        self._is_stopping = False
        self._meters = meters
        self._log = structlog.get_logger()

    def say(self, text: str) -> None:
        """Log a line that a person should know."""
        self._log.info(text)

    def hear(self, event: object, decided: list[object]) -> None:
        """Take note of one event and what was decided."""
        self.events += 1
        if self._meters.stalls > self._stalls:
            self._stalls = self._meters.stalls
            self.alerts.tell("stalled", type(event).__name__, f"{self._stalls} in this run")
        self._event(event)
        for each in decided:
            self._decision(each)

    def _event(self, event: object) -> None:
        if isinstance(event, StrategiesStopped):
            self._is_stopping = True
        elif isinstance(event, OrderFilled):
            self.fills += 1
            self._log.info(
                "fill",
                order=event.client_order_id,
                instrument=event.instrument,
                side=event.side.name,
                quantity=event.quantity,
                price=event.price,
            )
        elif isinstance(event, OrderUnknown):
            self.alerts.tell("order_unknown", event.client_order_id, event.reason)
        elif isinstance(event, OrderLost):
            self.alerts.tell("order_lost", event.client_order_id, event.reason)
        elif isinstance(event, PositionAdjusted):
            text = f"{event.instrument} from {event.before:g} to {event.after:g}: {event.reason}"
            self.alerts.tell("adjusted", event.account, text)
        elif isinstance(event, Quarantined):
            self.alerts.tell("adjusted", event.account, event.message)
        elif isinstance(event, LinkChanged):
            self._link(event)
        elif isinstance(event, RateLimited):
            self.alerts.tell("rate_limited", event.scope.venue, "too much was sent")

    def _link(self, event: LinkChanged) -> None:
        if event.state is LinkState.LOST:
            count(self._meters.reconnects, f"{event.venue} {event.link}")
            self.alerts.tell("disconnected", f"{event.venue} {event.link}", event.reason)
        elif event.state is LinkState.CLOSED and event.reason:
            self.alerts.tell("login_refused", f"{event.venue} {event.link}", event.reason)

    def _decision(self, each: object) -> None:
        if isinstance(each, SubmitOrder):
            self.orders += 1
        elif isinstance(each, OrderDenied):
            self.denials[each.reason] += 1
            count(self._meters.denials, each.reason)
        elif isinstance(each, StrategyStopped):
            self.alerts.tell("strategy_stopped", each.strategy, each.error)
        elif isinstance(each, RiskStateChanged):
            self._risk_state(each)

    def _risk_state(self, change: RiskStateChanged) -> None:
        """Alarm people of a state that became worse, unless the run's own end made it so."""
        text = f"{change.before} -> {change.after} ({change.cause})"
        is_of_the_stop = self._is_stopping and change.cause is Cause.PAUSED
        if SEVERITY[change.after] > SEVERITY[change.before] and not is_of_the_stop:
            self.alerts.tell("risk_state", str(change.scope), text)
        else:
            self._log.info("risk state", scope=str(change.scope), state=text)
