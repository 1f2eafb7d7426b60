"""The simulated token service: refresh tokens, access tokens, codes of the application flow.

Signs nothing: only the venue itself could check a signature.
"""

import base64

import msgspec

from connectors.alor_protocol.messages.replies import Claims, TokenHeader
from connectors.alor_protocol.tokens import read_claims
from connectors.frame.package import SIMULATED_SECRET
from engine.errors import VenueError

LIFE_S = 1_800
"""How long an access token lives, in seconds."""

_SECOND_NS = 1_000_000_000
_HEADER = TokenHeader(alg="ES256", typ="JWT", cty="JWT")
_SCOPE = "OrdersRead OrdersCreate Trades Personal Stats"
_AUDIENCE = (
    "Client WARP WarpATConnector subscriptionsApi CommandApi InstrumentApi TradingViewPlatform"
)


class TokenService:
    """Issue access tokens for the portfolios of the broker, and say whether one is still good.

    Claims count whole seconds; what a scaled life leaves of them is checked to the nanosecond.
    """

    def __init__(self, portfolios: tuple[str, ...], time_scale: float) -> None:
        self._portfolios = portfolios
        self._life_ns = round(LIFE_S * _SECOND_NS / time_scale)
        self._ends: dict[str, int] = {}
        self._codes: dict[str, str] = {}
        self._issued = 0

    def refresh(self, refresh_token: str, allowed: tuple[str, ...], now: int) -> str | None:
        """Return a new access token; None for a refresh token that nobody was given."""
        if refresh_token != SIMULATED_SECRET:
            return None
        portfolios = tuple(name for name in self._portfolios if not allowed or name in allowed)
        return self._issue(portfolios, now)

    def is_good(self, token: str, now: int) -> bool:
        """Say whether an access token was issued here and has not ended."""
        return now < self._ends.get(token, 0)

    def code(self, redirect_uri: str) -> str:
        """Return a code of the application flow, good once."""
        code = f"code-{len(self._codes) + 1}"
        self._codes[code] = redirect_uri
        return code

    def exchange(self, code: str, redirect_uri: str, now: int) -> str | None:
        """Return an access token for a code; None for one that is unknown, used or for another."""
        if self._codes.pop(code, None) != redirect_uri:
            return None
        return self._issue(self._portfolios, now)

    def portfolios(self, token: str) -> tuple[str, ...]:
        """Return the portfolios that a token is good for."""
        try:
            return tuple(read_claims(token).portfolios.split())
        except VenueError:
            return ()

    def _issue(self, portfolios: tuple[str, ...], now: int) -> str:
        self._issued += 1
        seconds = now // _SECOND_NS
        claims = Claims(
            sub="P039004",
            ent="client",
            ein="39004",
            clientid="0123456",
            azp=f"simulator{self._issued}",
            agreements="39004",
            portfolios=" ".join(portfolios),
            scope=_SCOPE,
            iat=seconds,
            exp=seconds + max(1, self._life_ns // _SECOND_NS),
            iss="Alor.Identity",
            aud=_AUDIENCE,
        )
        parts = (
            msgspec.json.encode(_HEADER),
            msgspec.json.encode(claims),
            f"signature-{self._issued}".encode(),
        )
        token = ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)
        self._ends[token] = now + self._life_ns
        return token
