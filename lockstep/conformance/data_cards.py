"""Cards about market data: streams, their return after a loss, history and time.

Prices must come out as the broker's rows had them.
"""

from connectors.frame.package import VenuePackage
from connectors.frame.venue import Capabilities
from engine.model.connection import ClockMeasured, FeedChanged, FeedState, LinkState
from engine.model.market import Bar, BookDelta, BookSnapshot, QuoteTick, TradeTick
from engine.model.subscription import DataKind
from lockstep.conformance.card import Applies, Deck
from lockstep.conformance.stage import Stage

DECK = Deck()
_MINUTE_NS = 60_000_000_000


def _streams(kind: DataKind) -> Applies:
    def applies(_package: VenuePackage, capabilities: Capabilities) -> bool:
        return kind in capabilities.data

    return applies


@DECK.card(_streams(DataKind.QUOTES))
async def quotes_follow_the_market(stage: Stage) -> None:
    """Quotes bring bid and ask as the venue has them."""
    stage.subscribe(DataKind.QUOTES)
    await stage.rest()
    stage.quote(3)
    wanted = stage.price(2), stage.price(4)
    await stage.until(lambda: wanted in [(q.bid, q.ask) for q in stage.follower.of(QuoteTick)])


@DECK.card(_streams(DataKind.TRADES))
async def trades_follow_the_market(stage: Stage) -> None:
    """Public trades bring price and size as the venue has them."""
    stage.subscribe(DataKind.TRADES)
    await stage.rest()
    stage.trade(2)
    wanted = stage.price(2), stage.quantity
    await stage.until(lambda: wanted in [(t.price, t.size) for t in stage.follower.of(TradeTick)])


@DECK.card(_streams(DataKind.BOOK))
async def book_begins_whole_and_follows_the_market(stage: Stage) -> None:
    """A book begins with a snapshot, which makes the feed live; its touch is the market's."""
    stage.subscribe(DataKind.BOOK)
    await stage.until(lambda: stage.follower.of(BookSnapshot))
    stage.quote(3)

    def touch_was_seen() -> bool:
        deltas = [d.price for d in stage.follower.of(BookDelta) if d.size]
        tops = [b.bids[0][0] for b in stage.follower.of(BookSnapshot) if b.bids]
        return stage.price(2) in deltas + tops

    await stage.until(touch_was_seen)
    states = [c.state for c in stage.follower.of(FeedChanged) if c.kind is DataKind.BOOK]
    assert states == [FeedState.LIVE], states


@DECK.card(_streams(DataKind.BARS))
async def bars_are_complete(stage: Stage) -> None:
    """Bars are told when they are over, with the prices that were traded."""
    stage.subscribe(DataKind.BARS)
    await stage.rest()
    for ticks in (1, 5, -5, 2):
        stage.quote(ticks)
        stage.trade(ticks)
        await stage.rest(2.0)
    await stage.rest(65.0)
    stage.trade(0)
    await stage.until(lambda: stage.follower.of(Bar))
    bar = stage.follower.of(Bar)[0]
    assert bar.ts_close - bar.ts_open == _MINUTE_NS, bar
    assert bar.low <= min(bar.open, bar.close) <= max(bar.open, bar.close) <= bar.high, bar


@DECK.card(_streams(DataKind.QUOTES))
async def lost_streams_come_back_once(stage: Stage) -> None:
    """After a lost connection each stream is asked for once, and its feed is told to be live."""
    stage.subscribe(DataKind.QUOTES)
    await stage.rest()
    before = len(stage.follower.events)
    stage.server.cut_all()
    await stage.until(lambda: stage.follower.links(LinkState.LOST, before))
    await stage.until(lambda: _states(stage, before)[-1:] == [FeedState.LIVE])
    assert _states(stage, before) == [FeedState.BROKEN, FeedState.LIVE], _states(stage, before)
    await stage.rest(5.0)
    before = len(stage.follower.events)
    stage.quote(4)
    await stage.rest(5.0)
    quotes = [q for q in stage.follower.of(QuoteTick, before) if q.bid == stage.price(3)]
    assert len(quotes) == 1, f"one row of the market was told {len(quotes)} times"


@DECK.card(_streams(DataKind.QUOTES))
async def stream_that_is_no_longer_wanted_ends(stage: Stage) -> None:
    """After an unsubscribe nothing more is told, not even after a reconnect."""
    stage.subscribe(DataKind.QUOTES)
    await stage.rest()
    stage.unsubscribe(DataKind.QUOTES)
    await stage.rest()
    stage.server.cut_all()
    await stage.rest(20.0)
    before = len(stage.follower.events)
    stage.quote(5)
    await stage.rest(5.0)
    assert not stage.follower.of(QuoteTick, before)


@DECK.card(lambda _package, capabilities: DataKind.BARS in capabilities.data)
async def history_is_whole_and_in_order(stage: Stage) -> None:
    """History gives the bars of a stretch, oldest first, none twice."""
    end = stage.clock.now() // _MINUTE_NS * _MINUTE_NS
    start = end - 20 * _MINUTE_NS
    bars = await stage.connector.history(stage.instrument.id, stage.bars, start, end)
    opened = [bar.ts_open for bar in bars]
    assert opened == sorted(dict.fromkeys(opened)), opened
    assert opened, "there is no bar"
    assert start <= opened[0], opened
    assert opened[-1] < end, opened


@DECK.card()
async def venue_clock_is_measured(stage: Stage) -> None:
    """Where the venue tells its time, the offset to ours is found within its error."""
    if stage.connector.venue.server_time(stage.clock.now()) is None:
        return
    await stage.until(lambda: stage.follower.of(ClockMeasured))
    measured = stage.follower.of(ClockMeasured)[0]
    slack = measured.error_ns + 1_000_000_000  # some clocks tell whole seconds
    assert abs(measured.offset_ns) <= slack, measured


def _states(stage: Stage, since: int) -> list[FeedState]:
    changes = stage.follower.of(FeedChanged, since)
    return [change.state for change in changes if change.kind is DataKind.QUOTES]
