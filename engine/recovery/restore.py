"""Take the books of a kernel as a snapshot, and give them to a kernel that begins.

Reads no journal and asks no venue.
"""

from collections.abc import Mapping

from engine.errors import ConfigError
from engine.kernel import Kernel
from engine.ledger.account import Account
from engine.ledger.exact import ExactSum
from engine.ledger.position import Position
from engine.orders.life import CLOSED, Life, Request
from engine.orders.order import Order, Terms, VenueOrder
from engine.orders.route import Route
from engine.recovery import legs
from engine.recovery.groups import RestingGroups, groups_of, rest
from engine.recovery.snapshot import AccountBooks, OrderBooks, PositionBooks, Snapshot, Sum
from engine.strategy.host import Host

CLOSED_ORDERS_MAX = 1_000
"""How many closed orders a snapshot keeps for late evidence: the newest."""


def take_snapshot(kernel: Kernel, states: Mapping[str, bytes]) -> Snapshot:
    """Return the books of a kernel as they are."""
    orders = _kept(kernel)
    accounts = kernel.portfolio.accounts.values()
    positions = [("", a.id, position) for a in accounts for position in a.positions.values()]
    return Snapshot(
        ts_recv=kernel.clock.now,
        counter=kernel.ids.counter,
        accounts=tuple(map(_account_books, accounts)),
        positions=tuple(
            _position_books(*each) for each in [*positions, *kernel.portfolio.holdings]
        ),
        orders=tuple(map(_order_books, orders)),
        states=dict(states),
        overrides=kernel.control.overrides,
        rates=kernel.pacing.snapshot(),
        groups=groups_of(orders),
        legs=tuple(legs.books(kernel.portfolio)),
    )


def _kept(kernel: Kernel) -> list[Order]:
    """Return the newest closed orders and all open ones, each with all of its group."""
    known = [order for order in kernel.orders.orders.values() if order.leg is not None]
    closed = [order for order in known if not order.is_open][-CLOSED_ORDERS_MAX:]
    chosen = closed + [order for order in known if order.is_open]
    groups = {id(order.group): order.group for order in chosen if order.group is not None}
    kept = {order.id: order for order in chosen}
    others = {
        order.id: order
        for group in groups.values()
        for order in group.orders
        if order.leg is not None and order.id not in kept
    }
    return [*others.values(), *chosen]


def restore(kernel: Kernel, snapshot: Snapshot) -> RestingGroups:
    """Give a kernel the books of an earlier run; its strategies are attached and not yet started.

    A strategy that is not there any more gets a host that hears nothing, so that what it left at
    the venue stays in the books. Raises ConfigError when an account is missing from the
    configuration. Groups of orders rest: return what follows them through a journal.
    """
    kernel.clock.now = max(kernel.clock.now, snapshot.ts_recv)
    for account in snapshot.accounts:
        sums = [
            {currency: ExactSum(*_pair(each)) for currency, each in money.items()}
            for money in (account.balances, account.fees)
        ]
        _account(kernel, account.account).restore(*sums)
    for books in snapshot.positions:
        position = _position(kernel, books)
        position.restore(books.quantity, int(books.cost), int(books.realised), books.price_digits)
    for leg in snapshot.legs:
        legs.restore(kernel, leg)
    restored = {each.client_order_id: restore_order(kernel, each) for each in snapshot.orders}
    for override in snapshot.overrides:
        kernel.control.allow(override)
    kernel.pacing.restore(snapshot.rates)
    return rest(snapshot.groups, restored)


def host_of(kernel: Kernel, strategy: str, account: str) -> Host:
    """Return a strategy's host, or one that hears nothing where there is no such strategy."""
    found = kernel.hosts.get(strategy)
    if found is None:
        found = kernel.hosts[strategy] = Host(kernel, strategy, (account,))
        found.stop("is not part of this run")
    return found


def route_of(kernel: Kernel, strategy: str, account: str, instrument: str) -> Route:
    """Return a route of a strategy, in an account that may not be its own any more."""
    host = host_of(kernel, strategy, account)
    if host.account_at(kernel.bus.market(instrument).instrument.venue) == account:
        return host.route(instrument)
    return kernel.route(strategy, account, instrument)


def restore_order(kernel: Kernel, books: OrderBooks) -> Order:
    """Put one order into a kernel's books, as it stood."""
    _account(kernel, books.account)
    order = Order(
        route_of(kernel, books.strategy, books.account, books.instrument),
        books.client_order_id,
        books.side,
        books.type,
        Terms(
            books.time_in_force,
            books.expire_ts,
            books.post_only,
            books.reduce_only,
            books.closing,
            books.tag,
            position_id=books.position_id,
        ),
        books.quantity,
        books.price,
        books.stop,
        books.trail,
    )
    order.units = books.units
    order.notional = books.notional
    order.ts_submitted = books.ts_submitted
    order.ts_accepted = books.ts_accepted
    kernel.orders.restore(order, _leg(books))
    if order.is_open:
        kernel.hosts[books.strategy].open_orders[order.id] = order
    return order


def _leg(books: OrderBooks) -> VenueOrder:
    leg = VenueOrder(books.client_order_id, books.units)
    leg.venue_order_id = books.venue_order_id
    leg.filled = books.filled
    leg.life = Life(books.life)
    leg.request = Request(books.request)
    leg.requests = books.requests
    leg.amending = books.amending
    leg.new_quantity = books.new_quantity
    leg.adding = books.adding
    leg.revision = books.revision
    leg.cumulative = books.cumulative
    leg.dead = books.dead
    leg.trades = books.trades
    return leg


def _order_books(order: Order) -> OrderBooks:
    leg, terms = order.leg, order.terms
    assert leg is not None
    return OrderBooks(
        client_order_id=order.id,
        strategy=order.strategy,
        account=order.account,
        instrument=order.instrument,
        side=order.side,
        type=order.type,
        quantity=order.quantity,
        price=order.price,
        stop=order.stop,
        trail=order.trail,
        time_in_force=terms.time_in_force,
        expire_ts=terms.expire_ts,
        post_only=terms.post_only,
        reduce_only=terms.reduce_only,
        closing=terms.closing,
        tag=terms.tag,
        position_id=terms.position_id,
        venue_order_id=leg.venue_order_id,
        units=leg.quantity,
        filled=leg.filled,
        life=leg.life,
        request=Request.NONE if CLOSED[leg.life] else leg.request,
        requests=leg.requests,
        amending=leg.amending,
        new_quantity=leg.new_quantity,
        adding=leg.adding,
        revision=leg.revision,
        cumulative=leg.cumulative,
        dead=leg.dead,
        trades=leg.trades,
        notional=order.notional,
        ts_submitted=order.ts_submitted,
        ts_accepted=order.ts_accepted,
    )


def _account(kernel: Kernel, name: str) -> Account:
    found = kernel.portfolio.accounts.get(name)
    if found is None:
        raise ConfigError(
            f"the run before this one traded account {name!r}, which the configuration does not "
            "have; add it to [[accounts]], or choose another [live] state"
        )
    return found


def _position(kernel: Kernel, books: PositionBooks) -> Position:
    definition = kernel.bus.market(books.instrument).instrument
    if books.strategy:
        return kernel.portfolio.held(books.strategy, books.account, definition).position
    return kernel.portfolio.exposure(books.account, definition).position


def _account_books(account: Account) -> AccountBooks:
    money = [
        {currency: Sum(str(each.units), each.digits) for currency, each in sums.items()}
        for sums in (account.balances, account.fees)
    ]
    return AccountBooks(account.id, *money)


def _position_books(strategy: str, account: str, position: Position) -> PositionBooks:
    return PositionBooks(
        strategy,
        account,
        position.instrument.id,
        position.quantity,
        str(position.cost),
        str(position.realised),
        position.price_digits,
    )


def _pair(each: Sum) -> tuple[int, int]:
    return int(each.units), each.digits
