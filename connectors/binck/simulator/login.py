"""Binck's login: a page that asks for consent, codes, tokens, and the three clocks of a session.

Opens no browser. A token lives an hour, a session dies after half an hour without a request, and
refreshing ends 24 hours after the login; all of it divided by the time scale.
"""

from html import escape
from urllib.parse import parse_qsl, urlencode

import msgspec

from connectors.frame.http import Request, Response
from connectors.frame.package import SIMULATED_SECRET
from connectors.signalr.negotiate import with_query
from connectors.simulation.faults import Fault, FaultPlan
from connectors.simulation.tokens import TokenStore

_SECOND = 1_000_000_000
_HOUR = 3600 * _SECOND


class _Session(msgspec.Struct):
    """Hold one session: when it began, when it was last used, which refresh token is newest."""

    began: int
    used: int
    refresh_token: str


class LoginDesk:
    """Grant codes and tokens, and say which tokens are good.

    The secret that every simulator accepts is a refresh token that never wears out.
    """

    def __init__(self, faults: FaultPlan, time_scale: float) -> None:
        self._faults = faults
        self._hour_ns = round(_HOUR / time_scale)
        self.tokens = TokenStore(faults, self._hour_ns, prefix="A")
        self._codes: dict[str, str] = {}
        self._sessions: dict[str, _Session] = {}
        self._by_refresh: dict[str, _Session] = {}
        self._issued = 0

    def accepts(self, token: str, now: int) -> bool:
        """Say whether a token is good, and take note that its session is in use."""
        session = self._sessions.get(token)
        if session is None or now > session.used + self._hour_ns // 2:
            return False
        if not self.tokens.accepts(token, now):
            return False
        session.used = now
        return True

    def authorize(self, request: Request) -> Response:
        """Show the page that asks for consent, or lead back with what was decided there."""
        query = dict(parse_qsl(request.query))
        back = {"state": query.get("state", "")}
        decision = query.pop("decision", "")
        if decision == "allow":
            code = self._next("C")
            self._codes[code] = query["redirect_uri"]
            return _redirect(with_query(query["redirect_uri"], {"code": code, **back}))
        if decision == "deny":
            text = "Resource Owner did not authorize the request"
            refusal = {"error": "access_denied", "error_description": text, **back}
            return _redirect(with_query(query["redirect_uri"], refusal))
        return _page(request.path, query)

    def token(self, request: Request, now: int) -> Response:
        """Answer a request for tokens."""
        form = dict(parse_qsl(request.body.decode()))
        if form.get("client_secret") != SIMULATED_SECRET:
            return _refused("invalid_client", "Client authentication failed")
        session = self._granted(form, now)
        if session is None or self._faults.strikes(Fault.REFUSE_LOGIN):
            text = "The provided access grant is invalid, expired, or revoked."
            return _refused("invalid_grant", text)
        access, _ = self.tokens.issue(now)
        session.used, session.refresh_token = now, self._next("R")
        self._sessions[access] = self._by_refresh[session.refresh_token] = session
        return _json(
            200,
            {
                "access_token": access,
                "refresh_token": session.refresh_token,
                "scope": "read write quotes news",
                "token_type": "Bearer",
                "expires_in": self._hour_ns // _SECOND,
            },
        )

    def _granted(self, form: dict[str, str], now: int) -> _Session | None:
        """Return the session that a code or a refresh token stands for, None for neither."""
        if form.get("grant_type") == "authorization_code":
            known = self._codes.pop(form.get("code", ""), None)
            return _Session(now, now, "") if known == form.get("redirect_uri") else None
        offered = form.get("refresh_token", "")
        if offered == SIMULATED_SECRET:
            return _Session(now, now, "")
        session = self._by_refresh.pop(offered, None)
        ended = session is None or now > session.began + 24 * self._hour_ns
        return None if ended else session

    def _next(self, prefix: str) -> str:
        self._issued += 1
        return f"{prefix}-{self._issued}"


def _page(path: str, query: dict[str, str]) -> Response:
    links = "".join(
        f'<p><a href="{escape(path)}?{escape(urlencode({**query, "decision": decision}))}">'
        f"{word}</a></p>"
        for decision, word in (("allow", "Allow"), ("deny", "Deny"))
    )
    client = escape(query.get("client_id", ""))
    text = f"<!doctype html><title>Sign in</title><h1>Simulated sign-in for {client}</h1>{links}"
    headers = {"Content-Type": "text/html; charset=utf-8"}
    return Response(status=200, headers=headers, body=text.encode())


def _redirect(location: str) -> Response:
    return Response(status=302, headers={"Location": location})


def _refused(error: str, text: str) -> Response:
    return _json(400, {"error": error, "error_description": text})


def _json(status: int, content: object) -> Response:
    headers = {"Content-Type": "application/json"}
    return Response(status=status, headers=headers, body=msgspec.json.encode(content))
