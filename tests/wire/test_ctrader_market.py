"""Market data of cTrader: spots, bars that form, depth, and what was recorded."""

from itertools import pairwise
from math import isnan, nan

import pytest

from connectors.ctrader.codec import encode
from connectors.ctrader.flows import history
from connectors.ctrader.flows.question import Asker
from connectors.ctrader.framing import framed
from connectors.ctrader.mapping.depth import DepthBook
from connectors.ctrader.schema.market_pb2 import (
    ProtoOADepthEvent,
    ProtoOADepthQuote,
    ProtoOASpotEvent,
    ProtoOATickData,
)
from connectors.ctrader.simulator.listing import account_number
from connectors.frame.session import Refused
from engine.errors import UsageError
from engine.model.instrument import AssetClass
from engine.model.market import Bar, BookDelta, BookSnapshot, QuoteTick
from engine.model.subscription import DataKind, Subscription
from tests.wire.ctrader_rig import EURUSD, MS, SECOND, Rig

QUOTES = Subscription(EURUSD, DataKind.QUOTES)
MINUTES = Subscription(EURUSD, DataKind.BARS, spec="1m@bid")
BOOK = Subscription(EURUSD, DataKind.BOOK)


@pytest.fixture
def rig() -> Rig:
    made = Rig()
    made.start()
    return made


def subscribe(rig: Rig, *subscriptions: Subscription) -> None:
    for subscription in subscriptions:
        rig.wires["demo"].session.subscribe(subscription, rig.now)
    rig.carry()


def quotes(rig: Rig) -> list[tuple[float, float]]:
    return [(each.bid, each.ask) for each in rig.take() if isinstance(each, QuoteTick)]


def test_instruments_are_those_that_the_accounts_list(rig: Rig) -> None:
    found = {each.id: each for each in rig.drive(rig.venue.instruments((), rig.now))}
    assert sorted(found) == ["EURUSD.CTRADER", "USDJPY.CTRADER", "XAUUSD.CTRADER"]
    listed, served = found[EURUSD], rig.broker.instruments[EURUSD]
    assert (listed.bands, listed.quantity_step) == (served.bands, served.quantity_step)
    assert (listed.currency, listed.base, listed.lot) == ("USD", "EUR", "100000")
    assert (listed.asset, found["XAUUSD.CTRADER"].asset) == (AssetClass.FX, AssetClass.CFD)
    for hours in range(0, 24 * 7, 5):
        ts = rig.now + hours * 3_600 * SECOND
        assert listed.calendar.is_open(ts) == served.calendar.is_open(ts)


def test_unknown_name_is_left_out(rig: Rig) -> None:
    assert rig.drive(rig.venue.instruments(("NONE.CTRADER",), rig.now)) == ()


def test_first_spot_has_both_sides_and_later_ones_keep_what_did_not_change(rig: Rig) -> None:
    rig.quote(1.1, 1.1002)
    subscribe(rig, QUOTES)
    rig.quote(1.1, 1.1003)
    rig.quote(1.0999, 1.1003)
    assert quotes(rig) == [(1.1, 1.1002), (1.1, 1.1003), (1.0999, 1.1003)]


def test_spot_has_the_venues_time(rig: Rig) -> None:
    subscribe(rig, QUOTES)
    rig.quote(1.1, 1.1002)
    last = rig.take()[-1]
    assert isinstance(last, QuoteTick)
    assert last.ts_event == rig.now // MS * MS
    assert isnan(last.bid_size)


def test_side_that_was_never_told_is_not_a_number_and_zero_is_a_price(rig: Rig) -> None:
    subscribe(rig, QUOTES)
    rig.take()
    spot = ProtoOASpotEvent(ctidTraderAccountId=account_number("hedged"), symbolId=1, bid=0)
    rig.wires["demo"].session.receive(framed(encode(spot)), rig.now)
    rig.carry()
    ((bid, ask),) = quotes(rig)
    assert bid == 0.0
    assert isnan(ask)


def test_prices_are_not_kept_over_a_reconnect(rig: Rig) -> None:
    subscribe(rig, QUOTES)
    rig.quote(1.1, 1.1002)
    rig.wires["demo"].cut()
    rig.wires["demo"].connect()
    subscribe(rig, QUOTES)
    assert quotes(rig)[-1] == (1.1, 1.1002)


def test_spots_of_what_was_not_asked_for_are_passed_over(rig: Rig) -> None:
    rig.quote(150.0, 150.01, "USDJPY.CTRADER")
    assert rig.take() == []


def test_unsubscribed_instrument_is_silent(rig: Rig) -> None:
    subscribe(rig, QUOTES)
    rig.wires["demo"].session.unsubscribe(QUOTES, rig.now)
    rig.carry()
    rig.quote(1.1, 1.1002)
    assert rig.take() == []


def test_bar_is_given_when_the_next_one_begins(rig: Rig) -> None:
    subscribe(rig, MINUTES)
    rig.advance(60 * SECOND - rig.now % (60 * SECOND))
    for bid in (1.1, 1.1005, 1.0995, 1.1001):
        rig.quote(bid, bid + 0.0002)
    rig.now += 60 * SECOND
    rig.quote(1.2, 1.2002)
    (bar,) = rig.take()
    assert isinstance(bar, Bar)
    assert (bar.open, bar.high, bar.low, bar.close) == (1.1, 1.1005, 1.0995, 1.1001)
    assert (bar.spec, bar.ts_recv, bar.ts_close % (60 * SECOND)) == ("1m@bid", rig.now, 0)


def test_bar_is_given_a_second_after_its_end_without_a_next_one(rig: Rig) -> None:
    subscribe(rig, MINUTES)
    rig.quote(1.1, 1.1002)
    rig.take()
    rig.advance(120 * SECOND)
    (bar,) = rig.take()
    assert isinstance(bar, Bar)
    assert bar.ts_recv == bar.ts_close + SECOND


def test_bars_alone_bring_no_quotes(rig: Rig) -> None:
    subscribe(rig, MINUTES)
    rig.quote(1.1, 1.1002)
    assert rig.take() == []


def test_book_begins_whole_and_goes_on_by_levels(rig: Rig) -> None:
    subscribe(rig, QUOTES, BOOK)
    first = BookSnapshot(EURUSD, rig.now, rig.now, ((1.1, 5e5), (1.0999, 1e6)), ((1.1002, 2e5),))
    second = BookSnapshot(EURUSD, rig.now, rig.now, ((1.1, 3e5),), ((1.1002, 2e5), (1.1003, 1e5)))
    for book in (first, second):
        rig.broker.row(book)
        rig.carry()
    snapshot, *deltas = [e for e in rig.take() if isinstance(e, BookSnapshot | BookDelta)]
    assert isinstance(snapshot, BookSnapshot)
    assert (snapshot.bids, snapshot.asks) == (first.bids, first.asks)
    changed = [(e.side, e.price, e.size) for e in deltas if isinstance(e, BookDelta)]
    assert sorted(changed) == [(-1, 1.1003, 1e5), (1, 1.0999, 0.0), (1, 1.1, 3e5)]


def test_quotes_of_one_price_are_one_level() -> None:
    book = DepthBook(EURUSD)
    event = ProtoOADepthEvent(ctidTraderAccountId=1, symbolId=1)
    event.newQuotes.extend(ProtoOADepthQuote(id=n, size=100 * n, bid=110_000) for n in (1, 2))
    (snapshot,) = book.apply(event, 5)
    assert isinstance(snapshot, BookSnapshot)
    assert snapshot.bids == ((1.1, 3.0),)
    less = ProtoOADepthEvent(ctidTraderAccountId=1, symbolId=1, deletedQuotes=[1, 99])
    (delta,) = book.apply(less, 6)
    assert isinstance(delta, BookDelta)
    assert (delta.price, delta.size) == (1.1, 2.0)


def test_kinds_that_the_venue_does_not_stream_are_refused(rig: Rig) -> None:
    for wanted in (
        Subscription(EURUSD, DataKind.TRADES),
        Subscription(EURUSD, DataKind.BARS, spec="1m"),
    ):
        with pytest.raises(UsageError):
            rig.venue.link_of(wanted)


def test_unknown_symbol_is_refused_by_the_venue_alone(rig: Rig) -> None:
    gone = rig.venue.links[0].session
    rig.drive(rig.venue.instruments((), rig.now))
    rig.broker.instruments.pop("XAUUSD.CTRADER")
    wanted = [QUOTES, Subscription("XAUUSD.CTRADER", DataKind.QUOTES)]
    for subscription in wanted:
        gone.subscribe(subscription, rig.now)
    rig.carry()
    assert [each.subscription for each in rig.take() if isinstance(each, Refused)] == [wanted[1]]
    rig.quote(1.1, 1.1002)
    assert quotes(rig) == [(1.1, 1.1002)]


def walk(rig: Rig, count: int, step: int) -> list[tuple[int, float]]:
    """Let the bid go up and down while nobody is connected; return its times and prices."""
    seen = []
    rig.wires["demo"].cut()
    for turn in range(count):
        rig.now += step - MS
        bid = round(1.1 + (turn * 7 % 11) / 10_000, 5)
        rig.quote(bid, bid + 0.0002)
        seen.append((rig.now // MS * MS, bid))
    rig.drive(rig.venue.login(rig.now))
    rig.wires["demo"].connect()
    rig.take()
    return seen


def test_ticks_are_the_differences_summed_and_every_page_is_read(rig: Rig) -> None:
    start = rig.now
    seen = walk(rig, 1_300, 100 * MS)
    account = rig.venue._directory.account("hedged")
    listed = rig.venue._directory.listed("hedged", EURUSD)
    flow = history.ticks(Asker("demo"), account, listed, 1, (start, rig.now + 1))
    assert rig.drive(flow) == seen


def test_ticks_of_one_answer_are_differences_of_time_and_price() -> None:
    rows = [
        ProtoOATickData(timestamp=1_700_000_000_000, tick=114_814),
        ProtoOATickData(timestamp=-250, tick=-3),
        ProtoOATickData(timestamp=-10, tick=5),
    ]
    assert history.undone(rows) == [
        (1_700_000_000_000, 114_814),
        (1_699_999_999_750, 114_811),
        (1_699_999_999_740, 114_816),
    ]


def test_bars_are_whole_in_order_and_without_the_one_that_forms(rig: Rig) -> None:
    start = rig.now
    walk(rig, 1_500, 30 * SECOND)
    bars = rig.drive(rig.venue.history(EURUSD, "1m@bid", start, rig.now + SECOND))
    assert len(bars) > 700
    assert [bar.ts_open for bar in bars] == sorted({bar.ts_open for bar in bars})
    assert bars[-1].ts_close <= rig.now
    assert all(bar.low <= min(bar.open, bar.close) for bar in bars)


def test_span_above_the_longest_is_asked_for_in_pieces(rig: Rig) -> None:
    walk(rig, 40, 2 * 86_400 * SECOND)
    bars = rig.drive(rig.venue.history(EURUSD, "1m@bid", rig.now - 75 * 86_400 * SECOND, rig.now))
    assert len(bars) == 37


def test_spot_without_a_bid_brings_no_bar(rig: Rig) -> None:
    subscribe(rig, MINUTES)
    rig.quote(nan, 1.1)
    rig.advance(120 * SECOND)
    assert rig.take() == []


def test_days_of_history_are_whole_and_follow_each_other(rig: Rig) -> None:
    bars = rig.drive(rig.venue.history(EURUSD, "1d@bid", rig.now - 60 * 86_400 * SECOND, rig.now))
    assert len(bars) == 59
    assert all(a.ts_close == b.ts_open for a, b in pairwise(bars))
    assert bars[-1].ts_close <= rig.now
