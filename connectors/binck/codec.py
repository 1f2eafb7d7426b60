"""Requests and answers of Binck's REST interface, between values and bytes.

It decides no flow. Every request counts in the one limit of 50 a minute. What is meant for the end
user is passed on untouched; what is meant for developers goes to the log alone.
"""

import logging
from collections.abc import Mapping
from types import MappingProxyType
from typing import TypeVar
from urllib.parse import urlencode

import msgspec

from connectors.frame.http import Request, Response
from engine.errors import OutcomeUnknown, TokenRefused, VenueError

T = TypeVar("T")
ENDPOINT = "requests"
_LOG = logging.getLogger(__name__)
_READ_ERRORS = (msgspec.MsgspecError, RecursionError, UnicodeDecodeError)
_SESSION_ENDED = frozenset(
    {"sessionExpiredMaxDuration", "sessionExpiredMaxInactivity", "sessionInvalid"}
)
_NOTHING: Mapping[str, str] = MappingProxyType({})


class RequestRefused(VenueError):
    """Say that the venue refused a request; the message is its own, for the end user."""

    def __init__(self, status: int, error_id: str, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.error_id = error_id


class Maintenance(RequestRefused):
    """Say that the venue is down for maintenance: it acts on nothing."""


class Codec:
    """Write requests to one host; `token` is set by the login."""

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url
        self.token = ""

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] = _NOTHING,
        body: object = None,
        page: str = "",
    ) -> Request:
        """Return a request; `page` is the venue's own text for the next part of a list."""
        texts = [text for text in (urlencode(query, safe=","), page) if text]
        url = f"{self._base_url}{path}" + (f"?{'&'.join(texts)}" if texts else "")
        headers = {
            "Accept": "application/json; charset=utf-8",
            "Authorization": f"Bearer {self.token}",
        }
        if body is not None:
            headers["Content-Type"] = "application/json; charset=utf-8"
        return Request(
            method=method,
            url=url,
            headers=headers,
            body=b"" if body is None else msgspec.json.encode(body),
            endpoint=ENDPOINT,
        )


def read(response: Response, type: type[T]) -> T:  # noqa: A002 - as in msgspec
    """Return the answer to a request.

    Raises TokenRefused when the session is over, Maintenance, RequestRefused for other refusals,
    and OutcomeUnknown for everything that leaves open whether the venue acted.
    """
    if response.status not in (200, 201):
        raise _fault(response)
    try:
        return msgspec.json.decode(response.body, type=type)
    except _READ_ERRORS as error:
        if _properties(response.body).get("errorcode") == "ServiceUnavailable":
            raise _fault(response) from None
        raise OutcomeUnknown(f"Binck's answer cannot be read: {error}") from None


def _fault(response: Response) -> VenueError:
    told = _properties(response.body)
    if developer := told.get("developermessage"):
        _LOG.warning("Binck, for developers: %s", developer)
    error_id = str(told.get("errorid", ""))
    text = str(told.get("endusermessage") or told.get("message") or "")
    if told.get("errorcode") == "ServiceUnavailable" and text:
        return Maintenance(response.status, error_id, text)
    if response.status == 401 or error_id in _SESSION_ENDED:
        return TokenRefused(text or "Binck does not take the access token")
    if 400 <= response.status < 500:
        return RequestRefused(response.status, error_id, text or f"status {response.status}")
    return OutcomeUnknown(f"Binck answered with status {response.status}")


def _properties(body: bytes) -> dict[str, object]:
    """Return an error's properties in lower case: during maintenance they are in another case."""
    try:
        found = msgspec.json.decode(body, type=dict[str, object])
    except _READ_ERRORS:
        return {}
    return {key.lower(): value for key, value in found.items()}
