"""Fills of orders that nobody knows yet: kept until a report names the order, doubles told apart.

The kernel moves the account's position at once, and the strategy's when claimed; on a hedging
account the position that a fill names tells whose it is.
"""

import msgspec

from engine.ledger.legs import Legs
from engine.ledger.portfolio import Portfolio
from engine.model.instrument import Instrument
from engine.model.reports import OrderFilled, ProtectionSet

FILLS_MAX = 10_000
"""How many unclaimed fills are kept; beyond that the oldest stays with the account alone."""

SETTLE_NS = 10_000_000_000
"""How long a fill may wait for its order before somebody is told."""


class FillClaimed(msgspec.Struct, frozen=True, gc=False, tag=True, tag_field="event"):
    """Record that a fill, booked on the account before, belongs to an order of a strategy."""

    client_order_id: str
    instrument: str
    account: str
    trade_id: str
    ts: int


class FillUnclaimed(msgspec.Struct, frozen=True, gc=False, tag=True, tag_field="event"):
    """Warn that a fill moved an account and no order of ours has been found for it."""

    account: str
    instrument: str
    venue_order_id: str
    trade_id: str
    ts: int


def leg_name(fill: OrderFilled) -> str:
    """Return the name of the position that a fill moved on a hedging account."""
    return fill.position_id or fill.venue_order_id or fill.client_order_id


def book_leg(
    portfolio: Portfolio, legs: Legs, fill: OrderFilled, quantity: int, price: tuple[int, int]
) -> str | None:
    """Book a fill of nobody's order on the position it names, and for the strategy that owns it.

    So the fills of exits that the venue keeps find their strategy, which is returned. None where
    nobody owns it, or where an order of ours is closing it and may claim the fill.
    """
    leg = legs.find(leg_name(fill))
    owner = leg.strategy if leg is not None and not leg.closing else ""
    instrument = legs.book(leg_name(fill), quantity, price).position.instrument
    if not owner:
        return None
    portfolio.held(owner, fill.account, instrument).position.book(quantity, *price)
    return owner


def note_exits(portfolio: Portfolio, instrument: Instrument, told: ProtectionSet) -> None:
    """Take note of the exits that a venue keeps at a position, whoever asked for them."""
    legs = portfolio.exposure(told.account, instrument).legs
    if legs is not None:
        legs.protect(told.position_id, told.stop_loss, told.take_profit)


_Trade = tuple[str, str, str]


class Strangers:
    """Keep unclaimed fills by account, instrument and trade id.

    A fill without a trade id cannot be told from another one, so each of them counts.
    """

    __slots__ = ("_number", "fills")

    def __init__(self) -> None:
        self.fills: dict[_Trade, OrderFilled] = {}
        self._number = 0

    def add(self, fill: OrderFilled) -> bool:
        """Keep a fill; return False when it is known already."""
        self._number += 1
        key = _trade(fill) if fill.trade_id else (fill.account, fill.instrument, f"#{self._number}")
        if key in self.fills:
            return False
        self.fills[key] = fill
        if len(self.fills) > FILLS_MAX:
            del self.fills[next(iter(self.fills))]
        return True

    def holds(self, fill: OrderFilled) -> bool:
        """Say whether a fill is still unclaimed."""
        return any(kept is fill for kept in self.fills.values())

    def take(self, fill: OrderFilled, account: str) -> bool:
        """Forget a fill that came again with its order's name; return whether it was kept."""
        named = msgspec.structs.replace(fill, account=account)
        return bool(fill.trade_id) and self.fills.pop(_trade(named), None) is not None

    def claim(self, account: str, venue_order_id: str) -> list[OrderFilled]:
        """Return and forget the fills of an order, once the venue's id for it is known."""
        if not venue_order_id:
            return []
        found = [
            key
            for key, fill in self.fills.items()
            if (fill.account, fill.venue_order_id) == (account, venue_order_id)
        ]
        return [self.fills.pop(key) for key in found]


def _trade(fill: OrderFilled) -> _Trade:
    return fill.account, fill.instrument, fill.trade_id
