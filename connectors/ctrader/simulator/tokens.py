"""Tokens as the venue hands them out: each refresh gives a new pair and kills the old one.

Knows one application and one user, who has granted everything.
"""

from urllib.parse import parse_qs

import msgspec

from connectors.frame.http import SECOND_NS, Request, Response
from connectors.frame.package import SIMULATED_SECRET
from connectors.simulation.faults import Fault, FaultPlan

LIFE_S = 2_628_000


class _Answer(msgspec.Struct, rename="camel", kw_only=True):
    """Hold what the token endpoint answers; an error has HTTP status 200 too."""

    access_token: str | None = None
    token_type: str | None = None
    expires_in: int | None = None
    refresh_token: str | None = None
    error_code: str | None = None
    description: str | None = None


class Pair(msgspec.Struct, frozen=True):
    """Hold a pair of tokens and the life of the first in seconds."""

    access: str
    refresh: str
    expires_in: int


class TokenOffice:
    """Issue tokens; `revoked` grows by each access token that has ended before its time.

    The simulated secret serves as code and as refresh token at any time, so that a program can
    begin anew; every token that was issued works once, as at the venue.
    """

    def __init__(self, faults: FaultPlan, time_scale: float) -> None:
        self.revoked: list[str] = []
        self._faults = faults
        self._life_s = max(1, round(LIFE_S / time_scale))
        self._count = 0
        self._pair: Pair | None = None
        self._expires = 0

    def is_valid(self, access_token: str, now: int) -> bool:
        """Return whether an access token is taken."""
        pair = self._pair
        if pair is None or access_token != pair.access or now >= self._expires:
            return False
        return not self._faults.strikes(Fault.EXPIRE_TOKEN, access_token)

    def refresh(self, refresh_token: str, now: int) -> Pair | None:
        """Return a new pair for a refresh token; None for one that is not taken."""
        held = self._pair.refresh if self._pair is not None else SIMULATED_SECRET
        if refresh_token not in (held, SIMULATED_SECRET):
            return None
        if self._faults.strikes(Fault.REFUSE_LOGIN, refresh_token):
            return None
        if self._pair is not None:
            self.revoked.append(self._pair.access)
        self._count += 1
        self._expires = now + self._life_s * SECOND_NS
        self._pair = Pair(f"access-{self._count}", f"refresh-{self._count}", self._life_s)
        return self._pair

    def answer(self, request: Request, now: int) -> Response:
        """Answer the token endpoint, which takes everything in the query of a GET."""
        fields = {name: values[0] for name, values in parse_qs(request.query).items()}
        if fields.get("client_secret") != SIMULATED_SECRET:
            return _refused("CH_CLIENT_AUTH_FAILURE", "clientId or clientSecret is incorrect")
        grants = {"authorization_code": "code", "refresh_token": "refresh_token"}
        name = grants.get(fields.get("grant_type", ""), "")
        pair = self.refresh(fields.get(name, ""), now)
        if pair is None:
            return _refused("ACCESS_DENIED", "Access denied")
        answer = _Answer(
            access_token=pair.access,
            token_type="bearer",  # noqa: S106 - what the venue calls its kind
            expires_in=pair.expires_in,
            refresh_token=pair.refresh,
        )
        return Response(status=200, body=msgspec.json.encode(answer))


def _refused(code: str, description: str) -> Response:
    answer = _Answer(error_code=code, description=description)
    return Response(status=200, body=msgspec.json.encode(answer))
