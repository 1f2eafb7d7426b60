"""A run on books is the same with a scan and without: decisions, fills, and what strategies saw."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from engine.native.selection import in_use
from tests.runs.small import DAX, SPY, Restless, run
from tests.runs.wakeful import WAKES, scanning, wakeful_books, write_books

DELAYS = ("exchange.latency_ms.order=2500", "exchange.latency_ms.feed=1500")
Chosen = list[tuple[str, str, bool]]


def seen(
    folder: Path, chosen: Chosen, lines: tuple[str, ...], seed: int, *, calm: bool
) -> tuple[str, int, list[list[tuple[int, str]]]]:
    """Return digest and fills of a run, and what every strategy saw, event by event."""
    strategies = wakeful_books(chosen, seed, calm=calm)
    outcome = run(folder / "catalog", strategies, lines)
    assert outcome.faults == ()
    heard = [made.heard for _, _, made in strategies if isinstance(made, Restless)]
    return outcome.digest, outcome.fills, heard


@pytest.mark.skipif(
    "backtest.native.search" not in in_use(), reason="books are scanned compiled only"
)
@pytest.mark.hypothesis
@settings(max_examples=12, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(
    wakes=st.lists(
        st.tuples(st.sampled_from([DAX.id, SPY.id]), st.sampled_from(list(WAKES)), st.booleans()),
        min_size=1,
        max_size=3,
    ),
    lines=st.sampled_from([(), DELAYS, ('exchange.clock="venue"',)]),
    liveliness=st.sampled_from([0.05, 0.5]),
    seed=st.integers(0, 10**6),
    chunk=st.sampled_from([1, 7, 4096]),
    trial=st.sampled_from([None, None, 5]),
    calm=st.booleans(),
)
def test_scanning_changes_nothing_on_books(
    wakes: Chosen,
    lines: tuple[str, ...],
    liveliness: float,
    seed: int,
    chunk: int,
    trial: int | None,
    calm: bool,
) -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        write_books(folder / "catalog", 400, liveliness, seed)
        plain = seen(folder, wakes, (*lines, "run.scan_ahead=false"), seed, calm=calm)
        with scanning(chunk, 256, trial=trial):
            assert seen(folder, wakes, lines, seed, calm=calm) == plain


@pytest.mark.parametrize("wake", ["touch", "mid", "far", "minute", "event"])
@pytest.mark.parametrize("calm", [True, False])
def test_each_condition_on_a_book_alone(tmp_path: Path, wake: str, calm: bool) -> None:
    write_books(tmp_path / "catalog", 400, 0.3, 5)
    chosen = [(SPY.id, wake, False)]
    plain = seen(tmp_path, chosen, ("run.scan_ahead=false",), 3, calm=calm)
    with scanning(4096, 256):
        assert seen(tmp_path, chosen, (), 3, calm=calm) == plain
