"""The compiled core is the plain one: decisions, fills, money, tables and faults, to the last byte.

Strategies are drawn, act in every callback, and meet limits that bind.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.native.selection import RECORD, built_folder
from tests.runs.small import DELAYS, FRICTION
from tests.runs.wakeful import INSTRUMENTS, LIMITS, LOSSES, WAKES

HERE = Path(__file__).parents[2]
needs_core = pytest.mark.skipif(
    not (built_folder() / RECORD).is_file(), reason="nothing was compiled here"
)
ASKED = st.fixed_dictionaries(
    {
        "chosen": st.lists(
            st.tuples(
                st.sampled_from(list(INSTRUMENTS)), st.sampled_from(list(WAKES)), st.booleans()
            ),
            min_size=1,
            max_size=4,
        ),
        "lines": st.tuples(
            st.sampled_from([(), LIMITS, (*LIMITS, *LOSSES)]),
            st.sampled_from([(), FRICTION, (*FRICTION, *DELAYS)]),
            st.sampled_from([(), ('exchange.trigger="last"',), ('exchange.fills="quotes"',)]),
        ).map(lambda chosen: [line for lines in chosen for line in lines]),
        "liveliness": st.sampled_from([0.02, 0.2, 0.9]),
        "rows": st.just(300),
        "seed": st.integers(0, 10**6),
    }
)


class Core:
    """One core in a process of its own."""

    def __init__(self, choice: str, stack: ExitStack) -> None:
        self._process = stack.enter_context(
            subprocess.Popen(
                [sys.executable, "-m", "tests.runs.told_by_core"],
                cwd=HERE,
                env={**os.environ, "LOCKSTEP_CORE": choice},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        )
        self.compiled = self._next()

    def answer(self, asked: dict[str, Any]) -> Any:  # noqa: ANN401 - what JSON holds
        """Return what a run came to."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        return self._next()

    def _next(self) -> Any:  # noqa: ANN401 - what JSON holds
        assert self._process.stdout is not None
        return json.loads(self._process.stdout.readline())


@pytest.fixture(scope="module")
def cores() -> Iterator[tuple[Core, Core]]:
    with ExitStack() as stack:
        yield Core("plain", stack), Core("compiled", stack)


@needs_core
def test_each_core_is_what_it_says(cores: tuple[Core, Core]) -> None:
    plain, compiled = cores
    assert plain.compiled == []
    assert {"engine.kernel", "engine.orders.table", "backtest.exchange.market"} <= set(
        compiled.compiled
    )


@needs_core
@pytest.mark.hypothesis
@settings(max_examples=12, deadline=None)
@given(asked=ASKED)
def test_cores_agree(cores: tuple[Core, Core], asked: dict[str, Any]) -> None:
    plain, compiled = cores
    assert plain.answer(asked) == compiled.answer(asked)
