"""Compare two runs: digests, metrics, settings, and the first decision that differs.

Judges neither, and reads no table.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TypeVar

from backtest.results.folder import Run, first_difference, flat

Value = TypeVar("Value")
LINE_MAX = 400
"""Longer lines of a decision log are cut to so many characters."""


@dataclass(frozen=True, slots=True)
class Decision:
    """Hold one line of two decision logs, counted from 1; a log that has ended gives ''."""

    line: int
    a: str
    b: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """Hold what is the same and what differs between run `a` and run `b`.

    `equal` says that both have a digest and it is the same; then `decision` is None, as it is when
    the logs do not differ either. `metrics` has every metric as (a, b), `config` only the settings
    that differ, as text; None where a run has no such thing.
    """

    a: str
    b: str
    digests: tuple[str, str]
    metrics: Mapping[str, tuple[float | None, float | None]]
    config: Mapping[str, tuple[str | None, str | None]]
    decision: Decision | None

    @property
    def equal(self) -> bool:
        """Return whether both digests are there and the same."""
        return self.digests[0] == self.digests[1] != ""

    def to_json(self) -> dict[str, object]:
        """Return the comparison for JSON, every pair as `{"a": ..., "b": ...}`."""
        digests = (self.digests[0] or None, self.digests[1] or None)
        return {
            "a": self.a,
            "b": self.b,
            "equal": self.equal,
            "digest": _named(digests),
            "metrics": {name: _named(pair) for name, pair in self.metrics.items()},
            "config": {name: _named(pair) for name, pair in self.config.items()},
            "first_difference": asdict(self.decision) if self.decision else None,
        }


def compare_runs(one: Run, other: Run) -> Comparison:
    """Return the comparison; the logs are read only where the digests are not the same."""
    digests = one.text("digest"), other.text("digest")
    same = digests[0] == digests[1] != ""
    metrics = _pairs(_values(one), _values(other))
    config = _pairs(_settings(one), _settings(other))
    changed = {key: pair for key, pair in config.items() if pair[0] != pair[1]}
    decision = None if same else _decision(one, other)
    return Comparison(one.id, other.id, digests, metrics, changed, decision)


def _decision(one: Run, other: Run) -> Decision | None:
    found = first_difference(one, other)
    return Decision(found[0], found[1][:LINE_MAX], found[2][:LINE_MAX]) if found else None


def _values(run: Run) -> dict[str, float | None]:
    return {name: metric.value for name, metric in run.measures.items()}


def _settings(run: Run) -> dict[str, str]:
    return flat(run.manifest["config"]) if "config" in run.manifest else {}


def _pairs(
    one: Mapping[str, Value], other: Mapping[str, Value]
) -> dict[str, tuple[Value | None, Value | None]]:
    return {name: (one.get(name), other.get(name)) for name in dict.fromkeys((*one, *other))}


def _named(pair: tuple[object, object]) -> dict[str, object]:
    return {"a": pair[0], "b": pair[1]}
