"""What configuration does to shipped limits, and which rules are refused in words that help."""

import pytest

from connectors.limits import LIMITS
from engine.config import paths
from engine.config.convert import Converter
from engine.config.rates import RatePolicyConfig, RateRuleConfig, RatesConfig, VenueRatesConfig
from engine.config.values import Moment
from engine.errors import ConfigError
from engine.gate.rates import (
    CommandKind,
    FixedWindow,
    Level,
    Mark,
    RateLimits,
    RateRule,
    SlidingWindow,
    Traffic,
    VenueRates,
    cancel_windows,
    check,
    combine_rates,
)

MS, S = 1_000_000, 1_000_000_000
COSTS = {CommandKind.SUBMIT: {"orders": 2}, CommandKind.CANCEL: {"orders": 1}}


def venue(rule: RateRule) -> VenueRates:
    return VenueRates(venue="V", endpoints=("orders",), costs=COSTS, rules=(rule,))


def changed(changes: RateRuleConfig) -> VenueRates:
    """Return Binck's limits with its one rule changed."""
    return combine_rates(LIMITS["BINCK"], VenueRatesConfig(rules={"requests": changes}))


def test_shipped_limits_are_kept_where_nothing_is_written() -> None:
    for rates in LIMITS.values():
        assert combine_rates(rates, VenueRatesConfig()) == rates


@pytest.mark.parametrize("rates", LIMITS.values(), ids=lambda rates: rates.venue)
def test_shipped_limits_admit_every_command_of_the_venue_and_the_edge(rates: VenueRates) -> None:
    limits = RateLimits([rates], 0, assume_empty=True)
    for kind in rates.costs:
        traffic = Traffic.CANCEL if kind == CommandKind.CANCEL else Traffic.ENTRY
        assert limits.path(rates.venue, "a", "s", kind).admit(traffic, 0)
    for endpoint in rates.endpoints:
        assert limits.automatic(rates.venue, "a", endpoint).admit(Traffic.AUTOMATIC, 0)


@pytest.mark.parametrize("rates", LIMITS.values(), ids=lambda rates: rates.venue)
def test_every_shipped_limit_names_its_source_and_its_certainty(rates: VenueRates) -> None:
    for rule in rates.rules:
        assert rule.source
        assert rule.mark in {Mark.SEEN, Mark.INFERRED}


def test_every_value_of_a_shipped_rule_can_be_changed() -> None:
    changes = RateRuleConfig(
        limit=40,
        window="30s",
        shape="fixed",
        phase=Moment("2024-01-01"),
        clock_error="250ms",
        per="account",
        weights={"submit": 2},
        cancel_reserve=1,
        exit_reserve=2,
        automatic_share=3,
        jitter="0",
        drift_ppm=7,
    )
    (rule,) = changed(changes).rules
    assert rule.window == FixedWindow(40, 30 * S, Moment("2024-01-01").ns, 250 * MS)
    assert (rule.per, rule.weights) == (Level.ACCOUNT, {"submit": 2})
    assert (rule.cancel_reserve, rule.exit_reserve, rule.automatic_share) == (1, 2, 3)
    assert (rule.jitter_ns, rule.drift_ppm, rule.mark) == (0, 7, Mark.CONFIGURED)


def test_fixed_window_can_become_sliding() -> None:
    (rule,) = changed(RateRuleConfig(shape="sliding")).rules
    assert rule.window == SlidingWindow(50, 60 * S)


def test_shipped_rule_can_be_removed() -> None:
    assert changed(RateRuleConfig(enabled=False)).rules == ()


def test_new_rule_can_limit_what_strategies_send() -> None:
    new = RateRuleConfig(limit=3, window="1s", per="strategy", weights={"submit": 1})
    rates = combine_rates(LIMITS["ALOR"], VenueRatesConfig(rules={"calm": new}))
    path = RateLimits([rates], 0, assume_empty=True).path("ALOR", "a", "s", CommandKind.SUBMIT)
    assert [path.admit(Traffic.ENTRY, 0) for _ in range(4)] == [True, True, True, False]


def test_cost_of_a_command_can_be_changed() -> None:
    rates = combine_rates(LIMITS["ALOR"], VenueRatesConfig(costs={"submit": {"requests": 3}}))
    assert rates.units(rates.rules[0], CommandKind.SUBMIT) == 3


def test_sections_are_read_from_tables() -> None:
    table = {
        "policy": {"on_limit": "wait", "wait_max": "250ms"},
        "venue": {
            "BINCK": {
                "rules": {"requests": {"limit": 45, "phase": "2024-01-01T00:00:00Z"}},
                "costs": {"submit": {"requests": 1}},
            }
        },
    }
    converter = Converter(paths.spell)
    config = converter.struct(RatesConfig, table, ("rates",))
    assert converter.problems == []
    assert config is not None
    assert config.venue["BINCK"].rules["requests"].limit == 45
    assert config.policy.deadline(7) == 7 + 250 * MS


def test_policy_of_deny_has_a_deadline_of_now() -> None:
    assert RatePolicyConfig().deadline(7) == 7


def test_time_to_cancel_everything_follows_from_the_reserve() -> None:
    binck = LIMITS["BINCK"]
    assert cancel_windows(binck, open_orders_max=8) == 1
    assert cancel_windows(binck, open_orders_max=9) == 2
    assert cancel_windows(binck, open_orders_max=0) == 0


def test_cancels_without_a_reserve_are_refused() -> None:
    rates = venue(RateRule(name="r", window=SlidingWindow(9, S)))
    with pytest.raises(ConfigError, match="raise cancel_reserve"):
        cancel_windows(rates, open_orders_max=1)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (RateRuleConfig(phase=Moment("2024-01-01"), shape="sliding"), 'add shape = "fixed"'),
        (
            RateRuleConfig(phase=Moment("2024-01-01"), clock_error="30s"),
            "lower them or leave the phase",
        ),
        (RateRuleConfig(weights={"order": 1}), "for one of requests, submit"),
        (RateRuleConfig(cancel_reserve=30), "reserves and share"),
        (RateRuleConfig(automatic_share=33), "a submit costs 2, but only 1"),
    ],
)
def test_change_that_cannot_be_kept_is_refused(changes: RateRuleConfig, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        changed(changes)


@pytest.mark.parametrize(
    ("config", "words"),
    [
        (VenueRatesConfig(rules={"x": RateRuleConfig(limit=3)}), "give it limit and window"),
        (VenueRatesConfig(costs={"sumbit": {"requests": 1}}), "did you mean submit"),
        (VenueRatesConfig(costs={"submit": {"orders": 1}}), "a count from 0 up"),
    ],
)
def test_unknown_name_is_refused(config: VenueRatesConfig, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        combine_rates(LIMITS["BINCK"], config)


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (RateRule(name="r", window=SlidingWindow(0, S)), "limit = 0 must be from 1"),
        (RateRule(name="r", window=SlidingWindow(9, 0)), "must be above"),
        (RateRule(name="r", window=SlidingWindow(9, S), jitter_ns=-1), "not below zero"),
        (RateRule(name="r", window=SlidingWindow(9, S), drift_ppm=200_000), "drift_ppm"),
        (RateRule(name="r", window=SlidingWindow(9, S), weights={"orders": -1}), "from 0 up"),
        (RateRule(name="r", window=SlidingWindow(9, S), exit_reserve=-1), "from 0 up"),
    ],
)
def test_rule_that_makes_no_sense_is_refused(rule: RateRule, words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        check(venue(rule))


def test_two_rules_of_one_name_are_refused() -> None:
    rule = RateRule(name="r", window=SlidingWindow(9, S))
    rates = VenueRates(venue="V", endpoints=("orders",), costs=COSTS, rules=(rule, rule))
    with pytest.raises(ConfigError, match="is there twice"):
        check(rates)


def test_endpoint_with_the_name_of_a_command_is_refused() -> None:
    with pytest.raises(ConfigError, match="rename it"):
        check(VenueRates(venue="V", endpoints=("cancel",)))


def test_command_without_a_cost_is_refused() -> None:
    limits = RateLimits([LIMITS["B2TRADER"]], 0, assume_empty=True)
    with pytest.raises(ConfigError, match="no cost of a replace"):
        limits.path("B2TRADER", "a", "s", CommandKind.REPLACE)


def test_edge_without_a_share_is_refused() -> None:
    limits = RateLimits([venue(RateRule(name="r", window=SlidingWindow(9, S)))], 0)
    with pytest.raises(ConfigError, match="change automatic_share"):
        limits.automatic("V", "a", "orders")
