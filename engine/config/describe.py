"""Put the type of a setting into words, for errors, for the documentation and for the schema.

Converts nothing.
"""

import types
from enum import Enum
from typing import Annotated, Literal, Union, get_args, get_origin

import msgspec

from engine.config.secret import SecretReference
from engine.config.values import Moment

_WORDS: dict[object, str] = {
    str: "text",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    object: "any value",
    Moment: "a date or a date and time with offset",
    SecretReference: '{ env = "NAME" }, { file = "PATH" } or { command = ["PROGRAM"] }',
}


def members(kind: object) -> tuple[object, ...]:
    """Return the alternatives of a union without None, or the type itself."""
    if get_origin(kind) in (Union, types.UnionType):
        return tuple(member for member in get_args(kind) if member is not type(None))
    return (kind,)


def core(kind: object) -> object:
    """Return a type without its annotations and without None."""
    while True:
        if get_origin(kind) is Annotated:
            kind = get_args(kind)[0]
        elif len(members(kind)) == 1 and members(kind)[0] is not kind:
            kind = members(kind)[0]
        else:
            return kind


def metas(kind: object) -> tuple[msgspec.Meta, ...]:
    """Return what is annotated at a type, or at its one alternative beside None."""
    found: tuple[msgspec.Meta, ...] = ()
    while True:
        if get_origin(kind) is Annotated:
            kind, *extra = get_args(kind)
            found += tuple(meta for meta in extra if isinstance(meta, msgspec.Meta))
        elif len(members(kind)) == 1 and members(kind)[0] is not kind:
            kind = members(kind)[0]
        else:
            return found


def meaning(kind: object) -> str:
    """Return the description annotated at a type, or nothing."""
    return next((meta.description for meta in metas(kind) if meta.description), "")


def describe(kind: object) -> str:
    """Return what a value of this type looks like: `a whole number at least 0`."""
    inner = core(kind)
    alternatives = members(inner)
    if len(alternatives) > 1:
        return " or ".join(describe(member) for member in alternatives)
    return _word(inner) + _bounds(metas(kind))


def _word(kind: object) -> str:
    if kind in _WORDS:
        return _WORDS[kind]
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Literal:
        return _choice([str(choice) for choice in arguments])
    if isinstance(kind, type) and issubclass(kind, Enum):
        return _choice([str(member.value) for member in kind])
    if origin is tuple:
        if arguments[-1] is Ellipsis:
            return f"a list of {describe(arguments[0])}"
        return f"[{', '.join(map(describe, arguments))}]"
    return "a table"


def _choice(choices: list[str]) -> str:
    return ", ".join(choices[:-1]) + " or " + choices[-1]


def _bounds(found: tuple[msgspec.Meta, ...]) -> str:
    limits = [
        word
        for meta in found
        for bound, word in (
            (meta.ge, f"at least {meta.ge}"),
            (meta.gt, f"above {meta.gt}"),
            (meta.le, f"at most {meta.le}"),
            (meta.lt, f"below {meta.lt}"),
        )
        if bound is not None
    ]
    forms = [f" ({meta.title or meta.pattern})" for meta in found if meta.pattern]
    filled = [" that is not empty" for meta in found if meta.min_length]
    return "".join([" " * bool(limits), " and ".join(limits), *forms, *filled])
