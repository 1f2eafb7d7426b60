"""Find the line on which each key of a TOML text stands, so that an error can name it.

Parses no values: the standard library does; keys inside inline tables have the line of their table.
"""

import re
from collections.abc import Iterator, Mapping

from engine.config import paths

_HEADER = re.compile(r"\s*(\[\[?)(.+?)\]\]?\s*(?:#.*)?")
_KEY = r"""(?:[A-Za-z0-9_-]+|"(?:[^"\\]|\\.)*"|'[^']*')"""
_ENTRY = re.compile(rf"\s*({_KEY}(?:\s*\.\s*{_KEY})*)\s*=")


def key_lines(text: str) -> dict[paths.Path, int]:
    """Return path -> line number from 1; keys that long strings seem to hold may be there too."""
    found: dict[paths.Path, int] = {}
    for number, path in _keys(text):
        found.setdefault(path, number)
    return found


def line_of(path: paths.Path, lines: Mapping[paths.Path, int]) -> int | None:
    """Return the line of the innermost key known of `path`."""
    for length in range(len(path), 0, -1):
        if path[:length] in lines:
            return lines[path[:length]]
    return None


def _keys(text: str) -> Iterator[tuple[int, paths.Path]]:
    table: paths.Path = ()
    entries: dict[paths.Path, int] = {}
    for number, line in enumerate(text.split("\n"), 1):
        header = _HEADER.fullmatch(line)
        if header and (path := paths.parse(header[2].strip())):
            table = _numbered(path, entries)
            if header[1] == "[[":
                entries[table] = entries.get(table, -1) + 1
                table = (*table, str(entries[table]))
            yield number, table
        elif (entry := _ENTRY.match(line)) and (path := paths.parse(entry[1])):
            yield number, table + path


def _numbered(path: paths.Path, entries: Mapping[paths.Path, int]) -> paths.Path:
    """Put the number of the last entry behind each list of tables that `path` goes through."""
    numbered: paths.Path = ()
    for position, key in enumerate(path):
        numbered = (*numbered, key)
        if numbered in entries and position < len(path) - 1:
            numbered = (*numbered, str(entries[numbered]))
    return numbered
