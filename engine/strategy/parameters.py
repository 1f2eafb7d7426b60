"""A strategy's parameters: annotated class attributes with defaults and bounds.

Loads no class and no file.
"""

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import msgspec

from engine.errors import ConfigError, StrategyError

Scalar = bool | int | float | str


@dataclass(frozen=True, slots=True)
class Range:
    """Bound a numeric parameter, both ends included; `step` is what a sweep walks by."""

    low: float
    high: float
    step: float | None = None


class Parameter(msgspec.Struct, frozen=True):
    """Describe one parameter: its name, Python type, default and bounds."""

    name: str
    type: Any
    default: Any
    bounds: Range | None


def parameters_of(cls: type) -> dict[str, Parameter]:
    """Return the parameters of a strategy class in the order they are written, base classes first.

    A parameter is a public class attribute with an annotation and a default. Raises StrategyError
    for a default outside its own bounds.
    """
    hints = get_type_hints(cls, include_extras=True)
    found: dict[str, Parameter] = {}
    for name, hint in _in_order(cls, hints).items():
        if name.startswith("_") or not hasattr(cls, name):
            continue
        bounds = None
        if get_origin(hint) is Annotated:
            hint, *extras = get_args(hint)  # noqa: PLW2901 - the bare type is what is wanted
            bounds = next((extra for extra in extras if isinstance(extra, Range)), None)
        parameter = Parameter(name, hint, getattr(cls, name), bounds)
        _check_bounds(parameter, parameter.default, f"{cls.__name__}.{name}", StrategyError)
        found[name] = parameter
    return found


def read_parameters(cls: type, given: Mapping[str, object]) -> dict[str, Any]:
    """Return every parameter of `cls`: the given ones checked, the rest by default.

    Raises ConfigError that names the class, the parameter and the mend for an unknown name, a wrong
    type or a value out of bounds.
    """
    known = parameters_of(cls)
    values = {name: parameter.default for name, parameter in known.items()}
    for name, value in given.items():
        if name not in known:
            near = get_close_matches(name, known, 1)
            hint = f"did you mean {near[0]!r}?" if near else f"it has: {', '.join(known) or 'none'}"
            msg = f"{cls.__name__} has no parameter {name!r}; {hint}"
            raise ConfigError(msg)
        parameter = known[name]
        where = f"{cls.__name__}.{name}"
        try:
            values[name] = msgspec.convert(value, parameter.type, strict=False)
        except msgspec.ValidationError as error:
            msg = f"{where} = {value!r}: {error}; give a value of type {_type_name(parameter.type)}"
            raise ConfigError(msg) from None
        _check_bounds(parameter, values[name], where, ConfigError)
    return values


def _in_order(cls: type, hints: dict[str, Any]) -> dict[str, Any]:
    """Order hints by the class that declares them, base first, as people read them."""
    ordered: dict[str, Any] = {}
    for base in reversed(cls.__mro__):
        for name in inspect.get_annotations(base):
            if name in hints:
                ordered[name] = hints[name]
    return ordered


def _check_bounds(
    parameter: Parameter, value: object, where: str, error: type[ConfigError | StrategyError]
) -> None:
    bounds = parameter.bounds
    if bounds is None or not isinstance(value, int | float):
        return
    if not bounds.low <= value <= bounds.high:
        span = f"{bounds.low:g} to {bounds.high:g}"
        raise error(f"{where} = {value!r} is outside {span}; choose a value inside")


def _type_name(kind: object) -> str:
    return getattr(kind, "__name__", str(kind))
