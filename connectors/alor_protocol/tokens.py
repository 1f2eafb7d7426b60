"""The access token of a login: what it says of itself, and when it is due for renewal.

Asks nobody for tokens; the flow of authorization does.
"""

import base64
import binascii

import msgspec

from connectors.alor_protocol.messages.replies import Claims
from engine.errors import VenueError

_SECOND_NS = 1_000_000_000


class Login:
    """Hold the current access token; everything that sends reads it anew each time."""

    def __init__(self, renew_after_share: float) -> None:
        self._share = renew_after_share
        self._token = ""
        self._claims: Claims | None = None

    @property
    def token(self) -> str:
        """Return the access token; empty before the first login and without credentials."""
        return self._token

    @property
    def claims(self) -> Claims | None:
        """Return what the token says of itself."""
        return self._claims

    @property
    def portfolios(self) -> tuple[str, ...]:
        """Return the portfolios that the token is good for."""
        return () if self._claims is None else tuple(self._claims.portfolios.split())

    def take(self, token: str) -> None:
        """Take a new access token. Raises VenueError when it cannot be read."""
        self._claims = read_claims(token)
        self._token = token

    def renew_at(self) -> int | None:
        """Return when the token is to be renewed (ns by the venue's clock); None without one."""
        if self._claims is None:
            return None
        life = self._claims.exp - self._claims.iat
        return round((self._claims.iat + life * self._share) * _SECOND_NS)


def read_claims(token: str) -> Claims:
    """Return the claims of a token, whose signature only the venue can check.

    Raises VenueError, which never holds the token, for what is no token.
    """
    try:
        _, payload, _ = token.split(".")
        return msgspec.json.decode(
            base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)), type=Claims
        )
    except (ValueError, binascii.Error, msgspec.DecodeError):
        raise VenueError("the venue's access token cannot be read; log in anew") from None
