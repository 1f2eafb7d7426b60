"""No clock, no chance and no unordered iteration in the rooms whose output is compared bit by bit.

The checker reads source. That two runs are equal is tested where there are runs.
"""

from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import PurePosixPath

import pytest

from tests.house.chance import chance
from tests.house.findings import Finding
from tests.house.set_order import set_order
from tests.house.sources import Source, sources

DETERMINISTIC = ("engine/*", "backtest/exchange/*", "backtest/replay*")
# The parts of engine/ that touch sockets, files or the operator while the kernel runs beside them.
LIVE_EDGES: tuple[str, ...] = ("engine/simulation/chance.py",)


def deterministic_sources() -> Iterator[Source]:
    for source in sources("engine", "backtest"):
        path = str(source.path)
        if any(fnmatch(path, rule) for rule in DETERMINISTIC) and path not in LIVE_EDGES:
            yield source


def findings(source: Source) -> list[Finding]:
    tree = source.tree()
    return sorted([*chance(tree), *set_order(tree)])


def written(text: str) -> Source:
    return Source(PurePosixPath("engine/kernel.py"), text)


def test_deterministic_rooms_know_no_clock_no_chance_and_no_set_order() -> None:
    broken = [
        f"{source.path}:{finding.line}: {finding.rule}"
        for source in deterministic_sources()
        for finding in findings(source)
    ]
    assert broken == []


def test_engine_is_under_the_rule() -> None:
    assert "engine/model/market.py" in {str(source.path) for source in deterministic_sources()}


def test_every_live_edge_exists() -> None:
    assert set(LIVE_EDGES) <= {str(source.path) for source in sources("engine")}


@pytest.mark.parametrize(
    "text",
    [
        "import time",
        "import time as clock",
        "from time import monotonic_ns",
        "def late():\n    import random\n",
        "from random import Random",
        "import secrets, os",
        "from uuid import uuid4",
        "import os\nsalt = os.urandom(8)",
        "from os import urandom",
        "import datetime\nnow = datetime.datetime.now(datetime.UTC)",
        "import datetime as dt\ntoday = dt.date.today()",
        "from datetime import datetime\nnow = datetime.utcnow",
        "from datetime import datetime as moment\nnow = moment.today()",
        "import asyncio\nasync def f():\n    await asyncio.sleep(1)\n",
        "import asyncio\nasync def f():\n    async with asyncio.TaskGroup():\n        pass\n",
        "from asyncio import wait",
        "import numpy as np\nx = np.random.rand(3)",
        "import numpy as np\nx = np.random.default_rng()",
        "import numpy as np\nx = np.random.default_rng(None)",
        "import numpy as np\nx = np.random.default_rng(seed=None)",
        "from numpy.random import default_rng\nx = default_rng()",
        "from numpy.random import default_rng\nmake = default_rng",
        "from numpy.random import shuffle",
        "from numpy import random\nx = random.normal()",
        "bucket = hash(name) % 8",
        "def key(name):\n    return hash(name)\n",
    ],
)
def test_clock_and_chance_are_found(text: str) -> None:
    assert findings(written(text))


@pytest.mark.parametrize(
    "text",
    [
        "from datetime import datetime, time\nx = datetime.fromtimestamp(0), time(9, 30)",
        "import datetime\nx = datetime.timedelta(1)",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from random import Random\n",
        "import numpy as np\nx = np.random.default_rng(seed)",
        "import numpy as np\nx = np.random.Generator(np.random.PCG64(7))",
        "import numpy as np\ndef draw(generator: np.random.Generator) -> float: ...",
        "from numpy.random import Generator, default_rng\nx: Generator = default_rng(7)",
        "import asyncio\nloop = asyncio.AbstractEventLoop",
        "from engine.clock import now\nx = now()",
        "self.time = event.time",
        "time = 3\nprint(time)",
        "class Key:\n    def __hash__(self):\n        return hash(self.parts)\n",
        "from engine.digest import hash\nx = hash(text)",
    ],
)
def test_given_time_and_seeded_chance_are_accepted(text: str) -> None:
    assert findings(written(text)) == []


@pytest.mark.parametrize(
    "text",
    [
        "for x in {1, 2}: pass",
        "for x in set(rows): pass",
        "for x in {row.key for row in rows}: pass",
        "x = list(frozenset(rows))",
        "x = [n for n in set(rows)]",
        "x = {n: 0 for n in set(rows)}",
        "x = sum(n for n in set(rows))",
        "x = next(iter(set(rows)))",
        "x = ','.join({'a', 'b'})",
        "x = [*set(rows)]",
        "print(*set(rows))",
        "first, second = {1, 2}",
        "x = f'{set(rows)}'",
        "x = str(set(rows))",
        "x = max(set(rows), key=len)",
        "x = sorted(set(rows), key=len)",
        "def f(names: set[str]):\n    for name in names: pass\n",
        "def f(names: 'frozenset[str] | None'):\n    for name in names or (): pass\n",
        "def f(*, names: Final[set[str]]):\n    return tuple(names)\n",
        "def f():\n    names = set()\n    yield from names\n",
        "names: set[str] = make()\nx = names.pop()",
        "names: AbstractSet[str] = make()\nx = enumerate(names)",
        "class A:\n    names: set[str]\n    def f(self):\n        return list(self.names)\n",
        (
            "class A:\n    def __init__(self):\n        self.names = set()\n"
            "    def f(self):\n        for name in self.names: pass\n"
        ),
        (
            "class A:\n    def __init__(self, names: frozenset[str]):\n        self.names = names\n"
            "    def f(self):\n        return tuple(self.names)\n"
        ),
        "def names() -> set[str]: ...\nx = list(names())",
        "x = list(a.keys() - b.keys())",
        "x = list(set(a) | b)",
        "x = list(set(a).union(b))",
        "x = dict.fromkeys(set(rows))",
        "rows.extend(set(more))",
        "by_key: dict[str, set[int]] = {}\nfor n in by_key['a']: pass",
        "by_key: dict[str, set[int]] = {}\nfor n in by_key.get('a', ()): pass",
        "by_key: dict[str, set[int]] = {}\nfor each in by_key.values():\n    x = list(each)\n",
        "groups: list[set[int]] = []\nx = [n for group in groups for n in group]",
        "if (found := set(rows)):\n    x = list(found)\n",
    ],
)
def test_order_of_a_set_is_found(text: str) -> None:
    assert findings(written(text))


@pytest.mark.parametrize(
    "text",
    [
        "for x in sorted({2, 1}): pass",
        "for x in sorted(n for n in set(rows)): pass",
        "x = 3 in {1, 2}",
        "x = len(set(rows))",
        "x = any(n > 0 for n in set(rows))",
        "x = max(set(rows))",
        "x = {n + 1 for n in set(rows)}",
        "x = {*set(rows), 3}",
        "for x in {'a': 1}: pass",
        "x = list({'a': 1}.keys())",
        "x = sorted(rows, key=len)",
        "names = set(rows)\nnames = sorted(names)\nfor name in names: pass\n",
        "def f(names: list[str]):\n    return list(names)\n",
        (
            "def f(names: set[str]) -> bool:\n    return 'a' in names\n\n"
            "def g(names: list[str]) -> None:\n    for name in names: pass\n"
        ),
        "by_key: dict[str, set[int]] = {}\nfor key in by_key: pass",
        "by_key: dict[str, set[int]] = {}\nfor key, each in by_key.items(): pass",
        "by_key: dict[str, set[int]] = {}\nx = list(by_key)",
        "x = flags | more\nfor y in x: pass",
    ],
)
def test_sets_without_order_are_accepted(text: str) -> None:
    assert findings(written(text)) == []
