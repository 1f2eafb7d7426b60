"""A hundred million rows are written and read in the memory that a few need."""

import resource
from pathlib import Path

import pytest

from backtest.catalogue import Catalogue
from backtest.catalogue.generate import GeneratedSize, generate
from engine.model.instrument import Instrument

FEW, MANY = 2_000_000, 100_000_000


def peak_megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_hundred_million_rows_stream_in_flat_memory(tmp_path: Path) -> None:
    catalogue = Catalogue(tmp_path)
    peaks = []
    for name, rows in (("FEW.SIM", FEW), ("MANY.SIM", MANY)):
        tick = Instrument.define(name, tick="0.01", currency="USD")
        generate(catalogue, tick, GeneratedSize(quotes=rows), seed=7)
        assert sum(len(chunk) for chunk in catalogue.read(name, "quotes")) == rows
        peaks.append(peak_megabytes())
    assert peaks[1] - peaks[0] < 50
