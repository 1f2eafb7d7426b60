"""List every setting of a loaded configuration with its value and where that came from.

Shows no secret: a value whose key says that it is one prints as `***`.
"""

import re
from collections.abc import Iterator

import msgspec

from engine.config import paths
from engine.config.load import Loaded
from engine.config.tree import Origin

MASK = "***"
_SECRET_KEY = re.compile(
    r"(?:^|_)(?:password|passphrase|secret|api_key|private_key|(?:access|refresh|auth)_token)s?$",
    re.IGNORECASE,
)


class Setting(msgspec.Struct, frozen=True):
    """Give one setting: its key as --set takes it, its value as TOML writes it, and its origin."""

    key: str
    text: str
    origin: Origin


def settings(loaded: Loaded) -> tuple[Setting, ...]:
    """Return every setting that has a value, in the order of the sections."""
    return tuple(
        Setting(paths.spell(path), _text(value), loaded.origin(paths.spell(path)))
        for path, value in _leaves((), masked(loaded.plain()))
    )


def masked(value: object, key: str = "") -> object:
    """Return a copy of plain values with `***` in place of what is under the key of a secret."""
    if isinstance(value, dict):
        return {name: masked(entry, str(name)) for name, entry in value.items()}
    if isinstance(value, list):
        return [masked(entry, key) for entry in value]
    return MASK if _SECRET_KEY.search(key) and value is not None else value


def _leaves(path: paths.Path, value: object) -> Iterator[tuple[paths.Path, object]]:
    if isinstance(value, dict):
        for key, entry in value.items():
            yield from _leaves((*path, str(key)), entry)
    elif isinstance(value, list) and any(isinstance(entry, dict) for entry in value):
        for number, entry in enumerate(value):
            yield from _leaves((*path, str(number)), entry)
    elif value is not None:
        yield path, value


def _text(value: object) -> str:
    """Write a plain value as TOML does; JSON writes texts, numbers, booleans and lists the same."""
    return msgspec.json.format(msgspec.json.encode(value), indent=0).decode()
