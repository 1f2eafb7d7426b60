"""The story of an order, told from a run folder: event, intent, rules, wait, send, answers."""

import json
from pathlib import Path

import pytest

from backtest.catalogue import Catalogue
from backtest.results.causes import cause_of
from backtest.results.folder import Run, read_run
from backtest.results.log import input_before
from backtest.results.story import Story, read_story, stages
from backtest.results.verdicts import is_exit, verdicts
from engine.config.risk import LimitsConfig
from engine.config.sections import Config
from engine.errors import UsageError
from engine.gate.asked import asked_always, asked_of_entries, asked_of_exits
from engine.gate.compose import Rulebook
from engine.gate.limits import combine
from engine.model.market import Bar
from engine.model.reports import OrderFilled
from engine.strategy.base import Strategy
from lockstep.running import run_strategy
from tests.house.sources import ROOT
from tests.runs.small import SPY, bars_of
from tests.unit.rig import ABC, Rig


class Trader(Strategy):
    """Buy, protect what was bought from its fill, change an order, and ask for too much."""

    def on_start(self) -> None:
        self.bars = 0
        self.subscribe_bars(SPY.id, "1m")

    def on_bar(self, bar: Bar) -> None:
        self.bars += 1
        if self.bars == 1:
            self.buy(SPY.id, 3, tag="first")
        elif self.bars == 5:
            self.resting = self.buy(SPY.id, 1, bar.close * 0.8)
        elif self.bars == 6:
            self.replace(self.resting, price=bar.close * 0.79)
        elif self.bars == 8:
            self.cancel(self.resting)
        elif self.bars == 9:
            self.buy(SPY.id, 500)
        elif self.bars == 10:
            self.sell(SPY.id, 2)
        elif self.bars == 11:
            for _ in range(3):
                self.buy(SPY.id, 1, bar.close * 0.7)

    def on_fill(self, fill: OrderFilled) -> None:
        if fill.client_order_id == "b-0-1":
            self.sell(SPY.id, 1, fill.price * 1.5)


SETTINGS = {
    "risk.account.main.max_position": 100,
    "risk.account.main.collar_percent": 5,
    "exchange.latency_ms.order": 5,
    "exchange.latency_ms.response": 3,
    "rates.policy.on_limit": "wait",
    "rates.policy.wait_max": "9m",
    "rates.venue.SIM.rules.orders.limit": 2,
    "rates.venue.SIM.rules.orders.window": "2m",
}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("why")
    Catalogue(folder / "catalog").write(SPY, [bars_of(SPY, 40_000, 1, 2)])
    out = run_strategy(Trader(), catalog=folder / "catalog", out=folder / "runs", settings=SETTINGS)
    return read_run(out.folder)


def told(run: Run, order: str) -> tuple[Story, list[str]]:
    story = read_story(run, order)
    return story, [each.name for each in stages(story)]


def test_story_has_every_stage_with_its_time(run: Run) -> None:
    story = read_story(run, "b-0-1")
    found = list(stages(story))
    assert [each.name for each in found] == ["sent", "accepted", "filled"]
    sent, accepted, _ = found
    assert sent.ts == story.intent.ts
    assert accepted.ts - sent.ts >= 8_000_000
    assert 0 < accepted.ts_venue - sent.ts < accepted.ts - sent.ts
    assert story.intent.text == "Trader asks: buy 3 SPY.SIM, market, at the market"


def test_order_may_be_named_by_its_counter(run: Run) -> None:
    assert read_story(run, "3").order == "b-0-3"


def test_changes_and_cancels_are_part_of_it(run: Run) -> None:
    _, names = told(run, "b-0-3")
    assert names == [
        "sent",
        "accepted",
        "change sent",
        "changed",
        "cancel sent",
        "canceled",
    ]


def test_event_is_the_row_of_that_moment_or_the_fill_that_was_answered(run: Run) -> None:
    first, answer = read_story(run, "b-0-1"), read_story(run, "b-0-2")
    assert "1m bar of SPY.SIM, close" in cause_of(run, first).text
    assert cause_of(run, first).text.endswith("-> on_bar")
    assert cause_of(run, answer).text == "OrderFilled of b-0-1 -> on_fill or on_order"


def test_event_is_unknown_where_the_data_is_gone(run: Run) -> None:
    story = read_story(run, "b-0-1")
    moved = Run(run.path, run.summary, {**run.manifest, "data": {"GONE.SIM bars-1m": ""}})
    assert cause_of(moved, story).text.startswith("nothing recorded at that moment")


def test_every_rule_of_an_order_that_was_sent_has_passed(run: Run) -> None:
    said = list(verdicts(run, read_story(run, "b-0-1")))
    assert {each.said for each in said} == {"passed"}
    assert [each.rule for each in said][4:] == [
        "price_collar",
        "position_limit",
        "buying_power",
        "rates",
    ]


def test_denied_order_fails_at_its_rule_and_reaches_none_after_it(run: Run) -> None:
    story = read_story(run, "b-0-4")
    said = {each.rule: each.said for each in verdicts(run, story)}
    assert said["price_collar"] == "passed"
    assert said["position_limit"] == "denied: worst case 503, limit 100"
    assert said["buying_power"] == said["rates"] == "not reached"
    assert [each.name for each in stages(story)] == ["denied"]


def test_exit_is_judged_as_one(run: Run) -> None:
    story = read_story(run, "b-0-5")
    assert is_exit(story)
    rules = [each.rule for each in verdicts(run, story)][4:]
    assert rules == ["price_collar", "rates"]


def test_wait_is_told_with_its_limit(run: Run) -> None:
    waited = [read_story(run, f"b-0-{number}") for number in (6, 7, 8)]
    names = [[each.name for each in stages(story)][:2] for story in waited]
    assert ["wait", "sent"] in names
    story = waited[names.index(["wait", "sent"])]
    wait, sent = list(stages(story))[:2]
    assert wait.text == "submit waits for SIM.orders, for 540 s at most"
    assert sent.ts > wait.ts == story.intent.ts


def test_order_that_is_not_there_is_refused_with_what_there_is(run: Run) -> None:
    with pytest.raises(UsageError, match="has no order 'b-0-99'; it has 8: b-0-1"):
        read_story(run, "b-0-99")


def test_configuration_of_a_run_can_be_read_back(run: Run) -> None:
    assert json.loads((run.path / "manifest.json").read_text())["config"] == run.config
    assert set(run.config) == set(Config.__struct_fields__)


EVERYTHING = LimitsConfig(
    instruments=(),
    order_types=("limit",),
    only_open=True,
    min_price=1.0,
    max_order_value=1.0,
    collar_ticks=1.0,
    feed_age="1s",
    rate_age="1s",
    max_position=1.0,
    max_gross=1.0,
    max_net=1.0,
    max_open_orders=1,
    max_open_value=1.0,
    duplicate_window="1s",
    prevent_self_match=True,
    max_daily_loss=1.0,
)
OWN = LimitsConfig(max_position=1.0, max_open_orders=1, max_drawdown=1.0)


@pytest.mark.parametrize(
    ("shared", "own"),
    [(LimitsConfig(), None), (EVERYTHING, None), (EVERYTHING, OWN), (LimitsConfig(), OWN)],
)
def test_rules_that_are_told_are_those_that_are_asked(
    shared: LimitsConfig, own: LimitsConfig | None
) -> None:
    limits = combine(ABC, [shared], own)
    rig = Rig(limits=limits)
    rules = Rulebook(rig.kernel).compose(rig.contexts[0].host.route(ABC.id))
    assert [each.reason for each in rules.always] == list(asked_always(limits))
    assert [each.reason for each in rules.entry] == list(asked_of_entries(limits))
    assert [each.reason for each in rules.exit] == list(asked_of_exits(limits))


JOURNALED = read_run(ROOT / "tests" / "journals" / "v1")


def test_order_of_a_live_run_is_told_from_its_journal() -> None:
    story = read_story(JOURNALED, "4")
    assert story.order == "abcd-1-4"
    assert [each.name for each in stages(story)][:4] == [
        "sent",
        "accepted",
        "change sent",
        "changed",
    ]
    cause = cause_of(JOURNALED, story)
    assert cause.text.startswith("QuoteTick ")
    assert cause.ts <= story.intent.ts
    assert {each.said for each in verdicts(JOURNALED, story)} == {"passed"}


def test_fill_that_was_answered_in_a_live_run_is_its_cause() -> None:
    first = read_story(JOURNALED, "abcd-1-1")
    assert "filled" in [each.name for each in stages(first)]
    came = input_before(JOURNALED, 9)
    assert came is not None
    assert came["event"] == "OrderAccepted"


def test_run_without_any_record_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="and no journal; it cannot be told"):
        read_story(read_run(tmp_path), "1")
