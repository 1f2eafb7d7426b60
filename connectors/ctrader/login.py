"""The application's credentials and the tokens that a user's grant is worth.

Speaks HTTP as flows and sends nothing itself. Both tokens change with every refresh and the old
ones are dead at once, so the new refresh token is kept before the access token is used.
"""

from collections.abc import Callable
from urllib.parse import urlencode

import msgspec

from connectors.frame.flow import Flow, Keep, fetch
from connectors.frame.http import SECOND_NS, Request, Response
from engine.config.secret import Secret
from engine.errors import LoginRefused, OutcomeUnknown, VenueError

TOKEN_URL = "https://openapi.ctrader.com/apps/token"  # noqa: S105 - an address
GRANT_URL = "https://openapi.ctrader.com/apps/auth"
REFRESH_TOKEN = "refresh_token"  # noqa: S105 - the name under which it is kept

_RENEW_BEFORE_NS = 86_400 * SECOND_NS
_RATE_LIMITED = 429


class Application(msgspec.Struct, frozen=True, kw_only=True):
    """Hold what names the application, as registered with the vendor.

    The two secrets are fetched when they are needed: a refresh token is another one each time.
    """

    client_id: str
    client_secret: Callable[[], Secret]
    refresh_token: Callable[[], Secret]
    token_url: str = TOKEN_URL


class _TokenAnswer(msgspec.Struct, rename="camel"):
    """Hold the token endpoint's answer; an error code counts whatever the HTTP status says."""

    access_token: str | None = None
    refresh_token: str | None = None
    expires_in: int | None = None
    error_code: str | None = None
    description: str | None = None


def grant_url(client_id: str, redirect_uri: str, state: str) -> str:
    """Return the page on which the user lets the application trade; he comes back with a code."""
    fields = {
        "client_id": client_id,
        "redirect_uri": redirect_uri,
        "scope": "trading",
        "state": state,
    }
    return f"{GRANT_URL}?{urlencode(fields)}"


class Login:
    """Hold the access token that is in force, and renew it; empty before the first time."""

    def __init__(self, application: Application) -> None:
        self.application = application
        self.access_token = ""
        self._expires: int | None = None

    def redeem(self, code: str, redirect_uri: str, now: int) -> Flow[str]:
        """Exchange the code, which lives for a minute and works once, for a refresh token."""
        asked = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
        return (yield from self._obtain(asked, now))

    def refresh(self, now: int) -> Flow[None]:
        """Exchange the refresh token for a new pair; call it by one caller at a time.

        Raises LoginRefused when the venue no longer takes it, and OutcomeUnknown when no answer
        came: the venue may then have changed the pair without our having the new one.
        """
        token = self.application.refresh_token().reveal()
        asked = {"grant_type": "refresh_token", "refresh_token": token}
        yield from self._obtain(asked, now)

    def renew_at(self) -> int | None:
        """Return when to refresh: a day before the access token ends."""
        return None if self._expires is None else self._expires - _RENEW_BEFORE_NS

    def _obtain(self, asked: dict[str, str], now: int) -> Flow[str]:
        application = self.application
        fields = {
            **asked,
            "client_id": application.client_id,
            "client_secret": application.client_secret().reveal(),
        }
        url = f"{application.token_url}?{urlencode(fields)}"
        response = yield from fetch(Request(method="GET", url=url))
        answer = _answer(response)
        refresh_token = answer.refresh_token or ""
        yield Keep(REFRESH_TOKEN, refresh_token)
        self.access_token = answer.access_token or ""
        self._expires = now + answer.expires_in * SECOND_NS if answer.expires_in else None
        return refresh_token


def _answer(response: Response) -> _TokenAnswer:
    """Return an answer that has both tokens; raises what their absence means."""
    if response.status == _RATE_LIMITED:
        raise VenueError("cTrader's token endpoint is rate limited; wait a minute")
    if response.status >= 500:
        raise OutcomeUnknown(f"cTrader's token endpoint answered {response.status}")
    try:
        answer = msgspec.json.decode(response.body, type=_TokenAnswer)
    except msgspec.MsgspecError:
        raise OutcomeUnknown("cTrader's token endpoint gave no readable answer") from None
    if answer.error_code or not answer.access_token or not answer.refresh_token:
        what = answer.description or answer.error_code or f"HTTP {response.status}"
        raise LoginRefused(f"cTrader gave no token ({what}); run lockstep login ctrader")
    return answer
