"""Put the meters into the text format that Prometheus reads.

Needs the extra `metrics` (prometheus-client); counts nothing itself.
"""

from collections.abc import Iterable, Iterator
from itertools import accumulate
from typing import TYPE_CHECKING

from engine.errors import UsageError
from engine.telemetry.meters import BOUNDS_NS, Histogram, Meters

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_SECOND = 1_000_000_000

_COUNTERS = (
    ("events", "kind", "Events that the kernel took"),
    ("commands", "kind", "Commands that were sent"),
    ("denials", "reason", "Intents that the gate denied"),
    ("coalesced", "instrument", "Quotes that a newer one replaced while the engine was behind"),
    ("reconnects", "link", "Connections opened anew"),
)
_GAUGES = (
    ("inbox_depth", "Events that wait for the kernel"),
    ("open_orders", "Orders that may still fill"),
    ("unknown_orders", "Orders whose outcome is unknown"),
)
_SINGLE_COUNTERS = (
    ("stalls", "Callbacks that held the loop for too long"),
    ("alerts_lost", "Alerts that could not be delivered"),
)


def exposition(meters: Meters, now_ns: int) -> bytes:
    """Return all figures as `CONTENT_TYPE`; raises UsageError without the extra `metrics`."""
    try:
        from prometheus_client.exposition import generate_latest
        from prometheus_client.registry import CollectorRegistry
    except ImportError as error:
        msg = "prometheus-client is not installed; run pip install 'lockstep[metrics]'"
        raise UsageError(msg) from error

    class Collector:
        def collect(self) -> Iterator["Metric"]:
            return _metrics(meters, now_ns)

    registry = CollectorRegistry()
    registry.register(Collector())
    return generate_latest(registry)


def _metrics(meters: Meters, now_ns: int) -> Iterator["Metric"]:
    from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily

    for name, label, text in _COUNTERS:
        family = CounterMetricFamily(f"lockstep_{name}", text, labels=[label])
        for key, value in getattr(meters, name).items():
            family.add_metric([key], value)
        yield family
    for name, text in _SINGLE_COUNTERS:
        yield CounterMetricFamily(f"lockstep_{name}", text, value=getattr(meters, name))
    for name, text in _GAUGES:
        yield GaugeMetricFamily(f"lockstep_{name}", text, value=getattr(meters, name))
    ages = ((name, (now_ns - ts) / _SECOND) for name, ts in meters.feed_ns.items())
    yield _gauges("feed_age_seconds", "Time since the last event", "instrument", ages)
    yield _gauges("gate_headroom", "Commands left in a rate rule", "rule", meters.headroom.items())
    equity = ((name, worth[0]) for name, worth in meters.worth.items())
    yield _gauges("equity", "Equity in the account's currency", "account", equity)
    profit = ((name, worth[1]) for name, worth in meters.worth.items())
    yield _gauges("realised_pnl", "Realised profit in its currency", "account", profit)
    staged = [(stage.value, histogram) for stage, histogram in meters.stages.items()]
    yield _histograms("stage_seconds", "Time a stage takes", "stage", staged)
    yield _histograms("loop_lag_seconds", "Delay of the loop", "", [("", meters.loop_lag)])


def _gauges(
    name: str, text: str, label: str, values: Iterable[tuple[str, float | int]]
) -> "Metric":
    from prometheus_client.metrics_core import GaugeMetricFamily

    family = GaugeMetricFamily(f"lockstep_{name}", text, labels=[label])
    for key, value in values:
        family.add_metric([key], value)
    return family


def _histograms(
    name: str, text: str, label: str, found: Iterable[tuple[str, Histogram]]
) -> "Metric":
    from prometheus_client.metrics_core import HistogramMetricFamily

    labels = [label] if label else []
    family = HistogramMetricFamily(f"lockstep_{name}", text, labels=labels)
    for key, histogram in found:
        bounds = [*(str(bound / _SECOND) for bound in BOUNDS_NS), "+Inf"]
        buckets = list(zip(bounds, accumulate(histogram.counts), strict=True))
        family.add_metric([key] if label else [], buckets, histogram.sum_ns / _SECOND)
    return family
