"""An account's money: balances, used margin, and what no trade moved.

Remembers the last balance of an account, for a change of margin tells none.
"""

from collections.abc import Iterable, Iterator

from connectors.ctrader.directory import Account
from connectors.ctrader.mapping.scaling import money, nanoseconds
from connectors.ctrader.schema.account_pb2 import (
    ProtoOAChangeBalanceType,
    ProtoOADepositWithdraw,
    ProtoOATotalMarginCalculationType,
    ProtoOATrader,
)
from connectors.ctrader.schema.position_pb2 import ProtoOADeal, ProtoOAPosition, ProtoOATradeSide
from connectors.frame.session import VenueEvent
from engine.model.reports import CashAdjusted
from engine.model.truth import BalanceRecord


def used_margin(positions: Iterable[ProtoOAPosition], account: Account) -> float | None:
    """Return what open positions take of the equity; None where one of them does not say."""
    sides: dict[int, dict[int, float]] = {}
    for position in positions:
        if not position.HasField("usedMargin"):
            return None
        data = position.tradeData
        digits = position.moneyDigits if position.HasField("moneyDigits") else account.money_digits
        side = sides.setdefault(data.symbolId, {})
        amount = money(position.usedMargin, digits)
        side[data.tradeSide] = side.get(data.tradeSide, 0.0) + amount
    total = sum(_of_both(side, account.margin_by) for side in sides.values())
    return money(round(total * 10**account.money_digits), account.money_digits)


def _of_both(side: dict[int, float], margin_by: int) -> float:
    """Return the margin of a symbol, of whose sides the larger counts unless the account says."""
    buys, sells = (side.get(each, 0.0) for each in (ProtoOATradeSide.BUY, ProtoOATradeSide.SELL))
    if margin_by == ProtoOATotalMarginCalculationType.SUM:
        return buys + sells
    if margin_by == ProtoOATotalMarginCalculationType.NET:
        return abs(buys - sells)
    return max(buys, sells)


def balance_of(
    account: Account, total: float, margin: float | None, ts: int, now: int
) -> BalanceRecord:
    """Return a balance, and remember it."""
    account.balance = total
    return BalanceRecord(
        account=account.name,
        currency=account.currency,
        total=total,
        used_margin=margin,
        ts_event=ts,
        ts_recv=now,
    )


def trader_balance(
    trader: ProtoOATrader, account: Account, margin: float | None, now: int
) -> BalanceRecord:
    """Return the balance that a trader record tells; what new orders may use is not told."""
    digits = trader.moneyDigits if trader.HasField("moneyDigits") else account.money_digits
    return balance_of(account, money(trader.balance, digits), margin, now, now)


def money_of_close(
    deal: ProtoOADeal, account: Account, margin: float | None, now: int
) -> Iterator[VenueEvent]:
    """Report what a close books beside profit and commission, and the balance after it.

    Balance = balance before + gross profit + swap + commission + conversion fee, all signed.
    """
    detail = deal.closePositionDetail
    digits = detail.moneyDigits if detail.HasField("moneyDigits") else account.money_digits
    ts = nanoseconds(deal.executionTimestamp)
    for amount, reason in ((detail.swap, "swap"), (detail.pnlConversionFee, "conversion fee")):
        if amount:
            yield _cash(account, money(amount, digits), reason, ts, now)
    yield balance_of(account, money(detail.balance, digits), margin, ts, now)


def deposit(
    moved: ProtoOADepositWithdraw, account: Account, margin: float | None, now: int
) -> Iterator[VenueEvent]:
    """Report money that was paid in or out, and the balance after it."""
    digits = moved.moneyDigits if moved.HasField("moneyDigits") else account.money_digits
    ts = nanoseconds(moved.changeBalanceTimestamp)
    name = ProtoOAChangeBalanceType.Name(moved.operationType).removeprefix("BALANCE_")
    delta = -abs(moved.delta) if name.startswith("WITHDRAW") else abs(moved.delta)
    yield _cash(account, money(delta, digits), name.replace("_", " ").lower(), ts, now)
    yield balance_of(account, money(moved.balance, digits), margin, ts, now)


def _cash(account: Account, amount: float, reason: str, ts: int, now: int) -> CashAdjusted:
    return CashAdjusted(
        account=account.name,
        instrument="",
        currency=account.currency,
        ts_event=ts,
        ts_recv=now,
        amount=amount,
        reason=reason,
    )
