"""Build the values of a configuration from plain tables, with one line for each that is wrong.

Reads no file; where a value came from is asked of the caller.
"""

import math
from collections.abc import Callable, Collection
from datetime import date, datetime
from difflib import get_close_matches
from typing import TypeVar, cast, get_args, get_origin

import msgspec
from msgspec import NODEFAULT
from msgspec.structs import FieldInfo

from engine.config import paths
from engine.config.describe import core, describe, meaning, members
from engine.config.secret import SecretReference
from engine.config.values import Moment

T = TypeVar("T", bound=msgspec.Struct)

_SHOWN_LENGTH_MAX = 60


class Converter:
    """Build structs from tables; collects problems instead of raising, so that all are found.

    `where` names the place of a path; nothing is noted about the paths in `silent`.
    """

    def __init__(
        self, where: Callable[[paths.Path], str], silent: Collection[paths.Path] = ()
    ) -> None:
        self.problems: list[str] = []
        self._silent = silent
        self._where = where

    def note(self, path: paths.Path, what: str) -> None:
        """Add a problem with the value at `path`, unless it is only an echo of another value's."""
        if path not in self._silent:
            self.problems.append(f"{self._where(path)}: {what}")

    def struct(self, kind: type[T], table: object, path: paths.Path) -> T | None:
        """Return `table` as a `kind`, or None after noting at least one problem."""
        if not isinstance(table, dict):
            self._refuse(kind, table, path)
            return None
        fields = {field.encode_name: field for field in msgspec.structs.fields(kind)}
        before = len(self.problems)
        for key in table:
            if key not in fields:
                self._unknown(path, str(key), list(fields))
        built = {field.name: self._field(field, table, path) for field in fields.values()}
        if len(self.problems) > before:
            return None
        try:
            return kind(**{name: value for name, value in built.items() if value is not NODEFAULT})
        except ValueError as error:
            self.note(path, f"{paths.spell(path)}: {error}")
            return None

    def value(self, kind: object, value: object, path: paths.Path) -> object:
        """Return `value` as the type `kind`, or None after noting a problem."""
        inner = core(kind)
        structs = [member for member in members(inner) if _is_struct(member)]
        if structs and (isinstance(value, dict) or len(members(inner)) == 1):
            return self.struct(cast("type[msgspec.Struct]", structs[0]), value, path)
        arguments = get_args(inner)
        if get_origin(inner) is dict and isinstance(value, dict):
            return {
                key: self.value(arguments[1], entry, (*path, key)) for key, entry in value.items()
            }
        if get_origin(inner) is tuple and _is_struct(arguments[0]) and isinstance(value, list):
            return tuple(self.value(arguments[0], e, (*path, str(n))) for n, e in enumerate(value))
        return self._leaf(kind, inner, value, path)

    def _field(self, field: FieldInfo, table: dict[str, object], path: paths.Path) -> object:
        """Return the value of a field, or NODEFAULT where the struct's own default is to stand."""
        at = (*path, field.encode_name)
        if field.encode_name in table:
            return self.value(field.type, table[field.encode_name], at)
        if field.required:
            what = meaning(field.type) or describe(field.type)
            self.note(path, f"{paths.spell(at)} is missing; add {field.encode_name} = ... ({what})")
        return NODEFAULT

    def _leaf(self, kind: object, inner: object, value: object, path: paths.Path) -> object:
        try:
            if inner is Moment:
                return Moment(value)
            built = msgspec.convert(_dates_as_text(value), type=kind)
        except msgspec.ValidationError:
            self._refuse(kind, value, path)
            return None
        except ValueError as error:
            self.note(path, f"{paths.spell(path)}: {error}")
            return None
        if isinstance(built, float) and not math.isfinite(built):
            self._refuse(kind, value, path)
        return built

    def _refuse(self, kind: object, value: object, path: paths.Path) -> None:
        shown = "not by reference" if core(kind) is SecretReference else f"{shown_value(value)}"
        self.note(path, f"{paths.spell(path)} is {shown}; give {describe(kind)}")

    def _unknown(self, path: paths.Path, key: str, known: list[str]) -> None:
        close = get_close_matches(key, known, n=1, cutoff=0.6)
        hint = f"did you mean {close[0]}?" if close else f"known here: {', '.join(known)}"
        self.note((*path, key), f"unknown key {paths.spell((*path, key))}; {hint}")


def _dates_as_text(value: object) -> object:
    """Let dates be written bare, as TOML can, where a text is wanted."""
    if isinstance(value, list):
        return [_dates_as_text(entry) for entry in value]
    plain = isinstance(value, date) and not isinstance(value, datetime)
    return str(value) if plain else value


def shown_value(value: object) -> str:
    """Return a value as an error shows it: on one line and not too long."""
    text = str(value).lower() if isinstance(value, bool) else repr(value)
    return text if len(text) <= _SHOWN_LENGTH_MAX else f"{text[:_SHOWN_LENGTH_MAX]}..."


def _is_struct(kind: object) -> bool:
    return isinstance(kind, type) and issubclass(kind, msgspec.Struct)
