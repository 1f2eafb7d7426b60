"""One order of B2TRADER as we follow it, and the reports that its changes make.

It knows no other order. Fills are what the filled quantity has grown by, since neither spot orders
nor the stream of open orders name executions.
"""

from decimal import Decimal
from typing import TypedDict

import msgspec

from connectors.b2trader.mapping import (
    STANDINGS,
    STOPS,
    MarketTerms,
    exact,
    finite,
    nanoseconds,
    plain,
)
from connectors.b2trader.messages import Number, OrderItem
from engine.model.commands import OrderType, Side
from engine.model.decimals import round_15
from engine.model.reports import (
    OrderAccepted,
    OrderCanceled,
    OrderExpired,
    OrderFilled,
    OrderRejected,
    OrderReport,
)
from engine.model.truth import Standing


class _Common(TypedDict):
    client_order_id: str
    venue_order_id: str
    instrument: str
    account: str
    ts_event: int
    ts_recv: int


class Tracked(msgspec.Struct, eq=False, kw_only=True):
    """Hold an order: what was asked, under which ids, and what of it was reported.

    `client_order_id` is empty for orders that another program placed. A stop has two venue ids
    once it was activated; `venue_order_id` is the newest. `notional` is None for an order of an
    earlier run: then the next fill has the average price of the whole order.
    """

    client_order_id: str
    account: str
    terms: MarketTerms
    side: Side
    type: OrderType
    quantity: float
    price: float | None
    ts_sent: int
    venue_order_id: str = ""
    standing: Standing | None = None
    filled: Decimal = Decimal(0)
    notional: Decimal | None = Decimal(0)
    fee: Decimal = Decimal(0)
    unknown_since: int | None = None
    alarmed: bool = False
    listed: bool = False
    triggered: bool = False

    @property
    def is_open(self) -> bool:
        """Say whether anything more is expected of the order."""
        return self.standing in (None, Standing.WORKING)

    @property
    def is_lost(self) -> bool:
        """Say whether it was sent and nobody has told whether the venue has it."""
        return self.unknown_since is not None and not self.venue_order_id

    @property
    def waits_for_trigger(self) -> bool:
        """Say whether the venue keeps the order among its stop orders."""
        return self.type in STOPS and not self.triggered

    def resembles(self, other: "Tracked") -> bool:
        """Say whether nothing but ids and times tells two orders apart."""
        return (self.account, self.terms.id, self.side, self.quantity, self.price) == (
            other.account,
            other.terms.id,
            other.side,
            other.quantity,
            other.price,
        )

    def priced(self, row: "Tracked") -> "Tracked":
        """Return a row that does not tell what price was asked for, as if it was this order's."""
        return msgspec.structs.replace(row, price=self.price)

    def update(self, item: OrderItem, now: int) -> list[OrderReport]:
        """Take the order's newest row and return what is new in it; older rows give nothing."""
        ts = nanoseconds(item.updated_at, now)
        reports: list[OrderReport] = []
        standing = STANDINGS.get(item.status, Standing.WORKING)
        if self.standing is None and standing is not Standing.REJECTED:
            reports.append(OrderAccepted(**self._common(ts, now)))
            self.standing = Standing.WORKING
        filled, notional = _filled(item, self.terms)
        if filled > self.filled:
            reports += self.fill(filled, notional, _fee(item), _fee_currency(item, self), ts, now)
        if standing is not Standing.WORKING and self.is_open:
            self.standing = standing
            reports += self._closing(item, standing, ts, now)
        self.unknown_since = None
        return reports

    def fill(
        self,
        filled: Decimal,
        notional: Decimal | None,
        fee: Decimal,
        currency: str,
        ts: int,
        now: int,
    ) -> list[OrderFilled]:
        """Return the fill that brings the order to new totals; none while nobody tells its price.

        The id is made of the order and its new total, so that it is the same whoever tells.
        """
        if notional is None:
            return []
        grown = filled - self.filled
        value = notional * grown / filled if self.notional is None else notional - self.notional
        report = OrderFilled(
            **self._common(ts, now),
            trade_id=f"{self.venue_order_id}:{plain(filled)}",
            side=self.side,
            quantity=float(grown),
            price=round_15(float(value / grown)),
            fee=float(fee - self.fee),
            fee_currency=currency,
        )
        self.filled, self.notional, self.fee = filled, notional, fee
        return [report]

    def _closing(self, item: OrderItem, standing: Standing, ts: int, now: int) -> list[OrderReport]:
        common = self._common(ts, now)
        if standing is Standing.REJECTED:
            return [OrderRejected(**common, reason=item.reject_details or item.status)]
        if standing is Standing.CANCELED:
            filled = float(self.filled)
            return [OrderCanceled(**common, reason=item.reject_details or "", filled=filled)]
        if standing is Standing.EXPIRED:
            return [OrderExpired(**common, filled=float(self.filled))]
        return []

    def _common(self, ts: int, now: int) -> _Common:
        return {
            "client_order_id": self.client_order_id,
            "venue_order_id": self.venue_order_id,
            "instrument": self.terms.instrument.id,
            "account": self.account,
            "ts_event": ts,
            "ts_recv": now,
        }


def base_units(item: OrderItem, terms: MarketTerms) -> float:
    """Return how much an order asks for, in base units."""
    if item.requested_amount is not None:
        return finite(item.requested_amount)
    return terms.units(item.requested_lot_amount or 0)


def _filled(item: OrderItem, terms: MarketTerms) -> tuple[Decimal, Decimal | None]:
    """Return how much is filled and its value so far; None while the price is not told."""
    total = exact(base_units(item, terms))
    is_complete = STANDINGS.get(item.status) is Standing.FILLED
    remaining = total if item.remaining_amount is None else _remaining(item, terms)
    filled = total if is_complete and item.remaining_amount is None else total - remaining
    price = item.execution_price if item.execution_price is not None else item.requested_price
    return filled, None if price is None else filled * exact(finite(price))


def _remaining(item: OrderItem, terms: MarketTerms) -> Decimal:
    """Return what may still fill: in lots where the order itself is given in lots alone."""
    amount: Number = item.remaining_amount or 0
    return exact(finite(amount) if item.requested_amount is not None else terms.units(amount))


def _fee(item: OrderItem) -> Decimal:
    amount = item.commission_amount if item.commission_amount is not None else item.commission
    return exact(finite(amount or 0))


def _fee_currency(item: OrderItem, order: Tracked) -> str:
    return (item.commission_asset_id or order.terms.instrument.currency).upper()
