"""Find the commands that installed packages add through the entry point group `lockstep.commands`.

Adds none to the program itself, and lets none replace a command of ours.
"""

import sys
from collections.abc import Callable, Iterator
from importlib.metadata import EntryPoint, entry_points

import msgspec
import typer

GROUP = "lockstep.commands"


class Plugin(msgspec.Struct, frozen=True):
    """Hold one loaded entry point: where it comes from, and its function `register(app)`."""

    name: str
    value: str
    register: Callable[[typer.Typer], None]


class Failure(msgspec.Struct, frozen=True):
    """Hold one entry point that did not load, and why in one line."""

    name: str
    value: str
    reason: str


def discover() -> Iterator[Plugin | Failure]:
    """Yield every entry point of the group in the order of their names, loaded or failed.

    An entry point names a function `register(app: typer.Typer) -> None`. It is tried on an app of
    its own, so that one that fails half-way leaves nothing behind.
    """
    for entry in sorted(entry_points(group=GROUP), key=_by_name):
        try:
            register = entry.load()
            register(typer.Typer())
        except Exception as error:  # noqa: BLE001 - a stranger's code may raise anything
            reason = " ".join(f"{type(error).__name__}: {error}".split())
            yield Failure(entry.name, entry.value, reason)
        else:
            yield Plugin(entry.name, entry.value, register)


def load() -> list[Plugin]:
    """Return the plug-ins that load; one that does not is named in one line on standard error."""
    loaded = []
    for found in discover():
        if isinstance(found, Plugin):
            loaded.append(found)
        else:
            line = f"warning: command {found.name} ({found.value}) did not load: {found.reason}"
            print(line, file=sys.stderr)  # noqa: T201 - this is the command line
    return loaded


def _by_name(entry: EntryPoint) -> tuple[str, str]:
    return entry.name, entry.value
