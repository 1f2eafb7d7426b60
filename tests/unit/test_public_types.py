"""Every package that is installed says that it is typed, and says what it is for.

Whether the types are right is the type checker's question.
"""

import ast
import tomllib
from typing import Any

import pytest

from tests.house.sources import ROOMS, ROOT, sources


def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_the_distribution_installs_the_five_rooms() -> None:
    assert project()["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"] == list(ROOMS)


def test_types_are_checked_in_every_room() -> None:
    assert set(ROOMS) | {"tests", "benchmarks"} == set(project()["tool"]["mypy"]["files"])


@pytest.mark.parametrize("room", ROOMS)
def test_room_is_marked_as_typed(room: str) -> None:
    assert (ROOT / room / "py.typed").is_file()


@pytest.mark.parametrize("room", ROOMS)
def test_every_folder_with_code_is_a_package(room: str) -> None:
    folders = {source.path.parent for source in sources(room)}
    assert [str(f) for f in sorted(folders) if not (ROOT / f / "__init__.py").is_file()] == []


@pytest.mark.parametrize("room", ROOMS)
def test_every_module_says_what_it_does(room: str) -> None:
    silent = [str(s.path) for s in sources(room) if not ast.get_docstring(s.tree())]
    assert silent == []
