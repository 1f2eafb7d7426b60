"""A run with scanning is the run without: decisions, fills, money and samples, to the last digit.

The strategies are called by condition and act in every callback, while limits bind.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow.parquet as pq
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from backtest.run import Outcome
from tests.runs.small import DAX, DELAYS, FRICTION, SPY, run
from tests.runs.wakeful import INSTRUMENTS, LIMITS, LOSSES, WAKES, scanning, wakeful, write_ticks

NAMES = st.sampled_from(list(INSTRUMENTS))
CHOSEN = st.tuples(
    st.tuples(NAMES, st.just("mid"), st.booleans()),
    st.tuples(NAMES, st.sampled_from(["touch", "far"]), st.just(value=False)),
    st.tuples(NAMES, st.sampled_from(list(WAKES)), st.just(value=False)),
).map(list)
SETTINGS = st.tuples(
    st.sampled_from([(), LIMITS, (*LIMITS, *LOSSES)]),
    st.sampled_from([(), FRICTION, (*FRICTION, *DELAYS)]),
    st.sampled_from([(), ('exchange.trigger="last"',), ('exchange.clock="venue"',)]),
).map(lambda chosen: tuple(line for lines in chosen for line in lines))


def written(
    folder: Path, chosen: list[tuple[str, str, bool]], seed: int, lines: tuple[str, ...]
) -> tuple[Outcome, list[object]]:
    """Return a run, and the tables that it wrote."""
    with TemporaryDirectory(dir=folder) as name:
        outcome = run(folder / "catalog", wakeful(chosen, seed), lines, Path(name))
        tables = [pq.read_table(path).to_pydict() for path in sorted(Path(name).glob("*.parquet"))]
    return outcome, tables


@pytest.mark.hypothesis
@settings(max_examples=10, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(
    chosen=CHOSEN,
    lines=SETTINGS,
    liveliness=st.sampled_from([0.02, 0.2, 0.9]),
    seed=st.integers(0, 10**6),
    chunk=st.sampled_from([1, 7, 64, 4096]),
    trial=st.sampled_from([None, None, 5]),
    look=st.sampled_from([1, 3, 256]),
)
def test_scanning_changes_nothing(
    chosen: list[tuple[str, str, bool]],
    lines: tuple[str, ...],
    liveliness: float,
    seed: int,
    chunk: int,
    trial: int | None,
    look: int,
) -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        write_ticks(folder / "catalog", 300, liveliness, seed)
        plain = written(folder, chosen, seed, (*lines, "run.scan_ahead=false"))
        with scanning(chunk, look, trial=trial):
            scanned = written(folder, chosen, seed, lines)
        with scanning(chunk, look, plain=True):
            searched = written(folder, chosen, seed, lines)
    for outcome, tables in (scanned, searched):
        assert outcome.digest == plain[0].digest
        assert str(tables) == str(plain[1])
        assert outcome.events == plain[0].events
        assert outcome.faults == ()


def alone(
    folder: Path, name: str, wake: str, liveliness: float, seed: int, lines: tuple[str, ...]
) -> Outcome:
    """Run one strategy with and without a scan; return the outcome, which is the same."""
    write_ticks(folder / "catalog", 300, liveliness, seed)
    chosen = [(name, wake, False)]
    plain = written(folder, chosen, seed, (*lines, "run.scan_ahead=false"))
    with scanning(4096, 256):
        scanned = written(folder, chosen, seed, lines)
    assert scanned[0].digest == plain[0].digest
    assert str(scanned[1]) == str(plain[1])
    return scanned[0]


@pytest.mark.parametrize("wake", list(WAKES))
@pytest.mark.parametrize("seed", range(2))
def test_each_condition_alone_wakes_where_it_would_without_a_scan(
    tmp_path: Path, wake: str, seed: int
) -> None:
    alone(tmp_path, SPY.id, wake, 0.5, seed, ())


@pytest.mark.parametrize("seed", range(4))
def test_losses_trip_at_the_row_they_trip_at_without_a_scan(tmp_path: Path, seed: int) -> None:
    lines = ("risk.firm.max_drawdown=15", "risk.firm.max_daily_loss=20")
    assert alone(tmp_path, DAX.id, "mid", 0.5, seed, lines).latched
