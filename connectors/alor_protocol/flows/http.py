"""One HTTP request to the venue, and what its status means.

Knows no endpoint.
"""

from collections.abc import Mapping
from typing import TypeVar
from urllib.parse import urlencode, urlsplit

import msgspec

from connectors.frame.flow import Flow, fetch
from connectors.frame.http import Request, Response
from engine.errors import TokenRefused, VenueError

T = TypeVar("T")

ENDPOINT = "requests"
"""The one group that the venue's rate limit counts."""

_JSON = "application/json"


def address(base: str, path: str, query: Mapping[str, object | None]) -> str:
    """Return a URL; a query's None is left out, truth is written in lower case."""
    given = {key: _text(value) for key, value in query.items() if value is not None}
    return f"{base}{path}" + (f"?{urlencode(given)}" if given else "")


def headers(token: str, *, has_body: bool = False) -> dict[str, str]:
    """Return the headers of a request; without a token the venue answers with delayed data."""
    found = {"Authorization": f"Bearer {token}"} if token else {}
    return {**found, "Content-Type": _JSON} if has_body else found


def get(url: str, token: str, body: bytes = b"") -> Flow[Response]:
    """Ask for whatever is at a URL; answers 200 and 404 come back, all others are faults.

    A question that has a body is posted.
    """
    response = yield from fetch(
        Request(
            method="POST" if body else "GET",
            url=url,
            headers=headers(token, has_body=bool(body)),
            body=body,
            endpoint=ENDPOINT,
        )
    )
    if response.status in (200, 404):
        return response
    if response.status == 401:
        raise TokenRefused("the venue does not take the access token; log in anew")
    raise VenueError(f"the venue answered a request with status {response.status}")


def read(url: str, token: str, kind: type[T], *, body: bytes = b"") -> Flow[T]:
    """Ask for a record. Raises VenueError when the venue has none."""
    response = yield from get(url, token, body)
    if response.status == 404:
        raise VenueError(f"the venue does not know {urlsplit(url).path}")
    return decoded(response, kind)


def read_list(url: str, token: str, kind: type[T], *, alone: bool = False) -> Flow[list[T]]:
    """Ask for a list; the venue may answer 404 where there is nothing.

    With `alone` the answer is one record, which then is the only one of the list.
    """
    response = yield from get(url, token)
    if response.status == 404:
        return []
    if alone:
        return [decoded(response, kind)]
    return decoded(response, list[kind])  # type: ignore[valid-type] # made at run time


def decoded(response: Response, kind: type[T]) -> T:
    """Return the record in an answer's body. Raises VenueError for what is not of its shape."""
    try:
        return msgspec.json.decode(response.body, type=kind)
    except msgspec.DecodeError as error:
        raise VenueError(f"the venue's answer cannot be read: {error}") from None


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
