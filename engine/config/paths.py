"""Key paths: how a place in a configuration is written, such as `strategies.cross.parameters.fast`.

Knows no section; the same spelling serves --set, the environment, errors and `config show`.
"""

import re
import tomllib

Path = tuple[str, ...]
"""The keys from the root to a place; entries of a list are numbered from "0"."""

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def parse(text: str) -> Path | None:
    """Return the path that `text` spells by TOML's rules for dotted and quoted keys, or None."""
    try:
        table: object = tomllib.loads(f"{text} = 0")
    except tomllib.TOMLDecodeError:
        return None
    keys: list[str] = []
    while isinstance(table, dict) and len(table) == 1:
        key, table = next(iter(table.items()))
        keys.append(key)
    return tuple(keys) if table == 0 else None


def spell(path: Path) -> str:
    """Return the text that `parse` reads as `path`."""
    return ".".join(key if _BARE.fullmatch(key) else _quoted(key) for key in path)


def _quoted(key: str) -> str:
    return '"' + "".join(_escaped(character) for character in key) + '"'


def _escaped(character: str) -> str:
    if character in '"\\':
        return "\\" + character
    return character if character.isprintable() else f"\\U{ord(character):08x}"
