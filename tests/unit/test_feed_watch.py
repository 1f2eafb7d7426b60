"""Feeds that fall silent while the market is open are told, once."""

from engine.live.feed_watch import FeedWatch
from engine.model.market import InstrumentStatus, TradingState
from engine.model.zones import SECOND_NS
from tests.unit.rig import ABC, Rig


class Post:
    """A rig whose feed is watched; time passes by hand."""

    def __init__(self) -> None:
        self.rig = Rig()
        self.time = self.rig.now
        self.told: list[tuple[str, str]] = []
        market = self.rig.kernel.bus.market(ABC.id)
        self.watch = FeedWatch(
            lambda: [market], self, 60 * SECOND_NS, lambda *about: self.told.append(about)
        )

    def now(self) -> int:
        return self.time

    def after(self, seconds: float) -> int:
        """Look at the feed so much later; return how often it has been told of."""
        self.time += round(seconds * SECOND_NS)
        self.watch.check()
        return len(self.told)


def test_a_feed_that_falls_silent_is_told_once_and_again_after_it_has_spoken() -> None:
    post = Post()
    assert [post.after(60), post.after(1), post.after(600)] == [0, 1, 1]
    assert post.told == [(ABC.id, "nothing for 61 s")]
    post.rig.quote(9.99, 10.01, after=post.time - post.rig.now)
    assert [post.after(1), post.after(60)] == [1, 2]


def test_a_halted_market_may_be_silent() -> None:
    post = Post()
    ts = post.rig.now + 1
    post.rig.feed(InstrumentStatus(ABC.id, ts, ts, TradingState.HALTED))
    assert post.after(600) == 0
    ts = post.time
    post.rig.feed(InstrumentStatus(ABC.id, ts, ts, TradingState.OPEN))
    assert post.after(1) == 1
