"""What is known of feeds, and of the numbers and contradictions that break them."""

import pytest

from connectors.frame.feeds import Feeds
from connectors.frame.sequence import Order, SequenceGuard
from engine.model.connection import FeedChanged, FeedState
from engine.model.market import BookSnapshot
from engine.model.subscription import DataKind, Subscription

BOOK = Subscription("X.LINES", DataKind.BOOK)
QUOTES = Subscription("X.LINES", DataKind.QUOTES)
NEXT, OLD, GAP = Order.NEXT, Order.OLD, Order.GAP


def book(bid: float, ask: float) -> BookSnapshot:
    return BookSnapshot("X.LINES", 1, 1, ((bid, 1.0),), ((ask, 1.0),))


def state(changed: FeedChanged | None) -> FeedState | None:
    return None if changed is None else changed.state


@pytest.fixture
def feeds() -> Feeds:
    made = Feeds(lambda subscription: f"link of {subscription.kind}")
    made.add(BOOK)
    return made


def test_book_is_live_from_its_first_snapshot_on(feeds: Feeds) -> None:
    assert feeds.asked(BOOK, 1) is None
    assert state(feeds.see(book(1, 2), 2)) is FeedState.LIVE
    assert feeds.see(book(1, 2), 3) is None


def test_crossed_book_breaks_the_feed_until_one_that_is_not(feeds: Feeds) -> None:
    feeds.asked(BOOK, 1)
    feeds.see(book(1, 2), 2)
    broken = feeds.see(book(3, 2), 3)
    assert broken == FeedChanged(
        "X.LINES", DataKind.BOOK, FeedState.BROKEN, 3, "bid 3 is above ask 2"
    )
    assert feeds.see(book(4, 2), 4) is None
    assert state(feeds.see(book(2, 2), 5)) is FeedState.LIVE


def test_book_with_an_empty_side_is_whole(feeds: Feeds) -> None:
    feeds.asked(BOOK, 1)
    empty = BookSnapshot("X.LINES", 1, 1, (), ((1.0, 1.0),))
    assert state(feeds.see(empty, 2)) is FeedState.LIVE


def test_gap_that_a_session_found_is_mended_by_the_next_snapshot(feeds: Feeds) -> None:
    feeds.asked(BOOK, 1)
    feeds.see(book(1, 2), 2)
    feeds.note(FeedChanged("X.LINES", DataKind.BOOK, FeedState.BROKEN, 3, "a gap"))
    assert state(feeds.see(book(1, 2), 4)) is FeedState.LIVE


def test_lost_link_breaks_what_it_carried_and_nothing_else(feeds: Feeds) -> None:
    feeds.add(QUOTES)
    for subscription in (BOOK, QUOTES):
        feeds.asked(subscription, 1)
    feeds.see(book(1, 2), 1)
    changed = list(feeds.lost("link of quotes", "gone", 2))
    assert changed == [FeedChanged("X.LINES", DataKind.QUOTES, FeedState.BROKEN, 2, "gone")]
    assert list(feeds.lost("link of quotes", "gone", 3)) == []


@pytest.mark.parametrize(
    ("numbers", "orders"),
    [
        ((6, 7, 8), (NEXT, NEXT, NEXT)),
        ((6, 6, 5, 7), (NEXT, OLD, OLD, NEXT)),
        ((6, 8, 9, 7), (NEXT, GAP, OLD, OLD)),
    ],
)
def test_numbers_tell_what_is_next_old_or_missing(
    numbers: tuple[int, ...], orders: tuple[Order, ...]
) -> None:
    guard = SequenceGuard()
    assert guard.see(1) is OLD
    guard.begin(5)
    assert tuple(guard.see(number) for number in numbers) == orders


def test_numbers_that_only_rise_have_no_gaps() -> None:
    guard = SequenceGuard(strict=False)
    guard.begin(5)
    assert [guard.see(number) for number in (9, 8, 20)] == [NEXT, OLD, NEXT]
