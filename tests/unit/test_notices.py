"""What a run says and alarms people of."""

import pytest
from structlog.testing import capture_logs

from engine.model.risk import FIRM, Cause, RiskState, RiskStateChanged
from engine.model.run_events import StrategiesStopped
from engine.telemetry.alerts import Alerts
from engine.telemetry.meters import Meters
from lockstep.live.notices import Notices


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


def test_a_state_that_became_better_is_logged_and_alarms_nobody() -> None:
    heard = notices()
    change = RiskStateChanged(FIRM, RiskState.HALTED, RiskState.REDUCING, Cause.KILL_SWITCH, 2)
    with capture_logs() as lines:
        heard.hear(object(), [change])
    assert [line["event"] for line in lines] == ["risk state"]
