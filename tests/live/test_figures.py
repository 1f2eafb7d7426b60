"""The figures of a run that Prometheus asks for, and money as operators see it."""

import pytest

from engine.control import views
from engine.live.figures import measure
from engine.model.market import QuoteTick
from engine.telemetry.exposition import exposition
from engine.telemetry.meters import Meters, Stage
from tests.live.test_runner import Desk
from tests.recovery.town import ABC, SECOND
from tests.unit.pacing_rig import rates, rig_of
from tests.unit.rig import Probe, Rig


def test_gauges_follow_the_books() -> None:
    rig, meters = Rig(), Meters()
    rig.quote(9.99, 10.01)
    order = rig.do(lambda probe: probe.buy("ABC.SIM", 5))
    rig.fill(order, 5, 10.0)
    rig.fill(rig.do(lambda probe: probe.sell("ABC.SIM", 2)), 2, 10.5)
    rig.accept(rig.do(lambda probe: probe.buy("ABC.SIM", 1, 9.0)))
    rig.unsure(rig.do(lambda probe: probe.buy("ABC.SIM", 1, 9.1)))
    measure(rig.kernel, meters, rig.now)
    assert (meters.open_orders, meters.unknown_orders) == (2, 1)
    assert meters.worth == {"main": (1_000_001.0, 1.0)}
    text = exposition(meters, rig.now + SECOND).decode()
    assert 'lockstep_realised_pnl{account="main"} 1.0' in text
    assert 'lockstep_feed_age_seconds{instrument="ABC.SIM"} ' in text


def test_headroom_is_what_each_rule_would_still_let_through() -> None:
    rig = rig_of(rates(limit=5, cancel_reserve=1))
    rig.quote(9.99, 10.01)
    for left in (3, 2):
        rig.do(lambda probe: probe.buy("ABC.SIM", 1))
        assert rig.kernel.pacing.limits.headroom(rig.now) == {"SIM.all": left}


def test_money_is_shown_without_the_noise_of_floats() -> None:
    rig = Rig()
    rig.quote(100.05, 100.07)
    rig.fill(rig.do(lambda probe: probe.buy("ABC.SIM", 3)), 3, 100.07)
    rig.fill(rig.do(lambda probe: probe.buy("ABC.SIM", 4)), 4, 100.08)
    (account,) = views.accounts(rig.kernel)
    (held, _) = views.positions(rig.kernel)
    assert repr(account.equity) == "999999.89"
    assert repr(account.unrealised) == repr(held.unrealised) == "-0.11"
    assert repr(held.average_price) == "100.075714"
    (feed,) = [each for each in views.feeds(rig.kernel) if each.instrument == "ABC.SIM"]
    assert repr(feed.price) == "100.06"


@pytest.mark.parametrize("is_buying", [True, False])
async def test_the_gate_is_a_stage_of_its_own(*, is_buying: bool) -> None:
    desk = Desk()

    def takes(span: int) -> None:
        desk.time += span

    def act(probe: Probe, event: object) -> None:
        if isinstance(event, QuoteTick):
            takes(5_000)
            if is_buying:
                probe.buy(ABC.id, 1)

    desk.probe.act = act
    desk.probe._host.route(ABC.id).notes = (lambda _order, _bound: takes(1_000),)
    desk.runner.feed(desk.quote())
    stages = desk.meters.stages
    assert (stages[Stage.GATE].count, stages[Stage.GATE].sum_ns) == (is_buying, 1_000 * is_buying)
    assert stages[Stage.KERNEL].sum_ns == 5_000
