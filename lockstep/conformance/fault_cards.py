"""Cards about what goes wrong: lost connections, lost answers, dead sockets, refused tokens.

The one rule behind all of them: nothing is sent twice, and nothing is believed without evidence.
"""

from connectors.frame.package import VenuePackage
from connectors.frame.venue import Capabilities
from connectors.simulation.faults import Fault
from engine.gate.rates import RateLimited
from engine.model.commands import Side
from engine.model.connection import FeedChanged, FeedState, LinkState
from engine.model.market import BookSnapshot, QuoteTick
from engine.model.outcome import NOT_SENT
from engine.model.reports import (
    OrderAccepted,
    OrderCanceled,
    OrderExpired,
    OrderLost,
    OrderRejected,
    OrderUnknown,
)
from engine.model.subscription import DataKind
from engine.model.truth import VenueTruth
from lockstep.conformance.card import Applies, Deck
from lockstep.conformance.stage import Stage

DECK = Deck()
BURST = 2_000
BUY, SELL = Side.BUY, Side.SELL


def _by_request(package: VenuePackage, _capabilities: Capabilities) -> bool:
    return package.orders_by == "http"


def _plays(fault: Fault) -> Applies:
    def applies(package: VenuePackage, _capabilities: Capabilities) -> bool:
        return fault in package.plays

    return applies


@DECK.card()
async def reconnect_is_followed_by_the_truth(stage: Stage) -> None:
    """After a lost connection all links come back and the account is asked for anew."""
    name = stage.submit(BUY, ticks=-5)
    await stage.told(name, OrderAccepted)
    before = len(stage.follower.events)
    stage.server.cut_all()
    await stage.until(lambda: stage.follower.links(LinkState.LOST, before))
    await stage.until(lambda: stage.follower.of(VenueTruth, before))
    assert stage.connector.is_ready
    ids = [order.venue_order_id for order in stage.orders()]
    listed = [record.venue_order_id for record in stage.follower.listed(before)]
    truth = stage.follower.of(VenueTruth, before)[-1]
    assert truth.orders is None or listed == ids, (listed, ids)


@DECK.card()
async def order_is_not_sent_while_the_private_link_is_down(stage: Stage) -> None:
    """Until the private links are ready an order is refused as not sent, and never sent later."""
    stage.faults.set(Fault.REFUSE_CONNECT)
    stage.server.cut_all()
    await stage.until(lambda: not stage.connector.is_ready)
    name = stage.submit(BUY, ticks=-5)
    await stage.told(name, OrderRejected)
    await stage.settled()
    assert stage.orders() == [], "an order that was not sent has reached the venue"


@DECK.card()
async def order_whose_answer_is_lost_is_unknown_and_found(stage: Stage) -> None:
    """A connection lost after the venue acted leaves the order unknown; the truth has it, once."""
    stage.strike(Fault.CUT_AFTER)
    name = stage.submit(BUY, ticks=-5)
    await stage.told(name, OrderUnknown)
    await stage.settled()
    assert stage.faults.counts[Fault.CUT_AFTER] == 1
    assert len(stage.orders()) == 1, "the order reached the venue more than once"
    truth = stage.follower.of(VenueTruth)[-1]
    found = [record for record in truth.orders or () if record.quantity == stage.quantity]
    assert truth.orders is None or len(found) == 1, truth.orders


@DECK.card()
async def order_that_is_lost_on_its_way_is_unknown_and_not_repeated(stage: Stage) -> None:
    """A connection lost before the venue read the order leaves it unknown; it is not sent again."""
    stage.strike(Fault.CUT_BEFORE)
    name = stage.submit(BUY, ticks=-5)
    await stage.told(name, OrderUnknown)
    await stage.settled()
    await stage.rest(120.0)
    assert stage.faults.counts[Fault.CUT_BEFORE] == 1
    assert stage.orders() == [], "the order was sent again"


@DECK.card(_by_request)
async def failure_after_acceptance_is_unknown(stage: Stage) -> None:
    """A 5xx does not say that the venue did nothing: the order is unknown, and found."""
    stage.strike(Fault.FAIL_AFTER)
    name = stage.submit(BUY, ticks=-5)
    await stage.told(name, OrderUnknown)
    assert not stage.follower.has(name, OrderRejected)
    await stage.settled()
    assert len(stage.orders()) == 1, "the order reached the venue more than once"


@DECK.card(_by_request)
async def too_many_requests_is_a_refusal_and_is_told(stage: Stage) -> None:
    """A 429 refuses the order and tells the gate, with how long to stay away."""
    stage.strike(Fault.TOO_MANY)
    name = stage.submit(BUY, ticks=-5)
    await stage.told(name, OrderRejected)
    assert [limited.retry_after_ns for limited in stage.follower.of(RateLimited)] == [10**9]
    await stage.settled()
    assert stage.orders() == [], "an order that was refused has reached the venue"


@DECK.card()
async def mute_connection_is_replaced(stage: Stage) -> None:
    """A connection that stays open and says nothing is given up and opened anew."""
    before = len(stage.follower.events)
    stage.strike(Fault.MUTE, times=1)
    stage.submit(BUY, ticks=-5)
    await stage.until(lambda: stage.follower.links(LinkState.LOST, before), seconds=300)
    await stage.settled()
    assert stage.faults.counts[Fault.MUTE] == 1
    assert len(stage.orders()) == 1
    stage.agree()


@DECK.card()
async def broken_frame_does_no_lasting_harm(stage: Stage) -> None:
    """A frame that cannot be read is survived, whatever it was."""
    stage.strike(Fault.GARBLE, times=2)
    stage.submit(BUY)
    await stage.until(lambda: stage.faults.counts[Fault.GARBLE] == 2, seconds=600)
    await stage.settled()
    assert len(stage.orders()) == 1
    stage.agree()


@DECK.card()
async def refused_token_is_renewed(stage: Stage) -> None:
    """When the venue ends a token before its time, the connector logs in anew and goes on."""
    stage.strike(Fault.EXPIRE_TOKEN)
    stage.server.cut_all()
    await stage.until(lambda: not stage.connector.is_ready)
    await stage.until(lambda: stage.connector.is_ready, seconds=20)
    await stage.settled()
    assert stage.faults.counts[Fault.EXPIRE_TOKEN] == 1
    name = stage.submit(BUY)
    await stage.until(lambda: stage.follower.filled(name) >= stage.quantity)
    stage.agree()


@DECK.card()
async def session_outlives_its_token(stage: Stage) -> None:
    """Tokens are renewed before they end: after more than an hour orders go out as before."""
    await stage.rest(75 * 60.0)
    await stage.until(lambda: stage.connector.is_ready)
    name = stage.submit(BUY)
    await stage.until(lambda: stage.follower.filled(name) >= stage.quantity)
    await stage.settled()
    stage.agree()


@DECK.card()
async def storm_of_faults_ends_in_agreement(stage: Stage) -> None:
    """Through a storm no order reaches the venue twice, and after it all sums agree."""
    storm = (Fault.CUT_BEFORE, Fault.CUT_AFTER, Fault.DELAY, Fault.DUPLICATE, Fault.REORDER)
    for fault in (*storm, Fault.SPLIT, Fault.FAIL_AFTER, Fault.FILL_FIRST):
        stage.strike(fault, times=None, probability=0.1)
    sent = 0
    for number in range(40):
        side = BUY if number % 2 else SELL
        stage.submit(side, ticks=None if number % 3 else (-3 if side > 0 else 3))
        sent += 1
        stage.quote(number % 5 - 2)
        await stage.rest(0.5)
    await stage.settled()
    ids = [order.client_order_id for order in stage.orders() if order.client_order_id]
    assert len(ids) == len(dict.fromkeys(ids)), "an order reached the venue twice"
    assert len(stage.orders()) <= sent
    stage.agree()


@DECK.card(_by_request)
async def failure_before_acceptance_is_not_believed(stage: Stage) -> None:
    """A 500 leaves an order unknown, unless it came before the order itself; it is not repeated."""
    stage.strike(Fault.FAIL_BEFORE)
    name = stage.submit(BUY, ticks=-5)
    await stage.until(lambda: stage.follower.reports(name))
    for report in stage.follower.reports(name):
        not_sent = isinstance(report, OrderRejected) and report.reason.startswith(NOT_SENT)
        assert not_sent or isinstance(report, OrderUnknown), report
    await stage.settled()
    await stage.rest(120.0)
    assert stage.orders() == [], "the order was sent again"


@DECK.card(_plays(Fault.REJECT))
async def rejection_by_the_venue_is_told_with_its_reason(stage: Stage) -> None:
    """An order that the venue refuses is rejected, with the venue's reason."""
    stage.strike(Fault.REJECT)
    name = stage.submit(BUY, ticks=-5)
    await stage.told(name, OrderRejected)
    reports = stage.follower.reports(name)
    assert all(r.reason for r in reports if isinstance(r, OrderRejected)), reports
    assert not any(order.is_working for order in stage.orders())


def _lists_orders_late(package: VenuePackage, capabilities: Capabilities) -> bool:
    return Fault.STALE_LIST in package.plays and "orders" in capabilities.lists


@DECK.card(_lists_orders_late)
async def order_that_a_list_lacks_is_not_closed(stage: Stage) -> None:
    """A list that lags behind closes nothing: only positive evidence does."""
    name = stage.submit(BUY, ticks=-5)
    await stage.told(name, OrderAccepted)
    stage.strike(Fault.STALE_LIST, times=3)
    await stage.connector.resync()
    assert stage.faults.counts[Fault.STALE_LIST] > 0
    closing = OrderCanceled | OrderExpired | OrderRejected | OrderLost
    closed = [report for report in stage.follower.reports(name) if isinstance(report, closing)]
    assert closed == [], closed


@DECK.card(_plays(Fault.GAP))
async def gap_breaks_the_book_until_a_snapshot(stage: Stage) -> None:
    """An update that is missing breaks the feed; a snapshot follows and makes it live again."""
    stage.subscribe(DataKind.BOOK)
    await stage.until(lambda: stage.follower.of(BookSnapshot))
    stage.strike(Fault.GAP)
    for ticks in (1, 2, 3):
        stage.quote(ticks)
        await stage.rest()
    await stage.until(lambda: len(_book_states(stage)) >= 3)
    wanted = [FeedState.LIVE, FeedState.BROKEN, FeedState.LIVE]
    assert _book_states(stage) == wanted, _book_states(stage)
    assert len(stage.follower.of(BookSnapshot)) == 2


@DECK.card(_plays(Fault.TAKE_OVER))
async def login_elsewhere_is_not_fought_over(stage: Stage) -> None:
    """When another login takes over, the link stays closed and orders are refused as not sent."""
    stage.strike(Fault.TAKE_OVER, times=None)
    stage.server.cut_all()
    await stage.until(lambda: stage.follower.links(LinkState.CLOSED))
    await stage.rest(600.0)
    name = stage.submit(BUY, ticks=-5)
    await stage.told(name, OrderRejected)
    assert not stage.connector.is_ready


@DECK.card(_plays(Fault.REFUSE_LOGIN))
async def refused_credentials_close_the_link(stage: Stage) -> None:
    """A login that is refused is not tried again and again: a person has to act."""
    stage.strike(Fault.EXPIRE_TOKEN)
    stage.strike(Fault.REFUSE_LOGIN, times=None)
    stage.server.cut_all()
    await stage.until(lambda: stage.follower.links(LinkState.CLOSED))
    tries = stage.faults.counts[Fault.REFUSE_LOGIN]
    await stage.rest(30.0)
    most = max(2, len(stage.connector.venue.links))  # each link may find it out for itself
    assert stage.faults.counts[Fault.REFUSE_LOGIN] - tries <= most, "the login is hammered"


@DECK.card(_plays(Fault.MAINTENANCE))
async def maintenance_is_waited_out(stage: Stage) -> None:
    """A venue that is closed for a while is found again when it opens."""
    stage.strike(Fault.MAINTENANCE, times=None)
    stage.strike(Fault.REFUSE_CONNECT, times=None)
    stage.server.cut_all()
    await stage.rest(900.0)
    assert not stage.connector.is_ready
    await stage.settled()
    name = stage.submit(BUY)
    await stage.until(lambda: stage.follower.filled(name) >= stage.quantity)
    stage.agree()


@DECK.card(lambda _package, capabilities: DataKind.QUOTES in capabilities.data)
async def burst_of_quotes_delays_no_order_and_ends_right(stage: Stage) -> None:
    """Through thousands of rows at one moment reports still come, and the last quote is right."""
    stage.subscribe(DataKind.QUOTES)
    await stage.rest()
    for number in range(BURST):
        stage.quote(number % 7)
    name = stage.submit(BUY)
    await stage.until(lambda: stage.follower.filled(name) >= stage.quantity)
    stage.quote(9)
    wanted = stage.price(8), stage.price(10)

    def last_quote_is_right() -> bool:
        last = stage.follower.of(QuoteTick)[-1]
        return (last.bid, last.ask) == wanted

    await stage.until(last_quote_is_right)
    stage.agree()


def _book_states(stage: Stage) -> list[FeedState]:
    changes = stage.follower.of(FeedChanged)
    return [change.state for change in changes if change.kind is DataKind.BOOK]
