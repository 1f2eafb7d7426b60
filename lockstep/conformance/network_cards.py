"""Cards about connections that misbehave, clocks that are wrong, and races that nobody can win.

As after every fault, nothing is sent twice and all sums agree in the end.
"""

from connectors.simulation.faults import Fault
from engine.model.commands import Side
from engine.model.connection import LinkState
from engine.model.reports import OrderAccepted, OrderLost, OrderRejected, OrderUnknown
from lockstep.conformance.card import Deck
from lockstep.conformance.stage import Stage

DECK = Deck()
BUY, SELL = Side.BUY, Side.SELL
_MINUTES = 300.0


@DECK.card()
async def half_open_connection_is_replaced(stage: Stage) -> None:
    """A connection that takes and gives nothing is given up; what was sent into it is unknown."""
    before = len(stage.follower.events)
    stage.strike(Fault.HALF_OPEN)
    await stage.until(lambda: stage.faults.counts[Fault.HALF_OPEN], seconds=_MINUTES)
    stage.submit(BUY, ticks=-5)
    await stage.until(lambda: stage.follower.links(LinkState.LOST, before), seconds=_MINUTES)
    await stage.settled()
    assert len(stage.orders()) <= 1, "the order was sent again"
    stage.agree()


@DECK.card()
async def lost_answer_is_no_refusal(stage: Stage) -> None:
    """An order whose answer never comes is unknown or found at the venue, and is sent once."""
    stage.strike(Fault.LOSE_REPLY)
    name = stage.submit(BUY, ticks=-5)
    heard = (OrderUnknown, OrderAccepted, OrderRejected)
    await stage.until(
        lambda: any(stage.follower.has(name, each) for each in heard), seconds=_MINUTES
    )
    await stage.settled()
    assert stage.faults.counts[Fault.LOSE_REPLY] == 1
    refused = stage.follower.has(name, OrderRejected) or stage.follower.has(name, OrderLost)
    assert not (refused and stage.orders()), "an order that stands at the venue was given up"
    assert len(stage.orders()) <= 1, "the order was sent again"
    stage.agree()


@DECK.card()
async def half_a_frame_does_no_lasting_harm(stage: Stage) -> None:
    """A frame or answer that breaks off with its connection is survived, whatever it was."""
    stage.strike(Fault.PARTIAL, times=2)
    stage.submit(BUY)
    await stage.until(lambda: stage.faults.counts[Fault.PARTIAL] == 2, seconds=2 * _MINUTES)
    await stage.settled()
    assert len(stage.orders()) <= 1
    stage.agree()


@DECK.card()
async def frame_that_is_too_long_does_no_lasting_harm(stage: Stage) -> None:
    """A frame longer than may be taken ends its connection and nothing else."""
    stage.strike(Fault.HUGE)
    stage.submit(BUY)
    await stage.until(lambda: stage.faults.counts[Fault.HUGE], seconds=2 * _MINUTES)
    await stage.settled()
    assert len(stage.orders()) <= 1
    stage.agree()


@DECK.card()
async def slow_connection_loses_nothing(stage: Stage) -> None:
    """Over a connection that lets little through, all is told in the end."""
    stage.strike(Fault.SLOW, times=None)
    stage.server.cut_all()
    await stage.until(lambda: not stage.connector.is_ready)
    await stage.until(lambda: stage.connector.is_ready, seconds=_MINUTES)
    name = stage.submit(BUY)
    await stage.until(lambda: stage.follower.filled(name) >= stage.quantity)
    await stage.settled()
    stage.agree()


@DECK.card()
async def order_that_fills_before_its_cancel_is_filled(stage: Stage) -> None:
    """Where a fill comes before the cancel, the fill is told and the cancel changes nothing."""
    name = stage.submit(BUY, ticks=-5)
    await stage.told(name, OrderAccepted)
    stage.strike(Fault.CANCEL_RACE)
    stage.cancel(name)
    await stage.until(lambda: stage.follower.filled(name) > 0)
    await stage.settled()
    assert stage.faults.counts[Fault.CANCEL_RACE] == 1
    [order] = stage.orders()
    assert stage.follower.filled(name) == order.filled
    stage.agree()


@DECK.card()
async def venue_whose_clock_is_set_is_served_all_the_same(stage: Stage) -> None:
    """When the venue's clock is set forth or back, orders and fills go on and sums agree."""
    stage.strike(Fault.CLOCK_JUMP, times=20, probability=0.5)
    for number in range(10):
        stage.submit(BUY if number % 2 else SELL)
        stage.quote(number % 3)
        await stage.rest(0.5)
    await stage.until(lambda: stage.faults.counts[Fault.CLOCK_JUMP] > 1)
    await stage.settled()
    assert len(stage.orders()) <= 10
    stage.agree()
