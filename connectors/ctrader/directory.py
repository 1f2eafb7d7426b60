"""What one login knows of its accounts and of the symbols each of them sees.

Symbol ids belong to an account's broker, so each account has a table of its own. Asks for nothing:
flows fill it before anything is subscribed or sent.
"""

import msgspec

from connectors.ctrader.schema.account_pb2 import (
    ProtoOAAccessRights,
    ProtoOATotalMarginCalculationType,
)
from engine.errors import UsageError
from engine.model.instrument import Instrument


class Account(msgspec.Struct, kw_only=True):
    """Hold one trading account: our name, the venue's id, and what its trader record says.

    `id` is the id of the programming interface, not the login that the venue's terminals show.
    `margin_by` says how the margins of two sides of a symbol add up, `rights` what is allowed.
    """

    name: str
    id: int
    is_live: bool
    currency: str = ""
    money_digits: int = 2
    is_hedging: bool = False
    leverage: float = 1.0
    balance: float | None = None
    balance_version: int = 0
    margin_by: int = ProtoOATotalMarginCalculationType.MAX
    rights: int = ProtoOAAccessRights.FULL_ACCESS


class Listed(msgspec.Struct, frozen=True):
    """Hold an instrument and the id under which one account knows it."""

    symbol_id: int
    digits: int
    instrument: Instrument


class Directory:
    """Find accounts and symbols by the names of either side."""

    def __init__(self, accounts: tuple[Account, ...]) -> None:
        self.accounts = accounts
        self._by_name = {account.name: account for account in accounts}
        self._by_id = {account.id: account for account in accounts}
        self._by_instrument: dict[tuple[str, str], Listed] = {}
        self._by_symbol: dict[tuple[int, int], Listed] = {}

    def account(self, name: str) -> Account:
        """Return an account by our name; raises UsageError for one that is not configured."""
        found = self._by_name.get(name)
        if found is None:
            raise UsageError(f"account {name!r} is not among {', '.join(self._by_name)}; add it")
        return found

    def account_of(self, account_id: int) -> Account | None:
        """Return an account by the venue's id."""
        return self._by_id.get(account_id)

    def add(self, account: Account, listed: Listed) -> None:
        """Note, or note anew, that an account lists an instrument."""
        self._by_instrument[account.name, listed.instrument.id] = listed
        self._by_symbol[account.id, listed.symbol_id] = listed

    def listed(self, account: str, instrument: str) -> Listed:
        """Return an instrument as an account knows it; raises UsageError where it does not."""
        found = self._by_instrument.get((account, instrument))
        if found is None:
            raise UsageError(
                f"{instrument} is not listed for account {account!r}; name it in the configuration"
            )
        return found

    def symbol(self, account_id: int, symbol_id: int) -> Listed | None:
        """Return what a symbol's id means to an account."""
        return self._by_symbol.get((account_id, symbol_id))
