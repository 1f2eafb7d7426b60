"""Requests and answers of B2TRADER's REST interface, between values and bytes.

It decides no flow. What a status means is decided here: whether the venue refused, or may have
acted without saying so.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import TypeVar
from urllib.parse import quote, urlencode

import msgspec

from connectors.b2trader.names import Names
from connectors.frame.http import Request, Response
from engine.errors import OutcomeUnknown, TokenRefused, VenueError

T = TypeVar("T")
_READ_ERRORS = (msgspec.MsgspecError, RecursionError, UnicodeDecodeError)
_TEXT_MAX = 300
_NOTHING: Mapping[str, str] = MappingProxyType({})


class RequestRefused(VenueError):
    """Say that the venue refused a request, in its own words; it has not acted on it."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(f"B2TRADER refused with status {status}: {text}")
        self.status = status
        self.text = text


class _Problem(msgspec.Struct, frozen=True):
    """The three shapes that an error may have: only the first was seen, at an older interface."""

    errors: object = None
    message: str = ""
    title: str = ""
    detail: str = ""


class Codec:
    """Write requests to one host with the names of one table; `token` is set by the login."""

    def __init__(self, base_url: str, names: Names) -> None:
        self._base_url = base_url.rstrip("/")
        self._names = names
        self.token = ""

    def request(
        self,
        name: str,
        *,
        account: str = "",
        body: object = None,
        path: Mapping[str, str] = _NOTHING,
        query: Mapping[str, str] = _NOTHING,
    ) -> Request:
        """Return the request of a name in the table; `account` is the venue's id of it."""
        route = self._names.route(name)
        where = route.path.format(**{key: quote(value, safe="") for key, value in path.items()})
        url = f"{self._base_url}{where}"
        return Request(
            method=route.method,
            url=f"{url}?{urlencode(query)}" if query else url,
            headers=self._headers(account),
            body=b"" if body is None else msgspec.json.encode(body),
            endpoint=route.endpoint,
        )

    def _headers(self, account: str) -> dict[str, str]:
        headers = {"Accept": "*/*", "Content-Type": self._names["content_type"]}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        if account:
            headers[self._names["account_header"]] = account
        return headers


def read(response: Response, type: type[T]) -> T:  # noqa: A002 - as in msgspec
    """Return the answer to a request.

    Raises TokenRefused (401), RequestRefused (other 4xx), and OutcomeUnknown for everything that
    leaves open whether the venue acted.
    """
    if response.status == 401:
        raise TokenRefused("B2TRADER does not take the access token")
    if 400 <= response.status < 500:
        raise RequestRefused(response.status, error_text(response.body))
    if response.status != 200:
        raise OutcomeUnknown(f"B2TRADER answered with status {response.status}")
    try:
        return msgspec.json.decode(response.body, type=type)
    except _READ_ERRORS as error:
        raise OutcomeUnknown(f"B2TRADER's answer cannot be read: {error}") from None


def error_text(body: bytes) -> str:
    """Return what an error says, whichever of the known shapes it has."""
    try:
        problem = msgspec.json.decode(body, type=_Problem)
    except _READ_ERRORS:
        return body[:_TEXT_MAX].decode(errors="replace")
    if isinstance(problem.errors, list):
        texts = [_one_error(error) for error in problem.errors]
    elif isinstance(problem.errors, dict):
        texts = [f"{field}: {text}" for field, text in problem.errors.items()]
    else:
        texts = []
    texts = texts or [problem.message, problem.title, problem.detail]
    return "; ".join(text for text in texts if text)[:_TEXT_MAX]


def _one_error(error: object) -> str:
    if not isinstance(error, dict):
        return str(error)
    return ": ".join(str(error[key]) for key in ("code", "message") if error.get(key))
