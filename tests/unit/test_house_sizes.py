"""Files and functions stay small enough to be read in one go.

Generated files are nobody's reading and are left out.
"""

import ast
from pathlib import PurePosixPath

from tests.house.sources import ROOMS, Source, sources

FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 70


def too_long(source: Source) -> list[str]:
    """Return what is too long in a file; a function's docstring does not count."""
    lines = source.text.count("\n")
    found = [f"{source.path}: {lines} lines"] if lines > FILE_LINES_MAX else []
    for node in ast.walk(source.tree()):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = function_lines(node)
            if length > FUNCTION_LINES_MAX:
                found.append(f"{source.path}:{node.lineno}: {node.name} has {length} lines")
    return found


def function_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    first = node.body[0]
    described = first.end_lineno if ast.get_docstring(node) is not None else None
    docstring_lines = described - first.lineno + 1 if described else 0
    return (node.end_lineno or node.lineno) - node.lineno + 1 - docstring_lines


def written(text: str) -> Source:
    return Source(PurePosixPath("engine/kernel.py"), text)


def function_of(body_lines: int) -> str:
    return "def process():\n" + "    step()\n" * body_lines


def test_files_and_functions_of_the_rooms_are_short() -> None:
    assert [finding for source in sources(*ROOMS) for finding in too_long(source)] == []


def test_file_at_the_limit_is_accepted_and_one_above_is_found() -> None:
    assert too_long(written("x = 1\n" * 400)) == []
    assert too_long(written("x = 1\n" * 401)) == ["engine/kernel.py: 401 lines"]


def test_function_at_the_limit_is_accepted_and_one_above_is_found() -> None:
    assert too_long(written(function_of(69))) == []
    assert too_long(written(function_of(70))) == ["engine/kernel.py:1: process has 71 lines"]


def test_docstring_does_not_count() -> None:
    described = 'def process():\n    """Say.\n\n    More.\n    """\n' + "    step()\n" * 69
    assert too_long(written(described)) == []
