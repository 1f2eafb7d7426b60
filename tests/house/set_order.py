"""Find where a module depends on the order of a set.

It does not object to sets as such: membership, `len`, `sorted` without a key and the like do not
depend on order.
"""

import ast

from tests.house.findings import Finding
from tests.house.set_types import SetTypes

ORDERED_BUILTINS = {
    "dict",
    "enumerate",
    "filter",
    "iter",
    "list",
    "map",
    "repr",
    "reversed",
    "str",
    "sum",
    "tuple",
    "zip",
}
ORDERED_METHODS = {"extend", "extendleft", "fromkeys", "join", "writelines"}
FREE_OF_ORDER = {"all", "any", "frozenset", "max", "min", "set", "sorted"}
TIES_BY_ORDER = {"max", "min", "sorted"}


def set_order(tree: ast.Module) -> list[Finding]:
    """Return every place where the order of a set can reach a value."""
    finder = _SetOrderFinder(tree)
    finder.visit(tree)
    return finder.found


class _SetOrderFinder(ast.NodeVisitor):
    def __init__(self, tree: ast.Module) -> None:
        self.found: list[Finding] = []
        self._types = SetTypes(tree)

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        for outside in [*node.decorator_list, node.args]:
            self.visit(outside)
        with_annotation = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
        self._types.scopes.append({a.arg: a.annotation for a in with_annotation})
        for statement in node.body:
            self.visit(statement)
        self._types.scopes.pop()

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self.visit_FunctionDef(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._types.scopes.append({})
        self.generic_visit(node)
        self._types.scopes.pop()

    def visit_Assign(self, node: ast.Assign) -> None:
        self.visit(node.value)
        for target in node.targets:
            if isinstance(target, ast.Tuple | ast.List):
                self._refuse_set(node.value)
            self._types.bind(target, self._types.of(node.value))

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value:
            self.visit(node.value)
        self._types.bind(node.target, node.annotation)

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        self.visit(node.value)
        self._types.bind(node.target, self._types.of(node.value))

    def visit_For(self, node: ast.For | ast.AsyncFor) -> None:
        self.visit(node.iter)
        self._refuse_set(node.iter)
        self._types.bind(node.target, self._types.of_each(node.iter))
        for statement in [*node.body, *node.orelse]:
            self.visit(statement)

    def visit_AsyncFor(self, node: ast.AsyncFor) -> None:
        self.visit_For(node)

    def visit_ListComp(self, node: ast.ListComp) -> None:
        self._visit_comprehension(node, ordered=True)

    def visit_GeneratorExp(self, node: ast.GeneratorExp) -> None:
        self._visit_comprehension(node, ordered=True)

    def visit_DictComp(self, node: ast.DictComp) -> None:
        self._visit_comprehension(node, ordered=True)

    def visit_SetComp(self, node: ast.SetComp) -> None:
        self._visit_comprehension(node, ordered=False)

    def visit_Call(self, node: ast.Call) -> None:
        self.visit(node.func)
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        method = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        has_key = any(keyword.arg == "key" for keyword in node.keywords)
        free = name in FREE_OF_ORDER and not (name in TIES_BY_ORDER and has_key)
        ordered = name in ORDERED_BUILTINS or method in ORDERED_METHODS
        for argument in node.args:
            if free and isinstance(argument, ast.GeneratorExp):
                self._visit_comprehension(argument, ordered=False)
                continue
            self.visit(argument)
            if ordered or (has_key and name in TIES_BY_ORDER):
                self._refuse_set(argument)
        for keyword in node.keywords:
            self.visit(keyword)
        if isinstance(node.func, ast.Attribute) and method == "pop" and not node.args:
            self._refuse_set(node.func.value)

    def visit_Starred(self, node: ast.Starred) -> None:
        self.visit(node.value)
        self._refuse_set(node.value)

    def visit_Set(self, node: ast.Set) -> None:
        for element in node.elts:
            self.visit(element.value if isinstance(element, ast.Starred) else element)

    def visit_YieldFrom(self, node: ast.YieldFrom) -> None:
        self.visit(node.value)
        self._refuse_set(node.value)

    def visit_FormattedValue(self, node: ast.FormattedValue) -> None:
        self.visit(node.value)
        self._refuse_set(node.value)

    def _visit_comprehension(
        self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp, *, ordered: bool
    ) -> None:
        self._types.scopes.append({})
        for generator in node.generators:
            self.visit(generator.iter)
            if ordered:
                self._refuse_set(generator.iter)
            self._types.bind(generator.target, self._types.of_each(generator.iter))
            for condition in generator.ifs:
                self.visit(condition)
        results = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
        for result in results:
            self.visit(result)
        self._types.scopes.pop()

    def _refuse_set(self, node: ast.expr) -> None:
        if self._types.is_set(node):
            self.found.append(Finding(node.lineno, f"order of the set `{ast.unparse(node)}`"))
