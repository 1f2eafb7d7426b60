"""The schema is the venue's: every message, field, label, type, default and enumeration value.

The digest holds it always; where the venue's list is at hand, each fact is compared by name.
"""

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.descriptor import EnumDescriptor, FieldDescriptor, FileDescriptor
from google.protobuf.message import Message

from connectors.ctrader.messages import NUMBERS, PAYLOADS, SCHEMAS
from connectors.ctrader.schema import payload_type_pb2

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = ROOT.parent / "shared/venues/ctrader/messages.json"
DIGEST = "aa8111d09e3bd6b3267813a2915194b4079b4b0f0ba24b55ca6d61603618c8a0"
FILES = (payload_type_pb2.DESCRIPTOR, *SCHEMAS)

Facts = dict[str, dict[str, Any]]
"""Fields of each message, values of each enumeration."""


def type_of(field: FieldDescriptor) -> str:
    for named in (field.enum_type, field.message_type):
        if named is not None:
            return str(named.name)
    return next(
        name.removeprefix("TYPE_").lower()
        for name in vars(FieldDescriptor)
        if name.startswith("TYPE_") and getattr(FieldDescriptor, name) == field.type
    )


def default_of(field: FieldDescriptor) -> object:
    if not field.has_default_value:
        return None
    if field.enum_type is not None:
        return field.enum_type.values_by_number[field.default_value].name
    return field.default_value


def field_facts(field: FieldDescriptor) -> list[Any]:
    label = "required" if field.is_required else "repeated" if field.is_repeated else "optional"
    options = field.GetOptions()
    rare = [name for name in ("packed", "deprecated") if getattr(options, name)]
    return [field.number, label, type_of(field), default_of(field), *rare]


def compiled() -> Facts:
    facts: Facts = {}
    for schema in FILES:
        for message in schema.message_types_by_name.values():
            facts[message.name] = {field.name: field_facts(field) for field in message.fields}
        enums: list[EnumDescriptor] = list(schema.enum_types_by_name.values())
        for enum in enums:
            facts[enum.name] = {value.name: value.number for value in enum.values}
    return facts


def published(reference: dict[str, Any]) -> Facts:
    facts: Facts = {}
    for name, message in reference["messages"].items():
        if not message.get("removed_after_release_91"):
            facts[name] = {field["name"]: published_field(field) for field in message["fields"]}
    for name, enum in reference["enums"].items():
        values = [v for v in enum["values"] if not v.get("removed_after_release_91")]
        facts[name] = {value["name"]: value["number"] for value in values}
    return facts


def published_field(field: dict[str, Any]) -> list[Any]:
    rare = [name for name in ("packed", "deprecated") if field.get(name)]
    return [field["number"], field["label"], field["type"], field.get("default"), *rare]


def digest(facts: Facts) -> str:
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def test_schema_is_the_published_one() -> None:
    assert digest(compiled()) == DIGEST


def test_schema_agrees_with_the_reference_fact_by_fact() -> None:
    if not REFERENCE.is_file():
        pytest.skip("the list of the venue's messages is not here; the digest above is checked")
    assert compiled() == published(json.loads(REFERENCE.read_text(encoding="utf-8")))


def test_every_message_with_a_number_is_found_by_it() -> None:
    assert len(PAYLOADS) == 91
    for number, message in PAYLOADS.items():
        assert NUMBERS[message] == number
        assert number_by_default(message) == number


def number_by_default(message: type[Message]) -> int:
    return int(message().payloadType)  # type: ignore[attr-defined] # every one has it


@pytest.mark.parametrize("schema", FILES, ids=lambda schema: Path(schema.name).stem)
def test_compiled_module_belongs_to_its_schema(schema: FileDescriptor) -> None:
    text = (ROOT / schema.name).read_text(encoding="utf-8")
    fields = re.findall(r"^  (required|optional|repeated) (\w+) (\w+) = (\d+)", text, re.MULTILINE)
    held = [
        (facts[1], facts[2], field.name, str(field.number))
        for message in schema.message_types_by_name.values()
        for field in sorted(message.fields, key=lambda each: each.number)
        for facts in [field_facts(field)]
    ]
    assert fields == held
    assert re.findall(r"^  (\w+) = (-?\d+);", text, re.MULTILINE) == [
        (value.name, str(value.number))
        for enum in schema.enum_types_by_name.values()
        for value in enum.values
    ]
