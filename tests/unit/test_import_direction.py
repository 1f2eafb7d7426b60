"""The direction of imports between the rooms, and inside them.

The rule is that of docs/decisions/0002-rooms-as-import-packages.md.
"""

from pathlib import PurePosixPath

import pytest

from tests.house.imports import Import, cycle, imports
from tests.house.sources import ROOMS, Source, sources

MAY_IMPORT = {
    "lockstep": set(ROOMS),
    "engine": {"engine"},
    "connectors": {"connectors", "engine"},
    "strategies": {"strategies", "lockstep"},
    "backtest": {"backtest", "engine"},
}
NEVER_IMPORTED = {"tests", "benchmarks"}
MODEL_MAY_IMPORT = ("engine.model", "engine.errors")


def imports_of(found: list[Source]) -> list[Import]:
    modules = {source.module for source in found}
    return [item for source in found for item in imports(source, modules)]


def room_of(module: str) -> str:
    return module.partition(".")[0]


def is_ours(module: str) -> bool:
    return room_of(module) in {*ROOMS, *NEVER_IMPORTED}


def directions_broken(room: str, found: list[Source]) -> list[str]:
    return [
        f"{item.source}:{item.line} imports {item.target}"
        for item in imports_of(found)
        if is_ours(item.target) and room_of(item.target) not in MAY_IMPORT[room]
    ]


def edges_at_load(found: list[Source]) -> dict[str, set[str]]:
    edges: dict[str, set[str]] = {source.module: set() for source in found}
    for item in imports_of(found):
        if item.at_load and item.target in edges:
            edges[item.source].add(item.target)
    return edges


def model_outsiders(found: list[Source]) -> list[str]:
    return [
        f"{item.source}:{item.line} imports {item.target}"
        for item in imports_of(found)
        if item.source.startswith("engine.model") and is_ours(item.target)
        if not any(
            item.target == name or item.target.startswith(f"{name}.") for name in MODEL_MAY_IMPORT
        )
    ]


def written(path: str, text: str) -> Source:
    return Source(PurePosixPath(path), text)


@pytest.mark.parametrize("room", ROOMS)
def test_room_imports_only_rooms_it_may_know(room: str) -> None:
    assert directions_broken(room, list(sources(room))) == []


@pytest.mark.parametrize("room", ROOMS)
def test_room_has_no_import_cycle(room: str) -> None:
    assert cycle(edges_at_load(list(sources(room)))) == []


def test_model_imports_only_model_and_errors() -> None:
    assert model_outsiders(list(sources("engine"))) == []


@pytest.mark.parametrize(
    "text",
    [
        "import lockstep",
        "from backtest.replay import Replay",
        "def load() -> None:\n    import connectors.alor\n",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from lockstep import Strategy\n",
        "try:\n    pass\nexcept ImportError:\n    import strategies\n",
        "match 1:\n    case 1:\n        import tests.house\n",
    ],
)
def test_import_against_the_direction_is_found(text: str) -> None:
    assert len(directions_broken("engine", [written("engine/kernel.py", text)])) == 1


@pytest.mark.parametrize("text", ["import engine.model", "from . import bus", "import enginepool"])
def test_import_along_the_direction_is_accepted(text: str) -> None:
    assert directions_broken("engine", [written("engine/kernel.py", text)]) == []


def test_cycle_through_a_relative_import_is_found() -> None:
    room = [
        written("engine/__init__.py", ""),
        written("engine/bus.py", "from engine import kernel"),
        written("engine/kernel.py", "from .bus import EventBus"),
    ]
    assert set(cycle(edges_at_load(room))) == {"engine.bus", "engine.kernel"}


def test_cycle_through_a_package_that_reexports_is_found() -> None:
    room = [
        written("engine/model/__init__.py", "from engine.model.market import Bar"),
        written("engine/model/market.py", "from engine.model import Instrument"),
    ]
    assert set(cycle(edges_at_load(room))) == {"engine.model", "engine.model.market"}


@pytest.mark.parametrize(
    "text",
    [
        "import typing\nif typing.TYPE_CHECKING:\n    from engine.kernel import Kernel\n",
        "def late() -> None:\n    from engine.kernel import Kernel\n",
    ],
)
def test_import_that_does_not_run_at_load_closes_no_cycle(text: str) -> None:
    room = [
        written("engine/bus.py", text),
        written("engine/kernel.py", "from engine.bus import EventBus"),
    ]
    assert cycle(edges_at_load(room)) == []


def test_model_that_knows_the_kernel_is_found() -> None:
    room = [
        written("engine/kernel.py", ""),
        written("engine/errors.py", ""),
        written("engine/model/market.py", "from engine import errors, kernel"),
    ]
    assert model_outsiders(room) == ["engine.model.market:1 imports engine.kernel"]
