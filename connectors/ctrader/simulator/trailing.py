"""Let stop-losses that trail follow the market, and tell of each step without an execution event.

The distance is what it was when the stop began to trail.
"""

from connectors.ctrader.mapping.scaling import milliseconds
from connectors.ctrader.schema.trading_pb2 import ProtoOATrailingSLChangedEvent
from connectors.ctrader.simulator.desk import Desk
from connectors.ctrader.simulator.listing import account_number
from connectors.ctrader.simulator.positions import Position
from connectors.simulation.broker import SimulatedBroker
from connectors.simulation.records import BrokerEvent
from engine.model.market import QuoteTick


class Trailing:
    """Follow the touch; a stop moves only towards it."""

    def __init__(self, broker: SimulatedBroker, desk: Desk) -> None:
        self._broker = broker
        self._desk = desk
        self._distances: dict[tuple[int, int], float] = {}
        broker.listen(self._hear)

    def _hear(self, event: BrokerEvent) -> None:
        if not isinstance(event, QuoteTick):
            return
        for position in self._desk.books.positions.values():
            if position.instrument == event.instrument and position.levels.trailing:
                self._follow(position, event)

    def _follow(self, position: Position, quote: QuoteTick) -> None:
        stop = position.levels.stop_loss
        if stop is None or not position.size:
            return
        side = 1 if position.size > 0 else -1
        price = quote.bid if side > 0 else quote.ask
        key = position.number, position.protection_id
        distance = self._distances.setdefault(key, abs(price - stop))
        instrument = self._broker.instruments[position.instrument]
        moved = instrument.price(price - side * distance)
        if (moved - stop) * side > 0:
            self._desk.later(lambda: self._move(position, moved, quote.ts_recv))

    def _move(self, position: Position, stop: float, ts: int) -> None:
        if not position.size:
            return
        position.levels = position.levels.moved(stop)
        self._broker.protect(
            position.account, self._desk.books.key(position), ts, stop, position.levels.take_profit
        )
        event = ProtoOATrailingSLChangedEvent(
            ctidTraderAccountId=account_number(position.account),
            positionId=position.number,
            orderId=position.protection_id,
            stopPrice=stop,
            utcLastUpdateTimestamp=milliseconds(ts),
        )
        self._desk.tell(position.account, event)
