"""Where limits on rates come from: venues, configuration, messages of a scope, the run before."""

import pytest

from connectors.limits import LIMITS
from engine.config.rates import (
    RateRuleConfig,
    RatesConfig,
    VenueRatesConfig,
)
from engine.config.risk import LimitsConfig, RiskConfig
from engine.errors import ConfigError
from engine.gate.rates import (
    RateSetup,
    check_cancels,
    setup_rates,
)
from engine.ledger.account import AccountSpec
from engine.model.zones import SECOND_NS
from engine.recovery.restore import restore, take_snapshot
from tests.unit.pacing_rig import buy, rates, rig_of, sent
from tests.unit.rig import ABC, START, Probe, Rig


def messages(limits: LimitsConfig, **scopes: LimitsConfig) -> RateSetup:
    risk = RiskConfig(firm=limits, strategy=dict(scopes))
    return setup_rates(RatesConfig(assume_empty=True), risk, ["SIM"], {})


def test_restart_allows_no_more() -> None:
    rig = rig_of(rates())
    buy(rig, 2)
    again = rig_of(rates())
    restore(again.kernel, take_snapshot(rig.kernel, {}))
    buy(again)
    assert again.denials == ["rate_limit"]


def test_start_without_a_snapshot_counts_every_window_as_full() -> None:
    venues = rates().venues
    rig = rig_of(RateSetup(venues, {}, RatesConfig(), now=START))
    buy(rig)
    rig.wait(SECOND_NS + 1)
    buy(rig)
    assert (rig.denials, sent(rig)) == (["rate_limit"], ["submit 2"])


def test_messages_of_all_kinds_count_and_cancels_have_a_reserve() -> None:
    rig = rig_of(messages(LimitsConfig(max_messages=4, messages_window="10s", cancel_messages=1)))
    buy(rig)
    order = rig.probe.orders()[0]
    rig.accept(order)
    rig.do(lambda probe: probe.replace(order, price=98.0))
    rig.amend(order, 1, 98.0)
    buy(rig, 2)
    assert rig.denials == ["message_rate"]
    rig.do(lambda probe: probe.cancel(order))
    assert sent(rig) == ["submit 1", "replace 1", "submit 2", "cancel 1"]


def test_messages_of_a_strategy_are_its_own_and_those_of_the_firm_are_shared() -> None:
    one = LimitsConfig(max_messages=1, messages_window="10s")
    rig = rig_of(messages(LimitsConfig(max_messages=3), one=one), Probe(), Probe())
    buy(rig, 2, number=0)
    buy(rig, 3, number=1)
    assert sent(rig) == ["submit 1", "submit 3", "submit 4"]
    assert rig.denials == ["message_rate", "message_rate"]


def test_messages_must_leave_something_for_orders() -> None:
    with pytest.raises(ConfigError, match="leaves nothing for orders"):
        messages(LimitsConfig(max_messages=2, cancel_messages=2))


def test_route_without_limits_has_no_pace() -> None:
    assert rig_of(messages(LimitsConfig())).contexts[0].host.route(ABC.id).pace is None


def test_venue_ships_its_limits_by_name_and_configuration_changes_them() -> None:
    lower = VenueRatesConfig(rules={"requests": RateRuleConfig(limit=90)})
    config = RatesConfig(venue={"ALOR": lower})
    setup = setup_rates(config, RiskConfig(), ["BINCK", "SIM", "ALOR"], LIMITS)
    assert list(setup.venues) == ["BINCK", "ALOR"]
    assert setup.venues["BINCK"] == LIMITS["BINCK"]
    assert setup.venues["ALOR"].rules[0].window.limit == 90
    assert check_cancels(setup, 16) == 2


def test_command_that_a_venue_does_not_take_is_denied() -> None:
    setup = setup_rates(RatesConfig(assume_empty=True), RiskConfig(), ["B2TRADER"], LIMITS)
    spec = AccountSpec(id="main", venue="B2TRADER", currency="USD", balances={"USD": 1e6})
    rig = Rig(rates=setup, accounts=[spec])
    rig.trade(100.0)
    buy(rig)
    order = rig.probe.orders()[0]
    rig.accept(order)
    rig.do(lambda probe: probe.replace(order, price=98.0))
    assert rig.denials == ["not_supported"]
    rig.do(lambda probe: probe.cancel(order))
    assert sent(rig) == ["submit 1", "cancel 1"]


@pytest.mark.parametrize("venue", list(LIMITS))
def test_every_venue_lets_an_order_and_its_cancel_pass(venue: str) -> None:
    setup = setup_rates(RatesConfig(assume_empty=True), RiskConfig(), [venue], LIMITS)
    spec = AccountSpec(id="main", venue=venue, currency="USD", balances={"USD": 1e6})
    rig = Rig(rates=setup, accounts=[spec])
    rig.trade(100.0)
    buy(rig)
    rig.accept(rig.probe.orders()[0])
    rig.do(lambda probe: probe.cancel_all())
    assert sent(rig) == ["submit 1", "cancel 1"]
