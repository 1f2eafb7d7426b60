"""Bring brackets and pairs over a restart: at rest while the books are made, alive once armed.

Sends nothing by itself; a group that has come alive asks the gate for what it misses.
"""

from collections.abc import Iterable, Mapping

import msgspec

from engine.kernel import Kernel
from engine.model.commands import OrderType
from engine.model.groups import BracketSaved, GroupSaved
from engine.orders.groups import revived
from engine.orders.order import Order
from engine.recovery.naming import EXTERNAL


class GroupAtRest:
    """Keep the orders of a group together while nothing may act on them."""

    def __init__(self, saved: GroupSaved) -> None:
        self._saved = saved
        self._orders: dict[str, Order] = {}

    @property
    def orders(self) -> tuple[Order, ...]:
        """Return the orders that were sent, as far as they are known."""
        return tuple(self._orders.values())

    @property
    def by_id(self) -> Mapping[str, Order]:
        """Return the orders by their client order ids."""
        return self._orders

    def saved(self) -> GroupSaved:
        """Return the group as it was kept last."""
        return self._saved

    def add(self, order: Order) -> None:
        """Take an order that belongs to the group."""
        self._orders[order.id] = order
        order.group = self

    def keep(self, saved: GroupSaved) -> None:
        """Take note of what the group has become."""
        self._saved = saved

    def on_change(self) -> None:
        """Do nothing: what has to follow is found when the group comes alive."""

    def aims(self, order: Order) -> bool:
        """Count as any order does."""
        return not order.reduce_only


class RestingGroups:
    """Follow the groups of a journal, each by the order that names it."""

    def __init__(self) -> None:
        self._groups: dict[str, GroupAtRest] = {}
        self._of_order: dict[str, GroupAtRest] = {}

    def keep(self, saved: GroupSaved) -> None:
        """Take a group as it stands now; its orders may come later."""
        name = saved.orders[0]
        group = self._groups.get(name)
        if group is None:
            group = self._groups[name] = GroupAtRest(saved)
        group.keep(saved)
        for each in saved.orders:
            self._of_order[each] = group

    def take(self, order: Order) -> None:
        """Put an order into its group, where it has one."""
        group = self._of_order.get(order.id)
        if group is not None:
            group.add(order)


def rest(groups: Iterable[GroupSaved], orders: Mapping[str, Order]) -> RestingGroups:
    """Put the orders of an earlier run into their groups."""
    resting = RestingGroups()
    for saved in groups:
        resting.keep(saved)
        for name in saved.orders:
            if name in orders:
                resting.take(orders[name])
    return resting


def groups_of(orders: Iterable[Order]) -> tuple[GroupSaved, ...]:
    """Return the groups of orders, each once, in the order of the orders."""
    return tuple({id(o.group): o.group.saved() for o in orders if o.group is not None}.values())


def revive(kernel: Kernel) -> list[Order]:
    """Let every group of an earlier run live again; return one order of each, oldest first.

    Nothing is asked for yet; `catch_up` does that for each. Exits of a bracket that stand at the
    venue although the journal has lost them are taken for its own.
    """
    resting = {id(o.group): o.group for o in kernel.orders.orders.values()}
    named = []
    for group in resting.values():
        if not isinstance(group, GroupAtRest):
            continue
        saved, orders = group.saved(), group.by_id
        for order in orders.values():
            order.group = None
        if isinstance(saved, BracketSaved) and saved.entry in orders:
            saved, orders = _with_adopted(kernel, saved, orders)
        first = next(iter(orders.values()))
        if revived(saved, kernel.hosts[first.strategy], orders) is not None:
            named.append(first)
    return named


def _with_adopted(
    kernel: Kernel, saved: BracketSaved, orders: Mapping[str, Order]
) -> tuple[BracketSaved, Mapping[str, Order]]:
    """Return a bracket with the exits that were adopted as nobody's, found by id or by terms."""
    external = kernel.hosts.get(EXTERNAL)
    if external is None:
        return saved, orders
    entry = orders[saved.entry]
    adopted = [each for each in external.open_orders.values() if _exits(entry, each)]
    found: dict[str, Order] = {}
    for name, kind, price in (
        ("stop_loss", OrderType.STOP, saved.stop_price),
        ("take_profit", OrderType.LIMIT, saved.profit_price),
    ):
        known = getattr(saved, name)
        if price is not None and known not in orders:
            at = entry.route.instrument.price(price)
            like = [o for o in adopted if o.id == known or (o.type, _trigger(o)) == (kind, at)]
            if like:
                found[name] = like[0]
    names = {name: order.id for name, order in found.items()}
    legs = tuple(dict.fromkeys((*saved.legs, *names.values())))
    taken = msgspec.structs.replace(saved, legs=legs, **names)
    return taken, {**orders, **{order.id: order for order in found.values()}}


def _exits(entry: Order, order: Order) -> bool:
    """Say whether an order closes what an entry opens."""
    same = (order.account, order.instrument) == (entry.account, entry.instrument)
    return same and order.side == -entry.side and order.group is None


def _trigger(order: Order) -> float | None:
    return order.stop if order.type is OrderType.STOP else order.price


def catch_up(kernel: Kernel, order: Order) -> None:
    """Let a group do what its orders' fills during the outage call for, through the gate."""
    group = order.group
    if group is not None:
        kernel.call(kernel.hosts[order.strategy], lambda _: group.on_change(), None)
