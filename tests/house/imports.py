"""Read the import statements of the rooms as a graph.

It sees statements only: what is loaded by name at run time is composition, and allowed.
"""

import ast
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from tests.house.sources import Source


@dataclass(frozen=True)
class Import:
    """One module that a module imports, and when."""

    source: str
    line: int
    target: str
    at_load: bool
    """False inside a function or under `if TYPE_CHECKING`: then it cannot close a cycle."""


def imports(source: Source, modules: Collection[str]) -> Iterator[Import]:
    """Yield what `source` imports; `modules` tells `from a import b` of a module from a name."""
    for statement, at_load in _import_statements(source.tree().body, at_load=True):
        for target in _targets(statement, source, modules):
            yield Import(source.module, statement.lineno, target, at_load)


def cycle(edges: Mapping[str, set[str]]) -> list[str]:
    """Return the modules of one cycle, the first repeated at the end; empty if there is none."""
    try:
        TopologicalSorter(edges).prepare()
    except CycleError as error:
        found: list[str] = error.args[1]
        return found
    return []


def _import_statements(
    body: list[ast.stmt], *, at_load: bool
) -> Iterator[tuple[ast.Import | ast.ImportFrom, bool]]:
    for statement in body:
        if isinstance(statement, ast.Import | ast.ImportFrom):
            yield statement, at_load
        later = isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef)
        hidden = isinstance(statement, ast.If) and is_type_checking(statement.test)
        yield from _import_statements(
            _statements_below(statement, "body"), at_load=at_load and not later and not hidden
        )
        for field in ("orelse", "handlers", "cases", "finalbody"):
            yield from _import_statements(_statements_below(statement, field), at_load=at_load)


def _statements_below(statement: ast.stmt, field: str) -> list[ast.stmt]:
    found: list[ast.stmt] = []
    for node in getattr(statement, field, []):
        found.extend([node] if isinstance(node, ast.stmt) else node.body)
    return found


def is_type_checking(test: ast.expr) -> bool:
    return ast.unparse(test) in {"TYPE_CHECKING", "typing.TYPE_CHECKING"}


def _targets(
    statement: ast.Import | ast.ImportFrom, source: Source, modules: Collection[str]
) -> list[str]:
    if isinstance(statement, ast.Import):
        return [alias.name for alias in statement.names]
    base = _base(statement, source)
    names = [f"{base}.{alias.name}" for alias in statement.names]
    return [name if name in modules else base for name in names]


def _base(statement: ast.ImportFrom, source: Source) -> str:
    """Return the module that `from ... import` names, with its leading dots resolved."""
    if not statement.level:
        return statement.module or ""
    parts = source.module.split(".")
    kept = len(parts) - statement.level + source.is_package
    return ".".join([*parts[:kept], *([statement.module] if statement.module else [])])
