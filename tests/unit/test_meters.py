"""Figures are counted in fixed buckets and come out in Prometheus' words."""

import pytest

from engine.telemetry.exposition import exposition
from engine.telemetry.meters import BOUNDS_NS, Histogram, Meters, Stage, count


@pytest.mark.parametrize(
    ("duration", "bucket"),
    [(0, 0), (1_000, 0), (1_001, 1), (5_000_000_000, len(BOUNDS_NS) - 1), (10**12, len(BOUNDS_NS))],
)
def test_duration_falls_into_the_first_bucket_that_is_not_below_it(
    duration: int, bucket: int
) -> None:
    histogram = Histogram()
    histogram.observe(duration)
    assert histogram.counts[bucket] == histogram.count == 1
    assert histogram.sum_ns == duration


def test_quantile_is_the_bound_of_the_bucket_that_reaches_it() -> None:
    histogram = Histogram()
    assert histogram.quantile(0.5) == 0
    for duration in (1_500, 1_600, 40_000):
        histogram.observe(duration)
    assert histogram.quantile(0.5) == 2_000
    assert histogram.quantile(0.99) == 50_000
    histogram.observe(10**12)
    assert histogram.quantile(1) == BOUNDS_NS[-1]


def test_every_figure_is_exposed() -> None:
    meters = Meters()
    for figures in (
        meters.events,
        meters.commands,
        meters.denials,
        meters.coalesced,
        meters.reconnects,
    ):
        count(figures, "a", 3)
    meters.stages[Stage.SEND].observe(1_500)
    meters.loop_lag.observe(10**12)
    meters.feed_ns["EURUSD.SIM"] = 1_000_000_000
    meters.headroom["orders"] = 7
    meters.worth["main"] = 10_250.5, -3.25
    meters.inbox_depth, meters.open_orders, meters.unknown_orders = 4, 5, 6
    meters.stalls, meters.alerts_lost = 1, 2
    text = exposition(meters, 3_500_000_000).decode()
    for line in (
        'lockstep_events_total{kind="a"} 3.0',
        'lockstep_commands_total{kind="a"} 3.0',
        'lockstep_denials_total{reason="a"} 3.0',
        'lockstep_coalesced_total{instrument="a"} 3.0',
        'lockstep_reconnects_total{link="a"} 3.0',
        "lockstep_stalls_total 1.0",
        "lockstep_alerts_lost_total 2.0",
        "lockstep_inbox_depth 4.0",
        "lockstep_open_orders 5.0",
        "lockstep_unknown_orders 6.0",
        'lockstep_feed_age_seconds{instrument="EURUSD.SIM"} 2.5',
        'lockstep_gate_headroom{rule="orders"} 7.0',
        'lockstep_equity{account="main"} 10250.5',
        'lockstep_realised_pnl{account="main"} -3.25',
        'lockstep_stage_seconds_bucket{le="1e-06",stage="send"} 0.0',
        'lockstep_stage_seconds_bucket{le="2e-06",stage="send"} 1.0',
        'lockstep_stage_seconds_count{stage="send"} 1.0',
        'lockstep_loop_lag_seconds_bucket{le="5.0"} 0.0',
        'lockstep_loop_lag_seconds_bucket{le="+Inf"} 1.0',
        "lockstep_loop_lag_seconds_sum 1000.0",
    ):
        assert f"{line}\n" in text, line
