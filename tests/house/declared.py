"""What a `.pxd` declares of the classes of the `.py` beside it, and what that one has.

It reads text only: a declaration that does not fit may compile and fail when it runs.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

_CLASS = re.compile(r"cdef class (\w+)(\(\w+\))?")
_METHOD = re.compile(r"\s+cp?def (?:[\w ]+ )?(\w+)\((.*)\)")
_ATTRIBUTES = re.compile(r"\s+cdef (?:public |readonly )?(?:long long|\w+) (.*)")


class Declared:
    """The attributes of a class, and the number of arguments that its methods take."""

    def __init__(self, *, is_derived: bool) -> None:
        self.is_derived = is_derived
        self.attributes: set[str] = set()
        self.methods: dict[str, int] = {}


def declared(text: str) -> dict[str, Declared]:
    """Read the classes of a `.pxd`."""
    found: dict[str, Declared] = {}
    joined = re.sub(r"\(([^()]*)\)", lambda inner: f"({' '.join(inner[1].split())})", text)
    for line in joined.splitlines():
        if begins := _CLASS.match(line):
            found[begins[1]] = Declared(is_derived=begins[2] is not None)
        elif found and (method := _METHOD.match(line)):
            arguments = [part for part in method[2].split(",") if part.strip()]
            found[next(reversed(found))].methods[method[1]] = len(arguments)
        elif found and (attributes := _ATTRIBUTES.match(line)):
            names = (name.strip() for name in attributes[1].split(","))
            found[next(reversed(found))].attributes.update(names)
    return found


def misfits(source: Path) -> Iterator[str]:
    """Yield what the `.pxd` beside a source says of its classes and is not so."""
    classes = declared(source.with_suffix(".pxd").read_text())
    for node in ast.parse(source.read_text()).body:
        if isinstance(node, ast.ClassDef) and node.name in classes:
            for words in _misfits(node, classes.pop(node.name)):
                yield f"{source.name}: {node.name} {words}"
    yield from (f"{source.name}: no class {name}" for name in classes)


def _misfits(node: ast.ClassDef, declared: Declared) -> Iterator[str]:
    functions = {each.name: each for each in node.body if isinstance(each, ast.FunctionDef)}
    if not declared.is_derived:
        for name in sorted(_set_by(node) - declared.attributes):
            yield f"sets self.{name}, which is not declared"
    for name, arguments in declared.methods.items():
        if name not in functions:
            yield f"has no method {name}"
            continue
        taken = functions[name].args
        if len(taken.args) + len(taken.kwonlyargs) != arguments:
            yield f"declares another number of arguments for {name}"


def _set_by(node: ast.ClassDef) -> set[str]:
    return {
        each.attr
        for each in ast.walk(node)
        if isinstance(each, ast.Attribute)
        and isinstance(each.ctx, ast.Store)
        and isinstance(each.value, ast.Name)
        and each.value.id == "self"
    }
