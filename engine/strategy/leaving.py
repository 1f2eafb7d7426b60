"""How a strategy leaves what it holds: closes of positions, and exits that the venue keeps.

Sends nothing: it queues what the gate decides.
"""

import msgspec

from engine import intents
from engine.model.commands import Protection, Side
from engine.model.reports import DenialReason
from engine.orders.groups import Bracket
from engine.orders.order import Order, Terms
from engine.orders.protection import on_grid, problem
from engine.orders.route import Route
from engine.strategy.accounts import LegView
from engine.strategy.host import Host


def close(host: Host, position: str | LegView, quantity: float | None) -> Order | None:
    """Close a position, less what is being closed already; see `Strategy.close`."""
    route = host.route(position.instrument if isinstance(position, LegView) else position)
    most = None if quantity is None else route.instrument.quantity_to_grid(quantity)
    if not isinstance(position, LegView):
        closing = sum(
            order.units if order.leg is None else order.leg.quantity - order.leg.filled
            for order in host.open_orders.values()
            if order.route is route and order.terms.closing and order.group is None
        )
        return host.close_out(route, closing, most)
    legs = route.exposure.legs
    leg = None if legs is None else legs.find(position.id)
    if leg is None:
        return None
    units = leg.closable if most is None else most
    return host.close_leg(route, leg, units) if units > 0 else None


def protect(host: Host, position: str | LegView, asked: Protection) -> Order | None:
    """Set the exits of a position by its name; see `Strategy.protect`."""
    if isinstance(position, LegView):
        return _protect(host, host.route(position.instrument), position.id, asked)
    route = host.route(position)
    if not route.account.hedging:
        return _protect(host, route, "", asked)
    names = [leg.id for leg in route.exposure.legs or () if leg.strategy == host.name]
    orders = [_protect(host, route, name, asked) for name in names]
    return orders[-1] if orders else None


def protect_entry(host: Host, entry: Order, asked: Protection) -> Order:
    """Give an entry its exits: for the venue to keep where the account hedges, else a bracket."""
    route = entry.route
    hedges = route.account.hedging
    entry.problem = entry.problem or problem(entry, asked) or _unkept(route, asked)
    if entry.problem is not None:
        return entry
    asked = on_grid(route.instrument, asked)
    if hedges:
        entry.terms = msgspec.structs.replace(entry.terms, protection=asked)
    else:
        distances = asked.stop_distance, asked.profit_distance
        Bracket(host, entry, asked.stop_loss, asked.take_profit, distances)
    return entry


def _unkept(route: Route, asked: Protection) -> tuple[DenialReason, str] | None:
    """Return why neither the venue nor a bracket can keep exits."""
    if route.account.hedging and not route.keeps_protection:
        text = f"{route.account.venue} takes no exits with an order; protect() its position"
        return DenialReason.NOT_SUPPORTED, text
    if not route.account.hedging and (asked.trailing or asked.guaranteed):
        what = "trails" if asked.trailing else "is guaranteed"
        text = f"account {route.account.id} nets: an exit {what} only where the venue keeps it"
        return DenialReason.NOT_SUPPORTED, text
    return None


def _protect(host: Host, route: Route, name: str, asked: Protection) -> Order:
    """Queue what sets the exits of a position; it is an order of no quantity."""
    legs = route.exposure.legs
    leg = None if legs is None else legs.find(name)
    side = Side.BUY if leg is not None and leg.position.quantity < 0 else Side.SELL
    stop, profit = asked.stop_loss, asked.take_profit
    terms = Terms(reduce_only=True, closing=True, tag="protect", position_id=name, protection=asked)
    made = host.order(route.name, side, 0.0, profit, stop, None, terms)
    host.intents[-1] = (intents.protect, made, None)
    return made
