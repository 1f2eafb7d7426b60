"""A program may begin with any room: the compiled core is chosen before a module of it loads."""

import subprocess
import sys

import pytest

from tests.house.sources import ROOT


@pytest.mark.parametrize("first", ["backtest.paper", "backtest.exchange.holding", "engine.kernel"])
def test_program_may_begin_with_any_module_of_the_core(first: str) -> None:
    code = f"import {first}, backtest.exchange.market"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
