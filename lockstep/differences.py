"""Where the books of a bot and the truth of its simulated venues differ.

Changes neither.
"""

from collections.abc import Iterable, Iterator, Mapping
from math import isclose

from connectors.simulation.broker import SimulatedBroker
from engine.kernel import Kernel
from engine.ledger.position import Position

_MONEY_TOLERANCE = 1e-6
"""By how much money may differ that both sides summed in another order."""


def differences_of(kernel: Kernel, brokers: Mapping[str, SimulatedBroker]) -> list[str]:
    """Return where the books of a bot differ from what the simulators have, one line each."""
    found: list[str] = []
    for name, account in kernel.portfolio.accounts.items():
        broker = brokers[name]
        held: dict[str, float] = {}
        for row in broker.positions(name):
            held[row.instrument] = held.get(row.instrument, 0.0) + row.quantity
        ours = {key: position.size for key, position in account.positions.items()}
        for instrument in dict.fromkeys([*held, *ours]):
            mine, theirs = ours.get(instrument, 0.0), held.get(instrument, 0.0)
            if mine != theirs:
                found.append(f"position of {name} in {instrument}: {mine:g}, venue {theirs:g}")
        found += _order_differences(kernel, broker, name)
        balance = broker.balance(name)
        money = account.balances.get(balance.currency)
        mine, theirs = 0.0 if money is None else float(money), balance.total
        if broker.accounts[name].terms.settles == "margin":
            # what is taken of a profit depends on the order of fills, and on how legs are kept
            mine += _open_profit(account.positions.values(), broker)
            holdings = broker.accounts[name].holdings.values()
            theirs += _open_profit([holding.book for holding in holdings], broker)
        if not isclose(mine, theirs, rel_tol=0.0, abs_tol=_MONEY_TOLERANCE):
            found.append(f"money of {name}: {mine:.2f} {balance.currency}, venue {theirs:.2f}")
    return found


def _open_profit(positions: Iterable[Position], broker: SimulatedBroker) -> float:
    """Return the profit of what is open, at the venue's last prices."""
    held = [each for each in positions if each.quantity]
    return sum(each.unrealised_pnl(broker.tape.mark(each.instrument.id)) for each in held)


def _order_differences(kernel: Kernel, broker: SimulatedBroker, account: str) -> Iterator[str]:
    """Yield the orders that work on one side only, or are filled otherwise.

    Where a venue keeps no names of ours, its own ids tell which order is which.
    """
    working: dict[str, bool] = {}
    filled: dict[str, float] = {}
    known = kernel.orders.orders
    told = {each.leg.venue_order_id: name for name, each in known.items() if each.leg is not None}
    for order in broker.orders(account):
        name = order.client_order_id or told.get(order.venue_order_id, "")
        if name not in known and order.is_working:
            yield f"order {order.venue_order_id} of {account} works, the books do not have it"
        working[name] = working.get(name, False) or order.is_working
        filled[name] = filled.get(name, 0.0) + order.filled
    for name, ours in known.items():
        if ours.account != account:
            continue
        if ours.is_open != working.get(name, False):
            yield f"order {name}: {ours.status.value}, venue {_state(working.get(name))}"
        if ours.filled != filled.get(name, 0.0):
            yield f"order {name}: {ours.filled:g} filled, venue {filled.get(name, 0.0):g}"


def _state(is_working: bool | None) -> str:
    if is_working is None:
        return "does not know it"
    return "has it working" if is_working else "has it closed"
