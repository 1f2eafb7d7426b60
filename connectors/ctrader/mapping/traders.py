"""What a trader record says of an account besides its balance.

Asks for nothing.
"""

from collections.abc import Iterator

from connectors.ctrader.directory import Account
from connectors.ctrader.schema.account_pb2 import (
    ProtoOAAccessRights,
    ProtoOAAccountType,
    ProtoOATrader,
)

_RIGHTS = {
    ProtoOAAccessRights.FULL_ACCESS: "may trade",
    ProtoOAAccessRights.CLOSE_ONLY: "may only close positions",
    ProtoOAAccessRights.NO_TRADING: "may not trade",
    ProtoOAAccessRights.NO_LOGIN: "may not log in",
}


def describe(account: Account, trader: ProtoOATrader) -> None:
    """Note what an account is."""
    account.is_hedging = trader.accountType == ProtoOAAccountType.HEDGED
    account.leverage = trader.leverageInCents / 100 or 1.0
    account.margin_by = trader.totalMarginCalculationType
    account.rights = trader.accessRights
    if trader.HasField("moneyDigits"):
        account.money_digits = trader.moneyDigits


def changes(account: Account, trader: ProtoOATrader) -> Iterator[str]:
    """Note what has changed of an account, and say each in words."""
    leverage, rights = account.leverage, account.rights
    describe(account, trader)
    if account.leverage != leverage:
        yield f"its leverage is 1:{account.leverage:g} instead of 1:{leverage:g}"
    if account.rights != rights:
        yield f"it {_RIGHTS[trader.accessRights]}"
