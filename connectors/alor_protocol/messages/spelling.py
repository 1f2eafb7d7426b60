"""The three spellings in which the venue writes one record: Simple, Slim and Heavy.

Holds no record; those stand in the modules beside it.
"""

from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import Any, Generic, TypeVar, cast

import msgspec
from msgspec.structs import FieldInfo

R = TypeVar("R", bound=msgspec.Struct)


class Format(StrEnum):
    """Name a spelling, as requests ask for it; the venue folds its case."""

    SIMPLE = "Simple"
    SLIM = "Slim"
    HEAVY = "Heavy"


class Spelled(Generic[R]):
    """Hold one record type in each format, and move records between Python's names and a format's.

    `slim` gives the key of each field that Slim has. Simple and Heavy have all fields but those
    that belong to the other alone, under the name in camel case unless `simple` or `heavy` gives
    another. `nested` names the fields that hold other spelled records, alone or in a list. What a
    format lacks is UNSET in its records and never written.
    """

    def __init__(
        self,
        record: type[R],
        *,
        slim: Mapping[str, str],
        simple: Mapping[str, str] | None = None,
        heavy: Mapping[str, str] | None = None,
        simple_only: Collection[str] = (),
        heavy_only: Collection[str] = (),
        nested: "Mapping[str, Spelled[Any]] | None" = None,
    ) -> None:
        self._nested = dict(nested or {})
        names = record.__struct_fields__
        keys = {
            Format.SIMPLE: _camel((n for n in names if n not in heavy_only), simple),
            Format.SLIM: dict(slim),
            Format.HEAVY: _camel((n for n in names if n not in simple_only), heavy),
        }
        self._keys = keys
        self._types = {each: self._spell(record, each, keys[each]) for each in Format}

    def of(self, spelling: Format) -> type[R]:
        """Return the record type that reads and writes a format."""
        return self._types[spelling]

    def write(self, record: R, spelling: Format) -> R:
        """Return a record as one of the format's type, without what the format lacks."""
        return self._types[spelling](
            **{
                name: self._convert(name, getattr(record, name), spelling)
                for name in self._keys[spelling]
            }
        )

    def _convert(self, name: str, value: Any, spelling: Format) -> Any:  # noqa: ANN401 - a field's
        nested = self._nested.get(name)
        if nested is None or value is None:
            return value
        if isinstance(value, list):
            return [nested.write(each, spelling) for each in value]
        return nested.write(value, spelling)

    def _spell(self, record: type[R], spelling: Format, keys: Mapping[str, str]) -> type[R]:
        fields = [
            (field.name, self._field_type(field, spelling), _default(field, keys))
            for field in msgspec.structs.fields(record)
        ]
        config = record.__struct_config__
        spelled = msgspec.defstruct(
            f"{spelling}{record.__name__}",
            fields,
            bases=(record,),
            rename=dict(keys),
            frozen=True,
            gc=False,
            omit_defaults=config.omit_defaults,
        )
        return cast("type[R]", spelled)

    def _field_type(self, field: FieldInfo, spelling: Format) -> Any:  # noqa: ANN401 - a type form
        nested = self._nested.get(field.name)
        if nested is None:
            found = field.type
        elif field.default is None:
            found = nested.of(spelling) | None
        else:
            found = list[nested.of(spelling)]  # type: ignore[misc] # a type made at run time
        return found | msgspec.UnsetType


def _default(field: FieldInfo, keys: Mapping[str, str]) -> Any:  # noqa: ANN401 - a field's
    if field.name not in keys:
        return msgspec.UNSET
    if field.default_factory is not msgspec.NODEFAULT:
        return msgspec.field(default_factory=field.default_factory)
    return field.default


def _camel(names: Any, others: Mapping[str, str] | None) -> dict[str, str]:  # noqa: ANN401
    return {name: (others or {}).get(name) or _in_camel_case(name) for name in names}


def _in_camel_case(name: str) -> str:
    first, *rest = name.rstrip("_").split("_")
    return first + "".join(map(str.title, rest))
