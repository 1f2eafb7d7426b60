"""The shapes of HTTP answers, and what stands in a query.

Decides nothing.
"""

from typing import Any
from urllib.parse import parse_qsl

import msgspec

from connectors.alor_protocol.messages.spelling import Format, Spelled
from connectors.frame.http import Request, Response

_JSON = {"Content-Type": "application/json; charset=utf-8"}
_LONGEST_S = 31 * 86_400
_FORMATS = {spelling.casefold(): spelling for spelling in Format}


def json(status: int, content: Any) -> Response:  # noqa: ANN401 - anything that JSON can hold
    """Return an answer in JSON."""
    return Response(status=status, headers=_JSON, body=msgspec.json.encode(content))


def text(status: int, content: str) -> Response:
    """Return an answer in plain text."""
    headers = {"Content-Type": "text/plain; charset=utf-8"}
    return Response(status=status, headers=headers, body=content.encode())


def query_of(request: Request) -> dict[str, str]:
    """Return the query; of a key that comes twice the last value counts."""
    return dict(parse_qsl(request.query))


def number_of(query: dict[str, str], name: str, usual: int) -> int:
    """Return a number of a query that is not negative; the usual one for what is none."""
    text = query.get(name, "")
    return int(text) if text.isascii() and text.isdigit() else usual


def seconds_of(length: str) -> int | None:
    """Return the length of bars in seconds; None for what the simulator does not make."""
    if length.upper() == "D":
        return 86_400
    is_whole = length.isascii() and length.isdigit()
    return int(length) if is_whole and 0 < int(length) <= _LONGEST_S else None


def format_of(query: dict[str, str]) -> Format:
    """Return the format that a query asks for; Simple is the usual one."""
    return _FORMATS.get(query.get("format", "").casefold(), Format.SIMPLE)


def one(record: msgspec.Struct, spelled: Spelled[Any], query: dict[str, str]) -> Response:
    """Answer with one record in the format that was asked for."""
    return json(200, spelled.write(record, format_of(query)))


def many(records: "list[Any]", spelled: Spelled[Any], query: dict[str, str]) -> Response:
    """Answer with a list of records in the format that was asked for."""
    return json(200, [spelled.write(record, format_of(query)) for record in records])
