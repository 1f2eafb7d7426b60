"""Call for margin, and close positions when an account's equity no longer carries them.

Watches every quote; a call is told at most once in ten minutes for each threshold.
"""

from connectors.ctrader.mapping.scaling import milliseconds
from connectors.ctrader.schema.account_pb2 import (
    ProtoOAMarginCall,
    ProtoOAMarginCallTriggerEvent,
    ProtoOAMarginCallUpdateEvent,
)
from connectors.ctrader.simulator.conditions import STOP_OUT_LEVEL
from connectors.ctrader.simulator.desk import Desk
from connectors.ctrader.simulator.listing import account_number
from connectors.ctrader.simulator.order_messages import STOP_OUT
from connectors.ctrader.simulator.positions import Position
from connectors.simulation.broker import SimulatedBroker
from connectors.simulation.records import BrokerEvent
from engine.model.market import QuoteTick

_THRESHOLDS = (100.0, 75.0, 50.0)
"""Levels in percent at first; an account may change each of the three."""

_AGAIN_NS = 600 * 10**9


class MarginWatch:
    """Hold the thresholds of each account, and act on them."""

    def __init__(self, broker: SimulatedBroker, desk: Desk) -> None:
        self._broker = broker
        self._desk = desk
        self._calls = {
            name: [
                ProtoOAMarginCall(
                    marginCallType=f"MARGIN_LEVEL_THRESHOLD_{at}", marginLevelThreshold=level
                )
                for at, level in enumerate(_THRESHOLDS, 1)
            ]
            for name in broker.accounts
        }
        self._told: dict[tuple[str, int], int] = {}
        broker.listen(self._hear)

    def calls(self, account: str) -> list[ProtoOAMarginCall]:
        """Return the thresholds of an account."""
        return self._calls[account]

    def change(self, account: str, call: ProtoOAMarginCall, now: int) -> None:
        """Set a threshold, and tell every connection of it."""
        changed = next(
            each for each in self._calls[account] if each.marginCallType == call.marginCallType
        )
        changed.marginLevelThreshold = call.marginLevelThreshold
        changed.utcLastUpdateTimestamp = milliseconds(now)
        number = account_number(account)
        event = ProtoOAMarginCallUpdateEvent(ctidTraderAccountId=number, marginCall=changed)
        self._desk.tell(account, event)

    def _hear(self, event: BrokerEvent) -> None:
        if not isinstance(event, QuoteTick):
            return
        books = self._desk.books
        for account in self._broker.accounts:
            if not any(each.instrument == event.instrument for each in books.held(account)):
                continue
            used = books.used_margin(account)
            if used:
                self._judge(account, books.equity(account) / used * 100, event.ts_recv)

    def _judge(self, account: str, level: float, ts: int) -> None:
        for call in self._calls[account]:
            key = account, int(call.marginCallType)
            is_new = ts - self._told.get(key, -_AGAIN_NS) >= _AGAIN_NS
            if level < call.marginLevelThreshold and is_new:
                self._told[key] = ts
                number = account_number(account)
                event = ProtoOAMarginCallTriggerEvent(ctidTraderAccountId=number, marginCall=call)
                self._desk.tell(account, event)
        if level < STOP_OUT_LEVEL:
            self._desk.later(lambda: self._stop_out(account, ts))

    def _stop_out(self, account: str, ts: int) -> None:
        """Close the position that uses the most margin; the next quote judges what is left."""
        held = list(self._desk.books.held(account))
        if held:
            worst = max(held, key=_used_margin)
            self._broker.close(account, self._desk.books.key(worst), ts, remark=STOP_OUT)


def _used_margin(position: Position) -> int:
    return position.used_margin
