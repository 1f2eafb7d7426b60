"""Tell which expressions of a module are sets.

It judges by literals, annotations and assignments of the one module it reads. A set that comes out
of another module without an annotation here goes unseen.
"""

import ast
from collections.abc import Iterator

SET_TYPES = {"AbstractSet", "FrozenSet", "MutableSet", "Set", "frozenset", "set"}
SET_METHODS = {"copy", "difference", "intersection", "symmetric_difference", "union"}
WRAPPERS = {"Annotated", "ClassVar", "Final", "Optional"}
TAKES_ELEMENT = {"get", "pop", "setdefault"}

SET = ast.Name("set")


class SetTypes:
    """What is known of the types in one module: annotations, and what is plainly a set."""

    def __init__(self, tree: ast.Module) -> None:
        self.scopes: list[dict[str, ast.expr | None]] = [{}]
        self._attributes = dict(_attributes(tree))
        self._returned = {
            node.name: node.returns
            for node in ast.walk(tree)
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        }

    def bind(self, target: ast.expr, annotation: ast.expr | None) -> None:
        if isinstance(target, ast.Name):
            self.scopes[-1][target.id] = annotation
        elif isinstance(target, ast.Attribute) and annotation:
            self._attributes.setdefault(target.attr, annotation)
        elif isinstance(target, ast.Tuple):
            for element in target.elts:
                self.bind(element, None)

    def is_set(self, node: ast.expr) -> bool:
        return is_set_type(self.of(node))

    def of(self, node: ast.expr) -> ast.expr | None:
        """Return the annotation that fits an expression, as far as it is known."""
        match node:
            case ast.Set() | ast.SetComp():
                return SET
            case ast.Name(id=name):
                return next((scope[name] for scope in reversed(self.scopes) if name in scope), None)
            case ast.Attribute(attr=name):
                return self._attributes.get(name)
            case ast.Subscript(value=container):
                return element_type(self.of(container))
            case ast.BinOp(left=left, op=ast.BitAnd() | ast.BitOr() | ast.BitXor() | ast.Sub()):
                sides = (left, node.right)
                return SET if any(self.is_set(s) or is_view(s) for s in sides) else None
            case ast.Call():
                return self._of_call(node)
        return next((found for value in _alternatives(node) if (found := self.of(value))), None)

    def of_each(self, node: ast.expr) -> ast.expr | None:
        """Return the annotation of what a loop over `node` gives."""
        match node:
            case ast.Call(func=ast.Attribute(value=container, attr="values")):
                return element_type(self.of(container))
            case _:
                found = core(self.of(node))
                is_mapping = isinstance(found, ast.Subscript) and isinstance(found.slice, ast.Tuple)
                return None if is_mapping else element_type(found)

    def _of_call(self, node: ast.Call) -> ast.expr | None:
        match node.func:
            case ast.Name(id="set" | "frozenset"):
                return SET
            case ast.Name(id=name):
                return self._returned.get(name)
            case ast.Attribute(value=value, attr=name) if name in SET_METHODS and self.is_set(
                value
            ):
                return SET
            case ast.Attribute(value=value, attr=name) if name in TAKES_ELEMENT:
                return element_type(self.of(value))
            case ast.Attribute(attr=name):
                return self._returned.get(name)
        return None


def _attributes(tree: ast.Module) -> Iterator[tuple[str, ast.expr]]:
    for node in ast.walk(tree):
        match node:
            case ast.ClassDef(body=body):
                for item in body:
                    if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name):
                        yield item.target.id, item.annotation
            case ast.AnnAssign(target=ast.Attribute(attr=name), annotation=annotation):
                yield name, annotation


def _alternatives(node: ast.expr) -> list[ast.expr]:
    match node:
        case ast.NamedExpr(value=value):
            return [value]
        case ast.IfExp(body=first, orelse=second):
            return [first, second]
        case ast.BoolOp(values=values):
            return values
    return []


def core(annotation: ast.expr | None) -> ast.expr | None:
    """Strip quotes, `| None` and wrappers such as `Final[...]` from an annotation."""
    match annotation:
        case ast.Constant(value=str(text)):
            return core(ast.parse(text, mode="eval").body)
        case ast.BinOp(left=left, op=ast.BitOr(), right=right):
            return (
                core(right) if isinstance(left, ast.Constant) or is_set_type(right) else core(left)
            )
        case ast.Subscript(value=base, slice=inner) if _last_name(base) in WRAPPERS:
            return core(inner.elts[0] if isinstance(inner, ast.Tuple) else inner)
    return annotation


def is_set_type(annotation: ast.expr | None) -> bool:
    found = core(annotation)
    return _last_name(found.value if isinstance(found, ast.Subscript) else found) in SET_TYPES


def is_view(node: ast.expr) -> bool:
    """Tell whether `node` is `x.keys()` or `x.items()`: set operations make sets of them."""
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and (node.func.attr in {"items", "keys"})
    )


def element_type(annotation: ast.expr | None) -> ast.expr | None:
    """Return the type of the values of a mapping, or of the items of a sequence."""
    found = core(annotation)
    if not isinstance(found, ast.Subscript):
        return None
    inner = found.slice
    return inner.elts[-1] if isinstance(inner, ast.Tuple) and inner.elts else inner


def _last_name(node: ast.expr | None) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""
