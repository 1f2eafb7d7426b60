"""Put the rules of a route together, once, when it is bound.

Judges nothing: a rule whose limit is not set is left out, so that it costs nothing.
"""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, NamedTuple

from engine.gate.limits import INFINITE, UNLIMITED, LossLimits
from engine.gate.losses import LossWatch
from engine.gate.rules.allowed import OpenSession, OrderTypes, not_allowed
from engine.gate.rules.firm import (
    FirmOrders,
    FirmPosition,
    FirmValue,
    firm_worth,
    net,
    working,
    worst,
)
from engine.gate.rules.hedged import HedgedWorth, NamedPosition, Unclosed
from engine.gate.rules.matching import OwnPrices
from engine.gate.rules.positions import OpenOrders, OwnPosition, WorstPosition
from engine.gate.rules.prices import PriceLimits
from engine.gate.rules.references import FreshRate, LiveFeed, PriceCollar
from engine.gate.rules.repeats import Duplicates, Throttle
from engine.gate.rules.worth import AccountWorth, OrderValue
from engine.gate.verdict import Note, Rule
from engine.model.reports import DenialReason
from engine.model.risk import FIRM, RiskScope, ScopeLevel
from engine.orders.order import Order
from engine.orders.route import Route

if TYPE_CHECKING:
    from engine.kernel import Kernel


class Named(NamedTuple):
    """Hold a rule under the reason that it mostly denies with: its name in overrides and in `why`.

    One that `is_idle` can deny nothing at present and is not asked; what ends that binds anew.
    """

    reason: DenialReason
    rule: Rule
    is_idle: Callable[[], bool] | None = None


class RouteRules(NamedTuple):
    """Hold the rules that every order of a route meets, those of entries and exits, and notes.

    Entries are weighed by `worth` after the others of theirs.
    """

    always: tuple[Named, ...]
    entry: tuple[Named, ...]
    worth: AccountWorth | HedgedWorth
    exit: tuple[Named, ...]
    notes: tuple[Note, ...]


class Rulebook:
    """Compose the rules of routes, and keep what several routes share.

    `watches` are the losses watched, by scope; `throttles` the counts of executions by strategy.
    """

    def __init__(self, kernel: "Kernel") -> None:
        self._kernel = kernel
        self._own_prices: dict[tuple[str, str], OwnPrices] = {}
        self.watches: dict[RiskScope, LossWatch] = {}
        self.throttles: dict[str, list[Throttle]] = {}

    def compose(self, route: Route) -> RouteRules:
        """Return the rules whose limits are set on a route, in the order in which they are asked.

        Cheap rules come first, sums over the account last.
        """
        duplicates = Duplicates(route.limits.duplicate_window, self._kernel.clock)
        own_prices = self._prices(route)
        entry = (
            *_allowed(route),
            *self._market(route),
            (route.limits.duplicate_window, Named(DenialReason.DUPLICATE_ORDER, duplicates.judge)),
            (not route.limits.self_match, Named(DenialReason.SELF_MATCH, own_prices.judge)),
            *_counted(route),
            *self._firm(route),
            *self._losses(route),
            *self._worth(route),
        )
        notes: list[Note] = []
        if route.limits.duplicate_window:
            notes.append(duplicates.note)
        if not route.limits.self_match:
            notes.append(own_prices.note)
        self._throttle(route)
        limits = route.limits
        weigh = HedgedWorth if route.account.hedging else AccountWorth
        worth = weigh(
            route.account, self._kernel.portfolio, limits.gross, limits.net, limits.open_value
        )
        leaving = _chosen(self._exit(route))
        always = _chosen(_always(route, self._kernel.orders.orders.values))
        return RouteRules(always, _chosen(entry), worth, leaving, tuple(notes))

    def _exit(self, route: Route) -> tuple["_Choice", ...]:
        limits = route.limits
        collar = PriceCollar(limits.exit_collar, route.market, self._kernel.clock, limits.reference)
        return ((limits.exit_collar.is_set, Named(DenialReason.PRICE_COLLAR, collar.exit)),)

    def _market(self, route: Route) -> tuple["_Choice", ...]:
        limits, market, clock = route.limits, route.market, self._kernel.clock
        collar = PriceCollar(limits.collar, market, clock, limits.reference)
        feed = LiveFeed(limits.feed_age, market, clock)
        return (
            (
                limits.only_open,
                Named(DenialReason.SESSION_CLOSED, OpenSession(market, clock).judge),
            ),
            (limits.feed_age < UNLIMITED, Named(DenialReason.FEED_STALE, feed.judge)),
            (limits.collar.is_set, Named(DenialReason.PRICE_COLLAR, collar.entry)),
        )

    def _worth(self, route: Route) -> tuple["_Choice", ...]:
        limits, portfolio = route.limits, self._kernel.portfolio
        value = OrderValue(limits.order_value, route, portfolio)
        position = WorstPosition(limits.position, route.exposure)
        own = route.account.currency
        converts = route.instrument.currency != own
        rate = FreshRate(limits.rate_age, own, portfolio, self._kernel.clock)
        return (
            (
                limits.rate_age < UNLIMITED,
                Named(DenialReason.NO_CURRENCY_RATE, rate.judge, lambda: not converts),
            ),
            (limits.order_value < INFINITE, Named(DenialReason.ORDER_VALUE, value.judge)),
            (limits.position < UNLIMITED, Named(DenialReason.POSITION_LIMIT, position.judge)),
        )

    def _firm(self, route: Route) -> tuple["_Choice", ...]:
        firm, portfolio = route.limits.firm, self._kernel.portfolio
        if firm is None:
            return ()
        values = (
            (DenialReason.OPEN_VALUE, working, firm.open_value),
            (DenialReason.NET_LIMIT, net, firm.net),
            (DenialReason.GROSS_LIMIT, worst, firm.gross),
        )
        orders = FirmOrders(firm.open_orders, route.name, portfolio)
        position = FirmPosition(firm.position, route.name, portfolio)
        return (
            (firm.open_orders < UNLIMITED, Named(DenialReason.OPEN_ORDERS, orders.judge)),
            (firm.position < UNLIMITED, Named(DenialReason.POSITION_LIMIT, position.judge)),
            *(
                (
                    limit < INFINITE,
                    Named(
                        reason,
                        FirmValue(reason, measure, limit, firm.currency, portfolio).judge,
                    ),
                )
                for reason, measure, limit in values
            ),
        )

    def _losses(self, route: Route) -> tuple["_Choice", ...]:
        account = RiskScope(ScopeLevel.ACCOUNT, route.account.id)
        strategy = RiskScope(ScopeLevel.STRATEGY, route.strategy)
        firm = route.limits.firm
        found = (
            (FIRM, LossLimits() if firm is None else firm.loss),
            (account, route.limits.loss),
            (strategy, route.limits.own_loss),
        )
        watches = [self._watch(scope, losses, route) for scope, losses in found if losses.is_set]
        return tuple(
            (True, Named(DenialReason.DAILY_LOSS, watch.judge, watch.is_content))
            for watch in watches
        )

    def _watch(self, scope: RiskScope, losses: LossLimits, route: Route) -> LossWatch:
        watch = self.watches.get(scope)
        if watch is None:
            portfolio, account, strategy = self._kernel.portfolio, route.account, route.strategy

            def account_worth() -> float:
                return portfolio.equity(account)

            def strategy_worth() -> float:
                return _profit(self._kernel, strategy)

            def all_accounts_worth() -> float:
                assert route.limits.firm is not None
                return firm_worth(portfolio, route.limits.firm)

            worth = {
                ScopeLevel.FIRM: all_accounts_worth,
                ScopeLevel.ACCOUNT: account_worth,
            }.get(scope.level, strategy_worth)
            watch = self.watches[scope] = LossWatch(scope, losses, worth)
        return watch

    def _prices(self, route: Route) -> OwnPrices:
        key = route.account.id, route.name
        found = self._own_prices.get(key)
        if found is None:
            found = self._own_prices[key] = OwnPrices(route.market)
        return found

    def _throttle(self, route: Route) -> None:
        if route.limits.executions and route.strategy not in self.throttles:
            made = [Throttle(*pair) for pair in route.limits.executions]
            self.throttles[route.strategy] = made


_Choice = tuple[object, Named]
"""Whether a limit is set, and the rule to ask if it is."""


def _always(route: Route, orders: Callable[[], Iterable[Order]]) -> tuple[_Choice, ...]:
    limits = route.limits
    own = OwnPosition(limits.own_position, route.held)
    scale = route.price_scale
    prices = PriceLimits(limits.price_low / scale, limits.price_high / scale)
    hedging = route.account.hedging
    named, unclosed = NamedPosition(route.exposure), Unclosed(route.exposure, orders)
    return (
        (hedging, Named(DenialReason.NOTHING_TO_REDUCE, named.judge)),
        (hedging, Named(DenialReason.EXIT_UNKNOWN, unclosed.judge)),
        (limits.bounds_price, Named(DenialReason.PRICE_INVALID, prices.judge)),
        (limits.own_position < UNLIMITED, Named(DenialReason.POSITION_LIMIT, own.judge)),
    )


def _allowed(route: Route) -> tuple[_Choice, ...]:
    types = route.limits.order_types
    return (
        (not route.limits.may_trade, Named(DenialReason.INSTRUMENT_NOT_ALLOWED, not_allowed)),
        (
            types is not None,
            Named(DenialReason.ORDER_TYPE_NOT_ALLOWED, OrderTypes(types or ()).judge),
        ),
    )


def _counted(route: Route) -> tuple[_Choice, ...]:
    limits = route.limits
    ours = OpenOrders(limits.open_orders, route.exposure)
    own = OpenOrders(limits.own_open_orders, route.held)
    return (
        (limits.open_orders < UNLIMITED, Named(DenialReason.OPEN_ORDERS, ours.judge)),
        (limits.own_open_orders < UNLIMITED, Named(DenialReason.OPEN_ORDERS, own.judge)),
    )


def _profit(kernel: "Kernel", strategy: str) -> float:
    """Return a strategy's profit since it began, before fees, in its first account's currency."""
    portfolio, total = kernel.portfolio, 0.0
    first = portfolio.accounts[kernel.hosts[strategy].accounts[0]]
    for owner, _, position in portfolio.holdings:
        if owner != strategy:
            continue
        profit = position.realised_pnl
        if position.quantity:
            profit += position.unrealised_pnl(portfolio.markets[position.instrument.id].mark())
        total += portfolio.worth(first, profit, position.currency)
    return total


def _chosen(rules: tuple[_Choice, ...]) -> tuple[Named, ...]:
    return tuple(rule for is_set, rule in rules if is_set)
