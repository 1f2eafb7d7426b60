"""Compare positions and money in the books with the venue's.

A difference must stand in several answers in a row: fills travel, and lists are asked one by one.
"""

from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple

from engine.kernel import Kernel
from engine.ledger.position import Position
from engine.model.adjustments import PositionAdjusted, Quarantined
from engine.model.decimals import round_15
from engine.model.reports import CashAdjusted
from engine.model.truth import PositionRecord, VenueTruth
from engine.recovery.policy import ReconcilePolicy
from engine.strategy.state import STOPPED

_ROUNDING = 1e-6
"""By which share of what is open average prices may be rounded."""


class _Difference(NamedTuple):
    """Hold what differs, its instrument or currency, and what books and venue have of it.

    `position_id` names the one position that differs on a hedging account.
    """

    what: Literal["position", "money"]
    name: str
    before: float
    after: float
    position_id: str = ""


class HoldingsCheck:
    """Follow one account's positions and money over the venue's answers."""

    def __init__(self, kernel: Kernel, account: str, policy: ReconcilePolicy) -> None:
        self._kernel = kernel
        self._account = account
        self._policy = policy
        self._seen: dict[_Difference, int] = {}
        self._told: dict[_Difference, None] = {}

    @property
    def agree(self) -> bool:
        """Say whether nothing differs that has not been dealt with."""
        return not self._seen

    def events(self, truth: VenueTruth) -> Iterator[object]:
        """Yield an adjustment for each difference that has been seen often enough."""
        seen, self._seen = self._seen, {}
        for difference in [*self._positions(truth), *self._money(truth)]:
            count = seen.get(difference, 0) + 1
            if difference in self._told:
                continue
            if count < self._policy.polls:
                self._seen[difference] = count
            elif difference.what == "money":
                yield self._cash(difference, truth)
            else:
                yield self._position(difference, truth)

    def _positions(self, truth: VenueTruth) -> Iterator[_Difference]:
        if truth.positions is None:
            return
        if self._kernel.portfolio.accounts[self._account].hedging:
            yield from self._legs(truth.positions)
            return
        held = self._kernel.portfolio.accounts[self._account].positions
        there = _netted(truth.positions)
        for name in dict.fromkeys((*held, *there)):
            before = held[name].size if name in held else 0.0
            after = there.get(name, 0.0)
            if before != after and name not in truth.unlisted:
                yield _Difference("position", name, before, after)

    def _legs(self, positions: tuple[PositionRecord, ...]) -> Iterator[_Difference]:
        """Yield each position of a hedging account that books and venue have differently."""
        exposures = self._kernel.portfolio.working(self._account)
        ours = {
            (name, leg.id): leg.position.size
            for name, exposure in exposures.items()
            for leg in exposure.legs or ()
        }
        theirs = {(each.instrument, each.position_id): each.quantity for each in positions}
        for key in dict.fromkeys((*ours, *theirs)):
            name, leg = key
            before, after = ours.get(key, 0.0), theirs.get(key, 0.0)
            if before != after:
                yield _Difference("position", name, before, after, leg)

    def _money(self, truth: VenueTruth) -> Iterator[_Difference]:
        if truth.balances is None or self._policy.balances == "ignore":
            return
        account = self._kernel.portfolio.accounts[self._account]
        for each in truth.balances:
            money = account.balances.get(each.currency)
            before = 0.0 if money is None else float(money)
            if before == each.total:
                continue
            ours, theirs, value = _open(account.positions, truth.positions or (), each.currency)
            before, after = round_15(before + ours), round_15(each.total + theirs)
            if abs(before - after) > value * _ROUNDING:
                yield _Difference("money", each.currency, before, after)

    def _cash(self, difference: _Difference, truth: VenueTruth) -> CashAdjusted:
        return CashAdjusted(
            account=self._account,
            instrument="",
            currency=difference.name,
            ts_event=truth.ts_recv,
            ts_recv=truth.ts_recv,
            amount=round_15(difference.after - difference.before),
            reason="reconciled with the venue",
        )

    def _position(
        self, difference: _Difference, truth: VenueTruth
    ) -> PositionAdjusted | Quarantined:
        _, name, before, after, leg = difference
        about = f"{name} {leg}".rstrip()
        identity = f"position {self._account} {about} {before:.15g} {after:.15g}"
        if self._policy.positions == "adopt" and name in self._kernel.bus.known():
            return PositionAdjusted(
                id=identity,
                account=self._account,
                instrument=name,
                ts_event=truth.ts_recv,
                ts_recv=truth.ts_recv,
                before=before,
                after=after,
                price=self._price(name, leg, truth),
                reason="the venue has another position, and no fill explains it",
                strategy=self._owner(),
                position_id=leg,
            )
        self._told[difference] = None
        return Quarantined(
            id=identity,
            account=self._account,
            instrument=name,
            ts_recv=truth.ts_recv,
            message=f"the venue has {after:g} {name}, the books have {before:g}",
        )

    def _price(self, name: str, leg: str, truth: VenueTruth) -> float:
        found = [p for p in truth.positions or () if p.instrument == name]
        prices = [p.average_price for p in found if not leg or p.position_id == leg]
        if len(prices) == 1 and prices[0] is not None:
            return prices[0]
        return self._kernel.bus.market(name).mark()

    def _owner(self) -> str:
        """Return the one strategy of the account, whose position it then is; else nobody's."""
        hosts = self._kernel.hosts.values()
        own = [h.name for h in hosts if self._account in h.accounts and h.state is not STOPPED]
        return own[0] if len(own) == 1 else ""


def _open(
    ours: Mapping[str, Position], theirs: tuple[PositionRecord, ...], currency: str
) -> tuple[float, float, float]:
    """Return the profit of what is open in the books and at the venue, and what it is worth.

    Which profit counts as taken depends on the order of fills and on how positions are kept; with
    what is open at one price, here the venue's own, both sides come to the same.
    """
    open_ours = open_theirs = value = 0.0
    prices: dict[str, float] = {}
    for each in theirs:
        held = ours.get(each.instrument)
        if held is None or held.currency != currency or each.average_price is None:
            continue
        price = prices.setdefault(each.instrument, each.average_price)
        worth = each.quantity * held.instrument.point_value
        open_theirs += worth * (price - each.average_price)
        value += abs(worth * price)
    for name, price in prices.items():
        open_ours += ours[name].unrealised_pnl(price)
    return open_ours, open_theirs, value


def _netted(positions: tuple[PositionRecord, ...]) -> dict[str, float]:
    """Return the signed quantity of each instrument, over all positions in it."""
    netted: dict[str, float] = {}
    for position in positions:
        before = netted.get(position.instrument, 0.0)
        netted[position.instrument] = round_15(before + position.quantity)
    return netted
