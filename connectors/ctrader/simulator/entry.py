"""Who may do what on one connection: the application first, then accounts by a token.

Keeps to the venue's order and words; what is refused is raised.
"""

from collections.abc import Callable
from typing import Any

from google.protobuf.message import Message

from connectors.ctrader.schema import access_pb2
from connectors.ctrader.simulator.refusal import Refusal
from connectors.ctrader.simulator.world import World
from connectors.frame.package import SIMULATED_SECRET
from connectors.simulation.simulator import Closing

Act = Callable[[Any, int], Message]
"""Answers a request that came at a time (ns); raises Refusal."""


class Entry:
    """Hold what a connection is authorised for; `accounts` maps each to the token it came by.

    `acts` answers the requests of a login, by their kind. `closing` is set once the application is
    refused.
    """

    def __init__(self, world: World) -> None:
        self.accounts: dict[str, str] = {}
        self.is_authorised = False
        self.closing: Closing | None = None
        self._world = world
        self.acts: dict[type[Message], Act] = {
            access_pb2.ProtoOAVersionReq: self._version,
            access_pb2.ProtoOAApplicationAuthReq: self._authorise,
            access_pb2.ProtoOARefreshTokenReq: self._refresh,
            access_pb2.ProtoOAGetAccountListByAccessTokenReq: self._account_list,
            access_pb2.ProtoOAGetCtidProfileByTokenReq: self._profile,
            access_pb2.ProtoOAAccountAuthReq: self._authorise_account,
            access_pb2.ProtoOAAccountLogoutReq: self._logout,
        }

    def account(self, request: Any) -> str:  # noqa: ANN401 - every request of an account has its id
        """Return the account of a request; raises Refusal unless it is authorised here."""
        name = self._world.account(request.ctidTraderAccountId)
        if name is None or name not in self.accounts:
            raise Refusal("ACCOUNT_NOT_AUTHORIZED", "Trading account is not authorized")
        return name

    def _profile(self, request: access_pb2.ProtoOAGetCtidProfileByTokenReq, now: int) -> Message:
        self._check_token(request.accessToken, now)
        return access_pb2.ProtoOAGetCtidProfileByTokenRes(
            profile=access_pb2.ProtoOACtidProfile(userId=1)
        )

    def _version(self, _: access_pb2.ProtoOAVersionReq, now: int) -> Message:
        return access_pb2.ProtoOAVersionRes(version="91")

    def _authorise(self, request: access_pb2.ProtoOAApplicationAuthReq, now: int) -> Message:
        if self.is_authorised:
            raise Refusal("CH_CLIENT_ALREADY_AUTHENTICATED", "Client is already authenticated")
        if request.clientSecret != SIMULATED_SECRET:
            self.closing = Closing()
            raise Refusal("CH_CLIENT_AUTH_FAILURE", "clientId or clientSecret is incorrect")
        self.is_authorised = True
        return access_pb2.ProtoOAApplicationAuthRes()

    def _refresh(self, request: access_pb2.ProtoOARefreshTokenReq, now: int) -> Message:
        pair = self._world.office.refresh(request.refreshToken, now)
        if pair is None:
            raise Refusal("CH_ACCESS_TOKEN_INVALID", "Invalid refresh token")
        self._world.revoke()
        return access_pb2.ProtoOARefreshTokenRes(
            accessToken=pair.access,
            tokenType="bearer",
            expiresIn=pair.expires_in,
            refreshToken=pair.refresh,
        )

    def _account_list(
        self, request: access_pb2.ProtoOAGetAccountListByAccessTokenReq, now: int
    ) -> Message:
        self._check_token(request.accessToken, now)
        return access_pb2.ProtoOAGetAccountListByAccessTokenRes(
            accessToken=request.accessToken,
            permissionScope="SCOPE_VIEW" if self._world.only_views else "SCOPE_TRADE",
            ctidTraderAccount=self._world.granted(),
        )

    def _authorise_account(self, request: access_pb2.ProtoOAAccountAuthReq, now: int) -> Message:
        self._check_token(request.accessToken, now)
        name = self._world.account(request.ctidTraderAccountId)
        if name is None:
            raise Refusal("CH_CTID_TRADER_ACCOUNT_NOT_FOUND", "Trading account is not found")
        if self._world.is_elsewhere(name):
            raise Refusal("CANT_ROUTE_REQUEST", "Cannot route request")
        if name in self.accounts:
            raise Refusal(
                "ALREADY_LOGGED_IN", "Trading account is already authorized in this channel"
            )
        self.accounts[name] = request.accessToken
        return access_pb2.ProtoOAAccountAuthRes(ctidTraderAccountId=request.ctidTraderAccountId)

    def _logout(self, request: access_pb2.ProtoOAAccountLogoutReq, now: int) -> Message:
        self.accounts.pop(self.account(request))
        return access_pb2.ProtoOAAccountLogoutRes(ctidTraderAccountId=request.ctidTraderAccountId)

    def _check_token(self, access_token: str, now: int) -> None:
        if not self._world.office.is_valid(access_token, now):
            raise Refusal("CH_ACCESS_TOKEN_INVALID", "Invalid access token")
