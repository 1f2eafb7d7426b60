"""Rate limits in the words of venues: what passes, what does not, and what others get wrong."""

import pytest

from connectors.limits import LIMITS
from engine.gate.rates import (
    NEVER,
    BudgetUsed,
    CommandKind,
    FixedWindow,
    Level,
    RateLimited,
    RateLimits,
    RatePath,
    RateRule,
    Scope,
    SlidingWindow,
    Traffic,
    VenueRates,
)

S = 1_000_000_000
ENTRY, EXIT, CANCEL = Traffic.ENTRY, Traffic.EXIT, Traffic.CANCEL
SUBMIT = CommandKind.SUBMIT
COSTS = {kind: {"orders": 1} for kind in CommandKind}


def venue(*rules: RateRule) -> VenueRates:
    return VenueRates(venue="V", endpoints=("orders", "reads"), costs=COSTS, rules=rules)


def five_a_second(
    *, cancel_reserve: int = 0, exit_reserve: int = 0, automatic_share: int = 0, jitter_ns: int = 0
) -> RateRule:
    return RateRule(
        name="five",
        window=SlidingWindow(5, S),
        cancel_reserve=cancel_reserve,
        exit_reserve=exit_reserve,
        automatic_share=automatic_share,
        jitter_ns=jitter_ns,
    )


def limits(*rules: RateRule) -> RateLimits:
    return RateLimits([venue(*rules)], 0, assume_empty=True)


def path(kept: RateLimits, kind: CommandKind = SUBMIT, account: str = "a") -> RatePath:
    return kept.path("V", account, "s", kind)


def admitted(asked: RatePath, traffic: Traffic, now: int, times: int) -> int:
    return sum(asked.admit(traffic, now) for _ in range(times))


def test_five_a_second_lets_no_more_through_a_rolling_second() -> None:
    """A token bucket of 5 refilled at 5 a second lets 9 through the second after a pause."""
    asked = path(limits(five_a_second()))
    passed = [now for now in range(10 * S, 11 * S, S // 100) if asked.admit(ENTRY, now)]
    assert len(passed) == 5


def test_edge_of_a_fixed_window_lets_no_double_burst_through() -> None:
    """A counter reset at the minute lets 2N pass in the second around it."""
    rule = RateRule(name="minute", window=FixedWindow(600, 60 * S))
    asked = path(limits(rule))
    before = admitted(asked, ENTRY, 60 * S - S // 2, 600)
    after = admitted(asked, ENTRY, 60 * S + S // 2, 600)
    assert (before, after) == (600, 0)


def test_list_of_orders_counts_one_by_one() -> None:
    asked = path(limits(five_a_second()))
    assert asked.admit(ENTRY, 0, orders=4)
    assert not asked.admit(ENTRY, 0, orders=2)
    assert asked.admit(ENTRY, 0, orders=1)
    assert asked.ready(ENTRY, 0, orders=6) == NEVER


def test_cancels_and_replaces_are_inside_the_limiter() -> None:
    kept = limits(five_a_second())
    assert admitted(path(kept, CommandKind.CANCEL), CANCEL, 0, 3) == 3
    assert admitted(path(kept, CommandKind.REPLACE), ENTRY, 0, 1) == 1
    assert admitted(path(kept), ENTRY, 0, 9) == 1


def test_limiter_remembers_over_a_restart() -> None:
    kept = limits(five_a_second())
    assert admitted(path(kept), ENTRY, 0, 5) == 5
    again = RateLimits([venue(five_a_second())], S)
    again.restore(kept.snapshot(), S)
    assert path(again).ready(ENTRY, S) == S + 1


def test_without_a_snapshot_one_window_passes_first() -> None:
    again = RateLimits([venue(five_a_second())], 7 * S)
    assert path(again).ready(CANCEL, 7 * S) == 8 * S + 1


def test_clock_that_was_set_back_blocks_for_one_window_only() -> None:
    kept = limits(five_a_second())
    assert admitted(path(kept), ENTRY, 3600 * S, 5) == 5
    again = RateLimits([venue(five_a_second())], 0)
    again.restore(kept.snapshot(), 0)
    assert path(again).ready(ENTRY, 0) == S + 1


def test_rule_that_the_snapshot_does_not_know_counts_as_full() -> None:
    kept = limits(five_a_second())
    path(kept)
    other = RateRule(name="other", window=SlidingWindow(2, S))
    again = RateLimits([venue(five_a_second(), other)], S)
    again.restore(kept.snapshot(), S)
    assert path(again).ready(ENTRY, S) == 2 * S + 1


def test_reserves_keep_room_for_exits_and_cancels() -> None:
    asked = path(limits(five_a_second(cancel_reserve=2, exit_reserve=1)))
    assert admitted(asked, ENTRY, 0, 9) == 2
    assert admitted(asked, EXIT, 0, 9) == 1
    assert admitted(asked, CANCEL, 0, 9) == 2


def test_one_command_draws_on_every_rule_or_on_none() -> None:
    kept = limits(
        RateRule(name="venue", window=SlidingWindow(3, S)),
        RateRule(name="account", window=SlidingWindow(2, S), per=Level.ACCOUNT),
    )
    assert admitted(path(kept, account="a"), ENTRY, 0, 9) == 2
    assert admitted(path(kept, account="b"), ENTRY, 0, 9) == 1


def test_strategies_of_an_account_have_counts_of_their_own() -> None:
    kept = limits(RateRule(name="each", window=SlidingWindow(2, S), per=Level.STRATEGY))
    assert admitted(kept.path("V", "a", "first", SUBMIT), ENTRY, 0, 9) == 2
    assert admitted(kept.path("V", "a", "second", SUBMIT), ENTRY, 0, 9) == 2


def test_binck_order_costs_two_with_its_preview() -> None:
    asked = RateLimits([LIMITS["BINCK"]], 0, assume_empty=True).path("BINCK", "a", "s", SUBMIT)
    assert admitted(asked, ENTRY, 0, 99) == (50 - 8 - 8 - 14) // 2


def test_rule_may_count_kinds_of_commands_instead_of_requests() -> None:
    rule = RateRule(name="new orders", window=SlidingWindow(2, S), weights={"submit": 1})
    kept = limits(rule)
    assert admitted(path(kept, CommandKind.CANCEL), CANCEL, 0, 9) == 9
    assert admitted(path(kept), ENTRY, 0, 9) == 2


def test_retry_after_blocks_everything_until_then() -> None:
    kept = limits(five_a_second())
    asked = path(kept)
    kept.apply(RateLimited(Scope("V"), 0, retry_after_ns=3 * S))
    assert not asked.admit(CANCEL, 3 * S - 1)
    assert asked.admit(CANCEL, 3 * S)


def test_refusal_without_retry_after_halves_the_allowance_for_a_time() -> None:
    kept = limits(five_a_second())
    asked = path(kept)
    kept.apply(RateLimited(Scope("V"), 0, slow_ns=10 * S))
    assert admitted(asked, ENTRY, 0, 9) == 2
    assert admitted(asked, ENTRY, 2 * S, 9) == 2
    assert admitted(asked, ENTRY, 10 * S, 9) == 5


def test_second_refusal_halves_again_but_leaves_one() -> None:
    kept = limits(five_a_second())
    asked = path(kept)
    for _ in range(9):
        kept.apply(RateLimited(Scope("V"), 0, slow_ns=10 * S))
    assert admitted(asked, ENTRY, 0, 9) == 1


def test_what_never_fits_a_halved_allowance_waits_for_the_end_of_it() -> None:
    kept = limits(five_a_second())
    asked = path(kept)
    kept.apply(RateLimited(Scope("V"), 0, slow_ns=10 * S))
    assert asked.ready(ENTRY, 0, orders=3) == 10 * S


def test_refusal_of_one_account_leaves_the_other_alone() -> None:
    kept = limits(RateRule(name="each", window=SlidingWindow(2, S), per=Level.ACCOUNT))
    one, two = path(kept, account="one"), path(kept, account="two")
    kept.penalise(Scope("V", "one"), 5 * S)
    assert not one.admit(ENTRY, 0)
    assert two.admit(ENTRY, 0)
    kept.penalise(Scope("V"), 5 * S)
    assert not two.admit(ENTRY, 0)


def test_refusal_right_after_a_restart_reaches_accounts_of_before() -> None:
    rule = RateRule(name="each", window=SlidingWindow(2, S), per=Level.ACCOUNT)
    kept = limits(rule)
    path(kept, account="one")
    again = limits(rule)
    again.restore(kept.snapshot(), 0)
    again.penalise(Scope("V"), 5 * S)
    assert path(again, account="one").ready(ENTRY, 0) == 5 * S


def test_refusal_of_an_endpoint_leaves_rules_of_others_alone() -> None:
    kept = RateLimits([LIMITS["CTRADER"]], 0, assume_empty=True)
    asked = kept.path("CTRADER", "a", "s", SUBMIT)
    kept.apply(RateLimited(Scope("CTRADER", "a", "historical"), 0, retry_after_ns=60 * S))
    assert asked.admit(ENTRY, 0)


def test_what_the_edge_sends_draws_on_its_share_first() -> None:
    kept = limits(five_a_second(automatic_share=2))
    kept.apply(BudgetUsed(Scope("V", "a", "reads"), 2, 0, 0))
    assert admitted(path(kept), ENTRY, 0, 9) == 3


def test_what_the_edge_sends_beyond_its_share_takes_from_commands() -> None:
    kept = limits(five_a_second(automatic_share=2))
    path(kept)
    for _ in range(4):
        kept.apply(BudgetUsed(Scope("V", "a", "reads"), 1, 0, 0))
    assert admitted(path(kept), ENTRY, 0, 9) == 1


def test_edge_asks_its_own_instance_and_is_refused_beyond_its_share() -> None:
    edge = limits(five_a_second(automatic_share=2)).automatic("V", "a", "reads")
    assert [edge.admit(Traffic.AUTOMATIC, 0) for _ in range(3)] == [True, True, False]
    assert edge.ready(Traffic.AUTOMATIC, 0) == S + 1


def test_known_phase_lets_a_full_window_follow_a_full_window() -> None:
    window = FixedWindow(5, 10 * S, phase_ns=0, clock_error_ns=S)
    asked = path(limits(RateRule(name="r", window=window)))
    assert admitted(asked, ENTRY, 8 * S, 9) == 5
    assert asked.ready(ENTRY, 8 * S) == 11 * S + 1
    assert admitted(asked, ENTRY, 11 * S + 1, 9) == 5


def test_request_that_may_fall_into_two_known_windows_counts_in_both() -> None:
    window = FixedWindow(5, 10 * S, phase_ns=0, clock_error_ns=S)
    asked = path(limits(RateRule(name="r", window=window)))
    assert admitted(asked, ENTRY, 9 * S + S // 2, 9) == 5
    assert asked.ready(ENTRY, 9 * S + S // 2) == 21 * S + 1


def test_known_windows_survive_a_restart_and_count_as_full_without() -> None:
    rule = RateRule(name="r", window=FixedWindow(5, 10 * S, phase_ns=0, clock_error_ns=S))
    kept = limits(rule)
    assert admitted(path(kept), ENTRY, 2 * S, 3) == 3
    again = RateLimits([venue(rule)], 3 * S)
    assert path(again).ready(ENTRY, 3 * S) == 11 * S + 1
    again.restore(kept.snapshot(), 3 * S)
    assert admitted(path(again), ENTRY, 3 * S, 9) == 2


def test_state_of_another_shape_counts_as_full() -> None:
    rolling = RateRule(name="r", window=FixedWindow(5, 10 * S))
    known = RateRule(name="r", window=FixedWindow(5, 10 * S, phase_ns=0))
    for before, after in ((rolling, known), (known, rolling)):
        kept = limits(before)
        path(kept)
        again = RateLimits([venue(after)], 3 * S, assume_empty=True)
        again.restore(kept.snapshot(), 3 * S)
        assert path(again).ready(ENTRY, 3 * S) == (10 * S if after is known else 13 * S) + 1


def test_venue_without_rules_limits_nothing() -> None:
    asked = limits().path("ELSEWHERE", "a", "s", SUBMIT)
    assert admitted(asked, ENTRY, 0, 1000) == 1000


@pytest.mark.parametrize("jitter", [0, S])
def test_admitted_must_leave_within_the_jitter(jitter: int) -> None:
    assert path(limits(five_a_second(jitter_ns=jitter))).leave_within_ns == jitter
