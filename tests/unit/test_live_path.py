"""Nothing on the live path reaches for time or order by itself, so that a seed can decide both.

The checker reads source. That two runs are equal is tested where there are runs.
"""

from pathlib import PurePosixPath

import pytest

from tests.house.chance import chance
from tests.house.sources import Source, sources

CLOCKS = ("time", "datetime", "uuid", "secrets", "os.urandom", "asyncio.")


def own_time_or_order(source: Source) -> list[str]:
    """Return what a module takes from the machine; generators that are given a seed are allowed."""
    found = chance(source.tree())
    return [
        f"{source.path}:{finding.line}: {finding.rule}"
        for finding in found
        if finding.rule.startswith(CLOCKS)
    ]


def test_connectors_and_engine_take_time_and_order_from_outside() -> None:
    every = [
        line for source in sources("connectors", "engine") for line in own_time_or_order(source)
    ]
    assert every == []


@pytest.mark.parametrize(
    "text",
    [
        "import asyncio\nasync def f():\n    await asyncio.sleep(1)\n",
        "import asyncio\nasync def f(tasks):\n    await asyncio.wait(tasks)\n",
        "import time\nnow = time.time_ns()",
        "from uuid import uuid4",
    ],
)
def test_time_and_order_of_the_machine_are_found(text: str) -> None:
    assert own_time_or_order(Source(PurePosixPath("connectors/frame/x.py"), text))
