"""Find and name the source files of the rooms, for the tests of the house rules.

It reads files only; it never imports what it reads.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("lockstep", "engine", "connectors", "strategies", "backtest")
GENERATED_SUFFIXES = ("_pb2.py", "_pb2_grpc.py")


@dataclass(frozen=True)
class Source:
    """The text of one Python file and its path relative to the root of the repository."""

    path: PurePosixPath
    text: str

    @property
    def is_package(self) -> bool:
        return self.path.name == "__init__.py"

    @property
    def module(self) -> str:
        """The dotted name under which Python imports the file."""
        parts = self.path.parent.parts if self.is_package else self.path.with_suffix("").parts
        return ".".join(parts)

    def tree(self) -> ast.Module:
        return ast.parse(self.text, filename=str(self.path))


def sources(*folders: str) -> Iterator[Source]:
    """Yield the written (not the generated) Python files below `folders`, in order of path."""
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if not path.name.endswith(GENERATED_SUFFIXES):
                relative = PurePosixPath(path.relative_to(ROOT).as_posix())
                yield Source(relative, path.read_text(encoding="utf-8"))
