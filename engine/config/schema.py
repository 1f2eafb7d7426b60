"""Describe every key of a configuration: as JSON schema for editors, and as rows for documentation.

Loads nothing.
"""

from collections.abc import Iterator
from typing import cast, get_args, get_origin

import msgspec
from msgspec import NODEFAULT
from msgspec.structs import FieldInfo

from engine.config.describe import core, describe, meaning, members
from engine.config.sections import Config
from engine.config.values import Moment


class Key(msgspec.Struct, frozen=True):
    """Describe one key: its path with `<name>` for free names, and what it takes and means."""

    path: str
    takes: str
    default: str
    meaning: str


def schema() -> dict[str, object]:
    """Return the JSON schema (draft 2020-12) of a configuration; it too refuses unknown keys."""
    (reference,), components = msgspec.json.schema_components((Config,), schema_hook=_custom)
    closed = {name: _closed(part) for name, part in components.items()}
    base = {"type": "string", "description": "a file whose settings this one is laid over"}
    config = cast("dict[str, dict[str, object]]", closed["Config"])
    config["properties"]["base"] = base
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **reference, "$defs": closed}


def keys() -> tuple[Key, ...]:
    """Return every key of every section, in the order of the sections."""
    return tuple(_keys(Config, ""))


def _keys(kind: type[msgspec.Struct], prefix: str) -> Iterator[Key]:
    for field in msgspec.structs.fields(kind):
        path = prefix + field.encode_name
        inner = core(field.type)
        table, infix = _table(inner)
        if table is None:
            yield Key(path, describe(field.type), _default(field), meaning(field.type))
        else:
            yield from _keys(table, f"{path}{infix}.")


def _table(kind: object) -> tuple[type[msgspec.Struct] | None, str]:
    """Return the struct that a type is made of, and how its entries are named in a path."""
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is dict:
        return _table(core(arguments[1]))[0], ".<name>"
    if origin is tuple:
        return _table(core(arguments[0]))[0], "[]"
    for member in members(kind):
        if isinstance(member, type) and issubclass(member, msgspec.Struct):
            return member, ""
    return None, ""


def _default(field: FieldInfo) -> str:
    if field.default is NODEFAULT and field.default_factory is NODEFAULT:
        return "required"
    value = field.default_factory() if field.default is NODEFAULT else field.default
    if value is None or value in ("", (), {}):
        return ""
    return msgspec.json.encode(value, enc_hook=str).decode()


def _custom(kind: type) -> dict[str, object]:
    if kind is Moment:
        return {"type": "string", "description": "a date or a date and time with offset"}
    if kind is object:
        return {"description": "any value"}
    raise NotImplementedError(kind)


def _closed(part: object) -> object:
    if isinstance(part, dict) and "properties" in part:
        return {**part, "additionalProperties": False}
    return part
