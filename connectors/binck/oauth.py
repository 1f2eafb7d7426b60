"""The login at Binck: an authorization code, then refresh tokens that change with each use.

It opens no browser and listens nowhere; the command line does. Tokens live an hour, a session dies
after half an hour without a request, and refreshing ends 24 hours after the login.
"""

from urllib.parse import quote, urlencode

import msgspec

from connectors.binck.messages import Token
from connectors.binck.settings import Settings
from connectors.frame.flow import Flow, fetch
from connectors.frame.http import Request, Response
from engine.errors import LoginRefused, VenueError


class _OAuthError(msgspec.Struct, frozen=True):
    error: str
    error_description: str = ""


def authorize_url(settings: Settings, state: str) -> str:
    """Return the address of the login page; `state` is random and comes back unchanged."""
    query = {
        "ui_locales": settings.locale,
        "client_id": settings.client_id,
        "scope": settings.scope,
        "state": state,
        "response_type": "code",
        "redirect_uri": settings.redirect_uri,
    }
    return f"{_realm(settings)}/authorize?{urlencode(query, quote_via=quote)}"


def exchange(settings: Settings, client_secret: str, code: str) -> Flow[Token]:
    """Buy tokens for the code of a login."""
    grant = {"redirect_uri": settings.redirect_uri, "code": code}
    return _granted(settings, client_secret, {"grant_type": "authorization_code", **grant})


def refresh(settings: Settings, client_secret: str, refresh_token: str) -> Flow[Token]:
    """Buy new tokens for the newest refresh token, which is worthless from then on."""
    grant = {"grant_type": "refresh_token", "refresh_token": refresh_token}
    return _granted(settings, client_secret, grant)


def _granted(settings: Settings, client_secret: str, grant: dict[str, str]) -> Flow[Token]:
    body = {"client_id": settings.client_id, "client_secret": client_secret, **grant}
    response = yield from fetch(
        Request(
            method="POST",
            url=f"{_realm(settings)}/access_token",
            headers={"Content-Type": "application/x-www-form-urlencoded"},
            body=urlencode(body).encode(),
        )
    )
    try:
        return msgspec.json.decode(response.body, type=Token)
    except msgspec.MsgspecError:
        raise _refusal(response) from None


def _refusal(response: Response) -> VenueError:
    try:
        fault = msgspec.json.decode(response.body, type=_OAuthError)
    except msgspec.MsgspecError:
        return VenueError(f"Binck's login answered with status {response.status} and no token")
    text = fault.error_description or fault.error
    if fault.error == "invalid_grant":
        return LoginRefused(f"Binck: {text}; run `lockstep login binck`")
    return LoginRefused(f"Binck: {text}; check client_id and client_secret")


def _realm(settings: Settings) -> str:
    return f"{settings.where().login}/realms/{settings.realm}"
