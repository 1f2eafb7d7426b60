"""What waits for a rate limit, in which order it leaves, and what makes waiting pointless."""

from engine.gate.rates import (
    NEVER,
    Admitted,
    Annulled,
    CommandKind,
    Dropped,
    DropReason,
    Level,
    Offer,
    RateLimited,
    RateLimits,
    RateRule,
    Scope,
    SlidingWindow,
    Traffic,
    VenueRates,
    WaitQueue,
    Waits,
)

S = 1_000_000_000
ENTRY, EXIT, CANCEL = Traffic.ENTRY, Traffic.EXIT, Traffic.CANCEL
SUBMIT, REPLACE = CommandKind.SUBMIT, CommandKind.REPLACE
TWO_A_SECOND = RateRule(name="two", window=SlidingWindow(2, S), jitter_ns=5)
FREE = S + 6
"""When what was sent at 0 no longer counts: the window, its edge and the jitter."""


class Desk:
    """A queue over two a second, unless other rules are given."""

    def __init__(self, *rules: RateRule, capacity: int = 100) -> None:
        costs = {kind: {"orders": 1} for kind in CommandKind}
        rates = VenueRates(
            venue="V", endpoints=("orders",), costs=costs, rules=rules or (TWO_A_SECOND,)
        )
        self.limits = RateLimits([rates], 0, assume_empty=True)
        self.queue: WaitQueue[None] = WaitQueue(capacity)

    def make(
        self,
        order: str,
        kind: CommandKind = SUBMIT,
        traffic: Traffic = ENTRY,
        deadline: int = NEVER,
        strategy: str = "s",
        orders: int = 1,
    ) -> Offer[None]:
        path = self.limits.path("V", "a", strategy, kind)
        return Offer(order, kind, traffic, path, deadline, None, orders)

    def filled(self) -> "Desk":
        """Return itself after two orders left at 0."""
        for order in ("first", "second"):
            assert isinstance(self.queue.offer(self.make(order), 0), Admitted)
        return self

    def left(self, now: int) -> list[str]:
        taken = self.queue.take_due(now)
        return [outcome.offer.order for outcome in taken if isinstance(outcome, Admitted)]


def test_what_fits_is_admitted_and_must_leave_within_the_jitter() -> None:
    desk = Desk()
    offer = desk.make("o")
    assert desk.queue.offer(offer, 7) == Admitted(offer, 12)


def test_what_does_not_fit_waits_until_exactly_when_it_does() -> None:
    desk = Desk().filled()
    offer = desk.make("o")
    assert desk.queue.offer(offer, 10) == Waits(offer, FREE, "V.two")
    assert desk.queue.due == FREE
    assert desk.queue.take_due(FREE - 1) == []
    assert desk.queue.take_due(FREE) == [Admitted(offer, FREE + 5)]
    assert desk.queue.due == NEVER


def test_deadline_of_now_denies_at_once() -> None:
    desk = Desk().filled()
    offer = desk.make("o", deadline=10)
    assert desk.queue.offer(offer, 10) == Dropped(offer, DropReason.RATE_LIMIT, "V.two", FREE)
    assert not desk.queue


def test_wait_beyond_the_deadline_is_dropped_at_once() -> None:
    desk = Desk().filled()
    late, just = desk.make("late", deadline=FREE - 1), desk.make("just", deadline=FREE)
    assert isinstance(desk.queue.offer(late, 10), Dropped)
    assert isinstance(desk.queue.offer(just, 10), Waits)
    assert desk.left(FREE) == ["just"]


def test_what_is_still_waiting_after_its_deadline_is_dropped_and_never_sent_late() -> None:
    desk = Desk().filled()
    offer = desk.make("o", deadline=FREE)
    desk.queue.offer(offer, 10)
    (outcome,) = desk.queue.take_due(FREE + 1)
    assert outcome == Dropped(offer, DropReason.DEADLINE, "V.two", FREE + 1)


def test_cancels_leave_before_exits_and_exits_before_entries() -> None:
    desk = Desk(RateRule(name="three", window=SlidingWindow(3, S), jitter_ns=5)).filled()
    desk.queue.offer(desk.make("third"), 0)
    for order, kind, traffic in (
        ("entry", SUBMIT, ENTRY),
        ("exit", SUBMIT, EXIT),
        ("cancel", CommandKind.CANCEL, CANCEL),
    ):
        assert isinstance(desk.queue.offer(desk.make(order, kind, traffic), 10), Waits)
    assert desk.left(FREE) == ["cancel", "exit", "entry"]


def test_newcomer_does_not_overtake_what_is_due() -> None:
    desk = Desk().filled()
    desk.queue.offer(desk.make("old"), 10)
    newcomer = desk.make("new", strategy="t")
    assert desk.queue.offer(newcomer, FREE) == Waits(newcomer, FREE, "V.two")
    assert desk.left(FREE) == ["old", "new"]


def test_cheap_commands_do_not_starve_a_dear_one() -> None:
    desk = Desk().filled()
    desk.queue.offer(desk.make("list", orders=2), 10)
    desk.queue.offer(desk.make("single", strategy="t"), 10)
    assert desk.left(FREE) == ["list"]


def test_strategy_at_its_own_limit_is_not_in_the_way_of_others() -> None:
    own = RateRule(name="own", window=SlidingWindow(1, S), per=Level.STRATEGY)
    desk = Desk(RateRule(name="wide", window=SlidingWindow(9, S)), own)
    assert isinstance(desk.queue.offer(desk.make("1"), 0), Admitted)
    assert isinstance(desk.queue.offer(desk.make("2"), 0), Waits)
    assert isinstance(desk.queue.offer(desk.make("3", strategy="t"), 0), Admitted)


def test_newest_replace_takes_the_place_of_the_older_in_the_line() -> None:
    desk = Desk().filled()
    older, newer = desk.make("o", REPLACE), desk.make("o", REPLACE, deadline=9 * S)
    desk.queue.offer(older, 10)
    desk.queue.offer(desk.make("other", REPLACE), 11)
    assert desk.queue.offer(newer, 12) == Waits(newer, FREE, "V.two", (older,))
    assert desk.queue.take_due(FREE)[0] == Admitted(newer, FREE + 5)


def test_replace_that_became_an_exit_moves_up() -> None:
    rule = RateRule(name="three", window=SlidingWindow(3, S), exit_reserve=1)
    desk = Desk(rule).filled()
    older, newer = desk.make("o", REPLACE), desk.make("o", REPLACE, EXIT)
    desk.queue.offer(older, 10)
    assert desk.queue.offer(newer, 12) == Admitted(newer, 12, (older,))
    assert not desk.queue


def test_cancel_of_an_order_that_still_waits_sends_nothing() -> None:
    desk = Desk().filled()
    submit, cancel = desk.make("o"), desk.make("o", CommandKind.CANCEL, CANCEL)
    desk.queue.offer(submit, 10)
    assert desk.queue.offer(cancel, 11) == Annulled(cancel, (submit,))
    assert desk.left(FREE) == []
    assert desk.limits.path("V", "a", "s", SUBMIT).admit(ENTRY, FREE, orders=2)


def test_cancel_makes_a_waiting_replace_pointless() -> None:
    desk = Desk().filled()
    replace, cancel = desk.make("o", REPLACE), desk.make("o", CommandKind.CANCEL, CANCEL)
    desk.queue.offer(replace, 10)
    assert desk.queue.offer(cancel, 11) == Waits(cancel, FREE, "V.two", (replace,))
    assert desk.left(FREE) == ["o"]
    assert not desk.queue


def test_full_queue_drops_the_newcomer_of_that_class_only() -> None:
    desk = Desk(capacity=1).filled()
    assert isinstance(desk.queue.offer(desk.make("1"), 10), Waits)
    outcome = desk.queue.offer(desk.make("2"), 10)
    assert isinstance(outcome, Dropped)
    assert outcome.reason == DropReason.QUEUE_FULL
    assert isinstance(desk.queue.offer(desk.make("3", CommandKind.CANCEL, CANCEL), 10), Waits)


def test_list_longer_than_the_limit_is_dropped() -> None:
    outcome = (desk := Desk()).queue.offer(desk.make("list", orders=3), 0)
    assert isinstance(outcome, Dropped)
    assert outcome.reason == DropReason.TOO_MANY_ORDERS


def test_refusal_by_the_venue_moves_what_is_due() -> None:
    desk = Desk().filled()
    desk.queue.offer(desk.make("o"), 10)
    desk.limits.apply(RateLimited(Scope("V"), 20, retry_after_ns=3 * S))
    assert desk.queue.due == 3 * S + 20
    assert desk.left(FREE) == []
    assert desk.left(3 * S + 20) == ["o"]


def test_what_a_strategy_has_waiting_can_be_withdrawn() -> None:
    desk = Desk().filled()
    mine, other = desk.make("mine"), desk.make("other", strategy="t")
    desk.queue.offer(mine, 10)
    desk.queue.offer(other, 10)
    assert desk.queue.clear(mine.path.lane) == [mine]
    assert desk.left(FREE) == ["other"]


def test_deadlines_of_those_who_left_are_forgotten() -> None:
    desk = Desk().filled()
    for n in range(1_000):
        desk.queue.offer(desk.make("o", REPLACE, deadline=9 * S + n), 10)
    assert len(desk.queue) == 1
    assert desk.queue.due == FREE
    assert len(desk.queue._deadlines) < 20
