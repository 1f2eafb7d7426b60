"""Find the wall clock, randomness and unordered scheduling in a module's source.

It knows names as the module imported them; it does not follow values from call to call.
"""

import ast

from tests.house.findings import Finding
from tests.house.imports import is_type_checking

CLOCK_OR_CHANCE_MODULES = {"time", "random", "secrets", "uuid"}
CLOCK_OR_CHANCE_NAMES = {
    "asyncio.TaskGroup",
    "asyncio.sleep",
    "asyncio.wait",
    "datetime.date.today",
    "datetime.datetime.now",
    "datetime.datetime.today",
    "datetime.datetime.utcnow",
    "os.getrandom",
    "os.urandom",
}
NUMPY_TYPES = {"BitGenerator", "Generator", "SeedSequence"}
NUMPY_SEEDED = {
    "MT19937",
    "PCG64",
    "PCG64DXSM",
    "Philox",
    "SFC64",
    "SeedSequence",
    "default_rng",
}


def chance(tree: ast.Module) -> list[Finding]:
    """Return every use of time, chance, an unseeded generator or the salted `hash()`."""
    finder = _ChanceFinder()
    finder.visit(tree)
    return finder.found


class _ChanceFinder(ast.NodeVisitor):
    def __init__(self) -> None:
        self.found: list[Finding] = []
        self._imported: dict[str, str] = {}
        self._in_dunder_hash = False

    def visit_If(self, node: ast.If) -> None:
        # Injected generators are named in annotations; a type alone draws nothing.
        for statement in [] if is_type_checking(node.test) else [node.test, *node.body]:
            self.visit(statement)
        for statement in node.orelse:
            self.visit(statement)

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            root = alias.name.partition(".")[0]
            self._imported[alias.asname or root] = alias.name if alias.asname else root
            self._refuse_if_chance(node, alias.name)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        for alias in node.names:
            name = f"{'.' * node.level}{node.module or ''}.{alias.name}"
            self._imported[alias.asname or alias.name] = name
            if not _is_numpy(name, NUMPY_SEEDED):  # judged by its seed, where it is called
                self._refuse_if_chance(node, name)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        outer, self._in_dunder_hash = self._in_dunder_hash, node.name == "__hash__"
        self.generic_visit(node)
        self._in_dunder_hash = outer

    def visit_Call(self, node: ast.Call) -> None:
        name = self._dotted(node.func)
        if name == "hash" and not self._in_dunder_hash:
            self._refuse(node, "hash() of text differs from process to process")
        if not (_is_numpy(name, NUMPY_SEEDED) and _has_seed(node)):
            self.visit(node.func)
        for argument in [*node.args, *node.keywords]:
            self.visit(argument)

    def visit_Attribute(self, node: ast.Attribute) -> None:
        name = self._dotted(node)
        if name:
            self._refuse_if_chance(node, name)
        else:
            self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> None:
        if isinstance(node.ctx, ast.Load):
            self._refuse_if_chance(node, self._imported.get(node.id, ""))

    def _dotted(self, node: ast.expr) -> str:
        """Return the full name of an imported thing or a builtin; else an empty string."""
        if isinstance(node, ast.Attribute):
            base = self._dotted(node.value)
            return f"{base}.{node.attr}" if base else ""
        if isinstance(node, ast.Name):
            return self._imported.get(node.id, "hash" if node.id == "hash" else "")
        return ""

    def _refuse_if_chance(self, node: ast.stmt | ast.expr, name: str) -> None:
        if name.partition(".")[0] in CLOCK_OR_CHANCE_MODULES or name in CLOCK_OR_CHANCE_NAMES:
            self._refuse(node, f"{name}: time and chance come from outside")
        elif name.startswith("numpy.random.") and not _is_numpy(name, NUMPY_TYPES):
            self._refuse(node, f"{name}: a generator needs an explicit seed")

    def _refuse(self, node: ast.stmt | ast.expr, rule: str) -> None:
        self.found.append(Finding(node.lineno, rule))


def _is_numpy(name: str, names: set[str]) -> bool:
    return name.startswith("numpy.random.") and name.removeprefix("numpy.random.") in names


def _has_seed(call: ast.Call) -> bool:
    values = [*call.args, *(keyword.value for keyword in call.keywords)]
    return any(not (isinstance(v, ast.Constant) and v.value is None) for v in values)
