"""Authorise a fresh connection in the venue's order: the application first, then each account.

Judges no refusal; the session does.
"""

from collections.abc import Callable
from functools import partial

from google.protobuf.message import Message

from connectors.ctrader.directory import Account
from connectors.ctrader.login import Login
from connectors.ctrader.mapping.refusals import is_done
from connectors.ctrader.schema.access_pb2 import (
    ProtoOAAccountAuthReq,
    ProtoOAAccountAuthRes,
    ProtoOAApplicationAuthReq,
    ProtoOAApplicationAuthRes,
)
from connectors.ctrader.wire import Wire

LOGIN_NS = 15_000_000_000
"""How long the authorisations of a connection may take together."""

Refused = Callable[[Message, str], None]
"""Takes an answer that is no authorisation, and whose it was."""


class Admission:
    """Hold how far the authorisation of a connection has come.

    `due` is when it must be complete, None once it is.
    """

    def __init__(
        self, accounts: tuple[Account, ...], login: Login, wire: Wire, refused: Refused
    ) -> None:
        self.due: int | None = None
        self._accounts = accounts
        self._login = login
        self._wire = wire
        self._refused = refused
        self._missing: dict[int, None] = {}

    def begin(self, now: int) -> None:
        """Ask for the application; what follows asks for itself."""
        self.due = now + LOGIN_NS
        self._missing = {account.id: None for account in self._accounts}
        application = self._login.application
        request = ProtoOAApplicationAuthReq(
            clientId=application.client_id, clientSecret=application.client_secret().reveal()
        )
        self._wire.ask(request, self._application_answered)

    def _application_answered(self, message: Message, now: int) -> None:
        if not is_done(message, ProtoOAApplicationAuthRes):
            self._refused(message, "")
            return
        for account in self._accounts:
            request = ProtoOAAccountAuthReq(
                ctidTraderAccountId=account.id, accessToken=self._login.access_token
            )
            self._wire.ask(request, partial(self._account_answered, account))

    def _account_answered(self, account: Account, message: Message, now: int) -> None:
        if not is_done(message, ProtoOAAccountAuthRes):
            self._refused(message, f"account {account.name}: ")
            return
        self._missing.pop(account.id, None)
        if not self._missing:
            self.due = None
