"""What commands print, and where: answers on standard output, the rest on standard error.

Decides nothing about what an answer is.
"""

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

if TYPE_CHECKING:
    from rich.console import RenderableType

PIPE_WIDTH = 120
"""Columns to print where there is no terminal to ask."""

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on standard output.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="Print the answer and errors only.")]
Overrides = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="Change a setting: --set run.seed=7."),
]
"""The options that commands share; declare them as `as_json: Json = False` and so on."""

Progress = Callable[[float], None]
"""Takes how much of the work is done, from 0 to 1."""


def answer(text: str) -> None:
    """Print the answer of a command for people."""
    sys.stdout.write(text if text.endswith("\n") else text + "\n")


def answer_json(value: Mapping[str, object]) -> None:
    """Print the answer of a command for programs: one JSON object on one line.

    Paths, enumerations and other values without a JSON form are printed as text; NaN and
    infinities become null.
    """
    sys.stdout.write(msgspec.json.encode(value, enc_hook=str).decode() + "\n")


def note(text: str, *, quiet: bool = False) -> None:
    """Print what a person may want to know beside the answer, on standard error."""
    if not quiet:
        sys.stderr.write(f"{text}\n")


def columns(rows: Iterable[Sequence[str]], indent: str = "") -> str:
    """Return rows of texts as aligned columns, two spaces apart."""
    table = [list(row) for row in rows]
    widths = [max(map(len, cells)) for cells in zip(*table, strict=True)]
    lines = ("  ".join(f"{c:<{w}}" for c, w in zip(row, widths, strict=True)) for row in table)
    return "\n".join(f"{indent}{line}".rstrip() for line in lines)


def answer_table(table: "RenderableType") -> None:
    """Print a table as the answer: as wide as the terminal, with colour only where it has any."""
    from rich.console import Console

    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=PIPE_WIDTH)
    console.print(table)


@contextmanager
def progress(title: str, *, quiet: bool = False) -> Iterator[Progress]:
    """Show a bar on standard error while work is done; yields the function to tell it how far.

    Without a terminal there, or with `quiet`, nothing is shown.
    """
    if quiet or not sys.stderr.isatty():
        yield _nowhere
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    looks = TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn()
    with Progress(*looks, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=1.0)
        yield lambda fraction: bar.update(task, completed=fraction)


def _nowhere(fraction: float) -> None:
    """Take a fraction and show nothing."""
