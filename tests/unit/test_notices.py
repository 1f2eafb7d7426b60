"""What a run says and alarms people of."""

import pytest
from structlog.testing import capture_logs

from engine.model.connection import ClockMeasured, LinkChanged, LinkState
from engine.model.risk import FIRM, Cause, RiskState, RiskStateChanged
from engine.model.run_events import StrategiesStopped
from engine.orders.strangers import FillUnclaimed
from engine.telemetry.alerts import Alerts
from engine.telemetry.meters import Meters
from lockstep.live.notices import Notices
from tests.unit.rig import Rig


def notices() -> Notices:
    meters = Meters()
    return Notices(Alerts((), lambda: 0, meters), meters)


def test_a_line_for_people_is_the_event_of_the_log() -> None:
    with capture_logs() as lines:
        notices().say("waiting for DEMO")
    assert [line["event"] for line in lines] == ["waiting for DEMO"]


@pytest.mark.parametrize(
    ("cause", "is_stopping", "alarms"),
    [(Cause.PAUSED, True, 0), (Cause.KILL_SWITCH, True, 1), (Cause.PAUSED, False, 1)],
)
def test_the_halt_of_a_stop_in_order_is_no_alarm(
    cause: Cause, *, is_stopping: bool, alarms: int
) -> None:
    heard = notices()
    change = RiskStateChanged(FIRM, RiskState.ACTIVE, RiskState.HALTED, cause, 2)
    with capture_logs() as lines:
        if is_stopping:
            heard.hear(StrategiesStopped(1, "asked to"), [])
        heard.hear(object(), [change])
    assert [line.get("alert") for line in lines].count("risk_state") == alarms


SECOND = 1_000_000_000
AWAY = (
    (LinkState.CONNECTING, 0),
    (LinkState.READY, 1),
    (LinkState.LOST, 10),
    (LinkState.CONNECTING, 11),
    (LinkState.LOST, 12),
    (LinkState.CONNECTING, 14),
    (LinkState.LOST, 15),
    (LinkState.CONNECTING, 20),
    (LinkState.READY, 22),
)


def test_a_lost_connection_is_told_once_and_its_return_says_how_long_it_was_away() -> None:
    heard = notices()
    with capture_logs() as lines:
        for state, second in AWAY:
            heard.hear(LinkChanged("DEMO", "trade", state, True, second * SECOND, "gone"), [])
    told = [line for line in lines if line["log_level"] != "debug"]
    assert [line["event"] for line in told] == ["connected", "gone", "after 12.0 s away"]
    assert [line.get("alert") for line in told] == [None, "disconnected", "reconnected"]
    assert heard._meters.reconnects == {"DEMO trade": 1}


def test_a_fill_in_the_log_leads_back_to_the_event_that_its_order_followed_from() -> None:
    rig, heard = Rig(), notices()
    rig.quote(9.99, 10.01)
    order = rig.do(lambda probe: probe.buy("ABC.SIM", 5))
    heard.cause = lambda: 17
    with capture_logs() as lines:
        heard.hear(object(), [rig.wire.orders[0]])
        heard.cause = lambda: 30
        heard.hear(rig.fill(order, 5, 10.0), [])
    about = [(line["event"], line["order"], line["cause"]) for line in lines]
    assert about == [("order", order.id, 17), ("fill", order.id, 17)]


@pytest.mark.parametrize(("offset", "alarms"), [(0.4, 0), (0.6, 1), (-0.6, 1)])
def test_a_venues_clock_far_from_ours_is_told(offset: float, alarms: int) -> None:
    heard = notices()
    with capture_logs() as lines:
        heard.hear(ClockMeasured("DEMO", round(offset * SECOND), SECOND // 20, 1), [])
    assert [line.get("alert") for line in lines].count("clock_skew") == alarms


def test_a_fill_after_an_orders_end_and_one_of_nobody_are_alarms() -> None:
    rig, heard = Rig(), notices()
    heard.late_fills = lambda: rig.kernel.orders.counts["late fill"]
    rig.quote(9.99, 10.01)
    order = rig.do(lambda probe: probe.buy("ABC.SIM", 5))
    rig.cancel(order)
    with capture_logs() as lines:
        heard.hear(rig.fill(order, 5, 10.0), [])
        heard.hear(object(), [FillUnclaimed("main", "ABC.SIM", "V9", "T9", 1)])
    alerts = [line["alert"] for line in lines if "alert" in line]
    assert alerts == ["late_fill", "stranger_fill"]


def test_a_state_that_became_better_is_logged_and_alarms_nobody() -> None:
    heard = notices()
    change = RiskStateChanged(FIRM, RiskState.HALTED, RiskState.REDUCING, Cause.KILL_SWITCH, 2)
    with capture_logs() as lines:
        heard.hear(object(), [change])
    assert [line["event"] for line in lines] == ["risk state"]
