"""Lay tables of settings over each other, remembering where each value came from.

Reads no file and knows no section: unknown keys pass here and are refused later.
"""

import copy
from collections.abc import Callable, Collection
from typing import Literal

from msgspec import Struct

from engine.config import paths
from engine.errors import ConfigError

Table = dict[str, object]

_NAMING_KEYS = ("id", "name", "class")


class Origin(Struct, frozen=True):
    """Say where a value came from; `source` is a file, a variable or `--set`; files have lines."""

    layer: Literal["default", "file", "environment", "argument"]
    source: str = ""
    line: int | None = None

    def __str__(self) -> str:
        if self.layer == "default":
            return "default"
        return self.source if self.line is None else f"{self.source}:{self.line}"


DEFAULT = Origin("default")


class Tree:
    """Hold the settings read so far; tables merge by key, all else (lists too) is replaced."""

    def __init__(self) -> None:
        self.values: Table = {}
        self.origins: dict[paths.Path, Origin] = {}
        self.inherited: set[paths.Path] = set()

    def merge(self, table: Table, origin_of: Callable[[paths.Path], Origin]) -> None:
        """Lay `table` over what is there; `origin_of` is asked for every path in it."""
        self._merge(self.values, table, (), origin_of)

    def set(self, path: paths.Path, value: object, origin: Origin) -> None:
        """Put one value at `path`; an entry of a list is named by number, id, name or class.

        Raises ConfigError if the path leads through a value, or to an entry that is not there.
        """
        here: object = self.values
        done: paths.Path = ()
        for key in path[:-1]:
            here, done = _step(here, done, key, origin)
            self.origins.setdefault(done, origin)
        if isinstance(here, list):
            here[_entry(here, done, path[-1], origin)] = value
            done = (*done, str(_entry(here, done, path[-1], origin)))
        elif isinstance(here, dict):
            here[path[-1]] = value
            done = (*done, path[-1])
        else:
            raise ConfigError(
                f"{origin}: {paths.spell(path)} is inside a value; {paths.spell(done)} is no table"
            )
        self._record(done, value, lambda _: origin)

    def fill(self, path: paths.Path, from_path: paths.Path, skip: Collection[str] = ()) -> None:
        """Give the table at `path` what that at `from_path` has more, but for the keys `skip`."""
        length, into, source = len(path), self._table(path), self._table(from_path)
        for key, value in source.items():
            if key in skip:
                continue
            if key not in into:
                into[key] = copy.deepcopy(value)
                self.inherited.update(_places((*path, key), value))
                self._record((*path, key), value, lambda at: self.origin(from_path + at[length:]))
            elif isinstance(into[key], dict) and isinstance(value, dict):
                self.fill((*path, key), (*from_path, key))

    def origin(self, path: paths.Path) -> Origin:
        """Return where the value at `path`, or the innermost known table around it, came from."""
        for length in range(len(path), 0, -1):
            if path[:length] in self.origins:
                return self.origins[path[:length]]
        return DEFAULT

    def _merge(
        self, into: Table, table: Table, path: paths.Path, origin_of: Callable[[paths.Path], Origin]
    ) -> None:
        for key, value in table.items():
            below, present = (*path, key), into.get(key)
            if isinstance(value, dict) and isinstance(present, dict):
                self._merge(present, value, below, origin_of)
            else:
                into[key] = value
                self._record(below, value, origin_of)

    def _record(
        self, path: paths.Path, value: object, origin_of: Callable[[paths.Path], Origin]
    ) -> None:
        """Write down the origin of a value and of everything in it, and forget what it replaced."""
        depth = len(path)
        for known in [known for known in self.origins if known[:depth] == path]:
            del self.origins[known]
        for at in _places(path, value):
            self.origins[at] = origin_of(at)

    def _table(self, path: paths.Path) -> Table:
        here: object = self.values
        for key in path:
            here = here.get(key) if isinstance(here, dict) else None
        return here if isinstance(here, dict) else {}


def _places(path: paths.Path, value: object) -> list[paths.Path]:
    if isinstance(value, dict):
        entries = [(str(key), entry) for key, entry in value.items()]
    elif isinstance(value, list):
        entries = [
            (str(number), entry) for number, entry in enumerate(value) if isinstance(entry, dict)
        ]
    else:
        entries = []
    return [path, *(at for key, entry in entries for at in _places((*path, key), entry))]


def _step(here: object, done: paths.Path, key: str, origin: Origin) -> tuple[object, paths.Path]:
    if isinstance(here, list):
        number = _entry(here, done, key, origin)
        return here[number], (*done, str(number))
    if isinstance(here, dict):
        return here.setdefault(key, {}), (*done, key)
    raise ConfigError(
        f"{origin}: {paths.spell((*done, key))} is inside a value; {paths.spell(done)} is no table"
    )


def _entry(entries: list[object], done: paths.Path, key: str, origin: Origin) -> int:
    for number, entry in enumerate(entries):
        if key == str(number) or key.casefold() in entry_names(entry):
            return number
    known = ", ".join(name for entry in entries for name in entry_names(entry)[:1]) or "none"
    raise ConfigError(
        f"{origin}: {paths.spell(done)} has no entry {key}; it has {known}, or count from 0"
    )


def entry_names(entry: object) -> list[str]:
    """Return the names that an entry of a list of tables goes by, in lower case."""
    if not isinstance(entry, dict):
        return []
    written = [str(entry[key]) for key in _NAMING_KEYS if key in entry]
    return [name.rpartition(":")[2].casefold() for name in written]
