"""Remember which market data is wanted on which link, and whether it is whole.

Subscribes to nothing: the connector does, with what it finds here.
"""

from collections.abc import Callable, Iterator

from engine.model.connection import FeedChanged, FeedState
from engine.model.market import BookSnapshot
from engine.model.subscription import DataKind, Subscription


class Feeds:
    """Keep subscriptions in the order in which they were asked for.

    A feed is live from its subscription on, a book from the first snapshot after it.
    """

    def __init__(self, link_of: Callable[[Subscription], str]) -> None:
        self._link_of = link_of
        self._links: dict[Subscription, str] = {}
        self._states: dict[tuple[str, DataKind], FeedState] = {}
        self._books_awaited: dict[str, None] = {}

    def add(self, subscription: Subscription) -> str | None:
        """Return the link of a new subscription, None if it is there already."""
        if subscription in self._links:
            return None
        link = self._links[subscription] = self._link_of(subscription)
        return link

    def remove(self, subscription: Subscription) -> str | None:
        """Forget a subscription and return its link, None if it was not there."""
        return self._links.pop(subscription, None)

    def on(self, link: str) -> list[Subscription]:
        """Return what is wanted on a link."""
        return [each for each, carried in self._links.items() if carried == link]

    def asked(self, subscription: Subscription, now: int) -> FeedChanged | None:
        """Take note that a stream was asked for on a fresh connection; return what changes."""
        if subscription.kind is DataKind.BOOK:
            self._books_awaited[subscription.instrument] = None
            return None
        return self._change(subscription.instrument, subscription.kind, FeedState.LIVE, now)

    def see(self, book: BookSnapshot, now: int) -> FeedChanged | None:
        """Take note of a snapshot; return what changes by it, nearly always nothing.

        A book whose best bid is above its best ask contradicts itself: the feed is broken until a
        snapshot that does not.
        """
        name = book.instrument
        if book.bids and book.asks and book.bids[0][0] > book.asks[0][0]:
            self._books_awaited[name] = None
            reason = f"bid {book.bids[0][0]:g} is above ask {book.asks[0][0]:g}"
            return self._change(name, DataKind.BOOK, FeedState.BROKEN, now, reason)
        if not self._books_awaited or name not in self._books_awaited:
            return None
        del self._books_awaited[name]
        return self._change(name, DataKind.BOOK, FeedState.LIVE, now)

    def note(self, changed: FeedChanged) -> None:
        """Take note of what a session found; a broken book is whole with its next snapshot."""
        self._states[changed.instrument, changed.kind] = changed.state
        if changed.kind is DataKind.BOOK and changed.state is FeedState.BROKEN:
            self._books_awaited[changed.instrument] = None

    def broken(self, subscription: Subscription, reason: str, now: int) -> FeedChanged | None:
        """Take note that a stream has stopped or was refused; return what changes by it."""
        name, kind = subscription.instrument, subscription.kind
        self._books_awaited.pop(name, None)
        return self._change(name, kind, FeedState.BROKEN, now, reason)

    def lost(self, link: str, reason: str, now: int) -> Iterator[FeedChanged]:
        """Take note that a link is gone; yield what changes by it."""
        for subscription in self.on(link):
            if (changed := self.broken(subscription, reason, now)) is not None:
                yield changed

    def _change(
        self, name: str, kind: DataKind, state: FeedState, now: int, reason: str = ""
    ) -> FeedChanged | None:
        if self._states.get((name, kind)) is state:
            return None
        self._states[name, kind] = state
        return FeedChanged(name, kind, state, now, reason)
