"""The accounts of the simulated broker: positions, money, and what is still free of it.

Refuses no order for lack of money: the exchange behind the broker does, where it is told to.
"""

from collections.abc import Callable, Mapping
from math import isnan
from typing import Literal

import msgspec

from connectors.simulation.records import BrokerOrder
from engine.ledger.exact import ExactSum
from engine.ledger.position import Position
from engine.model.decimals import exact_decimal, round_15
from engine.model.instrument import Instrument
from engine.model.market import QuoteTick
from engine.model.reports import OrderFilled
from engine.model.truth import BalanceRecord, PositionRecord

Mark = Callable[[str], float]
"""Says what an instrument is worth now; NaN when nothing tells."""


class AccountTerms(msgspec.Struct, frozen=True, kw_only=True):
    """Say what an account is: its name, its money, and how it books.

    `netting` holds one position an instrument; `hedging` one for each opening order. Where
    `settles` is `cash`, a purchase takes its full price out of the balance, else only profit and
    fees move it.
    """

    id: str
    currency: str
    balance: float
    positions: Literal["netting", "hedging"] = "netting"
    settles: Literal["margin", "cash"] = "margin"


class Holding:
    """Hold one position: `id` is empty on a netting account."""

    __slots__ = ("book", "id", "instrument", "stop_loss", "take_profit", "ts")

    def __init__(self, id: str, instrument: Instrument) -> None:  # noqa: A002 - the field's own name
        self.id = id
        self.instrument = instrument
        self.book = Position(instrument)
        self.stop_loss: float | None = None
        self.take_profit: float | None = None
        self.ts = 0

    def reached(self, quote: QuoteTick) -> bool:
        """Say whether the price at which the position could be closed has met one of its exits."""
        long = self.book.quantity > 0
        price = quote.bid if long else quote.ask
        low, high = (
            (self.stop_loss, self.take_profit) if long else (self.take_profit, self.stop_loss)
        )
        return (low is not None and price <= low) or (high is not None and price >= high)


class BrokerAccount:
    """Book fills of one account, exactly."""

    def __init__(
        self, terms: AccountTerms, instruments: Mapping[str, Instrument], mark: Mark
    ) -> None:
        self.terms = terms
        self._instruments = instruments
        self.holdings: dict[str, Holding] = {}
        self.working: dict[str, BrokerOrder] = {}
        self._mark = mark
        self._money = ExactSum()
        self._money.add(*self._money.read(terms.balance))

    @property
    def hedges(self) -> bool:
        """Say whether each opening order has a position of its own."""
        return self.terms.positions == "hedging"

    def fill(self, order: BrokerOrder, fill: OrderFilled) -> Holding:
        """Book one execution and return the position as it is now; an empty one is forgotten."""
        key = order.position_id if self.hedges else order.instrument
        instrument = self._instruments[order.instrument]
        holding = self.holdings.get(key)
        if holding is None:
            holding = Holding(key if self.hedges else "", instrument)
            self.holdings[key] = holding
        holding.ts = fill.ts_event
        units = round(fill.quantity * instrument.quantity_scale)
        holding.book.book(units * fill.side, *exact_decimal(fill.price))
        self._money.add(*self._money.read(-fill.fee))
        if holding.book.quantity == 0:
            self._take_profit(holding)
            del self.holdings[key]
        return holding

    def adjust(self, amount: float) -> None:
        """Add money (negative: take it)."""
        self._money.add(*self._money.read(amount))

    def total(self) -> float:
        """Return the money of the account, without the profit of open positions."""
        sums = [holding.book for holding in self.holdings.values()]
        moved = sum(book.realised_pnl for book in sums)
        if self.terms.settles == "cash":
            moved -= sum(book.money(book.cost) for book in sums)
        return round_15(float(self._money) + moved)

    def locked(self) -> float:
        """Return what positions and working orders hold back of the money.

        On a cash account the value of working buys, else the margin of positions and of orders
        that open. What has no price yet holds back nothing.
        """
        orders = self.working.values()
        if self.terms.settles == "cash":
            buys = [order for order in orders if order.side > 0]
            return sum(self._value(order.instrument, order.leaves, order.price) for order in buys)
        parts: list[tuple[str, float, float | None]]
        parts = [(held.instrument.id, held.book.size, None) for held in self.holdings.values()]
        parts += [(o.instrument, o.leaves, o.price) for o in orders if not o.closes]
        return sum(
            self._value(name, size, price) * self._instruments[name].margin_initial
            for name, size, price in parts
        )

    def closing(self, position_id: str) -> float:
        """Return how much of a position working orders are about to close."""
        orders = self.working.values()
        return sum(o.leaves for o in orders if o.closes and o.position_id == position_id)

    def reached(self, quote: QuoteTick) -> list[Holding]:
        """Return the positions of which a quote has reached the stop-loss or the take-profit."""
        holdings = self.holdings.values()
        return [h for h in holdings if h.instrument.id == quote.instrument and h.reached(quote)]

    def balance(self, ts: int) -> BalanceRecord:
        """Return the balance as the venue tells it."""
        total, locked = self.total(), self.locked()
        return BalanceRecord(
            account=self.terms.id,
            currency=self.terms.currency,
            total=total,
            available=round_15(total - locked),
            ts_event=ts,
            ts_recv=ts,
        )

    def position(self, holding: Holding) -> PositionRecord:
        """Return a position as the venue tells it."""
        average = holding.book.average_price
        return PositionRecord(
            account=self.terms.id,
            instrument=holding.instrument.id,
            quantity=holding.book.size,
            average_price=None if isnan(average) else average,
            position_id=holding.id,
            stop_loss=holding.stop_loss,
            take_profit=holding.take_profit,
            ts_event=holding.ts,
            ts_recv=holding.ts,
        )

    def _value(self, name: str, size: float, price: float | None) -> float:
        level = self._mark(name) if price is None else price
        worth = abs(size * level) * self._instruments[name].point_value
        return 0.0 if isnan(worth) else worth

    def _take_profit(self, holding: Holding) -> None:
        self._money.add(*self._money.read(holding.book.realised_pnl))
