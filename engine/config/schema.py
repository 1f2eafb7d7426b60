"""Describe every key of a configuration: as JSON schema for editors, and as rows for documentation.

Loads nothing.
"""

from collections.abc import Iterator
from typing import Any, get_args, get_origin

import msgspec
from msgspec import NODEFAULT
from msgspec.structs import FieldInfo

from engine.config.describe import core, describe, meaning, members
from engine.config.sections import Config
from engine.config.values import Moment

FILLED_IN = {
    "run.name": "the file's name",
    "strategies[].account": "the only account",
    "strategies[].name": "the class's name",
}
"""What loading puts in where a key that every configuration has is not written."""

_MAY_BE_ABSENT = {"Config": ("run",), "RunConfig": ("name",), "StrategyConfig": ("name",)}


class Key(msgspec.Struct, frozen=True):
    """Describe one key: its path with `<name>` for free names, and what it takes and means."""

    path: str
    takes: str
    default: str
    meaning: str


def schema() -> dict[str, object]:
    """Return the JSON schema (draft 2020-12) of a configuration; it too refuses unknown keys."""
    (reference,), components = msgspec.json.schema_components((Config,), schema_hook=_custom)
    tables = {name: _closed(name, part) for name, part in components.items()}
    base = {"type": "string", "description": "a file whose settings this one is laid over"}
    tables["Config"]["properties"] = {"base": base, **components["Config"]["properties"]}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **reference, "$defs": tables}


def keys() -> tuple[Key, ...]:
    """Return every key of every section, in the order of the sections."""
    return tuple(_keys(Config, ""))


def _keys(kind: type[msgspec.Struct], prefix: str) -> Iterator[Key]:
    for field in msgspec.structs.fields(kind):
        path = prefix + field.encode_name
        entry, infix = _entry(field.type)
        table = _struct(entry)
        if table is None:
            default = FILLED_IN.get(path) or _default(field)
            yield Key(path, describe(field.type), default, meaning(field.type))
            continue
        for simple in members(entry):
            if simple is not table:
                yield Key(path + infix, describe(simple), "", meaning(simple))
        yield from _keys(table, f"{path}{infix}.")


def _entry(kind: object) -> tuple[object, str]:
    """Return the type of the entries of a table or list of tables, and how a path names them."""
    inner = core(kind)
    origin, arguments = get_origin(inner), get_args(inner)
    if origin is dict and _struct(core(arguments[1])):
        return core(arguments[1]), ".<name>"
    if origin is tuple and _struct(core(arguments[0])):
        return core(arguments[0]), "[]"
    return inner, ""


def _struct(kind: object) -> type[msgspec.Struct] | None:
    for member in members(kind):
        if isinstance(member, type) and issubclass(member, msgspec.Struct):
            return member
    return None


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


def _closed(name: str, part: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a table that knows its keys and which of them may be left out."""
    if "properties" not in part:
        return part
    needed = [key for key in part.get("required", ()) if key not in _MAY_BE_ABSENT.get(name, ())]
    return {**part, "required": needed, "additionalProperties": False}
