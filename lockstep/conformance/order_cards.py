"""Cards about the life of orders while nothing goes wrong.

The simulator's broker is asked what really happened.
"""

from connectors.frame.package import VenuePackage
from connectors.frame.venue import Capabilities
from connectors.simulation.faults import Fault
from engine.model.commands import OrderType, Side
from engine.model.reports import (
    CancelRejected,
    OrderAccepted,
    OrderCanceled,
    OrderExpired,
    OrderFilled,
    OrderRejected,
    OrderReplaced,
    ReplaceRejected,
)
from engine.model.truth import Standing
from lockstep.conformance.card import Deck
from lockstep.conformance.stage import Stage

DECK = Deck()
BUY, SELL = Side.BUY, Side.SELL


def _replaces(_package: VenuePackage, capabilities: Capabilities) -> bool:
    return capabilities.replaces


def _stops(_package: VenuePackage, capabilities: Capabilities) -> bool:
    return OrderType.STOP in capabilities.order_types


@DECK.card()
async def login_gives_the_instrument_as_the_venue_has_it(stage: Stage) -> None:
    """The instrument that was asked for comes with its grid and money."""
    instruments = {i.id: i for i in await stage.connector.instruments((stage.instrument.id,))}
    found, true = instruments[stage.instrument.id], stage.instrument
    assert found.currency == true.currency, (found.currency, true.currency)
    for ticks in (0, 1, 7):
        price = stage.price(ticks)
        assert found.price(price, "refuse") == price, f"the grid lacks {price:g}"
    assert found.quantity(stage.quantity) == stage.quantity, stage.quantity
    assert found.point_value == true.point_value, (found.point_value, true.point_value)


@DECK.card()
async def market_order_is_accepted_and_filled(stage: Stage) -> None:
    """A market order is accepted and filled at the touch; both are told, fills once."""
    name = stage.submit(BUY)
    await stage.until(lambda: stage.follower.filled(name) >= stage.quantity)
    assert stage.follower.has(name, OrderAccepted) or stage.follower.has(name, OrderFilled)
    fills = stage.follower.fills.values()
    assert all(fill.price == stage.price(1) for fill in fills), [f.price for f in fills]
    await stage.settled()
    assert stage.follower.filled(name) == stage.quantity, "the truth tells fills anew"
    stage.agree()


@DECK.card()
async def limit_order_fills_in_parts(stage: Stage) -> None:
    """A limit order rests, fills by parts as the market offers, and completes."""
    name = stage.submit(BUY, ticks=-5)
    await stage.told(name, OrderAccepted)
    part = stage.quantity * 3 / 10
    stage.quote(-6, part)
    await stage.until(lambda: stage.follower.filled(name) > 0)
    assert abs(stage.follower.filled(name) - part) < 1e-9, stage.follower.filled(name)
    stage.quote(-7)
    await stage.until(lambda: abs(stage.follower.filled(name) - stage.quantity) < 1e-9)
    await stage.settled()
    stage.agree()


@DECK.card(_stops)
async def stop_order_is_triggered(stage: Stage) -> None:
    """A stop order waits for its price and then trades at the market."""
    name = stage.submit(SELL, stop=-5)
    await stage.told(name, OrderAccepted)
    assert stage.follower.filled(name) == 0
    stage.quote(-6)
    await stage.until(lambda: stage.orders()[0].triggered or stage.orders()[0].filled)
    stage.quote(-6)
    await stage.until(lambda: stage.truth() != 0)
    await stage.settled()
    stage.agree()


@DECK.card()
async def canceled_order_is_gone(stage: Stage) -> None:
    """A cancel takes the order out and is told with what was filled."""
    name = stage.submit(BUY, ticks=-5)
    await stage.told(name, OrderAccepted)
    stage.cancel(name)
    await stage.told(name, OrderCanceled)
    assert stage.orders()[0].standing is Standing.CANCELED
    stage.agree()


@DECK.card()
async def cancel_of_a_closed_order_is_refused(stage: Stage) -> None:
    """A cancel of an order that is filled changes nothing and is refused."""
    name = stage.submit(BUY)
    await stage.until(lambda: stage.follower.filled(name) >= stage.quantity)
    await stage.rest()
    stage.cancel(name)
    await stage.told(name, CancelRejected)
    await stage.settled()
    stage.agree()


@DECK.card(_replaces)
async def replaced_order_has_its_new_terms(stage: Stage) -> None:
    """A replace changes price and, where it may, quantity; its answer bears its number."""
    name = stage.submit(BUY, ticks=-5)
    await stage.told(name, OrderAccepted)
    amends_quantity = stage.connector.venue.capabilities.amends_quantity
    quantity = stage.quantity / 2 if amends_quantity else stage.quantity
    stage.replace(name, ticks=-4, quantity=quantity)
    await stage.told(name, OrderReplaced)
    reports = stage.follower.reports(name)
    answer = next(r for r in reports if isinstance(r, OrderReplaced) and r.request >= 1)
    assert (answer.price, answer.quantity) == (stage.price(-4), quantity), answer
    working = [order for order in stage.orders() if order.is_working]
    assert [order.price for order in working] == [stage.price(-4)], working
    stage.cancel(name)
    await stage.told(name, OrderCanceled)
    assert not any(order.is_working for order in stage.orders())


@DECK.card(_replaces)
async def replace_of_a_closed_order_is_refused(stage: Stage) -> None:
    """A replace of an order that is filled is refused."""
    name = stage.submit(BUY, ticks=1)
    await stage.until(lambda: stage.follower.filled(name) >= stage.quantity)
    await stage.rest()
    stage.replace(name, ticks=2)
    await stage.told(name, ReplaceRejected)
    await stage.settled()
    stage.agree()


@DECK.card()
async def order_that_the_account_cannot_pay_is_rejected(stage: Stage) -> None:
    """An order beyond the account's money is rejected with a reason."""
    name = stage.submit(BUY, ticks=-5, quantity=_too_much(stage))
    await stage.told(name, OrderRejected)
    reports = stage.follower.reports(name)
    assert all(r.reason for r in reports if isinstance(r, OrderRejected)), reports
    assert not any(order.is_working for order in stage.orders())


@DECK.card()
async def cancel_and_fill_may_cross(stage: Stage) -> None:
    """Whoever wins a race between a cancel and a fill, what is told adds up to the truth."""
    for _ in range(5):
        name = stage.submit(BUY, ticks=-5)
        await stage.told(name, OrderAccepted)
        stage.cancel(name)
        stage.quote(-6, stage.quantity * 3 / 10)
        await stage.until(
            lambda name=name: any(  # type: ignore[misc] # the name of this round
                isinstance(r, OrderCanceled | OrderExpired | CancelRejected)
                for r in stage.follower.reports(name)
            )
        )
        stage.quote(0)
    await stage.settled()
    stage.agree()


@DECK.card()
async def fill_may_come_before_the_acknowledgement(stage: Stage) -> None:
    """Reports that are told twice, late or in another order add up to the truth all the same."""
    for fault in (Fault.FILL_FIRST, Fault.DUPLICATE):
        stage.strike(fault, times=None)
    stage.strike(Fault.REORDER, times=None, probability=0.4)
    names = [stage.submit(side, ticks=ticks) for side, ticks in ((BUY, 1), (SELL, -1), (BUY, 3))]
    await stage.until(lambda: all(stage.follower.filled(n) >= stage.quantity for n in names))
    await stage.settled()
    assert all(stage.follower.filled(name) == stage.quantity for name in names)
    stage.agree()


def _too_much(stage: Stage) -> float:
    """Return a quantity whose value is twice the account's money."""
    instrument = stage.instrument
    money = stage.broker.balance(stage.account).total
    worth = stage.price(-5) * instrument.point_value * (instrument.margin_initial or 1.0)
    return instrument.quantity(2 * money / worth)
