"""Read from a kernel what operators see of orders, positions and accounts.

Changes nothing; money and averages are rounded to the decimals that they can mean.
"""

from collections.abc import Iterator

from engine.control.desk import (
    AccountStatus,
    FeedStatus,
    OrderStatus,
    PositionStatus,
    StrategyStatus,
)
from engine.kernel import Kernel
from engine.ledger.account import Account
from engine.ledger.position import Position
from engine.orders.life import Status
from engine.orders.order import Order

MONEY_DIGITS_MAX = 8
"""The most decimals in which money is shown; the books have all of them."""
AVERAGE_DIGITS = 4
"""How many decimals more than its prices an average of prices is shown in."""


def orders(kernel: Kernel) -> tuple[OrderStatus, ...]:
    """Return every open order, oldest first."""
    return tuple(_order(order) for order in kernel.orders.orders.values() if order.is_open)


def unknown_orders(kernel: Kernel) -> int:
    """Return how many orders have an outcome that is not known."""
    return sum(order.status is Status.UNKNOWN for order in kernel.orders.orders.values())


def positions(kernel: Kernel) -> tuple[PositionStatus, ...]:
    """Return every position that is not flat: those of accounts, then those of strategies."""
    return tuple(_positions(kernel))


def accounts(kernel: Kernel) -> tuple[AccountStatus, ...]:
    """Return what every account is worth, in its currency."""
    portfolio = kernel.portfolio
    return tuple(
        AccountStatus(
            id=account.id,
            currency=account.currency,
            equity=round(portfolio.equity(account), _digits(account)),
            unrealised=round(portfolio.unrealised(account), _digits(account)),
            balances={
                currency: round(float(money), MONEY_DIGITS_MAX)
                for currency, money in account.balances.items()
            },
        )
        for account in portfolio.accounts.values()
    )


def feeds(kernel: Kernel) -> tuple[FeedStatus, ...]:
    """Return the last market event of every instrument in use."""
    found = []
    for name, market in kernel.bus.markets.items():
        told = (market.quote, market.trade, market.bar, market.book)
        seen = [each.ts_recv for each in told if each is not None and each.ts_recv]
        mark = market.mark()
        known = mark == mark  # noqa: PLR0124 - NaN: nothing known yet
        price = round(mark, market.instrument.price_digits + 1) if known else None
        found.append(FeedStatus(instrument=name, ts=max(seen, default=None), price=price))
    return tuple(found)


def strategies(kernel: Kernel) -> tuple[StrategyStatus, ...]:
    """Return the state of every strategy."""
    return tuple(
        StrategyStatus(
            name=host.name, accounts=host.accounts, state=host.state.value, fault=host.fault
        )
        for host in kernel.hosts.values()
    )


def _order(order: Order) -> OrderStatus:
    return OrderStatus(
        id=order.id,
        strategy=order.strategy,
        account=order.account,
        instrument=order.instrument,
        side=order.side.name.lower(),
        type=order.type.value,
        quantity=order.quantity,
        filled=order.filled,
        price=order.price,
        stop=order.stop,
        status=order.status.value,
        ts_submitted=order.ts_submitted,
    )


def _positions(kernel: Kernel) -> Iterator[PositionStatus]:
    portfolio = kernel.portfolio
    for account in portfolio.accounts.values():
        for name, position in account.positions.items():
            yield from _shown(kernel, account.id, "", name, position)
            exposure = portfolio.exposure(account.id, position.instrument)
            for leg in exposure.legs or ():
                yield from _shown(kernel, account.id, leg.strategy, name, leg.position, leg.id)
    for strategy in kernel.hosts:
        for account_id, position in portfolio.strategy_positions(strategy):
            yield from _shown(kernel, account_id, strategy, position.instrument.id, position)


def _shown(
    kernel: Kernel,
    account: str,
    strategy: str,
    name: str,
    position: Position,
    position_id: str = "",
) -> Iterator[PositionStatus]:
    if position.quantity:
        mark = kernel.bus.market(name).mark()
        yield PositionStatus(
            account=account,
            strategy=strategy,
            instrument=name,
            quantity=position.size,
            average_price=round(position.average_price, position.price_digits + AVERAGE_DIGITS),
            unrealised=round(position.unrealised_pnl(mark), _money_digits(position)),
            currency=position.currency,
            position_id=position_id,
        )


def _digits(account: Account) -> int:
    """Return the decimals that an account's worth has; those of a converted one are its most."""
    currencies = {each.currency for each in account.positions.values()} | {*account.balances}
    if currencies != {account.currency}:
        return MONEY_DIGITS_MAX
    positions = [_money_digits(each) for each in account.positions.values()]
    return min(MONEY_DIGITS_MAX, max([account.balances[account.currency].digits, *positions]))


def _money_digits(position: Position) -> int:
    """Return the decimals of a position's profit, at a mid between two prices."""
    _, multiplier_digits = position.instrument.multiplier_units
    return min(MONEY_DIGITS_MAX, position.money_digits + multiplier_digits + 1)
