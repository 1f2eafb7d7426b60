"""Exits that go with an order: where they are, and why they cannot be.

Sends nothing: the venue keeps them, or a bracket in the engine does.
"""

from msgspec.structs import replace

from engine.errors import ValueRefused
from engine.model.commands import Protection
from engine.model.instrument import Instrument
from engine.model.reports import DenialReason
from engine.orders.order import Order

Levels = tuple[float | None, float | None]
"""The prices of stop-loss and take-profit, None where there is none."""


def levels(protection: Protection, side: int, price: float) -> Levels:
    """Return the exits of a position that was opened on a side at a price, not put on the grid."""
    stop, profit = protection.stop_loss, protection.take_profit
    if protection.stop_distance is not None:
        stop = price - side * protection.stop_distance
    if protection.profit_distance is not None:
        profit = price + side * protection.profit_distance
    return stop, profit


def on_grid(instrument: Instrument, protection: Protection) -> Protection:
    """Return exits on the instrument's grid. Raises ValueRefused for what is no price."""

    def put(price: float | None) -> float | None:
        return None if price is None else instrument.price(price)

    return replace(
        protection,
        stop_loss=put(protection.stop_loss),
        take_profit=put(protection.take_profit),
        stop_distance=put(protection.stop_distance),
        profit_distance=put(protection.profit_distance),
    )


def problem(entry: Order, protection: Protection) -> tuple[DenialReason, str] | None:
    """Return why exits cannot go with an entry: no price, two for one exit, or already reached."""
    asked = protection
    has_stop = asked.stop_loss is not None or asked.stop_distance is not None
    if (asked.trailing or asked.guaranteed) and not has_stop:
        text = "nothing trails or is guaranteed without stop_loss or stop_distance"
        return DenialReason.ORDER_INVALID, text
    pairs = (asked.stop_loss, asked.stop_distance), (asked.take_profit, asked.profit_distance)
    given = [[each for each in pair if each is not None] for pair in pairs]
    if any(len(each) > 1 for each in given) or not any(given):
        text = "give for each exit a price or a distance, and one exit at least"
        return DenialReason.ORDER_INVALID, text
    try:
        asked = on_grid(entry.route.instrument, protection)
    except (ValueRefused, TypeError, OverflowError) as error:
        return DenialReason.PRICE_INVALID, str(error)
    distances = asked.stop_distance, asked.profit_distance
    if any(each is not None and not each > 0 for each in distances):
        return DenialReason.PRICE_INVALID, "an exit's distance is a tick or more"
    return wrong_side(entry, asked.stop_loss, asked.take_profit)


def wrong_side(
    entry: Order, stop_loss: float | None, take_profit: float | None
) -> tuple[DenialReason, str] | None:
    """Refuse exits that the entry's own price, or the market's, has reached already."""
    prices = (entry.price, entry.stop, entry.route.market.mark())
    near = next(price for price in prices if price is not None)
    for name, price, sign in (("stop_loss", stop_loss, 1), ("take_profit", take_profit, -1)):
        if price is not None and (near - price) * entry.side * sign <= 0:
            text = f"{name} {price:g} is on the wrong side of an entry near {near:g}"
            return DenialReason.ORDER_INVALID, text
    return None
