"""A run with scanning is the run without: decisions, fills, money and samples, to the last digit.

The strategies are called by condition and act in every callback, while limits bind.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backtest.run import Outcome
from tests.runs.small import DELAYS, FRICTION, run
from tests.runs.wakeful import INSTRUMENTS, LIMITS, LOSSES, WAKES, scanning, wakeful, write_ticks

CHOSEN = st.lists(
    st.tuples(st.sampled_from(list(INSTRUMENTS)), st.sampled_from(list(WAKES)), st.booleans()),
    min_size=1,
    max_size=4,
)
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
@settings(max_examples=10, deadline=None)
@given(
    chosen=CHOSEN,
    lines=SETTINGS,
    liveliness=st.sampled_from([0.02, 0.2, 0.9]),
    seed=st.integers(0, 10**6),
    chunk=st.sampled_from([1, 7, 64, 4096]),
    look=st.sampled_from([1, 3, 256]),
)
def test_scanning_changes_nothing(
    chosen: list[tuple[str, str, bool]],
    lines: tuple[str, ...],
    liveliness: float,
    seed: int,
    chunk: int,
    look: int,
) -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        write_ticks(folder / "catalog", 300, liveliness, seed)
        plain = written(folder, chosen, seed, (*lines, "run.scan_ahead=false"))
        with scanning(chunk, look):
            scanned = written(folder, chosen, seed, lines)
        with scanning(chunk, look, plain=True):
            searched = written(folder, chosen, seed, lines)
    for outcome, tables in (scanned, searched):
        assert outcome.digest == plain[0].digest
        assert str(tables) == str(plain[1])
        assert outcome.events == plain[0].events
        assert outcome.faults == ()
