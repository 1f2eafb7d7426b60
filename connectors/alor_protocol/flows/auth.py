"""Access tokens: from a refresh token, and from the code flow of third-party applications.

Stores nothing; a refresh token of the code flow is handed back to whoever asked.
"""

from urllib.parse import urlencode

import msgspec

from connectors.alor_protocol.flows.http import address, decoded
from connectors.alor_protocol.messages.replies import AccessToken, OAuthTokens, TokenRequest
from connectors.alor_protocol.settings import Hosts
from connectors.alor_protocol.tokens import Login
from connectors.frame.flow import Flow, fetch
from connectors.frame.http import Request
from engine.errors import LoginRefused, OutcomeUnknown, VenueError

SCOPES = "ordersread orderscreate trades personal stats"
"""What an application asks for; without `orderscreate` it may only watch."""


def refresh(hosts: Hosts, refresh_token: str, login: Login) -> Flow[None]:
    """Exchange a refresh token for an access token, which the login then holds.

    The token goes in the body: a URL might be logged. Raises LoginRefused for a token that is
    wrong, withdrawn or of the other environment.
    """
    body = msgspec.json.encode(TokenRequest(refresh_token))
    response = yield from fetch(
        Request(
            method="POST",
            url=f"{hosts.oauth}/refresh",
            headers={"Content-Type": "application/json"},
            body=body,
        )
    )
    if response.status in (400, 401, 403):
        raise LoginRefused(
            "the venue refused the refresh token; make a new one, of the same environment"
        )
    if response.status >= 500:
        raise OutcomeUnknown(f"the token service answered with status {response.status}")
    if response.status != 200:
        raise VenueError(f"the token service answered with status {response.status}")
    login.take(decoded(response, AccessToken).token)


def authorize_url(hosts: Hosts, client_id: str, redirect_uri: str, state: str) -> str:
    """Return the address at which a person lets an application in.

    It leads back to `redirect_uri` with a `code` and the same `state`.
    """
    query = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": redirect_uri,
        "scope": SCOPES,
        "state": state,
    }
    return address(hosts.oauth, "/authorize", query)


def exchange_code(
    hosts: Hosts, code: str, redirect_uri: str, client_id: str, client_secret: str | None
) -> Flow[OAuthTokens]:
    """Exchange the code for tokens; applications that cannot keep a secret send none."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri,
        "client_id": client_id,
    }
    if client_secret is not None:
        form["client_secret"] = client_secret
    response = yield from fetch(
        Request(
            method="POST",
            url=f"{hosts.oauth}/token",
            headers={"Content-Type": "application/x-www-form-urlencoded"},
            body=urlencode(form).encode(),
        )
    )
    if response.status in (400, 401, 403):
        raise LoginRefused("the venue refused the code; it is good once and for minutes: ask again")
    if response.status != 200:
        raise VenueError(f"the token service answered with status {response.status}")
    return decoded(response, OAuthTokens)
