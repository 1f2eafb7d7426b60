"""What the compiled core is told of a class is what the class is."""

from pathlib import Path

import pytest

import hatch_build
from tests.house.declared import misfits

ROOT = Path(__file__).parents[2]
SOURCES = [source for _, source in hatch_build.compiled_modules(ROOT) if source.suffix == ".py"]


@pytest.mark.parametrize("source", SOURCES, ids=str)
def test_declarations_fit_their_source(source: Path) -> None:
    assert list(misfits(ROOT / source)) == []


def test_a_misfit_is_found(tmp_path: Path) -> None:
    source = tmp_path / "clock.py"
    source.write_text("class Clock:\n    def at(self, ts):\n        self.now = ts\n")
    source.with_suffix(".pxd").write_text("cdef class Clock:\n    cpdef at(self)\n")
    assert list(misfits(source)) == [
        "clock.py: Clock sets self.now, which is not declared",
        "clock.py: Clock declares another number of arguments for at",
    ]
